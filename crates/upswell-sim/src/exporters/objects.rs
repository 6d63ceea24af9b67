//! The objects whose state is exported: plain data that a scenario holds.

use std::collections::BTreeMap;

use upswell_units::{Replicas, TriggerName};

/// The objects of the API whose state is exported.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// Their namespace.
    pub namespace: String,
    /// What is scaled.
    pub workload: WorkloadObject,
    /// The HorizontalPodAutoscalers that are there, KEDA's own included.
    pub autoscalers: Vec<AutoscalerObject>,
    /// The ScaledObject that scales the workload, if one does.
    pub scaled_object: Option<ScaledObjectInfo>,
}

/// A workload and its pods.
#[derive(Clone, Debug, Default)]
pub struct WorkloadObject {
    /// `Deployment` or `StatefulSet`, or a kind that is not read.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Labels of its pods.
    pub pod_labels: BTreeMap<String, String>,
    /// The containers of a pod; the first one serves.
    pub containers: Vec<ContainerObject>,
    /// What serves.
    pub server: Server,
}

/// A container of a pod.
#[derive(Clone, Debug, Default)]
pub struct ContainerObject {
    /// Its name.
    pub name: String,
    /// Its image; empty where the manifest names none.
    pub image: String,
    /// Requests by resource, in the base unit of each.
    pub requests: BTreeMap<String, f64>,
    /// Limits likewise.
    pub limits: BTreeMap<String, f64>,
}

/// Which metrics the serving container knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Server {
    /// A worker that calls a model elsewhere: `llm_*`.
    #[default]
    Worker,
    /// A vLLM server: `vllm:*`.
    Vllm {
        /// The label `model_name`.
        model: String,
    },
}

/// A HorizontalPodAutoscaler that is there.
#[derive(Clone, Debug)]
pub struct AutoscalerObject {
    /// Its name.
    pub name: String,
    /// `apiVersion`, `kind` and `name` of its target.
    pub target: [String; 3],
    /// Its bounds.
    pub min_replicas: Replicas,
    /// Its bounds.
    pub max_replicas: Replicas,
    /// Its metrics, in its order.
    pub metrics: Vec<MetricObject>,
    /// What it is up to.
    pub role: AutoscalerRole,
}

/// A metric of a HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricObject {
    /// Its name.
    pub name: String,
    /// `value`, `utilization` or `average`.
    pub target_type: &'static str,
    /// The target.
    pub target: f64,
}

/// What a HorizontalPodAutoscaler is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoscalerRole {
    /// It scales the workload.
    Scales,
    /// Its controller does not act on it: others select the same pods.
    Stopped {
        /// Replicas that it desired at rest, if it had decided before that; else zero.
        desired: Replicas,
    },
}

/// The ScaledObject that scales the workload.
#[derive(Clone, Debug)]
pub struct ScaledObjectInfo {
    /// Its name.
    pub name: String,
    /// Whether its annotations pause it.
    pub is_paused: bool,
    /// Its triggers, in the order of the policy.
    pub triggers: Vec<TriggerInfo>,
}

/// A trigger that reads something.
#[derive(Clone, Debug)]
pub struct TriggerInfo {
    /// Position in the ScaledObject.
    pub index: usize,
    /// Its name, or KEDA's name for scalers of its type: `redisScaler`.
    pub scaler: String,
    /// The metrics that it contributes.
    pub metrics: Vec<TriggerName>,
}
