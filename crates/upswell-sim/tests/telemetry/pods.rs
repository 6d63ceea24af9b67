//! What pods export about themselves, and what has to lead to them.

use upswell_sim::Mode::Stock;
use upswell_sim::Traffic;
use upswell_sim::exporters::Missing;

use crate::ask::{POD_MONITOR, answer, ask, number, question, worker};
use crate::world::{SETTINGS, prepared, rehearsed, request, scaled_object, steady};

/// Two requests of a minute each, at the start.
fn two_long() -> Traffic {
    Traffic::new(vec![request(0, 600), request(0, 600)])
}

#[test]
fn each_pod_shows_what_it_serves_under_the_labels_of_its_target() {
    let worker = worker(3);
    let manifests = [worker.as_str(), POD_MONITOR];
    let answer = ask(&manifests, two_long(), Stock, 40, "llm_requests_in_flight");
    assert_eq!(answer.values().sum::<f64>(), 2.0, "{answer:?}");
    assert_eq!(answer.len(), 3, "a series for each pod");
    for labels in answer.keys() {
        for part in [
            r#"container="main""#,
            r#"endpoint="metrics""#,
            r#"job="default/worker""#,
            r#"namespace="default""#,
            r#"pod="worker-"#,
            r#"instance="10."#,
        ] {
            assert!(labels.contains(part), "{labels} has no {part}");
        }
    }
    let done = number(&manifests, two_long(), Stock, 100, "sum(llm_requests_in_flight)");
    assert_eq!(done, Some(0.0), "they end after a minute");
}

#[test]
fn counters_and_histograms_count_what_the_requests_came_to() {
    let worker = worker(4);
    let manifests = [worker.as_str(), POD_MONITOR];
    // One request a second of two seconds each: four workers are enough, and nothing waits.
    let traffic = || steady(600, 1000, 20);
    let ask = |query| number(&manifests, traffic(), Stock, 500, query);
    let rate = ask("sum(rate(llm_requests_total[5m]))").unwrap();
    assert!((rate - 1.0).abs() < 0.01, "{rate} a second");
    let tokens = ask("sum(rate(llm_tokens_total{type=\"completion\"}[5m]))").unwrap();
    assert!((tokens - 20.0).abs() < 0.2, "{tokens} tokens a second");
    let mean = ask("sum(rate(llm_request_duration_seconds_sum[5m])) / \
         sum(rate(llm_request_duration_seconds_count[5m]))")
    .unwrap();
    assert!((mean - 2.0).abs() < 1e-6, "{mean} s");
    let milliseconds = ask(
        "sum(rate(llm_request_latency_ms_sum[5m])) / sum(rate(llm_request_latency_ms_count[5m]))",
    )
    .unwrap();
    assert!((milliseconds - 2000.0).abs() < 1e-3, "{milliseconds} ms");
    // 2 s lie in the bucket from 1 s to 2.5 s, all of them at its 95th part.
    let quantile =
        "histogram_quantile(0.95, sum by (le) (rate(llm_request_duration_seconds_bucket[5m])))";
    let quantile = ask(quantile).unwrap();
    assert!((quantile - 2.425).abs() < 1e-6, "{quantile} s");
    assert_eq!(ask("count(llm_requests_total{outcome=\"timeout\"})"), None, "none came");
}

