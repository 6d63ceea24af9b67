//! All groups with the state of their rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::labels::Labels;
use crate::rules::alert::{Alert, AlertState, Instance};
use crate::rules::evaluate::RuleError;
use crate::rules::group::{Group, Rule};
use crate::sample::{Time, millis};

/// What the rules know of the world outside.
#[derive(Clone, Debug)]
pub struct External {
    /// Labels that say which installation this is: in templates, and on what Alertmanager is told.
    pub labels: Labels,
    /// Where the API is reached from outside, without a slash at the end.
    pub url: String,
}

impl Default for External {
    /// No labels, `http://localhost:9090`.
    fn default() -> Self {
        Self { labels: Labels::empty(), url: "http://localhost:9090".to_owned() }
    }
}

/// How the last evaluation of a rule went.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Health {
    /// There was none.
    #[default]
    Unknown,
    /// Well.
    Good,
    /// It failed.
    Bad(RuleError),
}

/// Groups of rules with the state of their alerts.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) external: External,
    pub(super) groups: Vec<ActiveGroup>,
}

/// A group with its state.
#[derive(Clone, Debug)]
pub(super) struct ActiveGroup {
    pub(super) group: Group,
    /// One for each rule of the group.
    pub(super) rules: Vec<ActiveRule>,
    /// Series of rules that are no more; marked as ended at the next evaluation.
    pub(super) orphans: BTreeSet<Labels>,
    pub(super) last_at: Option<Time>,
}

/// The state of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct ActiveRule {
    pub(super) health: Health,
    /// Active and lately resolved alerts, by their labels.
    pub(super) instances: BTreeMap<Labels, Instance>,
    /// What the last good evaluation wrote.
    pub(super) series: BTreeSet<Labels>,
}

/// A rule and how it is.
#[derive(Clone, Copy, Debug)]
pub struct RuleStatus<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How its last evaluation went.
    pub health: &'a Health,
    state: &'a ActiveRule,
}

impl<'a> RuleStatus<'a> {
    /// Its pending and firing alerts, in order of their labels.
    pub fn alerts(&self) -> impl Iterator<Item = &'a Alert> + use<'a> {
        let instances = self.state.instances.values();
        instances.filter(|instance| instance.resolved_at.is_none()).map(|instance| &instance.alert)
    }

    /// Returns how far the farthest of its alerts is; absent if all are inactive.
    #[must_use]
    pub fn alert_state(&self) -> Option<AlertState> {
        self.alerts().map(|alert| alert.state).max()
    }
}

impl Rules {
    /// Takes groups, none of whose alerts is active.
    #[must_use]
    pub fn new(groups: Vec<Group>, external: External) -> Self {
        let groups = groups.into_iter().map(ActiveGroup::new).collect();
        Self { external, groups }
    }

    /// The groups, in the order in which they were given; that is how others name them.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        self.groups.iter().map(|active| &active.group)
    }

    /// The rules of a group and how they are; none if there is no such group.
    pub fn status(&self, group: usize) -> impl Iterator<Item = RuleStatus<'_>> {
        self.groups.get(group).into_iter().flat_map(|active| {
            let rules = active.group.rules.iter().zip(&active.rules);
            rules.map(|(rule, state)| RuleStatus { rule, health: &state.health, state })
        })
    }

    /// Returns when a group was last evaluated.
    #[must_use]
    pub fn last_at(&self, group: usize) -> Option<Time> {
        self.groups.get(group)?.last_at
    }

    /// Returns the first instant after `after` at which a group is due; absent if there is no such
    /// group.
    ///
    /// A group is due at the multiples of its interval, moved by an offset that its file and name
    /// give, so that groups do not all run at one instant. As in Prometheus 3.16 (rules/group.go,
    /// `EvalTimestamp`), with another hash.
    #[must_use]
    pub fn next_at(&self, group: usize, after: Time) -> Option<Time> {
        let group = &self.groups.get(group)?.group;
        let interval = millis(group.interval).max(1);
        let offset = (slot(&group.file, &group.name) % interval.unsigned_abs()) as i64;
        let since_slot = after.0.saturating_sub(offset).rem_euclid(interval);
        Some(after.plus_millis(interval - since_slot))
    }

    /// All pending and firing alerts, in order of groups, rules and labels.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        (0..self.groups.len()).flat_map(|group| self.status(group)).flat_map(|rule| rule.alerts())
    }
}

impl ActiveGroup {
    pub(super) fn new(group: Group) -> Self {
        let rules = group.rules.iter().map(|_| ActiveRule::default()).collect();
        Self { group, rules, orphans: BTreeSet::new(), last_at: None }
    }
}

/// Returns a number that is the same for the same names, on every machine (FNV-1a).
fn slot(file: &str, name: &str) -> u64 {
    let bytes = file.bytes().chain([0xff]).chain(name.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
