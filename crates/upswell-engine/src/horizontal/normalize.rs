//! From what the metrics want to what may be done: windows, then limits.

use upswell_units::{Replicas, Timestamp};

use super::condition::{ConditionChange, ConditionReason, ConditionType};
use super::history::{Recommendation, ScaleEvents};
use super::limits::{Bounds, LimitReason, Limited, limit_default, limit_rules};
use super::reason::Reason;
use super::replica_count::ReplicaCount;
use super::stabilize::{Stabilized, stabilize_default, stabilize_rules};
use crate::policy::{Controller, HorizontalPolicy};

/// A proposal, what the windows left of it and what the limits left of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Normalized {
    /// What the metrics want.
    pub proposal: ReplicaCount,
    /// What the windows left.
    pub stabilized: Stabilized,
    /// What the limits left.
    pub limited: Limited,
}

/// Applies windows and limits: the policy's behavior if it has one, or else the controller's own.
///
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, normalizeDesiredReplicas and
/// normalizeDesiredReplicasWithBehaviors.
pub fn normalize(
    policy: &HorizontalPolicy,
    controller: &Controller,
    (recommendations, events): (&[Recommendation], &ScaleEvents),
    current: Replicas,
    proposal: ReplicaCount,
    now: Timestamp,
) -> Normalized {
    let (window, bounds) = (controller.downscale_stabilization, Bounds::from(policy));
    let (stabilized, limited) = match &policy.behavior {
        None => {
            let stabilized = stabilize_default(recommendations, window, proposal, now);
            (stabilized, limit_default(current, stabilized.replicas, bounds, controller))
        }
        Some(behavior) => {
            let stabilized =
                stabilize_rules(recommendations, behavior, window, current, proposal, now);
            let desired = stabilized.replicas;
            (stabilized, limit_rules(behavior, events, current, desired, bounds, now))
        }
    };
    Normalized { proposal, stabilized, limited }
}

impl Normalized {
    /// Returns the conditions AbleToScale and ScalingLimited.
    #[must_use]
    pub fn conditions(&self) -> [ConditionChange; 2] {
        let Self { stabilized, limited, .. } = self;
        let (reason, message) = match stabilized.hold {
            None => (ConditionReason::ReadyForNewScale, "no recent recommendation holds it back"),
            Some(hold) if hold.is_scale_up => (
                ConditionReason::ScaleUpStabilized,
                "a lower recommendation still stands in the window",
            ),
            Some(_) => (
                ConditionReason::ScaleDownStabilized,
                "a higher recommendation still stands in the window",
            ),
        };
        let able = ConditionChange::set(ConditionType::AbleToScale, true, reason, message);
        let is_limited = limited.replicas != stabilized.replicas;
        let reason = ConditionReason::Limit(limited.reason);
        let message = match limited.reason {
            LimitReason::DesiredWithinRange => "the desired replicas are within all limits",
            LimitReason::TooFewReplicas => "the desired replicas are fewer than the minimum",
            LimitReason::TooManyReplicas => "the desired replicas are more than the maximum",
            LimitReason::ScaleUpLimit => "the desired replicas grow faster than allowed",
            LimitReason::ScaleDownLimit => "the desired replicas shrink faster than allowed",
        };
        [able, ConditionChange::set(ConditionType::ScalingLimited, is_limited, reason, message)]
    }

    /// Returns what held the proposal back: the window, a limit, both or neither.
    pub(super) fn reasons(&self) -> impl Iterator<Item = Reason> {
        let Self { proposal, stabilized, limited } = *self;
        let held = stabilized.hold.map(|hold| Reason::HeldByWindow {
            proposed: proposal.replicas(),
            held: stabilized.replicas.replicas(),
            until: hold.until,
        });
        let (wanted, allowed) = (stabilized.replicas.replicas(), limited.replicas.replicas());
        let limit = match limited.reason {
            LimitReason::DesiredWithinRange => None,
            LimitReason::TooFewReplicas => Some(Reason::LimitedByMinimum { wanted, min: allowed }),
            LimitReason::TooManyReplicas => Some(Reason::LimitedByMaximum { wanted, max: allowed }),
            LimitReason::ScaleUpLimit | LimitReason::ScaleDownLimit => {
                Some(Reason::LimitedByRate { wanted, allowed })
            }
        };
        held.into_iter().chain(limit)
    }
}
