//! Manifests of a worker that is scraped, and questions to the Prometheus of its run.

use std::collections::BTreeMap;

use upswell_sim::{Mode, Run, Traffic};

use crate::world::{SETTINGS, rehearsed};

/// A worker that exports metrics on a port, `replicas` of it where nobody scales.
pub(crate) fn worker(replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: worker}}\nspec:\n  \
         replicas: {replicas}\n  selector: {{matchLabels: {{app: worker}}}}\n  template:\n    \
         metadata: {{labels: {{app: worker}}}}\n    spec:\n      containers:\n      - name: main\n        \
         image: registry.example/worker:1\n        ports: [{{name: metrics, containerPort: 8000}}]\n        \
         resources: {{requests: {{cpu: 500m, memory: 256Mi}}, limits: {{memory: 512Mi}}}}\n---\n"
    )
}

/// Scrapes the worker every 15 seconds.
pub(crate) const POD_MONITOR: &str = "\
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  podMetricsEndpoints: [{port: metrics, interval: 15s}]
---
";

/// A PrometheusRule of one group that is evaluated every second; the rules are indented by four.
pub(crate) fn rules(rules: &str) -> String {
    format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: rules}}\n\
         spec:\n  groups:\n  - name: group\n    interval: 1s\n    rules:\n{rules}---\n"
    )
}

/// A rule that fires with the answer of a query from a second of the run on.
pub(crate) fn question(second: i64, query: &str) -> String {
    let from = crate::world::START.as_millis() / 1000 + second;
    rules(&format!(
        "    - alert: Asked\n      expr: |\n        ({query}) and on() (vector(time()) >= {from})\n"
    ))
}

/// The answer to a question: values by their labels, as PromQL writes them.
pub(crate) fn answer(run: &Run) -> BTreeMap<String, f64> {
    let asked = run.alerts.iter().find(|alert| alert.alert == "Asked").expect("it was asked");
    assert_eq!(asked.failure, None);
    let first = asked.fired.first().map_or(0.0, |firing| firing.from_s);
    let fired = asked.fired.iter().filter(|firing| firing.from_s == first);
    let answers = fired.map(|firing| {
        let mut labels = firing.labels.edit();
        labels.remove("alertname");
        (labels.build().to_string(), firing.value)
    });
    answers.collect()
}

/// Asks a query at a second of a run.
pub(crate) fn ask(
    manifests: &[&str],
    traffic: Traffic,
    mode: Mode,
    second: i64,
    query: &str,
) -> BTreeMap<String, f64> {
    let question = question(second, query);
    let manifests = [manifests, &[SETTINGS, &question]].concat();
    answer(&rehearsed(&manifests, traffic, mode))
}

/// Asks for one number without labels.
pub(crate) fn number(
    manifests: &[&str],
    traffic: Traffic,
    mode: Mode,
    second: i64,
    query: &str,
) -> Option<f64> {
    let answer = ask(manifests, traffic, mode, second, query);
    assert!(answer.len() <= 1, "{query} gives {answer:?}");
    answer.values().next().copied()
}
