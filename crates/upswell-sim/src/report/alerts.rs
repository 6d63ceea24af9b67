//! The alerts of the runs side by side, and what is wrong with them.

use super::numbers::{moment, of};
use crate::alerts::{Alert, Finding, RunVerdict, Verdict};
use crate::outcome::Rehearsal;

/// Values of a label that are listed.
const VALUES_MAX: usize = 3;

/// One alert: its name, and what became of it in each run.
pub(super) struct Row {
    pub(super) alert: String,
    pub(super) cells: Vec<Cell>,
}

/// What became of an alert in one run.
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether somebody would have been called.
    pub(super) has_fired: bool,
}

/// What is wrong with an alert.
pub(super) struct Remark {
    pub(super) alert: String,
    pub(super) text: String,
    /// `file:line:column`.
    pub(super) at: String,
}

/// All alerts, in their order.
pub(super) fn rows(rehearsal: &Rehearsal) -> Vec<Row> {
    let row = |alert: &Alert| Row {
        alert: alert.alert.clone(),
        cells: alert.runs.iter().map(|run| cell(alert, &run.verdict)).collect(),
    };
    rehearsal.alerts.iter().map(row).collect()
}

/// What is wrong with the alerts, in their order.
pub(super) fn remarks(rehearsal: &Rehearsal) -> Vec<Remark> {
    let of_alert = |alert: &Alert| {
        let failed = alert.runs.iter().find_map(|RunVerdict { verdict, .. }| match verdict {
            Verdict::Failed { error } => Some(Remark {
                alert: alert.alert.clone(),
                text: format!("every evaluation failed: {error}"),
                at: alert.at.clone(),
            }),
            _ => None,
        });
        let findings = alert.findings.iter().flat_map(|finding| of_finding(alert, finding));
        failed.into_iter().chain(findings).collect::<Vec<_>>()
    };
    rehearsal.alerts.iter().flat_map(of_alert).collect()
}

fn cell(alert: &Alert, verdict: &Verdict) -> Cell {
    let text = match verdict {
        Verdict::Fired { times, first_s, firing_s, to_the_end } => {
            let text = fired(*times, *first_s, *firing_s, *to_the_end);
            return Cell { text, has_fired: true };
        }
        Verdict::Failed { .. } => "failed".to_owned(),
        _ if alert.cannot_fire() => "cannot fire".to_owned(),
        Verdict::Pending { held_s } => format!("never, held {} of {}", moment(*held_s), alert.hold),
        Verdict::Never => "never".to_owned(),
    };
    Cell { text, has_fired: false }
}

fn fired(times: usize, first_s: f64, firing_s: f64, to_the_end: bool) -> String {
    let (first, firing) = (moment(first_s), moment(firing_s));
    match (times, to_the_end) {
        (1, true) => format!("from {first} to the end"),
        (1, false) => format!("at {first} for {firing}"),
        (times, _) => format!("{} from {first}, {firing} in all", of(times as u64, "time")),
    }
}

/// A line for each thing to mend; the same fault of one expression is told once.
fn of_finding(alert: &Alert, finding: &Finding) -> Vec<Remark> {
    let remark =
        |text: String, at: &str| Remark { alert: alert.alert.clone(), text, at: at.to_owned() };
    match finding {
        Finding::CannotFire { missing } | Finding::UnknownSeries { missing } => {
            let mut remarks: Vec<Remark> = Vec::new();
            for selector in missing {
                let text = selector.to_string();
                if remarks.iter().all(|known| known.text != text) {
                    remarks.push(remark(text, &selector.at));
                }
            }
            remarks
        }
        Finding::TrueAtRest => {
            let text = "its condition holds all the time while nothing arrives".to_owned();
            vec![remark(text, &alert.at)]
        }
        Finding::NoSuchValue { selector, at, label, values } => {
            let text =
                format!("no `{selector}` of this bundle has {label}; there is {}", listed(values));
            vec![remark(text, at)]
        }
    }
}

fn listed(values: &[String]) -> String {
    let shown: Vec<String> =
        values.iter().take(VALUES_MAX).map(|value| format!("{value:?}")).collect();
    match values.len().saturating_sub(VALUES_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
