//! Alerts that cannot fire, that always do, and those of which the rehearsal cannot know.

use upswell_manifests::bundle::Bundle;
use upswell_sim::Mode::Stock;
use upswell_sim::{Alert, Finding, judge_alerts};

use crate::ask::{POD_MONITOR, rules, worker};
use crate::world::{REDIS, SETTINGS, play, prepared_from, scaled_object, steady};

/// Rehearses manifests with a calm traffic; the alerts as they come out.
fn alerts(manifests: &[&str]) -> Vec<Alert> {
    let bundle = Bundle::from_text("all.yaml", &manifests.concat());
    let prepared = prepared_from(&bundle, steady(60, 10_000, 1)).expect("there is a workload");
    let run = play(&prepared, Stock);
    judge_alerts(prepared.alerts, &prepared.scenario, &bundle.sources, &[run])
}

/// What is wrong with an alert on this expression; each missing selector in words.
fn wrong(expr: &str, manifests: &[&str]) -> (&'static str, Vec<String>) {
    let rules = rules(&format!("    - alert: A\n      expr: |\n        {expr}\n"));
    let alerts = alerts(&[manifests, &[&rules, SETTINGS]].concat());
    assert_eq!(alerts.len(), 1, "one rule");
    match alerts[0].findings.first() {
        None => ("nothing", Vec::new()),
        Some(Finding::TrueAtRest) => ("at rest", Vec::new()),
        Some(Finding::CannotFire { missing }) => {
            ("cannot", missing.iter().map(ToString::to_string).collect())
        }
        Some(Finding::UnknownSeries { missing }) => {
            ("unknown", missing.iter().map(ToString::to_string).collect())
        }
        Some(Finding::NoSuchValue { selector, label, values, .. }) => {
            ("value", vec![format!("{selector} {label} {values:?}")])
        }
    }
}

#[test]
fn an_alert_on_series_that_are_not_there_cannot_fire_and_is_told_why() {
    let worker = worker(1);
    let scaled = scaled_object(1, 5, REDIS);
    let scraped = [worker.as_str(), POD_MONITOR, &scaled];
    for (expr, expected) in [
        (
            "kube_hpa_status_current_replicas > 5",
            "nothing exports `kube_hpa_status_current_replicas` today (kube-state-metrics 2.0): ask \
             for `kube_horizontalpodautoscaler_status_current_replicas`",
        ),
        (
            r#"sum(rate(vllm:cpu_cache_usage_perc[5m])) > 0 and on () up"#,
            "nothing exports `vllm:cpu_cache_usage_perc` today (vLLM's engine V1)",
        ),
        (
            r#"kube_horizontalpodautoscaler_status_current_replicas{hpa="keda-hpa-worker"} > 5"#,
            "`kube_horizontalpodautoscaler_status_current_replicas` has no label `hpa` today \
             (kube-state-metrics 2.0): it is `horizontalpodautoscaler`",
        ),
        (
            r#"rate(llm_requests_total{status=~"error|fatal"}[5m]) > 0"#,
            "`llm_requests_total` has no label `status`; it has outcome",
        ),
    ] {
        assert_eq!(wrong(expr, &scraped), ("cannot", vec![expected.to_owned()]), "{expr}");
    }
    let unscraped = "`llm_queue_depth_per_pod` is not there: no ServiceMonitor or PodMonitor of the \
                     bundle selects the pods";
    let found = wrong("avg(llm_queue_depth_per_pod) > 10", &[&worker]);
    assert_eq!(found, ("cannot", vec![unscraped.to_owned()]));
}

#[test]
fn of_series_that_others_may_export_the_rehearsal_cannot_know() {
    let worker = worker(1);
    let scraped = [worker.as_str(), POD_MONITOR];
    for (expr, expected) in [
        (
            "redis_up == 0",
            "nothing in this bundle exports `redis_up`; if another system does, the rehearsal \
             cannot know",
        ),
        (
            "llm_request_total > 5",
            "nothing in this bundle exports `llm_request_total`: is `llm_requests_total` meant?",
        ),
        (
            "rate(container_cpu_cfs_throttled_periods_total[5m]) > 1",
            "`container_cpu_cfs_throttled_periods_total` is not simulated (the model does not \
             throttle): the rehearsal cannot know",
        ),
    ] {
        assert_eq!(wrong(expr, &scraped), ("unknown", vec![expected.to_owned()]), "{expr}");
    }
}

#[test]
fn nothing_is_wrong_with_an_alert_that_may_fire() {
    let worker = worker(1);
    let scraped = [worker.as_str(), POD_MONITOR];
    for expr in [
        "llm_requests_in_flight > 50",
        r#"llm_requests_in_flight{pod=~"worker-.*",job!="x",anything!="some"} > 50"#,
        r#"llm_requests_in_flight{exported_job="a"} > 50"#,
        "absent(up)",
        "kube_hpa_status_current_replicas > 5 or llm_requests_in_flight > 50",
        "llm_requests_in_flight > 50 unless kube_hpa_status_current_replicas",
        r#"{__name__=~"llm_.*"} > 1e12"#,
        r#"ALERTS{alertname="Other"} == 1"#,
    ] {
        assert_eq!(wrong(expr, &scraped), ("nothing", Vec::new()), "{expr}");
    }
}

