//! Triggers and autoscalers that read the Prometheus of the run.

use upswell_engine::reason::Reason;
use upswell_sim::{Mode, Run, Traffic};
use upswell_units::Replicas;

use crate::ask::{POD_MONITOR, question, worker};
use crate::world::{
    REDIS, SETTINGS, WORKER, play, prepared, rehearsed, request, scaled_object, steady,
};

const MODES: [Mode; 2] = [Mode::Stock, Mode::Upswell];

/// A trigger on a query, `threshold` a replica; nothing is a failure.
fn prometheus(query: &str, threshold: &str) -> String {
    format!(
        "  - type: prometheus\n    metadata:\n      serverAddress: \"http://prometheus:9090\"\n      \
         query: {query}\n      threshold: \"{threshold}\"\n      ignoreNullValues: \"false\"\n"
    )
}

/// Without replicas of its own, and with ten slots.
fn scaled_worker() -> (String, String) {
    let settings = SETTINGS.replace("  onKill", "  slots: 10\n  onKill");
    (worker(1).replace("  replicas: 1\n", ""), settings)
}

/// Forty requests of five minutes each.
fn forty_long() -> Traffic {
    Traffic::new((0..40).map(|number| request(60_000 + number * 100, 3000)).collect())
}

fn rehearsed_on(query: &str, traffic: Traffic, mode: Mode) -> Run {
    let (worker, settings) = scaled_worker();
    let object = scaled_object(1, 20, &prometheus(query, "5"));
    rehearsed(&[&worker, POD_MONITOR, &object, &settings], traffic, mode)
}

#[test]
fn a_trigger_on_requests_in_flight_scales_on_what_the_pods_export() {
    for mode in MODES {
        let run = rehearsed_on("sum(llm_requests_in_flight)", forty_long(), mode);
        assert_eq!(run.summary.replicas_max, Replicas(8), "{mode:?}: forty, five a replica");
    }
}

#[test]
fn a_query_that_is_none_or_gives_several_series_fails_and_scales_nothing() {
    for query in ["sum(llm_requests_in_flight", "kube_pod_info{pod!=\"\"} or up", "nobody_exports"]
    {
        for mode in MODES {
            let run = rehearsed_on(&format!("'{query}'"), forty_long(), mode);
            assert_eq!(run.summary.replicas_max, Replicas(1), "{mode:?}: {query}");
            let errors = run.decisions.iter().flat_map(|timed| &timed.record.reasons);
            assert!(
                errors.into_iter().any(|reason| reason.to_string().contains("s0-prometheus")),
                "{mode:?}: {query}"
            );
        }
    }
}

/// An autoscaler on a metric of the pods.
fn pods_metric(name: &str, average: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: worker}}\n\
         spec:\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: worker}}\n  \
         minReplicas: 1\n  maxReplicas: 20\n  metrics:\n  - type: Pods\n    \
         pods: {{metric: {{name: {name}}}, target: {{type: AverageValue, averageValue: \"{average}\"}}}}\n\
         ---\n"
    )
}

#[test]
fn a_metric_of_pods_is_served_as_prometheus_adapter_would() {
    let (worker, settings) = scaled_worker();
    let manifests = |name, average| {
        let autoscaler = pods_metric(name, average);
        [worker.clone(), POD_MONITOR.to_owned(), autoscaler, settings.clone()]
    };
    let play = |manifests: [String; 4], traffic| {
        let manifests: Vec<&str> = manifests.iter().map(String::as_str).collect();
        rehearsed(&manifests, traffic, Mode::Stock)
    };
    let gauge = play(manifests("llm_requests_in_flight", "5"), forty_long());
    assert!(gauge.summary.replicas_max > Replicas(1), "ten in flight where five are due");
    // Four requests a second of a second each: a replica serves ten, and two a second are due.
    let rate = play(manifests("llm_requests", "2"), steady(900, 250, 10));
    assert_eq!(rate.summary.replicas_max, Replicas(2), "the rate of the counter");
}

#[test]
fn a_metric_of_pods_that_nobody_exports_is_an_error_and_never_zero() {
    let (worker, settings) = scaled_worker();
    for name in ["llm_request_latency_p99_ms", "llm_requests_total"] {
        let autoscaler = pods_metric(name, "1");
        let manifests = [&*worker, POD_MONITOR, &autoscaler, &settings];
        let run = rehearsed(&manifests, forty_long(), Mode::Stock);
        assert_eq!(run.summary.replicas_max, Replicas(1), "{name}");
        let reasons = run.decisions.iter().flat_map(|timed| &timed.record.reasons);
        let mut texts = reasons.map(Reason::to_string);
        assert!(texts.any(|text| text.contains("could not find the metric")), "{name}");
    }
}

#[test]
fn with_its_periods_set_to_stocks_upswell_is_stock_with_metrics_too() {
    let (worker, settings) = scaled_worker();
    let object = scaled_object(1, 20, &prometheus("sum(llm_requests_in_flight)", "5"));
    let rules = question(100, "keda_scaler_active");
    let manifests = [&*worker, POD_MONITOR, &object, &rules, &settings];
    let prepared = prepared(&manifests, forty_long()).unwrap();
    let stock = play(&prepared, Mode::Stock);
    assert!(!stock.alerts[0].fired.is_empty());
    let mut upswell =
        upswell_sim::run(&prepared.scenario, Mode::Upswell, stock.periods, &mut |_| ());
    upswell.mode = Mode::Stock;
    let json = |run: &Run| serde_json::to_string(run).unwrap();
    assert_eq!(json(&upswell), json(&stock));
    assert_eq!(json(&play(&prepared, Mode::Stock)), json(&stock), "the same seed, the same bytes");
}

#[test]
fn only_what_somebody_looks_at_is_written() {
    let (worker, settings) = scaled_worker();
    let object = scaled_object(1, 20, &prometheus("sum(llm_requests_in_flight)", "5"));
    let one = rehearsed(&[&worker, POD_MONITOR, &object, &settings], forty_long(), Mode::Stock);
    // At most eight pods, a sample each 15 s, for five minutes at rest and 16 minutes more.
    assert!((20..8 * 90).contains(&one.samples.written), "{}", one.samples.written);
    let redis = scaled_object(1, 20, REDIS);
    let none = [WORKER, POD_MONITOR, &redis, &settings];
    let none = rehearsed(&none, forty_long(), Mode::Stock);
    assert_eq!(none.samples.written, 0, "nobody looks");
}
