//! The life of a node: ordered, ready, closed, and gone.

use std::collections::BTreeSet;

use upswell_engine::nodes::{NodeId, NodePolicy, PoolId, ZoneId};
use upswell_units::{Duration, Timestamp};

use super::life::{Cluster, Event, Serving};
use super::model::Pool;
use super::node::{Node, NodePhase};

/// From an order that the cloud cannot serve until somebody notices: a judgement. Karpenter is
/// told within seconds, cluster-autoscaler reads it from the group's errors at a later scan.
const STOCK_OUT_NOTICED_AFTER: Duration = Duration::from_secs(30);

impl Cluster {
    /// Makes room for the nodes of all pools.
    pub(super) fn open_pools(&mut self) {
        for (id, pool) in self.planner.policy.pools() {
            let preference = self.model.pools.get(id.0 as usize).map_or(0, |pool| pool.preference);
            for &zone in &pool.zones {
                self.rooms.add_group(id, zone, preference, pool.pods_per_node);
            }
        }
    }

    /// Orders a node of a pool in a zone.
    pub(super) fn order(&mut self, pool_id: PoolId, zone: ZoneId, now: Timestamp) {
        let Some(pool) = self.model.pools.get(pool_id.0 as usize) else { return };
        self.ledger.ordered += 1;
        let is_stock_out = self.draws.is_stock_out(pool);
        let provisioning = self.draws.provisioning(pool);
        let id = self.add_node(pool_id, zone, (!is_stock_out).then_some(now), now);
        let patience = NodePolicy::MAX_NODE_PROVISION_TIME;
        let (at, event) = if is_stock_out {
            (now + STOCK_OUT_NOTICED_AFTER, Event::OrderFailed(id))
        } else if provisioning > patience {
            (now + patience, Event::OrderFailed(id))
        } else {
            (now + provisioning, Event::NodeReady(id))
        };
        self.agenda.schedule(at, event);
    }

    /// Adds a node that is not ready; one that is not billed never will be.
    pub(super) fn add_node(
        &mut self,
        pool: PoolId,
        zone: ZoneId,
        billed_from: Option<Timestamp>,
        now: Timestamp,
    ) -> NodeId {
        let uptime = self.model.pools.get(pool.0 as usize).and_then(|pool| self.draws.uptime(pool));
        let node = Node {
            pool,
            zone,
            phase: NodePhase::Ordered,
            billed_from,
            ready: now,
            image: self.draws.image(&self.model.startup),
            image_at: None,
            uptime,
            pods: BTreeSet::new(),
            active: 0,
        };
        self.nodes.add(node)
    }

    pub(super) fn node_ready(&mut self, id: NodeId, now: Timestamp) {
        let Some(node) = self.nodes.get_mut(id) else { return };
        (node.phase, node.ready) = (NodePhase::Ready, now);
        if let Some(uptime) = node.uptime {
            self.agenda.schedule(now + uptime, Event::NodeLost(id));
        }
        let Some(pool) = self.model.pools.get(node.pool.0 as usize) else { return };
        self.rooms.open(node.pool, node.zone, id, free_room(&self.model.pools, node));
        self.ledger.node_runs(pool.capacity);
    }

    /// A node takes no more pods.
    pub(super) fn close_node(&mut self, id: NodeId, phase: NodePhase) {
        let Some(node) = self.nodes.get_mut(id) else { return };
        if node.phase == NodePhase::Ready {
            let free = free_room(&self.model.pools, node);
            self.rooms.close(node.pool, node.zone, id, free);
        }
        node.phase = phase;
    }

    /// A node whose pods are gone goes back to its cloud.
    pub(super) fn give_back(&mut self, id: NodeId, now: Timestamp) {
        self.ledger.removed += 1;
        self.end_node(id, now);
    }

    /// The notice of an interrupted node is over: what is left on it is killed.
    pub(super) fn node_gone(&mut self, id: NodeId, now: Timestamp, serving: &mut impl Serving) {
        let pods: Vec<_> =
            self.nodes.get(id).into_iter().flat_map(|node| &node.pods).copied().collect();
        for pod in pods {
            self.kill(pod, now, serving);
        }
        self.end_node(id, now);
    }

    /// A node is no more.
    pub(super) fn end_node(&mut self, id: NodeId, now: Timestamp) {
        let Some(node) = self.nodes.remove(id) else { return };
        let Some(pool) = self.model.pools.get(node.pool.0 as usize) else { return };
        self.ledger.node_ends(&node, pool.capacity, now);
        if node.is_running() {
            self.rooms.leave(node.zone);
        }
        self.planner.ended(id);
    }
}

/// Pods that still fit on a node.
pub(super) fn free_room(pools: &[Pool], node: &Node) -> u32 {
    let capacity = pools.get(node.pool.0 as usize).map_or(0, |pool| pool.pods_per_node);
    capacity.saturating_sub(node.pod_count())
}
