//! `kube_*`: kube-state-metrics, the state of objects as the API shows it.
//!
//! Source: kube-state-metrics 2.17, internal/store and docs/metrics.

mod autoscaler;
mod node;
mod pod;
mod workload;

pub(super) use autoscaler::{Autoscaler, AutoscalerView, TABLE as AUTOSCALERS};
pub(super) use node::{Node, NodeView, TABLE as NODES};
pub(super) use pod::{PodSubject, PodView, TABLE as PODS};
pub(super) use workload::{DEPLOYMENTS, STATEFUL_SETS, Workload, WorkloadView};

/// Sets the label `condition` or `status` to one of the three values of a condition.
const STATUSES: [&str; 3] = ["true", "false", "unknown"];
