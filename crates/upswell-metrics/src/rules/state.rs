//! What a restart must not forget.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use upswell_units::Duration;

use crate::labels::Labels;
use crate::rules::alert::{Instance, Unconfirmed};
use crate::rules::evaluate::end_series;
use crate::rules::group::{Group, Rule};
use crate::rules::set::{ActiveGroup, ActiveRule, Rules};
use crate::rules::sink::Sink;
use crate::sample::{Time, millis};

/// The version of [`State`] that is written.
const VERSION: u32 = 1;

/// All alerts with their times, as plain data; an edge keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    groups: Vec<GroupState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct GroupState {
    file: String,
    name: String,
    last_at: Time,
    rules: Vec<RuleState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RuleState {
    name: String,
    /// As they were written: two rules may make alerts of one name.
    labels: BTreeMap<String, String>,
    instances: Vec<Instance>,
    series: Vec<Labels>,
}

/// Why a state cannot be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Another version of this program wrote it.
    #[error("the state has version {0}, and this program reads version {VERSION}")]
    Version(u32),
}

/// How a restart is survived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Restart {
    /// When.
    pub now: Time,
    /// Longest outage after which alerts are restored.
    pub outage_tolerance: Duration,
    /// How long a restored alert is left as it was though its condition does not hold.
    pub grace: Duration,
}

impl Restart {
    /// A restart with Prometheus's times: 1 h and 10 min.
    #[must_use]
    pub const fn at(now: Time) -> Self {
        Self { now, outage_tolerance: Duration::from_secs(3600), grace: Duration::from_secs(600) }
    }
}

impl Rules {
    /// Returns the state of all alerts.
    #[must_use]
    pub fn save(&self) -> State {
        let evaluated = self.groups.iter();
        let groups = evaluated.filter_map(|active| Some(save_group(active, active.last_at?)));
        State { version: VERSION, groups: groups.collect() }
    }

    /// Restores what [`Rules::save`] returned, after a restart; groups are found by file and name,
    /// rules by name and labels, the first with the first among equals.
    ///
    /// An alert goes on where it was: nothing that fired fires anew, and what was pending keeps the
    /// time that it was seen to hold. Time that nobody watched does not count: `active_at` moves by
    /// it. As a fresh store has little data, an alert whose condition does not hold is left as it
    /// was, neither resolved nor forgotten, until the condition holds again or
    /// [`Restart::grace`] is over. A group that was last evaluated longer than
    /// [`Restart::outage_tolerance`] ago starts anew: its pending alerts begin from zero, and those
    /// that fired fire after their `for`; Alertmanager has long taken them for resolved.
    ///
    /// Prometheus 3.16 (rules/group.go, `RestoreForState`) knows only when alerts became active: it
    /// fires all anew, lets those with a `for` under 10 min begin from zero, and the others wait
    /// for 10 min at least.
    ///
    /// # Errors
    ///
    /// If another version of this program wrote the state; nothing is changed then.
    pub fn restore(&mut self, state: State, restart: &Restart) -> Result<(), StateError> {
        if state.version != VERSION {
            return Err(StateError::Version(state.version));
        }
        let mut adopted = BTreeSet::new();
        for mut saved in state.groups {
            let outage_ms = restart.now.millis_since(saved.last_at);
            if outage_ms > millis(restart.outage_tolerance) {
                continue;
            }
            // The store is a new one: there is nothing to end in it.
            saved.rules.iter_mut().for_each(|rule| rule.series.clear());
            let until = restart.now.plus_millis(millis(restart.grace));
            let unconfirmed = Unconfirmed { seen_at: saved.last_at, until };
            saved.instances().for_each(|instance| instance.restarted(unconfirmed));
            if let Some(active) = self.successor(&saved, &mut adopted) {
                active.adopt(saved);
            }
        }
        Ok(())
    }

    /// Takes other groups in place of those it has: rules that stay keep their alerts.
    ///
    /// The series of rules that go are marked as ended: at the next evaluation of their group, when
    /// a renamed rule may have gone on with them, or at `at` if the whole group goes.
    /// Source: Prometheus 3.16, rules/group.go, `CopyState`.
    pub fn replace(&mut self, groups: Vec<Group>, at: Time, sink: &mut impl Sink) {
        let saved = self.save().groups;
        self.groups = groups.into_iter().map(ActiveGroup::new).collect();
        let mut adopted = BTreeSet::new();
        for group in saved {
            match self.successor(&group, &mut adopted) {
                Some(active) => active.adopt(group),
                None => end_series(group.series(), at, sink),
            }
        }
    }

    /// Finds the group that goes on with a saved one, unless it goes on with another already.
    fn successor(
        &mut self,
        saved: &GroupState,
        adopted: &mut BTreeSet<usize>,
    ) -> Option<&mut ActiveGroup> {
        let is_successor = |(index, active): &(usize, &mut ActiveGroup)| {
            let Group { file, name, .. } = &active.group;
            (file, name) == (&saved.file, &saved.name) && !adopted.contains(index)
        };
        let (index, active) = self.groups.iter_mut().enumerate().find(is_successor)?;
        adopted.insert(index);
        Some(active)
    }
}

impl GroupState {
    fn instances(&mut self) -> impl Iterator<Item = &mut Instance> {
        self.rules.iter_mut().flat_map(|rule| &mut rule.instances)
    }

    fn series(&self) -> impl Iterator<Item = &Labels> {
        self.rules.iter().flat_map(|rule| &rule.series)
    }
}

impl Instance {
    /// Marks an alert that was seen to hold; one that is kept or resolved goes on without data.
    fn restarted(&mut self, unconfirmed: Unconfirmed) {
        if self.resolved_at.is_none() && self.alert.kept_since.is_none() {
            // The second restart in a row has not seen it hold either.
            let seen_at = self.unconfirmed.map_or(unconfirmed.seen_at, |earlier| earlier.seen_at);
            self.unconfirmed = Some(Unconfirmed { seen_at, ..unconfirmed });
        }
    }
}

impl ActiveGroup {
    /// Gives the rules what they had; what no rule had any more becomes an orphan.
    fn adopt(&mut self, mut saved: GroupState) {
        self.last_at = Some(saved.last_at);
        for (rule, active) in self.group.rules.iter().zip(&mut self.rules) {
            let is_of_rule = |state: &RuleState| state.is_of(rule);
            if let Some(index) = saved.rules.iter().position(is_of_rule) {
                let RuleState { instances, series, .. } = saved.rules.remove(index);
                let by_labels = |instance: Instance| (instance.alert.labels.clone(), instance);
                active.instances = instances.into_iter().map(by_labels).collect();
                active.series = series.into_iter().collect();
            }
        }
        self.orphans.extend(saved.rules.into_iter().flat_map(|rule| rule.series));
    }
}

impl RuleState {
    fn is_of(&self, rule: &Rule) -> bool {
        let labels = self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.name == rule.name && labels.eq(rule.label_texts())
    }
}

fn save_group(active: &ActiveGroup, last_at: Time) -> GroupState {
    let Group { file, name, rules, .. } = &active.group;
    let rules = rules.iter().zip(&active.rules).map(|(rule, state)| save_rule(rule, state));
    GroupState { file: file.clone(), name: name.clone(), last_at, rules: rules.collect() }
}

fn save_rule(rule: &Rule, state: &ActiveRule) -> RuleState {
    let labels = rule.label_texts().into_iter();
    RuleState {
        name: rule.name.clone(),
        labels: labels.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        instances: state.instances.values().cloned().collect(),
        series: state.series.iter().cloned().collect(),
    }
}
