//! Pods and the nodes under them, in virtual time.
//!
//! ```text
//! scale_to -> created -> bound -> image pulled -> ready -> end signal -> drained or killed
//!                          ^  (the scheduler, into a node's room)            |
//!                          |                                                 v
//!   look_at_nodes -> ordered -> ready -> (given back | taken by the cloud) -> gone
//! ```
//!
//! The ReplicaSet replaces at once what is told to end against its will: pods of a node that the
//! cloud takes, or that is given back. Requests are the business of a [`Serving`], which a pod
//! joins when it is ready. Several random streams, so that one more pod shifts no interruption.

mod autoscale;
mod draws;
mod ledger;
mod life;
mod losses;
mod model;
mod node;
mod node_life;
mod pod;
mod retire;
mod rooms;
mod seen;
#[cfg(test)]
mod tests;

pub(crate) use ledger::Served;
pub(crate) use life::{AGE_AT_REST, Cluster, ROOM, Serving};
pub use model::{
    CapacityType, ClusterModel, DisruptionBudget, Interruptions, Loss, NodeManager, Pool,
    ScaleDown, Startup, ZoneSpread,
};
pub(crate) use pod::{Pod, PodId};
pub(crate) use seen::SeenNode;
