//! What the HTTP API says of rules, alerts and targets has the shape that a real Prometheus gives
//! it: the same fields with the same types.

mod apis;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use upswell_metrics::exposition::MetricType;
use upswell_metrics::rules::{Alert, AlertState, Group, GroupText, Health, RuleError, RuleText};
use upswell_metrics::scrape::{Metadata, Target};
use upswell_metrics::{Labels, Time, store};
use upswell_peers::{PROMETHEUS_3, Server};
use upswell_prometheus::api::{self, Api, GroupStatus, RuleStatus, RulesView, TargetsView};
use upswell_prometheus::scrape::{Job, JobSettings, ScrapeTarget, TargetStatus};

/// The rules of both.
const RULES: &str = r#"
groups:
- name: group
  interval: 1s
  rules:
  - {record: "up:sum", expr: "sum(up)", labels: {team: a}}
  - alert: Up
    expr: up == 1
    keep_firing_for: 1m
    labels: {severity: info}
    annotations: {summary: "{{ $labels.job }} is up"}
  - {alert: Broken, expr: "up * on () group_left () up", for: 1m}
"#;

const CONFIG: &str = r#"
global: {scrape_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
- {job_name: self, static_configs: [{targets: [ADDRESS]}]}
- {job_name: other, static_configs: [{targets: ["127.0.0.1:1"]}]}
"#;

fn prometheus(program: &Path) -> Server {
    let server = Server::start(program, "/-/ready", |address, folder| {
        let arguments = apis::prometheus_arguments(address, folder)?;
        let config = CONFIG.replace("ADDRESS", &format!("\"{address}\""));
        std::fs::write(folder.join("prometheus.yml"), config)?;
        std::fs::write(folder.join("rules.yml"), RULES)?;
        Ok(arguments)
    });
    server.expect("Prometheus starts")
}

/// The same rules, and how they might do.
struct World;

impl RulesView for World {
    fn groups(&self) -> Vec<GroupStatus> {
        let texts = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let recorded = RuleText {
            record: "up:sum".to_owned(),
            expr: "sum(up)".to_owned(),
            labels: texts(&[("team", "a")]),
            ..RuleText::default()
        };
        let up = RuleText {
            alert: "Up".to_owned(),
            expr: "up == 1".to_owned(),
            keep_firing_for: "1m".to_owned(),
            labels: texts(&[("severity", "info")]),
            annotations: texts(&[("summary", "{{ $labels.job }} is up")]),
            ..RuleText::default()
        };
        let broken = RuleText {
            alert: "Broken".to_owned(),
            expr: "up * on () group_left () up".to_owned(),
            hold: "1m".to_owned(),
            ..RuleText::default()
        };
        let group = GroupText {
            name: "group".to_owned(),
            file: "rules.yml".to_owned(),
            interval: "1s".to_owned(),
            rules: vec![recorded, up, broken],
            ..GroupText::default()
        };
        let alert = Alert {
            labels: Labels::new([("alertname", "Up"), ("job", "self")]),
            annotations: texts(&[("summary", "self is up")]),
            state: AlertState::Firing,
            value: 1.0,
            active_at: Time(1_750_000_000_000),
            fired_at: Some(Time(1_750_000_000_000)),
            kept_since: None,
        };
        let rule = |health, alerts| RuleStatus { health, alerts };
        vec![GroupStatus {
            group: Arc::new(Group::parse(&group, minute()).expect("good rules")),
            evaluated_at: Some(Time(1_750_000_000_123)),
            evaluation_time: upswell_units::Duration::from_millis(3),
            rules: vec![
                rule(Health::Good, Vec::new()),
                rule(Health::Good, vec![alert]),
                rule(Health::Bad(RuleError::DuplicateAlert), Vec::new()),
            ],
        }]
    }
}

impl TargetsView for World {
    fn active(&self) -> Vec<TargetStatus> {
        let discovered =
            [("job", "self"), ("__scheme__", "http"), ("__address__", "127.0.0.1:9090")];
        let target = Target::new(Labels::new(discovered), &[]).expect("a good target");
        let metadata = Metadata {
            metric_type: MetricType::Gauge,
            help: "The build.".to_owned(),
            unit: String::new(),
        };
        vec![TargetStatus {
            target: ScrapeTarget {
                target: target.expect("nothing drops it"),
                job: Arc::new(Job::new(JobSettings::new("self")).expect("good settings")),
            },
            scraped_at: Some(Time(1_750_000_000_123)),
            duration: upswell_units::Duration::from_millis(3),
            error: None,
            metadata: BTreeMap::from([("prometheus_build_info".to_owned(), metadata)]),
        }]
    }
}

fn minute() -> upswell_units::Duration {
    upswell_units::Duration::from_secs(60)
}

#[test]
fn rules_alerts_and_targets_have_the_shapes_that_prometheus_3_gives_them() {
    let Some(program) = PROMETHEUS_3.or_skip("the shapes of the API") else { return };
    let theirs = prometheus(&program);
    let (_writer, reader) = store::new(store::Limits::default());
    let (rules, targets) = (Arc::new(World), Arc::new(World));
    let alertmanagers = Vec::new();
    let api = Api { reader, rules, targets, alertmanagers, options: api::Options::default() };
    let ours = apis::serve(api::router(api)).expect("a free port");
    wait_for_alerts(theirs.address());
    for (path, data) in [
        ("/api/v1/rules?type=record", "/data/groups/0/rules/0"),
        ("/api/v1/rules?rule_name[]=Up", "/data/groups/0"),
        ("/api/v1/rules?rule_name[]=Up&exclude_alerts=true", "/data/groups/0/rules/0"),
        ("/api/v1/rules?rule_name[]=Broken&exclude_alerts=true", "/data/groups/0/rules/0"),
        ("/api/v1/rules?rule_name[]=None", "/data"),
        ("/api/v1/rules?match[]={severity=\"info\"}", "/data/groups/0"),
        ("/api/v1/alerts", "/data/alerts/0"),
        ("/api/v1/alertmanagers", "/data"),
        ("/api/v1/targets?scrapePool=self&state=active", "/data/activeTargets/0"),
        ("/api/v1/targets/metadata?metric=prometheus_build_info", "/data/0"),
        ("/api/v1/targets/metadata?match_target={job=\"self\"}&limit=1", "/data/0"),
        ("/api/v1/metadata?metric=prometheus_build_info", "/data"),
    ] {
        let of = |address| {
            let answer = get(address, path);
            answer.pointer(data).map(shape).ok_or(answer)
        };
        assert_eq!(of(ours), of(theirs.address()), "{path}");
    }
}

/// Waits until Prometheus has scraped itself, and found the rule that is broken.
fn wait_for_alerts(address: SocketAddr) {
    let start = Instant::now();
    loop {
        let rules = get(address, "/api/v1/rules?rule_name[]=Broken");
        let is_firing = get(address, "/api/v1/alerts")["data"]["alerts"][0].is_object();
        if is_firing && rules.pointer("/data/groups/0/rules/0/health") == Some(&json!("err")) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{rules}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn get(address: SocketAddr, path: &str) -> Value {
    let path = path.replace('{', "%7b").replace('}', "%7d").replace('"', "%22");
    let answer = upswell_peers::get(address, &path).expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).expect("an answer of JSON")
}

/// The fields and types of JSON without its values. Labels have names of their own and are left
/// out; an instant is told from other texts.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => json!("instant"),
        Value::String(_) => json!("text"),
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::Object(fields) => {
            let shapes = fields.iter().map(|(name, value)| {
                let are_labels = ["labels", "discoveredLabels", "target"].contains(&name.as_str());
                let shape = if are_labels { json!("labels") } else { shape(value) };
                (name.clone(), shape)
            });
            shapes.collect()
        }
    }
}
