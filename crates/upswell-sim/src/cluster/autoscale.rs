//! The node autoscaler at work: what it sees, and what comes of its plans.

use std::collections::{BTreeMap, BTreeSet};

use upswell_engine::nodes::{
    self, BackOff, NodeId, NodeMemory, NodeObservation, NodePlan, NodePolicy, NodeState,
    OrdersInFlight, PoolPolicy, RemovalsAtOnce, ZoneId, fail, plan, settle,
};
use upswell_manifests::settings::UsdPerHour;
use upswell_units::{Duration, Timestamp};

use super::life::{Cluster, Event, ROOM, Serving};
use super::model::{ClusterModel, DisruptionBudget, NodeManager, Pool, ZoneSpread};
use super::node::NodePhase;
use super::pod::PodId;

/// How long Karpenter waits for another pod before it orders, and how long at most.
///
/// Source: Karpenter 1.14, "Settings", BATCH_IDLE_DURATION and BATCH_MAX_DURATION.
const BATCH_IDLE: Duration = Duration::from_secs(1);
const BATCH_MAX: Duration = Duration::from_secs(10);

/// Who plans, and what it remembers.
#[derive(Debug)]
pub(super) struct Planner {
    pub(super) policy: NodePolicy,
    /// The same pools, of which only Karpenter's may grow; absent where none is Karpenter's.
    karpenter: Option<NodePolicy>,
    memory: NodeMemory,
    /// Pods that Karpenter gathers: when the first and the last of them came.
    batch: Option<(Timestamp, Timestamp)>,
    /// Nodes that wait for their pods to move.
    draining: BTreeSet<NodeId>,
    /// When a plan may differ from the last one; a plan that cannot differ is not made.
    wake_at: Option<Timestamp>,
}

impl Planner {
    pub(super) fn new(model: &ClusterModel) -> Self {
        let policy = policy(model);
        let is_karpenter = |pool: &Pool| pool.manager == NodeManager::Karpenter;
        let karpenter = model.pools.iter().any(is_karpenter).then(|| {
            let mut policy = policy.clone();
            let others =
                policy.pools.iter_mut().zip(&model.pools).filter(|(_, pool)| !is_karpenter(pool));
            for (pool, _) in others {
                (pool.nodes_min, pool.nodes_max) = (0, 0);
            }
            policy
        });
        Self {
            policy,
            karpenter,
            memory: NodeMemory::default(),
            batch: None,
            draining: BTreeSet::new(),
            wake_at: Some(Timestamp::MIN),
        }
    }

    /// Something changed, so that the next look makes a plan.
    pub(super) fn notice(&mut self) {
        self.wake_at = Some(Timestamp::MIN);
    }

    /// A node is gone, or it is the cloud's business.
    pub(super) fn ended(&mut self, id: NodeId) {
        self.draining.remove(&id);
    }
}

impl Cluster {
    /// Whether looks at the nodes can come to anything: not where nobody keeps the pools and the
    /// cloud takes no node.
    pub(crate) fn needs_looks(&self) -> bool {
        use super::model::CapacityType::Spot;
        let is_kept = |pool: &Pool| pool.manager != NodeManager::Fixed || pool.capacity == Spot;
        self.model.pools.iter().any(is_kept)
    }

    /// One scan of the node autoscaler: orders nodes, and gives back what is not needed.
    pub(crate) fn look_at_nodes(&mut self, now: Timestamp, serving: &mut impl Serving) {
        for node in self.planner.draining.clone() {
            self.evict(node, now, serving);
        }
        if self.planner.wake_at.is_none_or(|wake_at| wake_at > now) {
            return;
        }
        let plan = self.plan(now);
        settle(&mut self.planner.memory, &plan);
        self.planner.wake_at = plan.wake_at;
        self.order_all(&plan, now);
        for removal in &plan.removals {
            self.remove_node(removal.node, now, serving);
        }
    }

