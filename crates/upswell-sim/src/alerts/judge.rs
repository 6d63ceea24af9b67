//! What became of the alerts in the runs, and what they do while nothing arrives.

use std::collections::BTreeSet;

use upswell_metrics::labels::{METRIC_NAME, Text};
use upswell_metrics::promql::Selector;
use upswell_metrics::rules::{Rule, RuleKind};
use upswell_metrics::store::Reader;
use upswell_metrics::{MatchOp, Matcher, Time};
use upswell_units::{Duration, Sources};

use super::finding::{Alert, Finding};
use super::verdict::{RunVerdict, Verdict};
use crate::exporters::{AlertHistory, Exported, Monitoring, RulePlace};
use crate::outcome::Run;
use crate::prepare::place::place;
use crate::run::run_at_rest;
use crate::scenario::Scenario;

/// How long nothing arrives. In the first half rates over minutes and windows of autoscalers come
/// to rest; what then holds all the time holds for ever.
const REST: Duration = Duration::from_secs(40 * 60);

/// Labels whose values the objects of the bundle fix, whatever happens in a run.
const FIXED: [&str; 8] = [
    "container",
    "deployment",
    "exported_namespace",
    "horizontalpodautoscaler",
    "job",
    "namespace",
    "scaledObject",
    "statefulset",
];

/// Says of each alert what became of it in the runs of a scenario, and what it does at rest.
///
/// `alerts` are those that were prepared with the scenario, and `sources` the texts of its bundle.
#[must_use]
pub fn judge_alerts(
    mut alerts: Vec<Alert>,
    scenario: &Scenario,
    sources: &Sources,
    runs: &[Run],
) -> Vec<Alert> {
    let at_rest = (!alerts.is_empty()).then(|| Rest::of(scenario, sources)).flatten();
    for (index, alert) in alerts.iter_mut().enumerate() {
        let of_run = |run: &Run| {
            let verdict = Verdict::of(run.alerts.get(index)?);
            Some(RunVerdict { mode: run.mode, verdict })
        };
        alert.runs = runs.iter().filter_map(of_run).collect();
        if let (Some(rest), true) = (&at_rest, alert.findings.is_empty()) {
            alert.findings.extend(rest.finding(index));
        }
    }
    alerts
}

/// What is to be said of alerts while nothing arrives, alert by alert.
struct Rest {
    histories: Vec<AlertHistory>,
    mismatches: Vec<Option<Finding>>,
}

impl Rest {
    /// Plays the scenario without traffic; nothing if nobody looks at any metric.
    fn of(scenario: &Scenario, sources: &Sources) -> Option<Self> {
        let monitoring = patient(&scenario.monitoring);
        let played = run_at_rest(scenario, &monitoring, REST, |reader| {
            let groups = monitoring.groups.iter();
            let rules = groups.flat_map(|own| own.group.rules.iter().zip(&own.places));
            let alerting = rules.filter(|(rule, _)| rule.is_alerting());
            alerting.map(|(rule, place)| mismatch(reader, sources, rule, place)).collect()
        });
        let (histories, mismatches) = played?;
        Some(Self { histories, mismatches })
    }

    fn finding(&self, index: usize) -> Option<Finding> {
        let half_s = REST.as_secs_f64() / 2.0;
        let fired = &self.histories.get(index)?.fired;
        if fired.iter().any(|firing| firing.to_s.is_none() && firing.from_s <= half_s) {
            return Some(Finding::TrueAtRest);
        }
        self.mismatches.get(index)?.clone()
    }
}

/// The same monitoring with alerts that fire as soon as their condition holds and as long as it
/// does, and with all series of the names that are selected.
fn patient(monitoring: &Monitoring) -> Monitoring {
    let mut monitoring = monitoring.clone();
    if monitoring.exported == Exported::Selected {
        monitoring.exported = Exported::Named;
    }
    let rules = monitoring.groups.iter_mut().flat_map(|watched| &mut watched.group.rules);
    for rule in rules {
        if let RuleKind::Alerting { hold, keep_firing_for, .. } = &mut rule.kind {
            (*hold, *keep_firing_for) = (Duration::ZERO, Duration::ZERO);
        }
    }
    monitoring
}

/// The first condition on a label that no series of the bundle meets, if the rule has no result
/// for want of it.
fn mismatch(
    reader: &Reader,
    sources: &Sources,
    rule: &Rule,
    rule_place: &RulePlace,
) -> Option<Finding> {
    let selectors = rule.query.emptied_by(|own| unmet(reader, own).is_some())?;
    let selector = *selectors.first()?;
    let (matcher, values) = unmet(reader, selector)?;
    let at = place(sources, rule_place.expr, rule.query.text(), &selector.at());
    Some(Finding::NoSuchValue {
        selector: selector.metric_name().unwrap_or_default().to_owned(),
        at: sources.location(at),
        label: matcher.to_string(),
        values: values.iter().map(ToString::to_string).collect(),
    })
}

/// The first condition of a selector that none of the values meets which the objects of the bundle
/// give to a label; with these values. Nothing where there are none.
fn unmet<'s>(reader: &Reader, selector: &'s Selector) -> Option<(&'s Matcher, BTreeSet<Text>)> {
    selector.metric_name()?;
    let is_name = |matcher: &&Matcher| matcher.name == METRIC_NAME;
    let name: Vec<Matcher> = selector.matchers().iter().filter(is_name).cloned().collect();
    let fixed = selector.matchers().iter().filter(|own| FIXED.contains(&own.name.as_str()));
    let positive = fixed.filter(|own| matches!(own.op, MatchOp::Equal | MatchOp::Regex));
    positive.filter(|own| !own.matches("")).find_map(|matcher| {
        let values = reader.label_values(&matcher.name, &name, Time::MIN, Time::MAX);
        let values: BTreeSet<Text> = values.into_iter().collect();
        let is_unmet = !values.is_empty() && !values.iter().any(|value| matcher.matches(value));
        is_unmet.then_some((matcher, values))
    })
}
