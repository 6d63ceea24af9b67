//! Limits: policies, minimum and maximum cut what the windows let through.

use serde::{Deserialize, Serialize};
use upswell_units::{Replicas, Timestamp};

use super::history::ScaleEvents;
use super::replica_count::ReplicaCount;
use crate::policy::{
    Allowance, Behavior, Controller, HorizontalPolicy, ScalingRules, SelectPolicy,
};

/// The bounds of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Fewest replicas.
    pub min: Replicas,
    /// Most replicas.
    pub max: Replicas,
}

/// A recommendation after the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limited {
    /// Replicas that are left.
    pub replicas: ReplicaCount,
    /// Which limit cut, if any.
    pub reason: LimitReason,
}

/// Which limit cut a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitReason {
    /// None.
    DesiredWithinRange,
    /// The minimum.
    TooFewReplicas,
    /// The maximum.
    TooManyReplicas,
    /// The rate of scaling up.
    ScaleUpLimit,
    /// The rate of scaling down.
    ScaleDownLimit,
}

impl LimitReason {
    /// Returns the reason as Kubernetes writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DesiredWithinRange => "DesiredWithinRange",
            Self::TooFewReplicas => "TooFewReplicas",
            Self::TooManyReplicas => "TooManyReplicas",
            Self::ScaleUpLimit => "ScaleUpLimit",
            Self::ScaleDownLimit => "ScaleDownLimit",
        }
    }
}

impl From<&HorizontalPolicy> for Bounds {
    fn from(policy: &HorizontalPolicy) -> Self {
        Self { min: policy.min_replicas, max: policy.max_replicas }
    }
}

/// Limits without behavior: the minimum first, then the lower of maximum and built-in rate.
///
/// The upper bound holds even when not scaling up.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, convertDesiredReplicasWithRules.
#[must_use]
pub fn limit_default(
    current: Replicas,
    desired: ReplicaCount,
    bounds: Bounds,
    controller: &Controller,
) -> Limited {
    if desired < bounds.min.into() {
        return Limited { replicas: bounds.min.into(), reason: LimitReason::TooFewReplicas };
    }
    at_most(desired, scale_up_limit_default(current, controller), bounds.max)
}

/// Returns how many replicas one tick may go up to without behavior:
/// the larger of `scale_up_limit_factor` × current and `scale_up_limit_minimum`, truncated.
#[must_use]
pub fn scale_up_limit_default(current: Replicas, controller: &Controller) -> ReplicaCount {
    let grown = controller.scale_up_limit_factor * ReplicaCount::from(current).as_f64();
    ReplicaCount::trunc(grown.max(controller.scale_up_limit_minimum))
}

/// Limits by behavior, only in the direction in which `desired` goes.
///
/// Where it goes nowhere, no bound is applied at all, not even minimum and maximum.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, convertDesiredReplicasWithBehaviorRate.
#[must_use]
pub fn limit_rules(
    behavior: &Behavior,
    events: &ScaleEvents,
    current: Replicas,
    desired: ReplicaCount,
    bounds: Bounds,
    now: Timestamp,
) -> Limited {
    let count = ReplicaCount::from(current);
    if desired > count {
        let limit = scale_up_limit(&behavior.scale_up, events, current, now);
        // Below current if more than one policy's worth was already spent.
        at_most(desired, limit.max(count), bounds.max)
    } else if desired < count {
        let limit = scale_down_limit(&behavior.scale_down, events, current, now);
        at_least(desired, limit.min(count), bounds.min)
    } else {
        Limited { replicas: desired, reason: LimitReason::DesiredWithinRange }
    }
}

/// Returns how many replicas the policies allow to go up to, not yet bounded by what there is.
///
/// A Pods policy near the end of 32 bits wraps to a negative limit, as upstream's does, which stops
/// scaling up.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, calculateScaleUpLimitWithScalingRules.
#[must_use]
pub fn scale_up_limit(
    rules: &ScalingRules,
    events: &ScaleEvents,
    current: Replicas,
    now: Timestamp,
) -> ReplicaCount {
    let limits = rules.policies.iter().map(|policy| {
        let start = events.replicas_ago(policy.period, current, now);
        match policy.allowance {
            Allowance::Pods(pods) => ReplicaCount(start.0.wrapping_add(ReplicaCount::from(pods).0)),
            Allowance::Percent(percent) => {
                ReplicaCount::ceil(start.as_f64() * (1.0 + f64::from(percent.0) / 100.0))
            }
        }
    });
    match rules.select_policy {
        SelectPolicy::Disabled => current.into(),
        SelectPolicy::Max => limits.max().unwrap_or(ReplicaCount(i32::MIN)),
        SelectPolicy::Min => limits.min().unwrap_or(ReplicaCount(i32::MAX)),
    }
}

/// Returns how few replicas the policies allow to go down to, not yet bounded by what there is.
///
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, calculateScaleDownLimitWithBehaviors.
#[must_use]
pub fn scale_down_limit(
    rules: &ScalingRules,
    events: &ScaleEvents,
    current: Replicas,
    now: Timestamp,
) -> ReplicaCount {
    let limits = rules.policies.iter().map(|policy| {
        let start = events.replicas_ago(policy.period, current, now);
        match policy.allowance {
            Allowance::Pods(pods) => ReplicaCount(start.0.wrapping_sub(ReplicaCount::from(pods).0)),
            Allowance::Percent(percent) => {
                ReplicaCount::trunc(start.as_f64() * (1.0 - f64::from(percent.0) / 100.0))
            }
        }
    });
    match rules.select_policy {
        SelectPolicy::Disabled => current.into(),
        SelectPolicy::Max => limits.min().unwrap_or(ReplicaCount(i32::MAX)),
        SelectPolicy::Min => limits.max().unwrap_or(ReplicaCount(i32::MIN)),
    }
}

fn at_most(desired: ReplicaCount, rate_limit: ReplicaCount, max: Replicas) -> Limited {
    let max = ReplicaCount::from(max);
    let (bound, reason) = if max > rate_limit {
        (rate_limit, LimitReason::ScaleUpLimit)
    } else {
        (max, LimitReason::TooManyReplicas)
    };
    if desired > bound {
        return Limited { replicas: bound, reason };
    }
    Limited { replicas: desired, reason: LimitReason::DesiredWithinRange }
}

fn at_least(desired: ReplicaCount, rate_limit: ReplicaCount, min: Replicas) -> Limited {
    let min = ReplicaCount::from(min);
    let (bound, reason) = if min < rate_limit {
        (rate_limit, LimitReason::ScaleDownLimit)
    } else {
        (min, LimitReason::TooFewReplicas)
    };
    if desired < bound {
        return Limited { replicas: bound, reason };
    }
    Limited { replicas: desired, reason: LimitReason::DesiredWithinRange }
}
