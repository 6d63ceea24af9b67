//! Alerts of a bundle in virtual time: when they fire, and what is wrong with them.

use upswell_manifests::bundle::Bundle;
use upswell_sim::Mode::{Stock, Upswell};
use upswell_sim::exporters::AlertHistory;
use upswell_sim::{Run, Traffic};
use upswell_units::Diagnostic;

use crate::ask::{POD_MONITOR, rules, worker};
use crate::world::{SETTINGS, prepared_from, rehearsed, request, steady};

fn alert<'r>(run: &'r Run, name: &str) -> &'r AlertHistory {
    run.alerts.iter().find(|alert| alert.alert == name).expect("the bundle has the alert")
}

/// Two requests of a minute each from the third minute on, for one slot.
fn backlog() -> Traffic {
    Traffic::new(vec![request(180_000, 600), request(180_000, 600)])
}

#[test]
fn an_alert_waits_fires_and_is_resolved() {
    let rules = rules(
        "    - alert: Waiting\n      expr: llm_queue_depth_per_pod > 0\n      for: 20s\n      \
         labels: {severity: warning}\n      annotations:\n        \
         summary: \"{{ $value }} wait for {{ $labels.container }}\"\n    \
         - alert: TooShort\n      expr: llm_queue_depth_per_pod > 0\n      for: 2m\n    \
         - alert: Never\n      expr: llm_queue_depth_per_pod > 5\n",
    );
    let worker = worker(1);
    for mode in [Stock, Upswell] {
        let run = rehearsed(&[&worker, POD_MONITOR, &rules, SETTINGS], backlog(), mode);
        let waiting = alert(&run, "Waiting");
        let [firing] = &waiting.fired[..] else { panic!("{waiting:?}") };
        // One waits from 180 s to 240 s, which a scrape within 15 s sees, and a second's evaluation.
        assert!((200.0..=217.0).contains(&firing.from_s), "{firing:?}");
        let to = firing.to_s.unwrap();
        assert!((240.0..=257.0).contains(&to), "{firing:?}");
        assert_eq!(waiting.firing_s, to - firing.from_s);
        assert_eq!(firing.annotations["summary"], "1 wait for main");
        assert_eq!(firing.labels.get("severity"), "warning");
        assert_eq!(firing.value, 1.0);
        let short = alert(&run, "TooShort");
        assert!(short.fired.is_empty());
        assert!((40.0..=80.0).contains(&short.pending_longest_s.unwrap()), "{short:?}");
        let never = alert(&run, "Never");
        assert_eq!((never.firings, never.pending_longest_s), (0, None));
        assert!(never.evaluations > 700, "every second");
    }
}

#[test]
fn a_recorded_series_is_there_for_the_rules_after_it() {
    let rules = rules(
        "    - record: worker:in_flight:sum\n      expr: sum(llm_requests_in_flight)\n    \
         - alert: Busy\n      expr: worker:in_flight:sum == 1\n",
    );
    let run = rehearsed(&[&worker(1), POD_MONITOR, &rules, SETTINGS], backlog(), Stock);
    assert_eq!(alert(&run, "Busy").firings, 1);
    assert_eq!(run.alerts.len(), 1, "what is recorded is no alert");
}

#[test]
fn an_alert_that_still_fires_at_the_end_has_no_end() {
    let rules = rules("    - alert: Always\n      expr: vector(1)\n");
    let run = rehearsed(&[&worker(1), &rules, SETTINGS], steady(60, 1000, 1), Stock);
    let always = alert(&run, "Always");
    assert_eq!(always.fired[0].to_s, None);
    assert!(always.firing_s > 600.0, "{always:?}");
}

#[test]
fn a_rule_that_fails_is_counted_and_harms_no_other() {
    let rules = rules(
        "    - alert: Ambiguous\n      expr: kube_pod_info * on (namespace) kube_pod_info\n    \
         - alert: Always\n      expr: vector(1)\n",
    );
    let run = rehearsed(&[&worker(2), &rules, SETTINGS], steady(60, 1000, 1), Stock);
    let ambiguous = alert(&run, "Ambiguous");
    assert_eq!(ambiguous.failures, ambiguous.evaluations);
    assert!(ambiguous.failure.is_some());
    assert_eq!(alert(&run, "Always").failures, 0);
}

/// What is wrong with the rules of a bundle, each as `line:column code`.
fn problems(rules: &str) -> Vec<String> {
    let text = format!("{rules}{}{SETTINGS}", worker(1));
    let bundle = Bundle::from_text("all.yaml", &text);
    let prepared = prepared_from(&bundle, steady(10, 1000, 1)).expect("there is a workload");
    assert_eq!(prepared.found.failing.len(), prepared.failing.len());
    assert!(prepared.scenario.monitoring.groups.is_empty(), "the object is refused as a whole");
    let place = |problem: &Diagnostic| {
        let span = problem.primary.as_ref().expect("it has a place").span;
        format!("{} {}", bundle.sources.position(span), problem.code)
    };
    prepared.failing.iter().map(place).collect()
}

#[test]
fn every_fault_of_a_rule_has_its_place_in_the_manifest() {
    let text = rules(
        "    - alert: A\n      expr: |\n        sum(\n          raet(up[5m])\n        ) > 1\n    \
         - alert: B\n      expr: \"up{a=\\\"b\\\"} == bool(\"\n      \
         labels: {severity: \"{{ nosuch }}\"}\n      annotations:\n        \
         summary: \"at {{ $lables.pod }}\"\n",
    );
    let found = problems(&text);
    let lines: Vec<&str> = text.lines().collect();
    let at = |needle: &str, code: &str| {
        let line = lines.iter().position(|line| line.contains(needle)).unwrap();
        let column = lines[line].find(needle).unwrap() + 1;
        format!("{}:{column} {code}", line + 1)
    };
    assert!(found.contains(&at("raet", "invalid-expression")), "{found:?}");
    assert!(found.contains(&at("nosuch", "invalid-template")), "{found:?}");
    assert!(found.contains(&at("$lables", "invalid-template")), "{found:?}");
    assert_eq!(found.len(), 4, "{found:?}");
}
