//! What a world sees at one moment, before anything is decided.
//!
//! A pod is known by its position, not by its name: twenty thousand pods that are alike are one
//! [`Run`], and the engine never copies a string per pod.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, MilliUnits, PodName, Replicas, Timestamp};

use crate::policy::ResourceName;

/// What a world sees of one scale target; triggers are handed in as readings, one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The moment of the decision.
    pub now: Timestamp,
    /// The scale subresource of the target, if it could be read.
    pub scale: Result<Scale, ApiError>,
    /// The pods that the target's selector matches, if they are its own.
    pub pods: Result<Vec<Run<Pod>>, SelectorError>,
    /// Readings by position in the policy's metrics; metrics of triggers need none.
    pub readings: BTreeMap<usize, Reading>,
}

/// All that the horizontal decision needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizontalObservation {
    /// The moment of the decision.
    pub now: Timestamp,
    /// The scale subresource of the target, if it could be read.
    pub scale: Result<Scale, ApiError>,
    /// The pods that the target's selector matches.
    pub pods: Result<Vec<Run<Pod>>, SelectorError>,
    /// One reading for each metric of the policy, in its order.
    pub readings: Vec<Reading>,
}

/// Why the selector of a scale target does not lead to pods of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SelectorError {
    /// The scale names no selector.
    #[error("the scale of the target has no selector")]
    Missing,
    /// The selector cannot be read.
    #[error("the selector of the target cannot be read: {0}")]
    Invalid(String),
    /// Other autoscalers select some of the same pods; all of them stop.
    #[error("the pods of the target are also scaled by {}", others.join(", "))]
    Ambiguous {
        /// Their names.
        others: Vec<String>,
    },
}

/// The replicas of a scale target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// What the target was asked for.
    pub spec_replicas: Replicas,
    /// What it has.
    pub status_replicas: Replicas,
}

/// A read or write that failed, in the words of the API that refused it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// A lowercase fragment without a full stop.
    pub message: String,
}

/// `count` neighbours that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run<T> {
    /// How many; zero is allowed and means nothing.
    pub count: u32,
    /// What each of them is.
    pub item: T,
}

/// A pod, as far as scaling looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// `status.phase`.
    pub phase: PodPhase,
    /// The condition `Ready`, if the pod has one.
    pub ready: Option<ReadyCondition>,
    /// `status.startTime`, if set.
    pub started_at: Option<Timestamp>,
    /// Whether the deletion timestamp is set.
    pub is_deleted: bool,
    /// What the pod requests; shared by all pods of one template.
    pub resources: Arc<PodResources>,
}

/// `status.phase` of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Accepted; not all containers started.
    Pending,
    /// At least one container runs or restarts.
    Running,
    /// All containers ended well.
    Succeeded,
    /// A container ended badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

/// The condition `Ready` of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyCondition {
    /// What it says.
    pub status: ConditionStatus,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `Unknown`.
    Unknown,
}

/// What the containers of a pod request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodResources {
    /// All containers, init containers in their order among themselves.
    pub containers: Vec<Container>,
    /// `spec.resources.requests`: requests of the pod as a whole; empty if there are none.
    pub pod_level_requests: Requests,
}

/// Requested amount of each resource, in thousandths of a core or of a byte.
pub type Requests = BTreeMap<ResourceName, MilliUnits>;

/// A container of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// When it runs.
    pub kind: ContainerKind,
    /// What it requests.
    pub requests: Requests,
}

/// When a container of a pod runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// All the time.
    Main,
    /// All the time, started before the main containers: an init container that restarts.
    Sidecar,
    /// Before the main containers, to its end.
    Init,
}

/// What was read for one metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// One sample per pod: Resource, ContainerResource and Pods metrics.
    Pods(PodSamples),
    /// One value for an object.
    Object {
        /// The value.
        value: MilliUnits,
        /// When it was measured.
        at: Timestamp,
    },
    /// One value for each series that matched.
    External {
        /// The values; none at all is a failed read.
        values: Vec<MilliUnits>,
        /// When the first was measured.
        at: Timestamp,
    },
    /// Nothing: the read failed.
    Failed(ApiError),
}

/// The samples of one metric over the pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodSamples {
    /// Aligned with the observation's pods, expanded; `None` where a pod has no sample. Pods beyond
    /// the end have none either.
    pub of_pods: Vec<Run<Option<PodSample>>>,
    /// Samples of pods that the selector does not match any more.
    pub of_others: Vec<PodSample>,
}

/// What a metrics API says about one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodSample {
    /// The value; absent if the API knows the pod and not the resource.
    pub value: Option<MilliUnits>,
    /// End of the time that was measured.
    pub at: Timestamp,
    /// Length of the time that was measured.
    pub window: Duration,
}

impl<T> Run<T> {
    /// Takes one item alone.
    pub const fn one(item: T) -> Self {
        Self { count: 1, item }
    }
}

impl ApiError {
    /// Takes the words of the API.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl PodSamples {
    /// Aligns samples that come with pod names, as metrics APIs give them, with the pods' order.
    #[must_use]
    pub fn by_name(pods: &[PodName], samples: &[(PodName, PodSample)]) -> Self {
        let mut left: BTreeMap<&PodName, PodSample> =
            samples.iter().map(|(name, sample)| (name, *sample)).collect();
        let of_pods = pods.iter().map(|name| Run::one(left.remove(name))).collect();
        Self { of_pods, of_others: left.into_values().collect() }
    }

    /// Returns when the first sample was measured; the first, not the oldest, as upstream reports.
    #[must_use]
    pub fn first_at(&self) -> Option<Timestamp> {
        let of_pods = self.of_pods.iter().filter(|run| run.count > 0);
        let mut samples = of_pods.filter_map(|run| run.item.as_ref()).chain(&self.of_others);
        samples.next().map(|sample| sample.at)
    }
}
