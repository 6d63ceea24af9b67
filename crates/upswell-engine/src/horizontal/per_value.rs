//! Object and External metrics: one value for the whole target.

use upswell_units::{MilliUnits, Timestamp};

use super::calculator::{Basis, Inputs, MetricError, Proposal, Reported};
use super::classify::count_ready;
use super::int32;

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
    let current = int32::from_replicas(inputs.scale.spec_replicas);
    let (replicas, basis) = if current == 0 {
        (int32::ceil(ratio), Basis::Ratio)
    } else if inputs.tolerances.allow(ratio) {
        (current, Basis::WithinTolerance)
    } else if inputs.pods.iter().all(|run| run.count == 0) {
        return Err(MetricError::NoPods);
    } else {
        (int32::ceil(ratio * count_ready(inputs.pods) as f64), Basis::Ratio)
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
    let current = int32::from_replicas(inputs.scale.status_replicas);
    let (replicas, basis) = if inputs.tolerances.allow(usage / (target * f64::from(current))) {
        (current, Basis::WithinTolerance)
    } else {
        (int32::ceil(usage / target), Basis::Ratio)
    };
    let average = (current != 0).then(|| MilliUnits((usage / f64::from(current)).ceil() as i64));
    let reported = Reported::AverageValue(average);
    Proposal { replicas, basis, reported, sampled_at: Some(at) }
}

/// Returns the sum of an External metric's series for a Value target, saturating.
pub(super) fn sum(values: &[MilliUnits]) -> MilliUnits {
    MilliUnits(values.iter().fold(0, |sum: i64, value| sum.saturating_add(value.0)))
}

/// Returns the sum of an External metric's series for an AverageValue target.
///
/// Upstream takes any sum below zero for an overflow, and so for the largest value there is.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, GetExternalPerPodMetricReplicas.
pub(super) fn sum_for_average(values: &[MilliUnits]) -> MilliUnits {
    let next = |sum: i64, value: &MilliUnits| sum.checked_add(value.0).filter(|sum| *sum >= 0);
    MilliUnits(values.iter().try_fold(0, next).unwrap_or(i64::MAX))
}
