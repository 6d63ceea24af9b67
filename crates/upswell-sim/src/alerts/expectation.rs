//! What was expected of the alerts, and what came.

use std::collections::BTreeSet;

use serde::Serialize;
use upswell_manifests::expectations::{AlertExpectation, Expectations, Others, Scaler};
use upswell_units::{Diagnostic, Spanned, nearest};

use super::finding::Alert;
use crate::exporters::AlertHistory;
use crate::outcome::{Mode, Run};
use crate::report::moment;

/// An expectation and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectationOutcome {
    /// The alert; absent for the expectation that all others are silent.
    pub alert: Option<String>,
    /// What was expected, in words.
    pub expected: String,
    /// What happened, in words.
    pub found: String,
    /// Whether it is as expected.
    pub is_met: bool,
}

/// Finds what cannot be checked: alerts that the bundle does not have, runs that are not played.
#[must_use]
pub fn find_uncheckable(
    expectations: &Expectations,
    alerts: &[Alert],
    modes: &[Mode],
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for AlertExpectation { alert, scaler, .. } in &expectations.alerts {
        problems.extend(unknown_alert(alert, alerts));
        let unplayed = scaler.as_ref().filter(|scaler| !modes.contains(&mode(scaler.value)));
        problems.extend(unplayed.map(|scaler| {
            let message = format!("`{}` does not play in this rehearsal", scaler.value.as_str());
            Diagnostic::error("expectation-unplayed", message)
                .at(scaler.span, "cannot be checked")
                .help("leave `--as` away, or name the mode that plays")
        }));
    }
    problems
}

fn unknown_alert(alert: &Spanned<String>, alerts: &[Alert]) -> Option<Diagnostic> {
    let Spanned { value: name, span } = alert;
    let mut names = alerts.iter().map(|known| known.alert.as_str());
    if names.clone().any(|known| known == name) {
        return None;
    }
    let problem = Diagnostic::error("unknown-alert", format!("the bundle has no alert `{name}`"))
        .at(*span, "not in any PrometheusRule that the cluster takes in");
    Some(match nearest(name, names.clone()) {
        Some(nearest) => problem.help(format!("did you mean `{nearest}`?")),
        None if names.next().is_none() => problem.help("add the PrometheusRule to the bundle"),
        None => problem,
    })
}

/// Checks every expectation against the runs, in their order; that the others are silent comes
/// last.
#[must_use]
pub fn check_expectations(expectations: &Expectations, runs: &[Run]) -> Vec<ExpectationOutcome> {
    let mut outcomes: Vec<ExpectationOutcome> =
        expectations.alerts.iter().map(|expectation| check_one(expectation, runs)).collect();
    if expectations.others == Others::Silent {
        outcomes.push(check_others(expectations, runs));
    }
    outcomes
}

fn check_one(expectation: &AlertExpectation, runs: &[Run]) -> ExpectationOutcome {
    let AlertExpectation { alert, fires, by, scaler } = expectation;
    let meant = |run: &&Run| scaler.as_ref().is_none_or(|own| mode(own.value) == run.mode);
    let by_s = by.as_ref().map(|by| by.value.0.as_secs_f64());
    let mut is_met = true;
    let mut found = Vec::new();
    for run in runs.iter().filter(meant) {
        let first_s = first_s(run, &alert.value);
        is_met &= match first_s {
            Some(first_s) => fires.value && by_s.is_none_or(|by_s| first_s <= by_s),
            None => !fires.value,
        };
        found.push((run.mode, first_s));
    }
    let verb = if fires.value { "to fire" } else { "to be silent" };
    let by = by_s.map_or_else(String::new, |by_s| format!(" by {}", moment(by_s)));
    let within =
        scaler.as_ref().map_or_else(String::new, |own| format!(" as {}", own.value.as_str()));
    ExpectationOutcome {
        alert: Some(alert.value.clone()),
        expected: format!("{} {verb}{by}{within}", alert.value),
        found: in_words(&found),
        is_met,
    }
}

/// When alerts of the name first fired.
fn first_s(run: &Run, name: &str) -> Option<f64> {
    let histories = run.alerts.iter().filter(|history| history.alert == name);
    let fired = histories.flat_map(|history: &AlertHistory| &history.fired);
    fired.map(|firing| firing.from_s).min_by(f64::total_cmp)
}

/// The same of all runs in one word, else run by run.
fn in_words(found: &[(Mode, Option<f64>)]) -> String {
    let outcome = |first_s: Option<f64>| match first_s {
        Some(first_s) => format!("it fired at {}", moment(first_s)),
        None => "it did not fire".to_owned(),
    };
    match found {
        [(_, one)] => outcome(*one),
        [(_, one), rest @ ..] if rest.iter().all(|(_, other)| outcome(*other) == outcome(*one)) => {
            let which = if one.is_some() { "both runs" } else { "either run" };
            format!("{} in {which}", outcome(*one))
        }
        _ => {
            let of_run = |(mode, first_s): &(Mode, Option<f64>)| {
                format!("{} as {}", outcome(*first_s), mode.as_str())
            };
            found.iter().map(of_run).collect::<Vec<_>>().join(", ")
        }
    }
}

fn check_others(expectations: &Expectations, runs: &[Run]) -> ExpectationOutcome {
    let is_named = |name: &str| expectations.alerts.iter().any(|own| own.alert.value == name);
    let mut fired = BTreeSet::new();
    for run in runs {
        let others = run.alerts.iter().filter(|history| !is_named(&history.alert));
        for history in others.filter(|history| !history.fired.is_empty()) {
            fired.insert((history.alert.clone(), run.mode));
        }
    }
    let names = fired.iter().map(|(alert, mode)| format!("{alert} fired as {}", mode.as_str()));
    let names: Vec<String> = names.collect();
    ExpectationOutcome {
        alert: None,
        expected: "all others to be silent".to_owned(),
        found: if names.is_empty() { "they were".to_owned() } else { names.join(", ") },
        is_met: names.is_empty(),
    }
}

const fn mode(scaler: Scaler) -> Mode {
    match scaler {
        Scaler::Stock => Mode::Stock,
        Scaler::Upswell => Mode::Upswell,
    }
}
