//! What the tests start from.

use upswell_engine::nodes::{
    BackOff, Node, NodeId, NodeObservation, NodePlan, NodePolicy, NodeState, PoolId, PoolPolicy,
    RemovalsAtOnce, ScaleDown, ZoneId,
};
use upswell_units::{Duration, Timestamp};

pub(crate) const MINUTE: i64 = 60;

pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// A pool of up to 100 nodes for four pods each, in zone 0, with cluster-autoscaler's defaults.
pub(crate) fn pool(name: &str) -> PoolPolicy {
    PoolPolicy {
        name: name.to_owned(),
        zones: vec![ZoneId(0)],
        nodes_min: 0,
        nodes_max: 100,
        pods_per_node: 4,
        weight: 0,
        price_micro_usd_per_hour: Some(200_000),
        scale_down: ScaleDown {
            after: Duration::from_secs(10 * MINUTE),
            after_add: Duration::from_secs(10 * MINUTE),
            below: 0.5,
        },
        removals_at_once: RemovalsAtOnce::CLUSTER_AUTOSCALER,
        back_off: BackOff::CLUSTER_AUTOSCALER,
    }
}

pub(crate) fn policy(pools: Vec<PoolPolicy>) -> NodePolicy {
    let zones = ["a", "b", "c"].map(str::to_owned).to_vec();
    NodePolicy { zones, pools, max_skew: None }
}

/// The pool `p` in three zones, with a spread that the pods require.
pub(crate) fn spread(max_skew: u32) -> NodePolicy {
    let zones = vec![ZoneId(0), ZoneId(1), ZoneId(2)];
    NodePolicy { max_skew: Some(max_skew), ..policy(vec![PoolPolicy { zones, ..pool("p") }]) }
}

pub(crate) fn seen(secs: i64, pending_pods: u32, nodes: Vec<Node>) -> NodeObservation {
    let orders = Vec::new();
    NodeObservation { now: at(secs), pending_pods, disruptions_allowed: None, nodes, orders }
}

/// A node of the first pool in zone 0.
pub(crate) fn node(id: u64, pods: u32) -> Node {
    let (pool, zone, state) = (PoolId(0), ZoneId(0), NodeState::Ready);
    Node { id: NodeId(id), pool, zone, pods, ending_pods: 0, state }
}

/// The orders of a plan as (pool, zone, nodes).
pub(crate) fn orders(plan: &NodePlan) -> Vec<(u32, u32, u32)> {
    plan.orders.iter().map(|order| (order.pool.0, order.zone.0, order.nodes)).collect()
}

pub(crate) fn removed(plan: &NodePlan) -> Vec<u64> {
    plan.removals.iter().map(|removal| removal.node.0).collect()
}
