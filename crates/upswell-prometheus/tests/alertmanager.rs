//! Alerts to a real Alertmanager, and to one that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::sleep;
use upswell_metrics::rules::Notice;
use upswell_metrics::{Labels, Time};
use upswell_peers::{ALERTMANAGER, Server as Peer, free_address, get};
use upswell_prometheus::alertmanager::{AlertmanagerStatus, Notifier, Settings};
use upswell_prometheus::http::Server;
use upswell_units::Duration;

/// Starts an Alertmanager at an address, or at a free one.
fn alertmanager(program: &Path, at: Option<SocketAddr>) -> io::Result<Peer> {
    let start = |address: SocketAddr, folder: &Path| {
        let path = |name: &str| folder.join(name).display().to_string();
        std::fs::write(path("a.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n")?;
        Ok([
            format!("--config.file={}", path("a.yml")),
            format!("--storage.path={}", path("data")),
            format!("--web.listen-address={address}"),
            "--cluster.listen-address=".to_owned(),
        ])
    };
    match at {
        Some(at) => Peer::start_at(at, program, "/-/ready", start),
        None => Peer::start(program, "/-/ready", start),
    }
}

fn program(test: &str) -> Option<PathBuf> {
    ALERTMANAGER.or_skip(test)
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_millis() as i64
}

fn notice(number: usize, ends_in_ms: i64) -> Notice {
    Notice {
        labels: Labels::new([("alertname", "Slow".to_owned()), ("pod", format!("pod-{number}"))]),
        annotations: BTreeMap::from([("summary".to_owned(), "it is slow".to_owned())]),
        starts_at: Time(now() - 60_000),
        ends_at: Time(now() + ends_in_ms),
        generator_url: "http://localhost:9090/graph?g0.expr=up".to_owned(),
    }
}

/// An alert that fires.
fn firing(number: usize) -> Notice {
    notice(number, 240_000)
}

/// The pods of the alerts that an Alertmanager has.
fn pods(address: SocketAddr) -> BTreeSet<String> {
    let answer = get(address, "/api/v2/alerts").expect("it answers");
    let alerts: Vec<Value> = serde_json::from_str(&answer.body).expect("a list");
    let pod = |alert: &Value| alert["labels"]["pod"].as_str().expect("a pod").to_owned();
    alerts.iter().map(pod).collect()
}

fn names(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| format!("pod-{number}")).collect()
}

fn notifier(urls: &[String]) -> Notifier {
    let servers = urls.iter().map(|url| Server::new(url).expect("a URL"));
    Notifier::start(servers.collect(), Settings::default()).expect("sound settings")
}