#[test]
fn a_monitor_may_give_labels_and_names_by_relabelling_only() {
    let worker = worker(1);
    let monitor =
        |rest: &str| POD_MONITOR.replace("interval: 15s", &format!("interval: 15s, {rest}"));
    let dropping = monitor("metricRelabelings: [{action: drop, sourceLabels: [pod], regex: x}]");
    let labelling = monitor("relabelings: [{targetLabel: team, replacement: llm}]");
    let naming = monitor("metricRelabelings: [{targetLabel: __name__, replacement: old_$1}]");
    let (label, name) = (r#"llm_requests_in_flight{team="llm"} > 50"#, "kube_hpa_labels > 5");
    for (monitor, expr, expected) in [
        (&dropping, label, "cannot"),
        (&dropping, name, "cannot"),
        (&labelling, label, "nothing"),
        (&labelling, name, "cannot"),
        (&naming, name, "nothing"),
    ] {
        assert_eq!(wrong(expr, &[&worker, monitor]).0, expected, "{expr} with {monitor}");
    }
}

#[test]
fn a_recorded_series_is_there_if_its_rule_can_record_anything() {
    let recording = |expr: &str| {
        rules(&format!(
            "    - alert: A\n      expr: second > 10\n    - record: second\n      expr: first * 2\n    \
             - record: first\n      expr: {expr}\n"
        ))
    };
    let findings = |expr: &str| {
        let alerts = alerts(&[&worker(1), POD_MONITOR, &recording(expr), SETTINGS]);
        alerts[0].findings.clone()
    };
    assert_eq!(findings("sum(llm_requests_in_flight)"), []);
    for (expr, is_certain) in [("kube_hpa_spec_max_replicas", true), ("redis_up", false)] {
        let found = findings(expr);
        let is_as_certain = match &found[..] {
            [Finding::CannotFire { .. }] => is_certain,
            [Finding::UnknownSeries { .. }] => !is_certain,
            _ => false,
        };
        assert!(is_as_certain, "{expr}: {found:?}");
    }
    let circle = rules(
        "    - alert: A\n      expr: first\n    - record: first\n      expr: second\n    \
         - record: second\n      expr: first\n",
    );
    let alerts = alerts(&[&worker(1), &circle, SETTINGS]);
    assert!(alerts[0].cannot_fire(), "nothing ever starts it");
}

#[test]
fn each_missing_selector_has_its_place_in_the_manifest() {
    let text = rules(
        "    - alert: A\n      expr: |\n        kube_hpa_spec_max_replicas\n          \
         == kube_hpa_status_current_replicas{hpa=\"a\"}\n",
    );
    let alerts = alerts(&[&text, &worker(1), SETTINGS]);
    let [Finding::CannotFire { missing }] = &alerts[0].findings[..] else { panic!("{alerts:?}") };
    let place = |name: &str| {
        let (number, line) =
            text.lines().enumerate().find(|(_, line)| line.contains(name)).expect("it is there");
        format!("all.yaml:{}:{}", number + 1, line.find(name).expect("it is there") + 1)
    };
    let found: Vec<&str> = missing.iter().map(|own| own.at.as_str()).collect();
    let expected = [place("kube_hpa_spec_max_replicas"), place("kube_hpa_status_current_replicas")];
    assert_eq!(found, expected);
}

#[test]
fn a_condition_that_holds_while_nothing_arrives_is_told() {
    let worker = worker(2);
    let scaled = scaled_object(2, 5, REDIS);
    let bundle = [worker.as_str(), POD_MONITOR, &scaled];
    let name = r#"{horizontalpodautoscaler="keda-hpa-worker"}"#;
    let of = |what: &str| format!("kube_horizontalpodautoscaler_{what}{name}");
    let equal = format!("{} == {}", of("status_current_replicas"), of("status_desired_replicas"));
    assert_eq!(wrong(&equal, &bundle).0, "at rest");
    let full = format!("{} >= {}", of("status_desired_replicas"), of("spec_max_replicas"));
    assert_eq!(wrong(&full, &bundle).0, "nothing");
    assert_eq!(wrong("vector(1)", &bundle).0, "at rest");
}

#[test]
fn a_name_that_no_object_of_the_bundle_has_is_told_with_those_there_are() {
    let worker = worker(2);
    let scaled = scaled_object(2, 5, REDIS);
    let found = wrong(
        r#"kube_horizontalpodautoscaler_status_current_replicas{horizontalpodautoscaler="worker"} > 1"#,
        &[&worker, &scaled],
    );
    let expected = "kube_horizontalpodautoscaler_status_current_replicas \
                    horizontalpodautoscaler=\"worker\" [\"keda-hpa-worker\"]";
    assert_eq!(found, ("value", vec![expected.to_owned()]));
}
