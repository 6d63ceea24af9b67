//! One evaluation of a group: queries, alerts a step further, series written.

use std::collections::{BTreeMap, BTreeSet};

use crate::labels::{Labels, METRIC_NAME};
use crate::promql::{self, EvalError, Options, Value};
use crate::rules::alert::{Instance, Pace, Transition};
use crate::rules::group::{Group, Rule, RuleKind};
use crate::rules::set::{ActiveGroup, ActiveRule, External, Health, Rules};
use crate::rules::sink::Sink;
use crate::sample::{STALE, Time, millis};
use crate::store::{Reader, Refused};
use crate::template::{Data, Template};

/// The label that holds the name of the alert.
const ALERT_NAME: &str = "alertname";
/// The label that says how far an alert is.
const ALERT_STATE: &str = "alertstate";
/// The series of every pending and firing alert; its value is one.
const ALERTS: &str = "ALERTS";
/// The series that holds since when an alert is active: Unix seconds.
const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";

/// Why an evaluation of a rule failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// The query has no answer.
    #[error(transparent)]
    Query(#[from] EvalError),
    /// The query yields a text or a range of samples.
    #[error("rule result is not a vector or scalar")]
    NoVector,
    /// Two alerts of the rule have the same labels.
    #[error("vector contains metrics with the same labelset after applying alert labels")]
    DuplicateAlert,
    /// Two series of the rule have the same labels.
    #[error("vector contains metrics with the same labelset after applying rule labels")]
    DuplicateSeries,
    /// The rule makes more than its group allows.
    #[error("exceeded limit of {limit} with {count} {what}")]
    Limit {
        /// Most that it may make.
        limit: u32,
        /// What it would have made.
        count: usize,
        /// `alerts` or `series`.
        what: &'static str,
    },
    /// The store did not take a sample; the others it did.
    #[error("{refused}: {labels}")]
    Refused {
        /// Why.
        refused: Refused,
        /// Whose sample it was: of several the last one.
        labels: Labels,
    },
}

/// How one evaluation of a rule went.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleReport {
    /// Samples that it yielded, staleness markers aside.
    pub samples: usize,
    /// Why it failed, if it did.
    pub error: Option<RuleError>,
    /// Which alerts became pending, firing or inactive, in order of their labels.
    pub transitions: Vec<Transition>,
}

/// What an evaluation reads, and when.
#[derive(Clone, Copy)]
struct Scene<'a> {
    external: &'a External,
    reader: &'a Reader,
    options: &'a Options,
    at: Time,
}

/// What a rule yields: series with their values.
type Yield = BTreeMap<Labels, f64>;

/// Alerts whose condition holds, with value and annotations.
type Found = BTreeMap<Labels, (f64, BTreeMap<String, String>)>;

impl Rules {
    /// Evaluates a group at an instant, rule after rule, into the store; one report for each rule,
    /// none if there is no such group.
    ///
    /// A rule that fails leaves its alerts as they were and writes nothing, not even a staleness
    /// marker; one that makes too many alerts loses them. The others are not touched by it.
    pub fn evaluate(
        &mut self,
        group: usize,
        at: Time,
        sink: &mut impl Sink,
        reader: &Reader,
        options: &Options,
    ) -> Vec<RuleReport> {
        let Some(active) = self.groups.get_mut(group) else {
            return Vec::new();
        };
        let ActiveGroup { group, rules, orphans, last_at } = active;
        let scene = Scene { external: &self.external, reader, options, at };
        let reports = group.rules.iter().zip(rules).map(|(rule, state)| {
            let report = scene.evaluate(group, rule, state, sink);
            state.health = report.error.clone().map_or(Health::Good, Health::Bad);
            report
        });
        let reports = reports.collect();
        end_series(&std::mem::take(orphans), seen_at(group, at), sink);
        *last_at = Some(at);
        reports
    }
}

/// The instant that an evaluation looks at, and writes at.
fn seen_at(group: &Group, at: Time) -> Time {
    at.plus_millis(millis(group.query_offset).saturating_neg())
}