/// Waits until something holds, for at most twenty seconds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < 20, "never: {what}");
        sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_and_is_resolved() {
    let Some(program) = program("an alert's life") else { return };
    let peers = [alertmanager(&program, None).unwrap(), alertmanager(&program, None).unwrap()];
    let notifier = notifier(&peers.each_ref().map(Peer::url));
    notifier.send(&[firing(1), firing(2)]);
    for peer in &peers {
        until("both fire", || pods(peer.address()) == names([1, 2])).await;
        let answer = get(peer.address(), "/api/v2/alerts?filter=pod=%22pod-1%22").unwrap();
        let alerts: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(alerts[0]["annotations"]["summary"], "it is slow");
        assert_eq!(alerts[0]["generatorURL"], "http://localhost:9090/graph?g0.expr=up");
        assert_eq!(alerts[0]["status"]["state"], "active");
    }
    notifier.send(&[notice(1, -1)]);
    for peer in &peers {
        until("one is resolved", || pods(peer.address()) == names([2])).await;
    }
    until("all is counted", || notifier.status().iter().all(|status| status.sent == 3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alertmanager_that_was_away_gets_the_newest_of_every_alert() {
    let Some(program) = program("a restart") else { return };
    let peer = alertmanager(&program, None).unwrap();
    let address = peer.address();
    let steady = alertmanager(&program, None).unwrap();
    let notifier = notifier(&[peer.url(), steady.url()]);
    notifier.send(&[firing(0)]);
    until("the first one fires", || pods(address) == names([0])).await;
    drop(peer);
    notifier.send(&(1..=200).map(firing).collect::<Vec<_>>());
    notifier.send(&(1..=50).map(|number| notice(number, -1)).collect::<Vec<_>>());
    until("the other one gets all", || pods(steady.address()) == names((0..=0).chain(51..=200)))
        .await;
    until("it is missed", || notifier.status()[0].error.is_some()).await;
    assert_eq!(notifier.status()[0].queued, 200, "each alert once");
    let peer = alertmanager(&program, Some(address)).unwrap();
    until("it gets all", || pods(peer.address()) == names(51..=200)).await;
    until("nothing waits", || notifier.status()[0].queued == 0).await;
    let AlertmanagerStatus { sent, dropped, refused, error, .. } = notifier.status()[0].clone();
    assert_eq!((sent, dropped, refused, error), (201, 0, 0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_at_the_end_but_not_for_ever() {
    let Some(program) = program("the end") else { return };
    let peer = alertmanager(&program, None).unwrap();
    let nobody = format!("http://{}", free_address().unwrap());
    let notifier = notifier(&[nobody, peer.url()]);
    notifier.send(&(0..300).map(firing).collect::<Vec<_>>());
    let start = Instant::now();
    notifier.stop(Duration::from_secs(3)).await;
    assert_eq!(pods(peer.address()), names(0..300));
    assert!((2..10).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

/// The pods of each request that a stub has had.
type Requests = Arc<Mutex<Vec<Vec<String>>>>;

/// An Alertmanager that answers as it is told; returns its URL and what it was sent.
async fn stub(
    answer: impl Fn(&[String]) -> Response + Clone + Send + Sync + 'static,
) -> (String, Requests) {
    let requests = Requests::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let had = Arc::clone(&requests);
    let take = async move |Json(alerts): Json<Vec<Value>>| {
        let pod = |alert: &Value| alert["labels"]["pod"].as_str().unwrap_or_default().to_owned();
        let pods: Vec<String> = alerts.iter().map(pod).collect();
        let answer = answer(&pods);
        had.lock().expect("nobody panics").push(pods);
        answer
    };
    let router = Router::new().route("/am/api/v2/alerts", post(take));
    tokio::spawn(async { axum::serve(listener, router).await });
    (format!("{url}/am"), requests)
}

#[tokio::test]
async fn batches_have_64_alerts_and_the_oldest_are_dropped() {
    let (url, requests) = stub(|_| StatusCode::OK.into_response()).await;
    let settings = Settings { capacity: 150, ..Settings::default() };
    let notifier = Notifier::start(vec![Server::new(&url).unwrap()], settings).unwrap();
    notifier.send(&(0..200).map(firing).collect::<Vec<_>>());
    until("all are sent", || notifier.status()[0].sent == 150).await;
    let requests = requests.lock().unwrap();
    assert_eq!(requests.iter().map(Vec::len).collect::<Vec<_>>(), [64, 64, 22]);
    assert_eq!(requests[0][0], "pod-50", "the first fifty are gone");
    assert_eq!(notifier.status()[0].dropped, 50);
}

#[tokio::test]
async fn one_alert_that_is_refused_keeps_no_other_back() {
    let (url, requests) = stub(|pods| {
        let is_bad = pods.iter().any(|pod| pod == "pod-37");
        let refused = (StatusCode::BAD_REQUEST, "invalid label");
        if is_bad { refused.into_response() } else { StatusCode::OK.into_response() }
    })
    .await;
    let notifier = notifier(std::slice::from_ref(&url));
    notifier.send(&(0..64).map(firing).collect::<Vec<_>>());
    let is_done = || notifier.status()[0].sent == 63 && notifier.status()[0].queued == 0;
    until("all others are sent", is_done).await;
    let status = notifier.status().remove(0);
    assert_eq!((status.refused, status.queued, status.url), (1, 0, url));
    assert!(requests.lock().unwrap().len() < 16, "it is found by halves");
}

#[tokio::test]
async fn what_an_overloaded_alertmanager_does_not_take_it_gets_again() {
    let tries = Arc::new(Mutex::new(0));
    let (url, requests) = stub(move |_| {
        let mut tries = tries.lock().expect("nobody panics");
        *tries += 1;
        match *tries {
            1 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response(),
            2 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            _ => StatusCode::OK.into_response(),
        }
    })
    .await;
    let (notifier, start) = (notifier(&[url]), Instant::now());
    notifier.send(&[firing(1)]);
    until("it is sent", || notifier.status()[0].sent == 1).await;
    assert!(start.elapsed().as_millis() >= 1000, "it waits as long as it is asked to");
    assert_eq!(requests.lock().unwrap().len(), 3);
    assert_eq!(notifier.status()[0].error, None);
}

#[tokio::test]
async fn a_redirection_that_would_lose_the_alerts_is_an_error() {
    let moved = || (StatusCode::MOVED_PERMANENTLY, [("location", "/am/api/v2/alerts")]);
    let (url, _) = stub(move |_| moved().into_response()).await;
    let notifier = notifier(&[url]);
    notifier.send(&[firing(1)]);
    until("it is refused", || notifier.status()[0].refused == 1).await;
    let error = notifier.status()[0].error.clone().unwrap();
    assert!(error.contains("status 301"), "{error}");
}
