//! Which selectors match nothing, whatever the traffic is, and why.

use std::collections::BTreeSet;

use upswell_metrics::labels::METRIC_NAME;
use upswell_metrics::promql::{Query, Selector};
use upswell_metrics::relabel::{Action, Config};
use upswell_metrics::{Matcher, renamed};
use upswell_units::nearest;

use super::finding::Absence;
use crate::exporters::{Endpoint, Exportable, Exporter, Missing, Monitoring};

/// Series that are there wherever Prometheus scrapes anything and has an alert.
const ALWAYS: [&str; 3] = ["up", "ALERTS", "ALERTS_FOR_STATE"];

/// The start of the names of what Prometheus itself says about each scrape, `up` aside.
const OF_SCRAPES: &str = "scrape_";

/// Labels that targets may have.
///
/// Source: prometheus-operator 0.93, pkg/prometheus/promcfg.go; kube-prometheus-stack's defaults.
const OF_TARGETS: [&str; 9] = [
    "container",
    "endpoint",
    "instance",
    "job",
    "metrics_path",
    "namespace",
    "node",
    "pod",
    "service",
];

/// The start of the name of a label that the target had too.
const EXPORTED: &str = "exported_";

/// What series there can be in a bundle.
pub(crate) struct Known<'a> {
    monitoring: &'a Monitoring,
    /// Recorded series that another cluster may have.
    perhaps: BTreeSet<&'a str>,
    /// Recorded series that this bundle may have.
    here: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    /// Takes what is exported, and finds out which rules can record anything.
    pub(crate) fn new(monitoring: &'a Monitoring) -> Self {
        let mut known = Self { monitoring, perhaps: BTreeSet::new(), here: BTreeSet::new() };
        // A rule records if it can do so with what others record: each round finds one more link
        // of a chain. Chains of rules are short; of a longer one, the rest counts as recorded.
        for _ in 0..ROUNDS_MAX {
            let before = known.perhaps.len() + known.here.len();
            for (name, query) in known.recording() {
                if known.certainly_emptied(query).is_none() {
                    known.perhaps.insert(name);
                }
                if known.emptied(query).is_none() {
                    known.here.insert(name);
                }
            }
            if known.perhaps.len() + known.here.len() == before {
                return known;
            }
        }
        let all: Vec<&str> = known.recording().map(|(name, _)| name).collect();
        known.perhaps.extend(&all);
        known.here.extend(all);
        known
    }

    /// The selectors for want of which a query has no result in any cluster, and why each matches
    /// nothing; absent if it may have one.
    pub(crate) fn certainly_emptied<'q>(
        &self,
        query: &'q Query,
    ) -> Option<Vec<(&'q Selector, Absence)>> {
        let absence = |selector: &Selector| self.absence(selector).filter(Absence::is_certain);
        let found = query.emptied_by(|selector| absence(selector).is_some())?;
        Some(found.into_iter().filter_map(|own| Some((own, absence(own)?))).collect())
    }

    /// The same, as far as this bundle goes.
    pub(crate) fn emptied<'q>(&self, query: &'q Query) -> Option<Vec<(&'q Selector, Absence)>> {
        let found = query.emptied_by(|selector| self.absence(selector).is_some())?;
        Some(found.into_iter().filter_map(|own| Some((own, self.absence(own)?))).collect())
    }

    fn recording(&self) -> impl Iterator<Item = (&'a str, &'a Query)> + use<'a> {
        let rules = self.monitoring.groups.iter().flat_map(|watched| &watched.group.rules);
        let recording = rules.filter(|rule| !rule.is_alerting());
        recording.map(|rule| (&*rule.name, &rule.query))
    }

    /// Why a selector matches nothing; absent if it may match something.
    fn absence(&self, selector: &Selector) -> Option<Absence> {
        let has_name = |name: &str| {
            let mut of_name = selector.matchers().iter().filter(|own| own.name == METRIC_NAME);
            of_name.all(|matcher| matcher.matches(name))
        };
        if ALWAYS.iter().any(|name| has_name(name)) || self.here.iter().any(|name| has_name(name)) {
            return None;
        }
        let families = self.monitoring.catalogue.families.iter();
        let families: Vec<&Exportable> = families.filter(|family| has_name(family.name)).collect();
        let mut absences = families.iter().map(|family| self.absence_in(selector, family));
        if absences.any(|absence| absence.is_none()) || self.may_be_made() {
            return None;
        }
        if self.recording().any(|(name, _)| has_name(name)) {
            let is_certain = !self.perhaps.iter().any(|name| has_name(name));
            return Some(Absence::NeverRecorded { is_certain });
        }
        let absences = families.iter().filter_map(|family| self.absence_in(selector, family));
        // What is not here may be elsewhere, which says more than a label that is missing here.
        let first = absences.min_by_key(Absence::is_certain);
        Some(first.unwrap_or_else(|| self.absence_of_name(selector)))
    }

    /// Why a selector matches no series of a family.
    fn absence_in(&self, selector: &Selector, family: &Exportable) -> Option<Absence> {
        match &family.missing {
            Some(Missing::Unscraped(why)) => {
                return Some(Absence::NotExported { why: why.clone() });
            }
            Some(Missing::NotHere(why)) => {
                return Some(Absence::NotSimulated { why: (*why).to_owned() });
            }
            None => {}
        }
        let mut matchers = selector.matchers().iter();
        let label = &matchers.find(|matcher| self.lacks(family, matcher))?.name;
        Some(match renamed::label(family.name, label) {
            Some(renamed::Renamed { today, since }) => {
                Absence::LabelRenamed { label: label.clone(), today, since: since.to_owned() }
            }
            None => Absence::NoSuchLabel {
                label: label.clone(),
                labels: family.labels.iter().map(|label| (*label).to_owned()).collect(),
            },
        })
    }

    /// Whether a matcher asks for a label that no series of a family has.
    fn lacks(&self, family: &Exportable, matcher: &Matcher) -> bool {
        let label = matcher.name.as_str();
        if label == METRIC_NAME || matcher.matches("") {
            return false;
        }
        let is_of_pods = matches!(family.exporter, Exporter::Worker | Exporter::Vllm);
        let mut endpoints = self.monitoring.endpoints.iter().filter(|_| is_of_pods);
        let is_set = endpoints.any(|endpoint| may_set(endpoint, label));
        let is_there = family.labels.contains(&label) || OF_TARGETS.contains(&label);
        !is_set && !is_there && !label.starts_with(EXPORTED)
    }

    /// Whether relabelling may make any name of the series of the pods.
    fn may_be_made(&self) -> bool {
        let relabelings = self.monitoring.endpoints.iter().map(|own| &own.metric_relabelings);
        relabelings.flatten().any(|relabeling| may_write(relabeling.config(), METRIC_NAME))
    }

    /// Why there is no series of a name.
    fn absence_of_name(&self, selector: &Selector) -> Absence {
        let Some(name) = selector.metric_name() else {
            return Absence::Unknown { nearest: None };
        };
        if let Some(renamed::Renamed { today, since }) = renamed::series(name) {
            return Absence::Renamed { today, since: since.to_owned() };
        }
        if name.starts_with(OF_SCRAPES) {
            let why = "of what Prometheus says about scrapes, only `up` is in the model";
            return Absence::NotSimulated { why: why.to_owned() };
        }
        let families = self.monitoring.catalogue.families.iter();
        let there = families.filter(|family| family.missing.is_none()).map(|family| family.name);
        let nearest = nearest(name, there.chain(self.here.iter().copied()));
        Absence::Unknown { nearest: nearest.map(str::to_owned) }
    }
}

