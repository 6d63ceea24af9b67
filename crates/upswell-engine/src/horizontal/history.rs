//! What the horizontal autoscaler remembers from tick to tick: plain data that survives a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Replicas, Timestamp};

use super::calculator::Reported;
use super::condition::{Condition, ConditionChange, ConditionType};
use super::replica_count::ReplicaCount;

/// All that one autoscaler remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// What was recommended before any window; absent until the first tick. Bounded by the longest
    /// window: an entry older than it makes room for the next.
    pub recommendations: Option<Vec<Recommendation>>,
    /// Steps that were written to the scale target; none without behavior.
    pub scale_events: ScaleEvents,
    /// The status that users see.
    pub status: Status,
}

/// What the status of a HorizontalPodAutoscaler says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Replicas of the target when it was last read.
    pub current_replicas: Replicas,
    /// Replicas that were last decided on.
    pub desired_replicas: Replicas,
    /// When the scale was last written.
    pub last_scale: Option<Timestamp>,
    /// The metrics that were last read; empty if they were not looked at.
    pub metrics: Vec<MetricStatus>,
    /// The conditions.
    pub conditions: BTreeMap<ConditionType, Condition>,
}

/// The last value of one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricStatus {
    /// The metric, for people.
    pub metric: String,
    /// What was read; absent if that failed.
    pub reported: Option<Reported>,
}

/// What was recommended at a moment, before windows and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// How many replicas.
    pub replicas: ReplicaCount,
    /// When.
    pub at: Timestamp,
}

/// A step that was written to the scale target, in the direction of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleEvent {
    /// By how many replicas.
    pub change: Replicas,
    /// When.
    pub at: Timestamp,
    /// Whether it was once found older than every policy's period, so that it may be overwritten.
    pub is_outdated: bool,
}

/// The steps of both directions, in no particular order. Bounded by the longest period of a policy:
/// a step older than it makes room for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleEvents {
    /// Steps to more replicas.
    pub up: Vec<ScaleEvent>,
    /// Steps to fewer replicas.
    pub down: Vec<ScaleEvent>,
}

impl ScaleEvents {
    /// Returns how many replicas there were a `period` ago: `current`, less the steps up since then,
    /// plus the steps down. A step exactly as old does not count.
    ///
    /// The answer may be below zero where somebody else scaled too. It wraps at 32 bits, as
    /// upstream's.
    #[must_use]
    pub(super) fn replicas_ago(
        &self,
        period: Duration,
        current: Replicas,
        now: Timestamp,
    ) -> ReplicaCount {
        let change = |events: &[ScaleEvent]| {
            let recent = events.iter().filter(|event| event.at > now - period);
            let changes = recent.map(|event| ReplicaCount::from(event.change).0);
            changes.fold(0, i32::wrapping_add)
        };
        let current = ReplicaCount::from(current).0;
        ReplicaCount(current.wrapping_sub(change(&self.up)).wrapping_add(change(&self.down)))
    }

    /// Records the step from `from` to `to` in the place of the last outdated one of its direction,
    /// if there is one.
    ///
    /// First marks as outdated what is older than `longest_period`, the longest period of this
    /// direction's policies. A mark stays when the policies change.
    /// Source: Kubernetes 1.36, podautoscaler/horizontal.go, storeScaleEvent.
    pub fn record(
        &mut self,
        from: Replicas,
        to: Replicas,
        at: Timestamp,
        longest_period: Duration,
    ) {
        let events = if to > from { &mut self.up } else { &mut self.down };
        for event in events.iter_mut() {
            event.is_outdated |= event.at < at - longest_period;
        }
        let event = ScaleEvent { change: Replicas(to.0.abs_diff(from.0)), at, is_outdated: false };
        match events.iter_mut().rfind(|event| event.is_outdated) {
            Some(outdated) => *outdated = event,
            None => events.push(event),
        }
    }
}

/// Records a recommendation, in the place of the last one from before `obsolete_before` if there
/// is one. Other old entries stay: one goes with every tick.
///
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, stabilizeRecommendation.
pub fn record_recommendation(
    recommendations: &mut Vec<Recommendation>,
    recommendation: Recommendation,
    obsolete_before: Timestamp,
) {
    match recommendations.iter_mut().rfind(|old| old.at < obsolete_before) {
        Some(obsolete) => *obsolete = recommendation,
        None => recommendations.push(recommendation),
    }
}

impl Status {
    /// Applies a change at `now`.
    pub(super) fn apply(&mut self, change: &ConditionChange, now: Timestamp) {
        match change {
            ConditionChange::Remove(condition) => {
                self.conditions.remove(condition);
            }
            ConditionChange::Set { condition, status, reason, message } => {
                let before = self.conditions.get(condition);
                let since = before.filter(|before| before.status == *status);
                let last_transition = since.map_or(now, |before| before.last_transition);
                let message = message.clone();
                let after =
                    Condition { status: *status, reason: *reason, message, last_transition };
                self.conditions.insert(*condition, after);
            }
        }
    }

    /// Returns whether a condition is there and `True`.
    #[must_use]
    pub fn is_true(&self, condition: ConditionType) -> bool {
        use crate::observation::ConditionStatus::True;
        self.conditions.get(&condition).is_some_and(|condition| condition.status == True)
    }
}
