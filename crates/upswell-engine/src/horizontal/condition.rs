//! The conditions in the status of a HorizontalPodAutoscaler.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::Timestamp;

use super::limits::LimitReason;
use crate::observation::ConditionStatus;
use crate::policy::MetricSource;

/// Which condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionType {
    /// Whether the scale can be read and written.
    AbleToScale,
    /// Whether metrics lead to a proposal.
    ScalingActive,
    /// Whether a limit cut the recommendation.
    ScalingLimited,
    /// Whether it was the autoscaler that went to zero replicas.
    ScaledToZero,
}

/// Why a condition is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionReason {
    /// AbleToScale: the scale was read.
    SucceededGetScale,
    /// AbleToScale: the scale could not be read.
    FailedGetScale,
    /// AbleToScale: no window holds the recommendation back.
    ReadyForNewScale,
    /// AbleToScale: a lower recommendation still stands in the window.
    ScaleUpStabilized,
    /// AbleToScale: a higher recommendation still stands in the window.
    ScaleDownStabilized,
    /// AbleToScale: the scale was written.
    SucceededRescale,
    /// AbleToScale: the scale could not be written.
    FailedUpdateScale,
    /// ScalingActive: a metric led to a proposal.
    ValidMetricFound,
    /// ScalingActive: the target was put to zero replicas by somebody else.
    ScalingDisabled,
    /// ScalingActive: a metric of this source failed.
    FailedGetMetric(MetricSource),
    /// ScalingActive: a metric is of an unknown type.
    InvalidMetricSourceType,
    /// ScalingActive: the selector of the target is missing or cannot be read.
    InvalidSelector,
    /// ScalingActive: another autoscaler selects the same pods.
    AmbiguousSelector,
    /// ScalingLimited: which limit.
    Limit(LimitReason),
    /// ScaledToZero: the autoscaler went to zero.
    ScaledToZero,
    /// ScaledToZero: it did not.
    NotScaledToZero,
}

/// A condition as it stands in the status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What it says.
    pub status: ConditionStatus,
    /// Why.
    pub reason: ConditionReason,
    /// The same for people.
    pub message: String,
    /// When `status` last changed; a new reason alone does not count.
    pub last_transition: Timestamp,
}

/// What a decision does to a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionChange {
    /// Sets it.
    Set {
        /// Which.
        condition: ConditionType,
        /// To what.
        status: ConditionStatus,
        /// Why.
        reason: ConditionReason,
        /// The same for people.
        message: String,
    },
    /// Takes it away.
    Remove(ConditionType),
}

impl ConditionChange {
    /// Sets a condition to `True` or `False`.
    pub(super) fn set(
        condition: ConditionType,
        is_true: bool,
        reason: ConditionReason,
        message: impl Into<String>,
    ) -> Self {
        let status = if is_true { ConditionStatus::True } else { ConditionStatus::False };
        Self::Set { condition, status, reason, message: message.into() }
    }
}

impl ConditionType {
    /// Returns the name in autoscaling/v2.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbleToScale => "AbleToScale",
            Self::ScalingActive => "ScalingActive",
            Self::ScalingLimited => "ScalingLimited",
            Self::ScaledToZero => "ScaledToZero",
        }
    }
}

impl ConditionReason {
    /// Returns the reason as Kubernetes writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SucceededGetScale => "SucceededGetScale",
            Self::FailedGetScale => "FailedGetScale",
            Self::ReadyForNewScale => "ReadyForNewScale",
            Self::ScaleUpStabilized => "ScaleUpStabilized",
            Self::ScaleDownStabilized => "ScaleDownStabilized",
            Self::SucceededRescale => "SucceededRescale",
            Self::FailedUpdateScale => "FailedUpdateScale",
            Self::ValidMetricFound => "ValidMetricFound",
            Self::ScalingDisabled => "ScalingDisabled",
            Self::FailedGetMetric(source) => failed_get_metric(source),
            Self::InvalidMetricSourceType => "InvalidMetricSourceType",
            Self::InvalidSelector => "InvalidSelector",
            Self::AmbiguousSelector => "AmbiguousSelector",
            Self::Limit(limit) => limit.as_str(),
            Self::ScaledToZero => "ScaledToZero",
            Self::NotScaledToZero => "NotScaledToZero",
        }
    }
}

/// The reason that conditions and events give for a failed metric.
pub(super) const fn failed_get_metric(source: MetricSource) -> &'static str {
    match source {
        MetricSource::Resource => "FailedGetResourceMetric",
        MetricSource::ContainerResource => "FailedGetContainerResourceMetric",
        MetricSource::Pods => "FailedGetPodsMetric",
        MetricSource::Object => "FailedGetObjectMetric",
        MetricSource::External => "FailedGetExternalMetric",
    }
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ConditionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