impl Scene<'_> {
    fn evaluate(
        self,
        group: &Group,
        rule: &Rule,
        state: &mut ActiveRule,
        sink: &mut impl Sink,
    ) -> RuleReport {
        let mut transitions = Vec::new();
        let yielded = match &rule.kind {
            RuleKind::Recording { labels } => self.record(group, rule, labels),
            RuleKind::Alerting { labels, annotations, hold, keep_firing_for } => {
                let (hold, keep_firing_for) = (*hold, *keep_firing_for);
                let pace = Pace { hold, keep_firing_for, interval: group.interval };
                self.found(group, rule, labels, annotations).and_then(|found| {
                    transitions = step(&mut state.instances, found, pace, self.at);
                    self.alert(group, rule, state, &mut transitions)
                })
            }
        };
        match yielded {
            Ok(yielded) => {
                let error = write(&yielded, state, seen_at(group, self.at), sink);
                RuleReport { samples: yielded.len(), error, transitions }
            }
            Err(error) => RuleReport { samples: 0, error: Some(error), transitions },
        }
    }

    /// Answers the expression of a rule.
    fn answer(self, group: &Group, rule: &Rule) -> Result<Vec<(Labels, f64)>, RuleError> {
        let at = seen_at(group, self.at);
        vector(promql::instant(&rule.query, self.reader, at, self.options)?)
            .ok_or(RuleError::NoVector)
    }

    /// Yields the series of a recording rule.
    fn record(
        self,
        group: &Group,
        rule: &Rule,
        labels: &BTreeMap<String, String>,
    ) -> Result<Yield, RuleError> {
        let mut yielded = Yield::new();
        for (found, value) in self.answer(group, rule)? {
            let mut builder = found.edit();
            builder.set(METRIC_NAME, rule.name.as_str());
            for (name, value) in labels {
                builder.set(name.as_str(), value.as_str());
            }
            if yielded.insert(builder.build(), value).is_some() {
                return Err(RuleError::DuplicateSeries);
            }
        }
        match yielded.len() {
            count if exceeds(group.limit, count) => {
                Err(RuleError::Limit { limit: group.limit, count, what: "series" })
            }
            _ => Ok(yielded),
        }
    }

    /// Finds the alerts whose condition holds.
    fn found(
        self,
        group: &Group,
        rule: &Rule,
        labels: &BTreeMap<String, Template>,
        annotations: &BTreeMap<String, Template>,
    ) -> Result<Found, RuleError> {
        let mut found = Found::new();
        for (of_result, value) in self.answer(group, rule)? {
            let mut expand = |template: &Template| self.expand(template, &of_result, value);
            let identity = alert_labels(rule, &of_result, labels, &mut expand);
            let expanded = annotations.iter();
            let annotations =
                expanded.map(|(name, template)| (name.clone(), expand(template))).collect();
            if found.insert(identity, (value, annotations)).is_some() {
                return Err(RuleError::DuplicateAlert);
            }
        }
        Ok(found)
    }

    /// Yields the series of the active alerts of a rule, unless they are too many.
    fn alert(
        self,
        group: &Group,
        rule: &Rule,
        state: &mut ActiveRule,
        transitions: &mut Vec<Transition>,
    ) -> Result<Yield, RuleError> {
        let active = state.instances.values().filter(|instance| instance.resolved_at.is_none());
        let count = active.clone().count();
        if exceeds(group.limit, count) {
            let dropped = std::mem::take(&mut state.instances).into_values();
            transitions.extend(dropped.filter_map(|instance| instance.dropped(self.at)));
            return Err(RuleError::Limit { limit: group.limit, count, what: "alerts" });
        }
        Ok(active.flat_map(|instance| alert_series(rule, instance)).collect())
    }

    /// Expands a label or an annotation for one series of the expression's result.
    fn expand(self, template: &Template, labels: &Labels, value: f64) -> String {
        let data = Data {
            labels,
            value,
            external_labels: &self.external.labels,
            external_url: &self.external.url,
            at: self.at,
        };
        template.expand_or_error(&data, &mut |text: &str| {
            let query = promql::parse(text).map_err(|error| error.to_string())?;
            let answer = promql::instant(&query, self.reader, self.at, self.options);
            vector(answer.map_err(|error| error.to_string())?)
                .ok_or_else(|| RuleError::NoVector.to_string())
        })
    }
}