    /// Plans for all pools; changes nothing.
    pub(super) fn plan(&self, now: Timestamp) -> NodePlan {
        plan(&self.planner.policy, &self.planner.memory, &self.observe(now))
    }

    /// Lets Karpenter gather pods that found no room.
    pub(super) fn gather(&mut self, now: Timestamp) {
        if self.planner.karpenter.is_none() || self.pods.pending() == 0 {
            return;
        }
        match &mut self.planner.batch {
            Some((_, last)) => *last = now,
            None => {
                self.planner.batch = Some((now, now));
                self.agenda.schedule(now + BATCH_IDLE, Event::Gathered);
            }
        }
    }

    /// Orders for the pods that Karpenter gathered, unless it waits for more.
    pub(super) fn gathered(&mut self, now: Timestamp) {
        let Some((first, last)) = self.planner.batch else { return };
        let due = (first + BATCH_MAX).min(last + BATCH_IDLE);
        if due > now {
            self.agenda.schedule(due, Event::Gathered);
            return;
        }
        self.planner.batch = None;
        let Some(policy) = &self.planner.karpenter else { return };
        let mut plan = plan(policy, &self.planner.memory, &self.observe(now));
        plan.removals.clear();
        if !plan.orders.is_empty() {
            self.planner.memory.last_order = Some(now);
        }
        self.order_all(&plan, now);
    }

    /// An order came to nothing: its zone is left alone for a while, others may be asked.
    pub(super) fn order_failed(&mut self, id: NodeId, now: Timestamp) {
        let Some(node) = self.nodes.get(id) else { return };
        self.ledger.failed_orders += 1;
        let Planner { policy, memory, .. } = &mut self.planner;
        fail(policy, memory, node.pool, node.zone, now);
        self.end_node(id, now);
        self.gather(now);
    }

    fn order_all(&mut self, plan: &NodePlan, now: Timestamp) {
        for order in &plan.orders {
            for _ in 0..order.nodes {
                self.order(order.pool, order.zone, now);
            }
        }
        if !plan.orders.is_empty() {
            self.planner.notice();
        }
    }

    /// Gives a node back: at once if it is empty, otherwise once its pods have moved.
    fn remove_node(&mut self, id: NodeId, now: Timestamp, serving: &mut impl Serving) {
        self.close_node(id, NodePhase::Draining);
        self.planner.notice();
        if self.nodes.get(id).is_some_and(|node| node.pods.is_empty()) {
            self.give_back(id, now);
            return;
        }
        self.planner.draining.insert(id);
        self.evict(id, now, serving);
    }

    /// Evicts as many pods of a node as the disruption budget allows; a pod that is not ready is
    /// no disruption. The ReplicaSet makes up for them elsewhere.
    fn evict(&mut self, id: NodeId, now: Timestamp, serving: &mut impl Serving) {
        let Some(node) = self.nodes.get(id) else { return };
        let mut allowed = self.disruptions_allowed();
        let is_ready = |pod: PodId| self.pods.get(pod).is_some_and(|pod| pod.ready.is_some());
        let is_active = |pod: PodId| self.pods.get(pod).is_some_and(|pod| !pod.deleted);
        let mut evicted = Vec::new();
        for pod in node.pods.iter().copied().filter(|pod| is_active(*pod)) {
            match &mut allowed {
                Some(0) if is_ready(pod) => continue,
                Some(allowed) if is_ready(pod) => *allowed -= 1,
                _ => {}
            }
            evicted.push(pod);
        }
        for pod in evicted {
            self.end(pod, self.model.grace, now, serving);
            self.planner.notice();
        }
        self.refill(now);
    }

