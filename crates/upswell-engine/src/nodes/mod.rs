//! The node autoscaler: how many nodes to order for pods that find no room, which to give back.
//!
//! ```text
//! observation --> grow   (pools by weight and price, zones in balance)     --> orders    --+
//!            |                                                                             +-> NodePlan
//!            +--> shrink (empty nodes, and little-used ones that others hold) --> removals --+
//!                                                                                          |
//! NodeMemory <----------------- settle (not needed since when), fail (back-off) <----------+
//! ```
//!
//! [`plan`] looks and changes nothing. All pods have one shape, so that room is a count. A node, a
//! pool and a zone are known by number, so that thousands of nodes are planned without a string.
//!
//! Source: the FAQ of cluster-autoscaler 1.35 (periods, delays, back-off, limits of scale-down),
//! and Karpenter 1.14, "Disruption" (consolidation, budgets) and "NodePools" (weight).

mod grow;
mod memory;
mod observation;
mod plan;
mod policy;
mod reason;
mod shrink;

pub use memory::{Failure, NodeMemory, fail, settle};
pub use observation::{Node, NodeId, NodeObservation, NodeState, OrdersInFlight};
pub use plan::{NodePlan, Order, Removal, plan};
pub use policy::{BackOff, NodePolicy, PoolId, PoolPolicy, RemovalsAtOnce, ScaleDown, ZoneId};
pub use reason::Reason;