/// Returns a value as a vector; a scalar is one series without labels.
fn vector(value: Value) -> Option<Vec<(Labels, f64)>> {
    match value {
        Value::Scalar(sample) => Some(vec![(Labels::empty(), sample.value)]),
        Value::Vector(series) => {
            Some(series.into_iter().map(|(labels, sample)| (labels, sample.value)).collect())
        }
        Value::String(..) | Value::Matrix(_) => None,
    }
}

/// Returns whether a limit is passed; zero is none.
fn exceeds(limit: u32, count: usize) -> bool {
    limit > 0 && count > limit as usize
}

/// Returns the identity of an alert: the labels of the result without the metric's name, those of
/// the rule over them.
fn alert_labels(
    rule: &Rule,
    of_result: &Labels,
    labels: &BTreeMap<String, Template>,
    expand: &mut impl FnMut(&Template) -> String,
) -> Labels {
    let mut builder = of_result.edit();
    builder.remove(METRIC_NAME);
    for (name, template) in labels {
        builder.set(name.as_str(), expand(template));
    }
    builder.set(ALERT_NAME, rule.name.as_str());
    builder.build()
}

/// Takes all alerts of a rule one evaluation further; returns what changed.
fn step(
    instances: &mut BTreeMap<Labels, Instance>,
    found: Found,
    pace: Pace,
    at: Time,
) -> Vec<Transition> {
    let mut transitions = Vec::new();
    let mut note = |from, instance: &Instance, to| {
        if from != to {
            transitions.push(Transition { alert: instance.alert.clone(), from, to, at });
        }
    };
    instances.retain(|labels, instance| {
        if found.contains_key(labels) {
            return true;
        }
        let from = instance.state();
        let is_kept = pace.condition_fails(instance, at);
        note(from, instance, instance.state().filter(|_| is_kept));
        is_kept
    });
    for (labels, (value, annotations)) in found {
        let from = instances.get(&labels).and_then(Instance::state);
        if from.is_none() {
            instances.insert(labels.clone(), Instance::new(labels.clone(), at));
        }
        let Some(instance) = instances.get_mut(&labels) else { continue };
        instance.alert.value = value;
        instance.alert.annotations = annotations;
        pace.condition_holds(instance, at);
        note(from, instance, instance.state());
    }
    transitions.sort_by(|one, other| one.alert.labels.cmp(&other.alert.labels));
    transitions
}

/// Returns the series that tell of an active alert.
///
/// Their labels are the alert's. Prometheus adds the text of a label template that came out empty,
/// unexpanded; that helps nobody.
fn alert_series(rule: &Rule, instance: &Instance) -> [(Labels, f64); 2] {
    let alert = &instance.alert;
    let mut builder = alert.labels.edit();
    builder.set(METRIC_NAME, ALERTS_FOR_STATE).set(ALERT_NAME, rule.name.as_str());
    let for_state = builder.clone().build();
    builder.set(METRIC_NAME, ALERTS).set(ALERT_STATE, alert.state.as_str());
    [(builder.build(), 1.0), (for_state, alert.active_at.0.div_euclid(1000) as f64)]
}

/// Writes what a rule yielded, and ends the series that it no longer yields; returns the last
/// refusal.
fn write(
    yielded: &Yield,
    state: &mut ActiveRule,
    at: Time,
    sink: &mut impl Sink,
) -> Option<RuleError> {
    let (mut written, mut error) = (BTreeSet::new(), None);
    for (labels, value) in yielded {
        match sink.append(labels, at, *value) {
            Ok(()) => drop(written.insert(labels.clone())),
            Err(refused) => error = Some(RuleError::Refused { refused, labels: labels.clone() }),
        }
    }
    end_series(state.series.difference(&written), at, sink);
    state.series = written;
    error
}

/// Marks series as ended.
pub(super) fn end_series<'a>(
    series: impl IntoIterator<Item = &'a Labels>,
    at: Time,
    sink: &mut impl Sink,
) {
    for labels in series {
        // Refused where another rule has written the series by now: then it has not ended.
        let _ = sink.append(labels, at, STALE);
    }
}
