//! What a world sees of its nodes at one moment.

use serde::{Deserialize, Serialize};
use upswell_units::Timestamp;

use super::policy::{PoolId, PoolPolicy, ZoneId};

/// Names a node; the world chooses the numbers, and later nodes have higher ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u64);

/// All that a plan needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeObservation {
    /// The moment of the plan.
    pub now: Timestamp,
    /// Pods that the scheduler found no room for so far.
    pub pending_pods: u32,
    /// Pods that a voluntary disruption may take now; no bound unless a PodDisruptionBudget says
    /// so.
    pub disruptions_allowed: Option<u32>,
    /// The nodes that exist.
    pub nodes: Vec<Node>,
    /// Nodes that were ordered and are not ready.
    pub orders: Vec<OrdersInFlight>,
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which one.
    pub id: NodeId,
    /// Its pool.
    pub pool: PoolId,
    /// Its zone.
    pub zone: ZoneId,
    /// Pods on it that were not told to end.
    pub pods: u32,
    /// Pods on it that were told to end, and still hold their room.
    pub ending_pods: u32,
    /// Whether it stays.
    pub state: NodeState,
}

/// Whether a node stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// It takes pods.
    Ready,
    /// A plan gave it back, and its pods move.
    Draining,
    /// Its cloud takes it away.
    Interrupted,
}

/// Nodes of one pool and zone that were ordered and are not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrdersInFlight {
    /// Their pool.
    pub pool: PoolId,
    /// Their zone.
    pub zone: ZoneId,
    /// How many.
    pub nodes: u32,
}

impl Node {
    /// Returns all pods that hold room on it.
    pub(super) const fn all_pods(&self) -> u32 {
        self.pods.saturating_add(self.ending_pods)
    }

    /// Returns how many more pods fit on it.
    pub(super) fn room(&self, pool: &PoolPolicy) -> u64 {
        match self.state {
            NodeState::Ready => u64::from(pool.pods_per_node.saturating_sub(self.all_pods())),
            NodeState::Draining | NodeState::Interrupted => 0,
        }
    }
}