/// Rules that record from what others record, one after the other.
const ROUNDS_MAX: usize = 16;

/// Whether a monitor may give a label to the series of the pods.
fn may_set(endpoint: &Endpoint, label: &str) -> bool {
    let Endpoint { target_labels, pod_target_labels, relabelings, metric_relabelings, .. } =
        endpoint;
    let mut copied = target_labels.iter().chain(pod_target_labels);
    let mut relabelings = relabelings.iter().chain(metric_relabelings);
    copied.any(|written| is_label_of(written, label))
        || relabelings.any(|relabeling| may_write(relabeling.config(), label))
}

/// Whether a label of Kubernetes becomes this one of Prometheus.
fn is_label_of(written: &str, label: &str) -> bool {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || c == '_';
    written.chars().map(|c| if is_kept(c) { c } else { '_' }).eq(label.chars())
}

/// Whether a relabelling may write a label.
fn may_write(config: &Config, label: &str) -> bool {
    match config.action {
        Action::Replace | Action::HashMod | Action::Lowercase | Action::Uppercase => {
            config.target_label == label || config.target_label.contains('$')
        }
        Action::LabelMap => true,
        Action::Keep
        | Action::Drop
        | Action::KeepEqual
        | Action::DropEqual
        | Action::LabelDrop
        | Action::LabelKeep => false,
    }
}
