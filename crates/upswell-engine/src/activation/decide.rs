//! The decision of one poll, and what its outcome leaves behind.

use serde::{Deserialize, Serialize};
use upswell_units::{Replicas, Timestamp};

use super::activity::Activity;
use super::fallback::Fallback;
use super::policy::ActivationPolicy;
use super::reason::{Cause, Condition, Event, Reason};
use super::state::State;

/// What one poll sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// When.
    pub now: Timestamp,
    /// Replicas in the scale target's spec; `None` if they cannot be read.
    pub replicas: Option<Replicas>,
    /// What the triggers say.
    pub activity: Activity,
}

/// What one poll decides. Complete: the world has no choice left to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationDecision {
    /// When it was decided.
    pub at: Timestamp,
    /// Replicas to write to the scale target; `None` leaves it alone.
    pub scale_to: Option<Replicas>,
    /// Why.
    pub reason: Reason,
    /// Conditions to write to the object's status, Ready first.
    pub conditions: Vec<Condition>,
    /// When to poll again.
    pub wake_at: Timestamp,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The scale was written, or there was none to write.
    Done,
    /// The scale could not be written.
    Failed,
}

/// Decides whether to lift a scale target from idle or to let it go there.
///
/// KEDA owns the way between none (or the idle count) and the minimum; the HPA owns the rest. A
/// failed reading never scales down, unless the object's own fallback asks for zero replicas.
/// Source: KEDA 2.20, pkg/scaling/executor/scale_scaledobjects.go, RequestScale.
#[must_use]
pub fn decide(policy: &ActivationPolicy, state: &State, poll: &Poll) -> ActivationDecision {
    let reason = match poll.replicas {
        None => Reason::ReplicasUnreadable,
        Some(_) if policy.pause.stops_scaling() => Reason::Paused,
        Some(replicas) if poll.activity.is_active || policy.pause.force_activation => {
            active(policy, &poll.activity, replicas)
        }
        Some(replicas) => inactive(policy, state, poll, replicas),
    };
    let scale_to = match reason {
        Reason::Activated { to, .. }
        | Reason::Deactivated { to, .. }
        | Reason::RaisedToMinimum { to, .. } => Some(to),
        _ => None,
    };
    let conditions = conditions(&reason);
    let wake_at = poll.now + policy.polling_interval;
    ActivationDecision { at: poll.now, scale_to, reason, conditions, wake_at }
}

/// Records a decision's outcome, and returns the event that tells of it.
///
/// A target that could not be activated does not count as having been active.
pub fn settle(state: &mut State, decision: &ActivationDecision, outcome: Outcome) -> Option<Event> {
    let is_done = outcome == Outcome::Done;
    match &decision.reason {
        Reason::StillActive => {
            state.last_active = Some(decision.at);
            None
        }
        Reason::Activated { from, to, cause } if is_done => {
            state.last_active = Some(decision.at);
            Some(Event::Activated { from: *from, to: *to, cause: cause.clone() })
        }
        Reason::Activated { from, to, .. } => {
            Some(Event::ActivationFailed { from: *from, to: *to })
        }
        Reason::Deactivated { from, to, .. } if is_done => {
            Some(Event::Deactivated { from: *from, to: *to })
        }
        Reason::Deactivated { from, to, .. } => {
            Some(Event::DeactivationFailed { from: *from, to: *to })
        }
        _ => None,
    }
}

/// Without an idle count, an active target below the minimum is left to the HPA.
fn active(policy: &ActivationPolicy, activity: &Activity, replicas: Replicas) -> Reason {
    let is_idle = policy.idle.is_some() && replicas < policy.min;
    if is_idle || replicas == Replicas::ZERO {
        let to = policy.activated_replicas();
        if policy.pause.scale_out {
            return Reason::ScaleOutPaused { from: replicas, to };
        }
        let cause = match policy.pause.force_activation {
            true => Cause::Forced,
            false => Cause::Triggers(activity.active_triggers.clone()),
        };
        return Reason::Activated { from: replicas, to, cause };
    }
    if activity.is_error { Reason::PartlyFailed } else { Reason::StillActive }
}

fn inactive(policy: &ActivationPolicy, state: &State, poll: &Poll, replicas: Replicas) -> Reason {
    if poll.activity.is_error {
        match &policy.fallback {
            None => return Reason::ReadingsFailed,
            Some(Fallback { replicas, .. }) if *replicas > Replicas::ZERO => {
                return Reason::AwaitingFallback { replicas: *replicas };
            }
            // A fallback of zero replicas is the user's own word that down is safe.
            Some(_) => {}
        }
    }
    let is_above_idle = policy.idle.is_some_and(|idle| replicas > idle);
    let is_above_zero = replicas > Replicas::ZERO && policy.min == Replicas::ZERO;
    if is_above_idle || is_above_zero {
        return deactivated(policy, state, poll.now, replicas);
    }
    if policy.idle.is_none() && replicas < policy.min {
        return Reason::RaisedToMinimum { from: replicas, to: policy.min };
    }
    Reason::Inactive
}

/// Jumps from any number of replicas, whatever the HPA's behavior says, once the cool-down is past.
fn deactivated(
    policy: &ActivationPolicy,
    state: &State,
    now: Timestamp,
    replicas: Replicas,
) -> Reason {
    if policy.pause.scale_in {
        return Reason::ScaleInPaused { from: replicas };
    }
    let until = match state.last_active {
        Some(last_active) => last_active + policy.cooldown_period,
        None => policy.created_at + policy.initial_cooldown_period,
    };
    if until >= now {
        return Reason::CoolingDown { until };
    }
    let to = policy.idle.unwrap_or(policy.min);
    Reason::Deactivated { from: replicas, to, is_idle: policy.idle.is_some() }
}

fn conditions(reason: &Reason) -> Vec<Condition> {
    let ready = Condition::ScaledObjectReady;
    match reason {
        Reason::ReplicasUnreadable => vec![Condition::ErrorGettingCurrentReplicas],
        Reason::Paused => vec![ready, Condition::ScaledObjectPaused],
        Reason::Activated { .. } | Reason::ScaleOutPaused { .. } | Reason::StillActive => {
            vec![ready, Condition::ScalerActive]
        }
        Reason::PartlyFailed => vec![Condition::PartialTriggerError, Condition::ScalerActive],
        Reason::ReadingsFailed => vec![Condition::TriggerError, Condition::ScalerNotActive],
        Reason::CoolingDown { .. } => vec![ready, Condition::ScalerCooldown],
        Reason::AwaitingFallback { .. }
        | Reason::ScaleInPaused { .. }
        | Reason::Deactivated { .. }
        | Reason::RaisedToMinimum { .. }
        | Reason::Inactive => vec![ready, Condition::ScalerNotActive],
    }
}
