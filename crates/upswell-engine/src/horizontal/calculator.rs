//! From one reading to one proposal.

use serde::{Deserialize, Serialize};
use upswell_units::{MilliUnits, Timestamp};

use super::classify::PodGroups;
use super::per_pod::{PerPod, propose_per_pod};
use super::per_value::{propose_from_average, propose_from_series, propose_from_value, sum};
use super::replica_count::ReplicaCount;
use crate::observation::{ApiError, Pod, PodSamples, Reading, Run, Scale};
use crate::policy::{
    Controller, InvalidMetric, MetricSource, MetricSpec, Percent, ResourceName, ResourceTarget,
    Tolerances, ValueTarget,
};

/// What all metrics of one decision share.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The moment of the decision.
    pub now: Timestamp,
    /// Replicas of the target. Per-pod metrics and Value targets start from what its spec asks for,
    /// AverageValue targets of Object and External metrics from what its status has.
    pub scale: Scale,
    /// The pods that the target's selector matches.
    pub pods: &'a [Run<Pod>],
    /// How far from the target nothing happens.
    pub tolerances: Tolerances,
    /// The controller's settings.
    pub controller: &'a Controller,
}

/// What one metric wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// How many replicas, before windows and limits; below zero only for a negative metric.
    pub replicas: ReplicaCount,
    /// How it came about.
    pub basis: Basis,
    /// What was read, as the status reports it.
    pub reported: Reported,
    /// When the first sample was measured; absent for Value targets, as upstream.
    pub sampled_at: Option<Timestamp>,
}

/// How a proposal came about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Basis {
    /// Usage ÷ target times the pods that count.
    Ratio,
    /// Usage is so close to the target that the replicas stay.
    WithinTolerance,
    /// Once the pods that do not count yet are taken for idle, or those without a sample for what
    /// speaks against the change, nothing is left to do, so that the replicas stay.
    HeldByPods(PodGroups),
}

/// What the status reports of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reported {
    /// Average usage of the pods that count, as a share of their requests and per pod.
    Utilization {
        /// Share of the requests.
        utilization: Percent,
        /// Usage per pod.
        average_value: MilliUnits,
    },
    /// Average over pods or replicas; absent if there are no replicas to divide by.
    AverageValue(Option<MilliUnits>),
    /// The value itself.
    Value(MilliUnits),
}

/// Why a metric could not propose anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum MetricError {
    /// The metrics API failed.
    #[error("the metric could not be read: {0}")]
    Fetch(ApiError),
    /// The metrics API answered without any sample or series.
    #[error("the metrics API returned no samples")]
    NoSamples,
    /// What the world read is not what the metric is.
    #[error("the reading does not belong to this metric")]
    WrongReading,
    /// The selector matches no pod.
    #[error("the selector of the scale target matches no pods")]
    NoPods,
    /// No sample belongs to a pod that counts.
    #[error("no pod that counts has a sample; they may be starting or without metrics")]
    NoUsableSamples,
    /// A container says not what it requests.
    #[error("container {container} has no request for {resource}")]
    MissingRequest {
        /// What is not requested.
        resource: ResourceName,
        /// By whom.
        container: String,
    },
    /// A pod with pod-level requests has none for the resource, nor have its containers.
    #[error("neither the pod nor any of its containers has a request for {0}")]
    MissingPodLevelRequest(ResourceName),
    /// A pod does not have the container of the metric.
    #[error("a pod has no container named {0}")]
    ContainerNotFound(String),
    /// The pods that were sampled request nothing at all.
    #[error("the sampled pods request nothing, so that there is no utilization")]
    ZeroRequests,
    /// The metric has no target that fits it.
    #[error("the {} metric has no target that fits it", .0.as_str())]
    InvalidTarget(MetricSource),
    /// The metric is of an unknown type.
    #[error("{0} is no type of metric")]
    InvalidSourceType(String),
}

/// Returns what one metric wants.
///
/// # Errors
///
/// Says why there is no proposal. In order, for metrics of pods: failed read, no pods, no usable
/// sample, requests (of all pods that the selector matches), requests that sum to zero.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, computeReplicasForMetric, and
/// replica_calculator.go.
pub fn propose(
    metric: &MetricSpec,
    inputs: &Inputs,
    reading: &Reading,
) -> Result<Proposal, MetricError> {
    match metric {
        MetricSpec::Invalid(InvalidMetric::SourceType(source)) => {
            Err(MetricError::InvalidSourceType(source.clone()))
        }
        MetricSpec::Invalid(InvalidMetric::NoTarget(source)) => {
            Err(MetricError::InvalidTarget(*source))
        }
        MetricSpec::Resource { resource, target } => {
            propose_resource(resource, None, *target, inputs, samples(reading)?)
        }
        MetricSpec::ContainerResource { resource, container, target } => {
            propose_resource(resource, Some(container), *target, inputs, samples(reading)?)
        }
        MetricSpec::Pods { average_value, .. } => {
            let average = PerPod::Average { resource: None, target: *average_value };
            propose_per_pod(&average, inputs, samples(reading)?)
        }
        MetricSpec::Object { target, .. } => propose_object(*target, inputs, reading),
        MetricSpec::External { target, .. } => propose_external(*target, inputs, reading),
    }
}

fn propose_resource(
    resource: &ResourceName,
    container: Option<&str>,
    target: ResourceTarget,
    inputs: &Inputs,
    samples: &PodSamples,
) -> Result<Proposal, MetricError> {
    let per_pod = match target {
        ResourceTarget::Utilization(target) => PerPod::Utilization { resource, container, target },
        ResourceTarget::AverageValue(target) => {
            PerPod::Average { resource: Some(resource), target }
        }
    };
    propose_per_pod(&per_pod, inputs, samples)
}

fn propose_object(
    target: ValueTarget,
    inputs: &Inputs,
    reading: &Reading,
) -> Result<Proposal, MetricError> {
    let (value, at) = match reading {
        Reading::Object { value, at } => (*value, *at),
        other => return Err(no_reading(other)),
    };
    match target {
        ValueTarget::Value(target) => propose_from_value(value, target, inputs),
        ValueTarget::AverageValue(target) => Ok(propose_from_average(value, target, at, inputs)),
    }
}

fn propose_external(
    target: ValueTarget,
    inputs: &Inputs,
    reading: &Reading,
) -> Result<Proposal, MetricError> {
    let (values, at) = match reading {
        Reading::External { values, .. } if values.is_empty() => {
            return Err(MetricError::NoSamples);
        }
        Reading::External { values, at } => (values, *at),
        other => return Err(no_reading(other)),
    };
    match target {
        ValueTarget::Value(target) => propose_from_value(sum(values), target, inputs),
        ValueTarget::AverageValue(target) => Ok(propose_from_series(values, target, at, inputs)),
    }
}

/// The samples of a reading over pods.
fn samples(reading: &Reading) -> Result<&PodSamples, MetricError> {
    let Reading::Pods(samples) = reading else { return Err(no_reading(reading)) };
    samples.first_at().map(|_| samples).ok_or(MetricError::NoSamples)
}

/// Why a reading that is not of the metric's kind is none.
fn no_reading(reading: &Reading) -> MetricError {
    match reading {
        Reading::Failed(error) => MetricError::Fetch(error.clone()),
        Reading::Pods(_) | Reading::Object { .. } | Reading::External { .. } => {
            MetricError::WrongReading
        }
    }
}
