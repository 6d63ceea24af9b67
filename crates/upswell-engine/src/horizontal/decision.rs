//! What one tick decided, and what came of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Replicas, Timestamp};

use super::calculator::{MetricError, Proposal};
use super::condition::{ConditionChange, failed_get_metric};
use super::history::{MetricStatus, Recommendation};
use super::reason::Reason;
use crate::observation::ApiError;
use crate::policy::MetricSource;

/// What one tick decided: complete, so that the world has no choice left to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub struct HorizontalDecision {
    /// When it was made.
    pub at: Timestamp,
    /// When to decide again.
    pub wake_at: Timestamp,
    /// Replicas that the target had; absent if its scale could not be read.
    pub current: Option<Replicas>,
    /// Replicas that it should have; absent if that could not be told, which leaves it as it is.
    pub desired: Option<Replicas>,
    /// The write to do.
    pub rescale: Option<Rescale>,
    /// What each metric proposed; empty if metrics were not looked at.
    pub metrics: Vec<MetricOutcome>,
    /// Why, in the order of thought.
    pub reasons: Vec<Reason>,
    /// Conditions to set, in order.
    pub conditions: Vec<ConditionChange>,
    /// Events to publish, in order.
    pub events: Vec<Event>,
    /// Starts the list of recommendations if there is none yet.
    pub first_recommendation: Option<Recommendation>,
    /// What to remember for the windows, whatever comes of the write.
    pub recommendation: Option<Recommendation>,
    /// Recommendations before this one may be forgotten.
    pub obsolete_before: Timestamp,
    /// What the status will say about the metrics; absent if it keeps what it says.
    pub metric_statuses: Option<Vec<MetricStatus>>,
    /// Whether something failed, so that upstream's queue would retry.
    pub has_failed: bool,
}

/// A write to the scale of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescale {
    /// Replicas before.
    pub from: Replicas,
    /// Replicas to write.
    pub to: Replicas,
    /// Why, for the event.
    pub cause: String,
    /// The longest period of this direction's policies; absent without behavior, where steps are
    /// not remembered.
    pub longest_period: Option<Duration>,
    /// Conditions to set once it is written.
    pub conditions: Vec<ConditionChange>,
}

/// What came of one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricOutcome {
    /// The metric, for people.
    pub metric: String,
    /// What it proposed, or why it could not.
    pub result: Result<Proposal, MetricError>,
}

/// What the world did with a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The scale was written.
    ScaleWritten,
    /// The write failed.
    ScaleUpdateFailed(ApiError),
    /// Nothing was written: there was nothing to write, or this is a dry run.
    NothingToDo,
}

/// What settling a decision led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Settled {
    /// Events to publish, in order.
    pub events: Vec<Event>,
    /// Whether the status differs from the one before and has to be written.
    pub is_status_changed: bool,
    /// Whether anything failed in this tick.
    pub has_failed: bool,
}

/// An event on the HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Why, as Kubernetes names it.
    pub reason: EventReason,
    /// The same for people.
    pub message: String,
}

/// Why an event is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventReason {
    /// The scale could not be read.
    FailedGetScale,
    /// A metric of this source failed.
    FailedGetMetric(MetricSource),
    /// A metric is of an unknown type.
    InvalidMetricSourceType,
    /// The scale of the target has no selector.
    SelectorRequired,
    /// The selector of the target cannot be read.
    InvalidSelector,
    /// Another autoscaler selects the same pods.
    AmbiguousSelector,
    /// Nothing could be decided, because of metrics or of the selector.
    FailedComputeMetricsReplicas,
    /// The scale was written.
    SuccessfulRescale,
    /// The scale could not be written.
    FailedRescale,
}

impl Event {
    pub(super) fn new(reason: EventReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

impl EventReason {
    /// Returns the reason as Kubernetes writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FailedGetScale => "FailedGetScale",
            Self::FailedGetMetric(source) => failed_get_metric(source),
            Self::InvalidMetricSourceType => "InvalidMetricSourceType",
            Self::SelectorRequired => "SelectorRequired",
            Self::InvalidSelector => "InvalidSelector",
            Self::AmbiguousSelector => "AmbiguousSelector",
            Self::FailedComputeMetricsReplicas => "FailedComputeMetricsReplicas",
            Self::SuccessfulRescale => "SuccessfulRescale",
            Self::FailedRescale => "FailedRescale",
        }
    }

    /// Returns whether the event is a warning; otherwise it is a normal one.
    #[must_use]
    pub const fn is_warning(self) -> bool {
        !matches!(self, Self::SuccessfulRescale)
    }
}

impl fmt::Display for EventReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