#[test]
fn a_client_that_gives_up_is_an_outcome_of_its_own() {
    let settings = SETTINGS.replace("  onKill", "  clients: {timeout: 10s}\n  onKill");
    let question = question(200, "sum by (outcome) (llm_requests_total)");
    let manifests = [&worker(1), POD_MONITOR, &question, &settings];
    // The first is answered after 5 s; the second would take a minute.
    let traffic = Traffic::new(vec![request(0, 50), request(20_000, 600)]);
    let run = rehearsed(&manifests, traffic, Stock);
    let answer = answer(&run);
    assert_eq!(answer.get(r#"{outcome="success"}"#), Some(&1.0), "{answer:?}");
    assert_eq!(answer.get(r#"{outcome="timeout"}"#), Some(&1.0), "{answer:?}");
}

#[test]
fn without_a_monitor_nothing_of_a_pod_is_there_and_the_catalogue_says_why() {
    let worker = worker(2);
    let answer = ask(&[&worker], two_long(), Stock, 40, "llm_requests_in_flight");
    assert!(answer.is_empty(), "{answer:?}");
    let question = question(1, "up");
    let prepared = prepared(&[&worker, &question, SETTINGS], two_long()).unwrap();
    let family = prepared.scenario.monitoring.catalogue.find("llm_requests_in_flight").unwrap();
    let why = "no ServiceMonitor or PodMonitor of the bundle selects the pods";
    assert_eq!(family.missing, Some(Missing::Unscraped(why.to_owned())));
}

/// A ServiceMonitor of what carries the label `app`.
const SERVICE_MONITOR: &str = "\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  endpoints: [{port: http, interval: 15s}]
---
";

fn service(labels: &str, selector: &str, port: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: front, labels: {{{labels}}}}}\nspec:\n  \
         selector: {{{selector}}}\n  ports: [{{name: {port}, port: 80, targetPort: metrics}}]\n---\n"
    )
}

#[test]
fn a_service_monitor_needs_a_service_that_it_selects_and_that_leads_to_the_pods() {
    let question = question(1, "up");
    let missing = |service: &str| {
        let manifests = [&worker(1), SERVICE_MONITOR, service, &question, SETTINGS];
        let prepared = prepared(&manifests, two_long()).unwrap();
        let catalogue = &prepared.scenario.monitoring.catalogue;
        match &catalogue.find("llm_requests_total").unwrap().missing {
            Some(Missing::Unscraped(why)) => Some(why.clone()),
            other => other.as_ref().map(|other| format!("{other:?}")),
        }
    };
    assert_eq!(missing(&service("app: worker", "app: worker", "http")), None);
    let no_service = "ServiceMonitor/worker: no Service with the labels that it selects leads to \
                      the pods";
    for service in [
        "",
        &service("app: other", "app: worker", "http"),
        &service("app: worker", "app: other", "http"),
    ] {
        assert_eq!(missing(service).as_deref(), Some(no_service), "{service}");
    }
    let no_port = "ServiceMonitor/worker: Service/front has no port named `http`";
    assert_eq!(missing(&service("app: worker", "app: worker", "web")).as_deref(), Some(no_port));
}

#[test]
fn a_service_gives_its_name_to_the_series() {
    let service = service("app: worker", "app: worker", "http");
    let manifests = [&worker(1), SERVICE_MONITOR, &service];
    let answer = ask(&manifests, two_long(), Stock, 40, "sum by (job, service) (up{pod!=\"\"})");
    assert!(answer.contains_key(r#"{job="front", service="front"}"#), "{answer:?}");
}

#[test]
fn the_series_of_a_pod_end_with_it() {
    // Down from three to two by a cron trigger at the end of its window.
    let cron = "  - type: cron\n    metadata: {timezone: UTC, start: \"0 9 * * *\", \
                end: \"5 9 * * *\", desiredReplicas: \"3\"}\n";
    let object = scaled_object(2, 10, cron);
    let manifests = [worker(3).replace("  replicas: 3\n", ""), object];
    let manifests: Vec<&str> = manifests.iter().map(String::as_str).chain([POD_MONITOR]).collect();
    let count = |second| {
        let query = "count(llm_requests_in_flight)";
        number(&manifests, steady(1200, 10_000, 1), Stock, second, query)
    };
    assert_eq!(count(250), Some(3.0));
    // The HPA's window holds for five minutes; the series end with the next scrape.
    assert_eq!(count(800), Some(2.0));
}

#[test]
fn a_vllm_server_is_told_by_its_image_and_has_the_names_of_vllm() {
    let server = worker(1).replace(
        "registry.example/worker:1",
        "docker.io/vllm/vllm-openai:v0.11.0\n        args: [--model, example/model-8b]",
    );
    let manifests = [server.as_str(), POD_MONITOR];
    let answer = ask(&manifests, two_long(), Stock, 40, "vllm:num_requests_running");
    let (labels, value) = answer.iter().next().unwrap();
    assert_eq!(*value, 1.0, "one slot");
    assert!(labels.contains(r#"model_name="example/model-8b""#), "{labels}");
    let waiting = number(&manifests, two_long(), Stock, 40, "sum(vllm:num_requests_waiting)");
    assert_eq!(waiting, Some(1.0));
    let question = question(1, "up");
    let prepared = prepared(&[&server, POD_MONITOR, &question, SETTINGS], two_long()).unwrap();
    let catalogue = &prepared.scenario.monitoring.catalogue;
    assert!(catalogue.find("vllm:kv_cache_usage_perc").unwrap().missing.is_some());
    assert!(catalogue.find("llm_requests_total").unwrap().missing.is_some());
    assert!(catalogue.find("vllm:num_requests_running").unwrap().missing.is_none());
}

#[test]
fn a_pod_that_starts_does_not_answer_its_scrape() {
    let cron = "  - type: cron\n    metadata: {timezone: UTC, start: \"5 9 * * *\", \
                end: \"10 9 * * *\", desiredReplicas: \"3\"}\n";
    let object = scaled_object(1, 10, cron);
    let settings = SETTINGS.replace("image: 8s", "image: 60s");
    let worker = worker(1).replace("  replicas: 1\n", "");
    let question = question(350, "avg(up{namespace=\"default\"})");
    let manifests = [&worker, POD_MONITOR, &object, &question, &settings];
    let run = rehearsed(&manifests, steady(600, 10_000, 1), Stock);
    let answer = answer(&run);
    assert_eq!(answer.values().next(), Some(&(1.0 / 3.0)), "two of three start: {answer:?}");
}
