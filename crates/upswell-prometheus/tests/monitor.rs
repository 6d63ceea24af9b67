//! A monitor through its doors: rules over its store, its API, and a restart in the middle.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::routing::{get as get_route, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use upswell_metrics::exposition::Format;
use upswell_metrics::rules::{External, Group, GroupText, RuleText};
use upswell_metrics::sample::is_stale;
use upswell_metrics::scrape::Target;
use upswell_metrics::store::Samples;
use upswell_metrics::{Labels, Matcher, Time, promql};
use upswell_prometheus::http;
use upswell_prometheus::monitor::{Monitor, RuleSettings, Settings};
use upswell_prometheus::scrape::{Fixed, Job, JobSettings, ScrapeTarget};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An Alertmanager that only writes down what it is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Value>>>);

impl Told {
    /// Listens and returns where.
    async fn serve(&self) -> String {
        let told = self.clone();
        let take = post(async move |Json(alerts): Json<Vec<Value>>| {
            told.0.lock().expect("no test panics here").extend(alerts);
        });
        let routes = Router::new().route("/api/v2/alerts", take);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        tokio::spawn(async { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    /// Returns when an alert fired, of each time that it was told.
    fn starts_of(&self, alert: &str) -> Vec<Time> {
        let told = self.0.lock().expect("no test panics here");
        let of_alert = told.iter().filter(|notice| notice["labels"]["alertname"] == alert);
        of_alert.map(|notice| time(&notice["startsAt"])).collect()
    }
}

fn time(text: &Value) -> Time {
    let text = text.as_str().expect("a text");
    Time(text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond())
}

fn rule(record: &str, alert: &str, expr: &str, hold: &str) -> RuleText {
    RuleText {
        record: record.to_owned(),
        alert: alert.to_owned(),
        expr: expr.to_owned(),
        hold: hold.to_owned(),
        ..RuleText::default()
    }
}

fn settings(rules: Vec<RuleText>, state: Option<&Path>, alertmanager: &str) -> Settings {
    let text = GroupText {
        name: "group".to_owned(),
        file: "rules.yaml".to_owned(),
        interval: "200ms".to_owned(),
        rules,
        ..GroupText::default()
    };
    let group = Group::parse(&text, upswell_units::Duration::from_secs(60)).expect("good rules");
    Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        rules: RuleSettings {
            groups: vec![group],
            external: External::default(),
            promql: promql::Options::default(),
        },
        alertmanagers: vec![http::Server::new(alertmanager).expect("a URL")],
        state: state.map(Path::to_owned),
        ..Settings::default()
    }
}

/// Where nothing is scraped.
fn nothing() -> Fixed {
    Fixed::new(Vec::new())
}

fn get(monitor: &Monitor, path: &str) -> Value {
    let answer = upswell_peers::get(monitor.address(), path).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Waits until something is there.
async fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "no {what} after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn now() -> Time {
    Time(jiff::Timestamp::now().as_millisecond())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_evaluated_over_the_store_and_shown_by_the_api() {
    let told = Told::default();
    let rules = vec![
        rule("queue:double", "", "2 * queue_depth", ""),
        rule("", "Deep", "queue:double > 5", ""),
        rule("", "Broken", "queue_depth * on () group_left queue_depth", ""),
    ];
    let monitor = Monitor::start(settings(rules, None, &told.serve().await), nothing())
        .await
        .expect("it starts");
    {
        let writer = monitor.writer();
        let mut writer = writer.lock().expect("nobody panics with it");
        for queue in ["a", "b"] {
            let series =
                writer.series(&Labels::new([("__name__", "queue_depth"), ("queue", queue)]));
            writer.append(series, now(), 4.0).expect("a first sample");
        }
    }
    wait_for("firing alert", || (told.starts_of("Deep").len() == 2).then_some(())).await;
    let answer = get(&monitor, "/api/v1/rules");
    let rules = answer["data"]["groups"][0]["rules"].as_array().expect("rules").clone();
    let field = |name: &str| rules.iter().map(|rule| rule[name].clone()).collect::<Vec<_>>();
    assert_eq!(field("type"), ["recording", "alerting", "alerting"]);
    assert_eq!(field("health"), ["ok", "ok", "err"]);
    assert_eq!(field("state")[1..], ["firing", "inactive"]);
    let alerts = get(&monitor, "/api/v1/alerts");
    assert_eq!(alerts["data"]["alerts"][0]["value"], "8e+00");
    let series = get(&monitor, "/api/v1/query?query=count(ALERTS%7Balertstate%3D%22firing%22%7D)");
    assert_eq!(series["data"]["result"][0]["value"][1], "2");
    monitor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_scraped_and_end_with_staleness_markers() {
    let page =
        get_route(async || "# TYPE queue_depth gauge\n# HELP queue_depth Jobs.\nqueue_depth 7\n");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens").to_string();
    let routes = Router::new().route("/metrics", page);
    tokio::spawn(async { axum::serve(listener, routes).await });
    let mut settings_of_job = JobSettings::new("queues");
    settings_of_job.interval = upswell_units::Duration::from_millis(200);
    settings_of_job.fallback_format = Some(Format::Text);
    let found = Labels::new([
        ("job", "queues"),
        ("__scheme__", "http"),
        ("__address__", &address),
        ("__metrics_path__", "/metrics"),
    ]);
    let target = Target::new(found, &[]).expect("a good target").expect("nothing drops it");
    let job = Arc::new(Job::new(settings_of_job).expect("good settings"));
    let discovery = Fixed::new(vec![ScrapeTarget { target, job }]);
    let settings = settings(Vec::new(), None, "http://127.0.0.1:9093");
    let monitor = Monitor::start(settings, discovery).await.expect("it starts");
    let scraped = wait_for("sample", || {
        let answer = get(&monitor, "/api/v1/query?query=queue_depth");
        answer["data"]["result"].get(0).cloned()
    });
    assert_eq!(scraped.await["value"][1], "7");
    let target = get(&monitor, "/api/v1/targets")["data"]["activeTargets"][0].clone();
    assert_eq!((&target["health"], &target["scrapePool"]), (&json!("up"), &json!("queues")));
    let metadata = get(&monitor, "/api/v1/metadata?metric=queue_depth");
    assert_eq!(metadata["data"]["queue_depth"][0]["help"], "Jobs.");
    let reader = monitor.reader();
    monitor.stop().await;
    let selected = reader.select(&[Matcher::metric_name("queue_depth")], Time::MIN, Time::MAX);
    let mut samples = Samples::default();
    selected[0].read(&mut samples);
    assert!(samples.values.last().is_some_and(|value| is_stale(*value)), "{samples:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_neither_forgets_how_long_an_alert_has_held_nor_fires_it_anew() {
    const HOLD_MS: i64 = 3000;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.redb");
    let rules = || vec![rule("", "Now", "vector(1)", ""), rule("", "Later", "vector(1)", "3s")];

    let before = Told::default();
    let settings_before = settings(rules(), Some(&file), &before.serve().await);
    let monitor = Monitor::start(settings_before, nothing()).await.expect("it starts");
    let fired_at = wait_for("first notice", || before.starts_of("Now").pop()).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(before.starts_of("Later"), [], "its time is not over");
    drop(monitor);

    let restarted_at = now();
    let after = Told::default();
    let alertmanager = after.serve().await;
    let monitor = wait_for_restart(|| settings(rules(), Some(&file), &alertmanager)).await;
    let fired_later = wait_for("second notice", || after.starts_of("Later").pop()).await;
    let held_ms = fired_later.millis_since(restarted_at);
    assert!(held_ms < HOLD_MS - 1000, "the time before the kill is lost: {held_ms} ms more");
    let alerts = get(&monitor, "/api/v1/alerts")["data"]["alerts"].clone();
    assert_eq!(alerts.as_array().map(Vec::len), Some(2), "{alerts}");
    let again = after.starts_of("Now");
    assert!(again.iter().all(|starts_at| *starts_at == fired_at), "{again:?} {fired_at:?}");
    monitor.stop().await;
}

/// Starts a monitor on the file of one that was killed: its last write may still be under way.
async fn wait_for_restart(settings: impl Fn() -> Settings) -> Monitor {
    let start = Instant::now();
    loop {
        match Monitor::start(settings(), nothing()).await {
            Ok(monitor) => return monitor,
            Err(error) => assert!(start.elapsed() < PATIENCE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_state_is_refused_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "my notes").expect("a file");
    let settings = settings(Vec::new(), Some(&file), "http://127.0.0.1:9093");
    let started = Monitor::start(settings, nothing()).await;
    let error = started.expect_err("a refusal").to_string();
    assert!(error.contains("notes.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "my notes");
}
