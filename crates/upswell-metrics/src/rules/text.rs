//! Rules as they are written, and every fault of a group at once.

use std::collections::BTreeMap;
use std::ops::Range;

use upswell_units::Duration;

use crate::duration::parse_duration;
use crate::labels::METRIC_NAME;
use crate::promql::{self, Query, ValueType};
use crate::rules::group::{Group, Rule, RuleKind};
use crate::template::Template;

/// A group as it is written in a rule file or a PrometheusRule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupText {
    /// Name, unique in its file.
    pub name: String,
    /// Namespace and name of its PrometheusRule, or the name of its file.
    pub file: String,
    /// Time between evaluations: `30s`; empty for the default.
    pub interval: String,
    /// How far back each evaluation looks; empty for none.
    pub query_offset: String,
    /// Most alerts or series that one rule may make; 0 for no bound.
    pub limit: u32,
    /// Labels that every rule sets; those of the rule itself go before.
    pub labels: BTreeMap<String, String>,
    /// The rules.
    pub rules: Vec<RuleText>,
}

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleText {
    /// Name of the series that it records; empty for an alert.
    pub record: String,
    /// Name of the alert; empty for a series.
    pub alert: String,
    /// The expression.
    pub expr: String,
    /// How long it must hold before an alert fires, `for`; empty for no time.
    pub hold: String,
    /// How long an alert fires on after that; empty for no time.
    pub keep_firing_for: String,
    /// Labels that it sets; templates for an alert.
    pub labels: BTreeMap<String, String>,
    /// Texts for people: templates.
    pub annotations: BTreeMap<String, String>,
}

/// A text of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `name` of the group.
    Name,
    /// `interval` of the group.
    Interval,
    /// `query_offset` of the group.
    QueryOffset,
    /// `record`.
    Record,
    /// `alert`.
    Alert,
    /// `expr`.
    Expr,
    /// `for`.
    For,
    /// `keep_firing_for`.
    KeepFiringFor,
    /// The label with this name: of the rule, or of the group.
    Label(String),
    /// The annotation with this name.
    Annotation(String),
}

/// What is wrong with one text of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Index of the rule; absent where it is the group's.
    pub rule: Option<usize>,
    /// Which of its texts.
    pub field: Field,
    /// Where: bytes of that text.
    pub at: Range<usize>,
    /// What is wrong, for people.
    pub message: String,
    /// How to mend it, where that can be said.
    pub help: Option<String>,
}

impl Group {
    /// Parses a group; `default_interval` is for one that names none (1 min at Prometheus's
    /// default).
    ///
    /// # Errors
    ///
    /// All faults at once: expressions, templates, durations, names; what Prometheus refuses
    /// (3.16, model/rulefmt), and expressions that yield no vector, which it refuses only when it
    /// evaluates them.
    pub fn parse(text: &GroupText, default_interval: Duration) -> Result<Self, Vec<Problem>> {
        let mut faults = Faults::default();
        if text.name.is_empty() {
            faults.add(Field::Name, 0..0, "a group needs a name", None);
        }
        let interval = match faults.duration(Field::Interval, &text.interval) {
            Duration::ZERO => default_interval,
            interval => interval,
        };
        let query_offset = faults.duration(Field::QueryOffset, &text.query_offset);
        faults.label_names(&text.labels);
        // Only an alert takes labels for templates.
        let has_alert = text.rules.iter().any(|rule| !rule.alert.is_empty());
        let alert_labels = match has_alert {
            true => faults.templates(&text.labels, Field::Label),
            false => BTreeMap::new(),
        };
        let rules = text.rules.iter().enumerate().map(|(index, rule)| {
            faults.rule = Some(index);
            faults.parse_rule(rule, &text.labels, &alert_labels)
        });
        let rules: Vec<Option<Rule>> = rules.collect();
        let rules: Vec<Rule> = rules.into_iter().flatten().collect();
        if !faults.problems.is_empty() {
            return Err(faults.problems);
        }
        let (name, file) = (text.name.clone(), text.file.clone());
        Ok(Self { name, file, interval, query_offset, limit: text.limit, rules })
    }
}

/// The faults so far, and the rule that is being read.
#[derive(Default)]
struct Faults {
    rule: Option<usize>,
    problems: Vec<Problem>,
}

impl Faults {
    fn add(&mut self, field: Field, at: Range<usize>, message: &str, help: Option<String>) {
        let message = message.to_owned();
        self.problems.push(Problem { rule: self.rule, field, at, message, help });
    }

