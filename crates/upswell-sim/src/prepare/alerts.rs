//! The alerts of the rules, and which of them can never fire.

use upswell_metrics::promql::Selector;
use upswell_metrics::rules::{Rule, RuleKind};
use upswell_units::Sources;

use super::place::place;
use crate::alerts::{Absence, Alert, Finding, Known, MissingSelector};
use crate::exporters::{Monitoring, RulePlace};

/// The alerts in the order of their rules.
pub(super) fn alerts(sources: &Sources, monitoring: &Monitoring) -> Vec<Alert> {
    let known = Known::new(monitoring);
    let alerts = monitoring.groups.iter().flat_map(|watched| {
        let (object, group) = (&watched.object, &watched.group);
        group.rules.iter().zip(&watched.places).filter_map(|(rule, place)| {
            let RuleKind::Alerting { hold, .. } = &rule.kind else { return None };
            Some(Alert {
                alert: rule.name.clone(),
                object: object.clone(),
                group: group.name.clone(),
                at: sources.location(place.expr),
                hold: *hold,
                findings: finding(sources, &known, rule, place).into_iter().collect(),
                runs: Vec::new(),
            })
        })
    });
    alerts.collect()
}

fn finding(
    sources: &Sources,
    known: &Known<'_>,
    rule: &Rule,
    rule_place: &RulePlace,
) -> Option<Finding> {
    let text = rule.query.text();
    let missing = |(selector, absence): (&Selector, Absence)| {
        let at = place(sources, rule_place.expr, text, &selector.at());
        let name = selector.metric_name().or_else(|| text.get(selector.at()));
        MissingSelector {
            selector: name.unwrap_or_default().to_owned(),
            at: sources.location(at),
            absence,
        }
    };
    if let Some(found) = known.certainly_emptied(&rule.query) {
        return Some(Finding::CannotFire { missing: found.into_iter().map(missing).collect() });
    }
    let found = known.emptied(&rule.query)?;
    Some(Finding::UnknownSeries { missing: found.into_iter().map(missing).collect() })
}
