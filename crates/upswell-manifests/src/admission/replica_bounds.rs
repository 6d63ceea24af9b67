//! Idle, fewest and most replicas of a ScaledObject must fit together.
//!
//! Source: KEDA 2.20, scaledobject_types.go, CheckReplicaCountBoundsAreValid.

use upswell_units::Diagnostic;

use super::objection::{Check, Objection};
use crate::keda::ScaledObject;

/// Objects to a minimum above the maximum, and to an idle count that is not below the minimum.
///
/// An unset minimum counts as 0 and an explicit 0 as 1, so that `idleReplicaCount: 0` needs a
/// written minimum.
pub(super) fn check(object: &ScaledObject) -> Option<Objection> {
    let spec = &object.spec;
    let min = spec.min_replica_count.map_or(0, |min| min.value.0.max(1));
    let max = spec.max_replica_count.map_or(DEFAULT_MAX, |max| max.value.0);
    if min > max {
        return Some(Check::IncorrectReplicas.objects(min_above_max(object, min, max)));
    }
    let idle = spec.idle_replica_count.filter(|idle| idle.value.0 >= min)?;
    let problem = idle_not_below_min(object, idle.value.0, min);
    Some(Check::IncorrectReplicas.objects(problem.at(idle.span, "not below the minimum")))
}

const DEFAULT_MAX: i32 = 100;

fn min_above_max(object: &ScaledObject, min: i32, max: i32) -> Diagnostic {
    let message = format!("`minReplicaCount` counts as {min}, and `maxReplicaCount` is {max}");
    let mut problem = Diagnostic::error("min-above-max", message).help("raise `maxReplicaCount`");
    if let Some(min) = object.spec.min_replica_count {
        problem = problem.at(min.span, "above the maximum");
    }
    match object.spec.max_replica_count {
        Some(max) => problem.also_at(max.span, "the maximum"),
        None => problem,
    }
}

fn idle_not_below_min(object: &ScaledObject, idle: i32, min: i32) -> Diagnostic {
    let message = format!("`idleReplicaCount` is {idle}, and `minReplicaCount` counts as {min}");
    let problem = Diagnostic::error("idle-not-below-min", message);
    match object.spec.min_replica_count {
        Some(min) => problem.also_at(min.span, "the minimum").help("raise `minReplicaCount`"),
        None => problem.help("write `minReplicaCount`, at least one above `idleReplicaCount`"),
    }
}
