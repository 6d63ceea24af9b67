//! Rules that were parsed.

use std::collections::BTreeMap;

use upswell_units::Duration;

use crate::promql::Query;
use crate::template::Template;

/// Rules that are evaluated one after the other, each seeing what the ones before it wrote.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name, unique in its file.
    pub name: String,
    /// Namespace and name of its PrometheusRule, or the name of its file.
    pub file: String,
    /// Time between evaluations; above zero.
    pub interval: Duration,
    /// How far back each evaluation looks, and writes.
    pub query_offset: Duration,
    /// Most alerts or series that one rule may make; 0 for no bound.
    pub limit: u32,
    /// The rules, with the labels that the group gives them.
    pub rules: Vec<Rule>,
}

/// An alert or a recorded series.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name of the alert or of the series.
    pub name: String,
    /// The expression.
    pub query: Query,
    /// What it makes.
    pub kind: RuleKind,
}

/// What a rule makes.
#[derive(Clone, Debug)]
pub enum RuleKind {
    /// A series.
    Recording {
        /// Labels that it sets; an empty value removes the label.
        labels: BTreeMap<String, String>,
    },
    /// Alerts.
    Alerting {
        /// Labels that it sets; one that comes out empty removes the label.
        labels: BTreeMap<String, Template>,
        /// Texts for people.
        annotations: BTreeMap<String, Template>,
        /// How long the expression must hold before an alert fires: `for`.
        hold: Duration,
        /// How long an alert fires on after that.
        keep_firing_for: Duration,
    },
}

impl Rule {
    /// Returns whether it makes alerts.
    #[must_use]
    pub fn is_alerting(&self) -> bool {
        matches!(self.kind, RuleKind::Alerting { .. })
    }

    /// Returns the labels as they were written, those of the group among them.
    #[must_use]
    pub fn label_texts(&self) -> BTreeMap<&str, &str> {
        match &self.kind {
            RuleKind::Recording { labels } => {
                labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
            }
            RuleKind::Alerting { labels, .. } => texts(labels),
        }
    }

    /// Returns the annotations as they were written; none for a recording rule.
    #[must_use]
    pub fn annotation_texts(&self) -> BTreeMap<&str, &str> {
        match &self.kind {
            RuleKind::Recording { .. } => BTreeMap::new(),
            RuleKind::Alerting { annotations, .. } => texts(annotations),
        }
    }
}

fn texts(templates: &BTreeMap<String, Template>) -> BTreeMap<&str, &str> {
    templates.iter().map(|(name, template)| (name.as_str(), template.text())).collect()
}
