//! Nodes that a manifest offers, before the pods look at them.

use upswell_manifests::settings::Machine;
use upswell_units::{Duration, Span};

use super::label::Labels;
use crate::cluster::{CapacityType, NodeManager, ScaleDown};

/// Nodes that a manifest offers, before the pods look at them.
#[derive(Clone)]
pub(super) struct Offer {
    /// The pool, as in `ContainerNodePool/llm-worker-spot`.
    pub(super) pool: String,
    pub(super) manager: NodeManager,
    pub(super) capacity: CapacityType,
    pub(super) machine: Machine,
    /// GPUs of one node: those of the machine type, or added to it.
    pub(super) gpus: u32,
    pub(super) zones: Vec<String>,
    pub(super) nodes_min: u32,
    pub(super) nodes_max: u32,
    /// Most pods of one node.
    pub(super) pods_max: u32,
    pub(super) weight: i32,
    /// Labels of the nodes, all but that of the zone; none where nobody knows them, and they are
    /// taken for those that the pods ask for.
    pub(super) labels: Option<Labels>,
    pub(super) taints: Vec<Taint>,
    pub(super) scale_down: ScaleDown,
}

/// Keeps pods without a toleration away.
#[derive(Clone)]
pub(super) struct Taint {
    pub(super) key: String,
    pub(super) value: String,
    /// As pods write it: `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub(super) effect: &'static str,
}

/// A manifest of nodes: its pools, each as one or more offers of which the cheapest that fits is
/// taken.
pub(super) struct Manifest {
    pub(super) name: String,
    /// The place of its name.
    pub(super) span: Option<Span>,
    pub(super) pools: Result<Vec<Vec<Offer>>, Unknown>,
}

/// Why a manifest offers nothing: something is not known.
pub(super) struct Unknown(pub(super) String);

/// No bound on the nodes of a pool.
pub(super) const UNBOUNDED: u32 = u32::MAX;

/// The kubelet's own bound, which GKE, too, takes unless told otherwise.
///
/// Source: Kubernetes 1.36, pkg/kubelet/apis/config/v1beta1/defaults.go, MaxPods.
pub(super) const PODS_MAX: u32 = 110;

/// The cluster autoscaler's way down.
///
/// Source: cluster-autoscaler 1.36, `--scale-down-unneeded-time`, `--scale-down-delay-after-add`,
/// `--scale-down-utilization-threshold`.
pub(super) const CLUSTER_AUTOSCALER_SCALE_DOWN: ScaleDown =
    ScaleDown { after: Duration::from_secs(600), after_add: Duration::from_secs(600), below: 0.5 };

/// Nodes that stay.
pub(super) const NO_SCALE_DOWN: ScaleDown =
    ScaleDown { after: Duration::MAX, after_add: Duration::ZERO, below: 0.0 };