    /// Ready pods that a voluntary disruption may take now.
    ///
    /// Source: Kubernetes 1.36, controller/disruption/disruption.go, getExpectedPodCount; both
    /// percentages round up.
    fn disruptions_allowed(&self) -> Option<u32> {
        let percent = |percent: u32| {
            let part = (u64::from(self.wanted) * u64::from(percent)).div_ceil(100);
            u32::try_from(part).unwrap_or(u32::MAX)
        };
        let healthy_min = match self.model.disruption_budget? {
            DisruptionBudget::MaxUnavailable(max) => self.wanted.saturating_sub(max.0),
            DisruptionBudget::MinAvailable(min) => min.0,
            DisruptionBudget::MaxUnavailablePercent(max) => {
                self.wanted.saturating_sub(percent(max))
            }
            DisruptionBudget::MinAvailablePercent(min) => percent(min),
        };
        Some(self.pods.ready().saturating_sub(healthy_min))
    }

    fn observe(&self, now: Timestamp) -> NodeObservation {
        let (mut seen, mut orders) = (Vec::new(), BTreeMap::new());
        for (id, node) in self.nodes.iter() {
            let state = match node.phase {
                NodePhase::Ordered => {
                    *orders.entry((node.pool, node.zone)).or_insert(0_u32) += 1;
                    continue;
                }
                NodePhase::Ready => NodeState::Ready,
                NodePhase::Draining => NodeState::Draining,
                NodePhase::Interrupted => NodeState::Interrupted,
            };
            let ending_pods = node.pod_count() - node.active;
            let (pool, zone, pods) = (node.pool, node.zone, node.active);
            seen.push(nodes::Node { id, pool, zone, pods, ending_pods, state });
        }
        let orders = orders.into_iter();
        NodeObservation {
            now,
            pending_pods: self.pods.pending(),
            disruptions_allowed: self.disruptions_allowed(),
            nodes: seen,
            orders: orders
                .map(|((pool, zone), nodes)| OrdersInFlight { pool, zone, nodes })
                .collect(),
        }
    }
}

/// The pools as their managers keep them.
fn policy(model: &ClusterModel) -> NodePolicy {
    let mut zones: Vec<String> = Vec::new();
    let mut zone_ids = |pool: &Pool| {
        // A pool that names no zone has one that has no name.
        let nameless = pool.zones.is_empty().then(String::new);
        let mut ids: Vec<ZoneId> = Vec::new();
        for name in pool.zones.iter().chain(&nameless) {
            let position = zones.iter().position(|zone| zone == name).unwrap_or_else(|| {
                zones.push(name.clone());
                zones.len() - 1
            });
            let id = ZoneId(position as u32);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    };
    let pools = model.pools.iter().map(|pool| pool_policy(pool, zone_ids(pool))).collect();
    let max_skew = match model.zone_spread {
        ZoneSpread::Require { max_skew } => Some(max_skew),
        ZoneSpread::None | ZoneSpread::Prefer => None,
    };
    NodePolicy { zones, pools, max_skew }
}

fn pool_policy(pool: &Pool, zones: Vec<ZoneId>) -> PoolPolicy {
    let nodes_min = pool.nodes_min.min(ROOM.0);
    let (nodes_max, removals_at_once, back_off) = match pool.manager {
        NodeManager::Fixed => {
            (nodes_min, RemovalsAtOnce::CLUSTER_AUTOSCALER, BackOff::CLUSTER_AUTOSCALER)
        }
        NodeManager::ClusterAutoscaler => {
            (pool.nodes_max, RemovalsAtOnce::CLUSTER_AUTOSCALER, BackOff::CLUSTER_AUTOSCALER)
        }
        NodeManager::Karpenter => (pool.nodes_max, RemovalsAtOnce::KARPENTER, BackOff::KARPENTER),
    };
    PoolPolicy {
        name: pool.name.clone(),
        zones,
        nodes_min,
        nodes_max: nodes_max.clamp(nodes_min, ROOM.0),
        pods_per_node: pool.pods_per_node,
        weight: pool.weight,
        price_micro_usd_per_hour: pool.price.map(UsdPerHour::as_micro_usd),
        scale_down: pool.scale_down,
        removals_at_once,
        back_off,
    }
}
