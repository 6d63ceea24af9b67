//! The plan: what to order, what to give back, and why.

use serde::{Deserialize, Serialize};
use upswell_units::Timestamp;

use super::grow::grow;
use super::memory::NodeMemory;
use super::observation::{NodeId, NodeObservation};
use super::policy::{NodePolicy, PoolId, ZoneId};
use super::reason::Reason;
use super::shrink::shrink;

/// What to do with the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePlan {
    /// When it was made.
    pub at: Timestamp,
    /// Nodes to order.
    pub orders: Vec<Order>,
    /// Nodes to give back, empty ones first.
    pub removals: Vec<Removal>,
    /// Why no more is ordered or given back.
    pub held: Vec<Reason>,
    /// Nodes that are not needed, and since when.
    pub unneeded: Vec<(NodeId, Timestamp)>,
    /// When the plan may be another one though nothing else has changed; nothing if it stays.
    pub wake_at: Option<Timestamp>,
}

/// Nodes to order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// In this pool.
    pub pool: PoolId,
    /// In this zone.
    pub zone: ZoneId,
    /// How many; at least one.
    pub nodes: u32,
    /// Why.
    pub reason: Reason,
}

/// A node to give back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Which one.
    pub node: NodeId,
    /// Why.
    pub reason: Reason,
}

/// Plans what to order and what to give back; changes nothing.
///
/// A plan that orders gives nothing back, as cluster-autoscaler ends its loop after a scale-up.
/// Room that there is, and what was ordered before, is filled first.
#[must_use]
pub fn plan(policy: &NodePolicy, memory: &NodeMemory, observation: &NodeObservation) -> NodePlan {
    let growth = grow(policy, memory, observation);
    let shrinkage = shrink(policy, memory, observation);
    let removals = if growth.orders.is_empty() { shrinkage.removals } else { Vec::new() };
    NodePlan {
        at: observation.now,
        orders: growth.orders,
        removals,
        held: growth.held.into_iter().chain(shrinkage.held).collect(),
        unneeded: shrinkage.unneeded,
        wake_at: earlier(growth.wake_at, shrinkage.wake_at),
    }
}

/// The earlier of two moments, where there are any.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}
