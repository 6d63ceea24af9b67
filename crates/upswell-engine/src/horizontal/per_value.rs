//! Object and External metrics: one value for the whole target.

use upswell_units::{MilliUnits, Timestamp};

use super::calculator::{Basis, Inputs, MetricError, Proposal, Reported};
use super::classify::count_ready;
use super::replica_count::ReplicaCount;

/// Returns what a Value target wants: ceil(value ÷ target × ready pods).
///
/// From zero replicas there are no pods to count, and no tolerance: ceil(value ÷ target).
///
/// # Errors
///
/// The selector matches no pods, outside of the tolerance.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, getUsageRatioReplicaCount.
pub(super) fn propose_from_value(
    value: MilliUnits,
    target: MilliUnits,
    inputs: &Inputs,
) -> Result<Proposal, MetricError> {
    let ratio = value.0 as f64 / target.0 as f64;
    let current = ReplicaCount::from(inputs.scale.spec_replicas);
    let (replicas, basis) = if current == ReplicaCount::ZERO {
        (ReplicaCount::ceil(ratio), Basis::Ratio)
    } else if inputs.tolerances.allow(ratio) {
        (current, Basis::WithinTolerance)
    } else if inputs.pods.iter().all(|run| run.count == 0) {
        return Err(MetricError::NoPods);
    } else {
        (ReplicaCount::ceil(ratio * count_ready(inputs.pods) as f64), Basis::Ratio)
    };
    Ok(Proposal { replicas, basis, reported: Reported::Value(value), sampled_at: None })
}

/// Returns what an AverageValue target wants: ceil(value ÷ target).
///
/// Pods are not looked at, only the replicas that the target's status has. With none of them the
/// ratio is infinite or no number, and so never within tolerance.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, GetObjectPerPodMetricReplicas.
pub(super) fn propose_from_average(
    value: MilliUnits,
    target: MilliUnits,
    at: Timestamp,
    inputs: &Inputs,
) -> Proposal {
    let (usage, target) = (value.0 as f64, target.0 as f64);
    let current = ReplicaCount::from(inputs.scale.status_replicas);
    let (replicas, basis) = if inputs.tolerances.allow(usage / (target * current.as_f64())) {
        (current, Basis::WithinTolerance)
    } else {
        (ReplicaCount::ceil(usage / target), Basis::Ratio)
    };
    let average = (current != ReplicaCount::ZERO)
        .then(|| MilliUnits((usage / current.as_f64()).ceil() as i64));
    let reported = Reported::AverageValue(average);
    Proposal { replicas, basis, reported, sampled_at: Some(at) }
}

/// Returns the sum of an External metric's series for a Value target, saturating.
pub(super) fn sum(values: &[MilliUnits]) -> MilliUnits {
    MilliUnits(values.iter().fold(0, |sum: i64, value| sum.saturating_add(value.0)))
}

/// Returns what an AverageValue target of an External metric wants.
///
/// Upstream takes any running sum below zero for an overflow, and then wants all it can have. So
/// one negative series may scale to the maximum.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, GetExternalPerPodMetricReplicas.
pub(super) fn propose_from_series(
    values: &[MilliUnits],
    target: MilliUnits,
    at: Timestamp,
    inputs: &Inputs,
) -> Proposal {
    let next = |sum: i64, value: &MilliUnits| sum.checked_add(value.0).filter(|sum| *sum >= 0);
    match values.iter().try_fold(0, next) {
        Some(sum) => propose_from_average(MilliUnits(sum), target, at, inputs),
        None => Proposal {
            replicas: ReplicaCount(i32::MAX),
            basis: Basis::Ratio,
            reported: Reported::AverageValue(Some(MilliUnits(i64::MAX))),
            sampled_at: Some(at),
        },
    }
}
