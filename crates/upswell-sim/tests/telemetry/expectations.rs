//! Expectations of alerts, and what came of them.

use upswell_manifests::expectations::Expectations;
use upswell_sim::Mode::{self, Stock, Upswell};
use upswell_sim::{Run, Traffic, check_expectations, find_uncheckable};
use upswell_units::Sources;

use crate::ask::{POD_MONITOR, rules, worker};
use crate::world::{SETTINGS, play, prepared, request};

/// Fires from the fourth minute on, while one request waits for the other.
const WAITING: &str =
    "    - alert: Waiting\n      expr: llm_queue_depth_per_pod > 0\n      for: 20s\n";
const CALM: &str = "    - alert: Calm\n      expr: llm_queue_depth_per_pod > 5\n";

fn expectations(alerts: &str) -> (Expectations, Sources) {
    let text = format!("apiVersion: upswell.dev/v1alpha1\nkind: Expectations\n{alerts}");
    let mut sources = Sources::default();
    let read = Expectations::parse("expect.yaml", &text, &mut sources);
    (read.expect("they are sound"), sources)
}

fn runs(modes: &[Mode]) -> Vec<Run> {
    let traffic = Traffic::new(vec![request(180_000, 600), request(180_000, 600)]);
    let rules = rules(&format!("{WAITING}{CALM}"));
    let prepared = prepared(&[&worker(1), POD_MONITOR, &rules, SETTINGS], traffic);
    let prepared = prepared.expect("there is a workload");
    modes.iter().map(|mode| play(&prepared, *mode)).collect()
}

#[test]
fn each_expectation_is_told_with_what_came() {
    let runs = runs(&[Stock, Upswell]);
    for (text, expected, found, is_met) in [
        ("- {alert: Waiting, fires: true}", "Waiting to fire", "both runs", true),
        ("- {alert: Waiting, fires: true, by: 4m}", "Waiting to fire by 4m", "both runs", true),
        ("- {alert: Waiting, fires: true, by: 3m}", "Waiting to fire by 3m", "it fired at", false),
        ("- {alert: Waiting, fires: false}", "Waiting to be silent", "it fired at", false),
        ("- {alert: Calm, fires: true}", "Calm to fire", "it did not fire in either run", false),
        ("- {alert: Calm, fires: false, as: stock}", "silent as stock", "it did not fire", true),
    ] {
        let (expectations, _) = expectations(&format!("alerts:\n{text}\n"));
        let outcomes = check_expectations(&expectations, &runs);
        let [outcome] = &outcomes[..] else { panic!("one: {outcomes:?}") };
        assert_eq!(outcome.is_met, is_met, "{text}: {outcome:?}");
        assert!(outcome.expected.contains(expected), "{text}: {outcome:?}");
        assert!(outcome.found.contains(found), "{text}: {outcome:?}");
    }
}

#[test]
fn others_are_silent_or_are_named() {
    let runs = runs(&[Stock]);
    for (alerts, found, is_met) in [
        ("alerts: [{alert: Waiting, fires: true}]\nothers: silent\n", "they were", true),
        (
            "alerts: [{alert: Calm, fires: false}]\nothers: silent\n",
            "Waiting fired as stock",
            false,
        ),
    ] {
        let outcomes = check_expectations(&expectations(alerts).0, &runs);
        assert_eq!(outcomes.len(), 2, "{alerts}");
        assert_eq!((outcomes[1].found.as_str(), outcomes[1].is_met), (found, is_met), "{alerts}");
    }
    let any = expectations("alerts: [{alert: Calm, fires: false}]\n").0;
    assert_eq!(check_expectations(&any, &runs).len(), 1);
}

#[test]
fn what_cannot_be_checked_is_said_with_its_place() {
    let rules = rules(WAITING);
    let traffic = Traffic::new(vec![request(0, 1)]);
    let prepared = prepared(&[&worker(1), &rules, SETTINGS], traffic).expect("there is a workload");
    let (expectations, sources) = expectations(
        "alerts:\n- {alert: Wating, fires: true}\n- {alert: Waiting, fires: true, as: upswell}\n",
    );
    let problems = find_uncheckable(&expectations, &prepared.alerts, &[Stock]);
    let told: Vec<String> = problems
        .iter()
        .map(|problem| {
            let span = problem.primary.as_ref().expect("it has a place").span;
            let help = problem.help.as_deref().unwrap_or_default();
            format!("{} {} ({help})", sources.position(span), problem.message)
        })
        .collect();
    assert_eq!(
        told,
        [
            "4:11 the bundle has no alert `Wating` (did you mean `Waiting`?)",
            "5:37 `upswell` does not play in this rehearsal (leave `--as` away, or name the mode \
             that plays)",
        ]
    );
    assert!(find_uncheckable(&expectations, &prepared.alerts, &[Stock, Upswell]).len() == 1);
}
