//! The rules in virtual time, and what became of each alert.

use std::collections::BTreeMap;

use serde::Serialize;
use upswell_metrics::promql::Options;
use upswell_metrics::rules::{AlertState, External, RuleReport, Rules, Transition};
use upswell_metrics::store::Reader;
use upswell_metrics::{Labels, Time};
use upswell_units::Timestamp;

use super::monitoring::WatchedGroup;
use super::recorder::Recorder;

/// Most times of firing that one alert keeps; the rest are counted.
const FIRINGS_MAX: usize = 1000;

/// What became of one alert in a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertHistory {
    /// Its name.
    pub alert: String,
    /// How often it was evaluated.
    pub evaluations: u64,
    /// How often that failed.
    pub failures: u64,
    /// Why it failed last.
    pub failure: Option<String>,
    /// How often it fired, each combination of labels for itself.
    pub firings: u64,
    /// When; in order of the beginning, the first thousand.
    pub fired: Vec<Firing>,
    /// Time in which it fired, with any labels, in seconds.
    pub firing_s: f64,
    /// The longest time for which its condition held without firing, in seconds; none if it never
    /// held.
    pub pending_longest_s: Option<f64>,
}

/// A time of firing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Firing {
    /// From when on, in seconds from the start.
    pub from_s: f64,
    /// Until when; absent if it still fired at the end.
    pub to_s: Option<f64>,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations as it began to fire.
    pub annotations: BTreeMap<String, String>,
    /// The value of its expression then.
    pub value: f64,
}

/// All rules of a run.
pub(super) struct RuleBook {
    rules: Rules,
    start: Timestamp,
    /// By group and position; nothing for a rule that records.
    watches: Vec<Vec<Option<Watch>>>,
}

/// An alert that is watched.
struct Watch {
    history: AlertHistory,
    /// What fires: since when, and the position in the history if it has one.
    firing: BTreeMap<Labels, Option<usize>>,
    /// Since when anything fires.
    firing_since: Option<Time>,
    /// What is pending, and since when.
    pending: BTreeMap<Labels, Time>,
}

impl RuleBook {
    pub(super) fn new(groups: &[WatchedGroup], start: Timestamp) -> Self {
        let rules = groups.iter().map(|watched| watched.group.clone()).collect();
        let watches = groups.iter().map(Watch::all).collect();
        Self { rules: Rules::new(rules, External::default()), start, watches }
    }

    /// When a group is evaluated next.
    pub(super) fn next_at(&self, group: usize, after: Timestamp) -> Option<Timestamp> {
        self.rules.next_at(group, Time::from(after)).map(Timestamp::from)
    }

    /// Evaluates a group.
    pub(super) fn evaluate(
        &mut self,
        group: usize,
        at: Timestamp,
        recorder: &mut Recorder,
        (reader, options): (&Reader, &Options),
    ) {
        let at = Time::from(at);
        let reports = self.rules.evaluate(group, at, &mut recorder.writer, reader, options);
        let Some(watches) = self.watches.get_mut(group) else { return };
        for (watch, report) in watches.iter_mut().zip(reports) {
            if let Some(watch) = watch {
                watch.take(report, Time::from(self.start), at);
            }
        }
    }

    /// Closes the books at the end of a run.
    pub(super) fn into_histories(self, end: Timestamp) -> Vec<AlertHistory> {
        let watches = self.watches.into_iter().flatten().flatten();
        watches.map(|watch| watch.close(Time::from(end))).collect()
    }
}

impl Watch {
    /// The alerts of a group, by position.
    fn all(watched: &WatchedGroup) -> Vec<Option<Self>> {
        let watches = watched.group.rules.iter().map(|rule| {
            if !rule.is_alerting() {
                return None;
            }
            let history = AlertHistory {
                alert: rule.name.clone(),
                evaluations: 0,
                failures: 0,
                failure: None,
                firings: 0,
                fired: Vec::new(),
                firing_s: 0.0,
                pending_longest_s: None,
            };
            Some(Self {
                history,
                firing: BTreeMap::new(),
                firing_since: None,
                pending: BTreeMap::new(),
            })
        });
        watches.collect()
    }

    fn take(&mut self, report: RuleReport, start: Time, at: Time) {
        self.history.evaluations += 1;
        if let Some(error) = report.error {
            self.history.failures += 1;
            self.history.failure = Some(error.to_string());
        }
        for transition in report.transitions {
            self.step(transition, start);
        }
        match (self.firing_since, self.firing.is_empty()) {
            (None, false) => self.firing_since = Some(at),
            (Some(since), true) => {
                self.history.firing_s += seconds(since, at);
                self.firing_since = None;
            }
            _ => {}
        }
    }

    fn step(&mut self, transition: Transition, start: Time) {
        let Transition { alert, from, to, at } = transition;
        if from == Some(AlertState::Pending) {
            self.end_pending(&alert.labels, at);
        }
        if from == Some(AlertState::Firing) {
            let position = self.firing.remove(&alert.labels).flatten();
            if let Some(firing) = position.and_then(|index| self.history.fired.get_mut(index)) {
                firing.to_s = Some(seconds(start, at));
            }
        }
        match to {
            Some(AlertState::Pending) => {
                self.pending.insert(alert.labels, alert.active_at);
            }
            Some(AlertState::Firing) => {
                self.history.firings += 1;
                let is_kept = self.history.fired.len() < FIRINGS_MAX;
                let position = is_kept.then_some(self.history.fired.len());
                self.firing.insert(alert.labels.clone(), position);
                if is_kept {
                    self.history.fired.push(Firing {
                        from_s: seconds(start, at),
                        to_s: None,
                        labels: alert.labels,
                        annotations: alert.annotations,
                        value: alert.value,
                    });
                }
            }
            None => {}
        }
    }

    fn end_pending(&mut self, labels: &Labels, at: Time) {
        let Some(since) = self.pending.remove(labels) else { return };
        let longest = self.history.pending_longest_s.unwrap_or(0.0);
        self.history.pending_longest_s = Some(longest.max(seconds(since, at)));
    }

    fn close(mut self, end: Time) -> AlertHistory {
        let pending: Vec<Labels> = self.pending.keys().cloned().collect();
        for labels in pending {
            self.end_pending(&labels, end);
        }
        if let Some(since) = self.firing_since {
            self.history.firing_s += seconds(since, end);
        }
        self.history
    }
}

fn seconds(from: Time, to: Time) -> f64 {
    to.millis_since(from) as f64 / 1000.0
}