    /// Reads a rule; absent if it has a fault.
    fn parse_rule(
        &mut self,
        text: &RuleText,
        group_labels: &BTreeMap<String, String>,
        alert_labels: &BTreeMap<String, Template>,
    ) -> Option<Rule> {
        let before = self.problems.len();
        let is_alert = !text.alert.is_empty();
        self.names(text);
        let query = self.query(&text.expr);
        let hold = self.duration(Field::For, &text.hold);
        let keep_firing_for = self.duration(Field::KeepFiringFor, &text.keep_firing_for);
        self.label_names(&text.labels);
        let kind = if is_alert {
            let mut labels = alert_labels.clone();
            labels.extend(self.templates(&text.labels, Field::Label));
            let annotations = self.templates(&text.annotations, Field::Annotation);
            RuleKind::Alerting { labels, annotations, hold, keep_firing_for }
        } else {
            let mut labels = group_labels.clone();
            labels.extend(text.labels.clone());
            RuleKind::Recording { labels }
        };
        let name = if is_alert { text.alert.clone() } else { text.record.clone() };
        let query = query.filter(|_| self.problems.len() == before)?;
        Some(Rule { name, query, kind })
    }

    /// Reads an expression; it must yield a vector or a number.
    fn query(&mut self, text: &str) -> Option<Query> {
        if text.is_empty() {
            self.add(Field::Expr, 0..0, "a rule needs an expression", None);
            return None;
        }
        match promql::parse(text) {
            Ok(query) => {
                let what = match query.kind() {
                    ValueType::Scalar | ValueType::Vector => return Some(query),
                    ValueType::Matrix => "a range of samples",
                    ValueType::String => "a text",
                };
                let message = format!("the expression yields {what}, and a rule needs a vector");
                self.add(Field::Expr, 0..text.len(), &message, None);
            }
            Err(error) => self.add(Field::Expr, error.at, &error.message, error.help),
        }
        None
    }

    /// Checks that a rule is an alert or a series, and has nothing that only the other one has.
    fn names(&mut self, text: &RuleText) {
        let RuleText { record, alert, hold, keep_firing_for, annotations, .. } = text;
        let whole = |text: &str| 0..text.len();
        if record.is_empty() && alert.is_empty() {
            let help = "name the series that it records, or the alert that it raises";
            let message = "a rule needs `record` or `alert`";
            self.add(Field::Record, 0..0, message, Some(help.to_owned()));
        }
        if record.is_empty() {
            return;
        }
        if !alert.is_empty() {
            let message = "a rule has `record` or `alert`, not both";
            self.add(Field::Alert, whole(alert), message, None);
            return;
        }
        if let Some(brace) = record.find(['{', '}']) {
            let help = "a rule's labels belong in `labels`, an expression in `expr`";
            let message = "the name of a series has no braces";
            self.add(Field::Record, brace..brace + 1, message, Some(help.to_owned()));
        }
        let message = "only an alert has this, not a recorded series";
        for (field, text) in [(Field::For, hold), (Field::KeepFiringFor, keep_firing_for)] {
            if !text.is_empty() {
                self.add(field, whole(text), message, None);
            }
        }
        if let Some((name, text)) = annotations.first_key_value() {
            self.add(Field::Annotation(name.clone()), whole(text), message, None);
        }
    }

    /// Checks names of labels; any text is one in Prometheus 3.
    fn label_names(&mut self, labels: &BTreeMap<String, String>) {
        for (name, text) in labels {
            if name.is_empty() || name == METRIC_NAME {
                let message = format!("a rule cannot set a label `{name}`");
                self.add(Field::Label(name.clone()), 0..text.len(), &message, None);
            }
        }
    }

    /// Reads a duration; an empty text is none.
    fn duration(&mut self, field: Field, text: &str) -> Duration {
        if text.is_empty() {
            return Duration::ZERO;
        }
        parse_duration(text).unwrap_or_else(|error| {
            let help = "a duration is a number with a unit, as in `30s`, `5m` or `1h30m`";
            self.add(field, 0..text.len(), &error.to_string(), Some(help.to_owned()));
            Duration::ZERO
        })
    }

    fn templates(
        &mut self,
        texts: &BTreeMap<String, String>,
        field: impl Fn(String) -> Field,
    ) -> BTreeMap<String, Template> {
        let mut templates = BTreeMap::new();
        for (name, text) in texts {
            match Template::parse(text) {
                Ok(template) => drop(templates.insert(name.clone(), template)),
                Err(error) => {
                    self.add(field(name.clone()), error.at, &error.message, error.help);
                }
            }
        }
        templates
    }
}
