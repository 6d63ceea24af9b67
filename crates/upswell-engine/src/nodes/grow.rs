//! Growth: nodes for pools below their minimum, then for pods that find no room.

use std::cmp::Reverse;

use upswell_units::Timestamp;

use super::memory::NodeMemory;
use super::observation::NodeObservation;
use super::plan::{Order, earlier};
use super::policy::{NodePolicy, PoolId, PoolPolicy, ZoneId};
use super::reason::Reason;

/// What growth comes to.
pub(super) struct Growth {
    pub(super) orders: Vec<Order>,
    pub(super) held: Vec<Reason>,
    pub(super) wake_at: Option<Timestamp>,
}

/// Orders nodes up to the minimum of each pool, then as many as the pending pods need.
///
/// Pools grow by weight, then by price for the room of a pod (unknown prices last), then by name;
/// within a pool the zone with the fewest nodes comes first.
/// Source: Karpenter 1.14, "NodePools" (weight, then the cheapest); cluster-autoscaler's expander
/// `price` and its `--balance-similar-node-groups`.
pub(super) fn grow(
    policy: &NodePolicy,
    memory: &NodeMemory,
    observation: &NodeObservation,
) -> Growth {
    let mut outlook = Outlook::new(policy, memory, observation);
    let order = pools_in_order(policy);
    for &pool in &order {
        outlook.raise_to_minimum(pool);
    }
    let pods = observation.pending_pods;
    let reason = Reason::PodsWithoutRoom { pods, to_come: outlook.to_come };
    let mut left = pods;
    while left > 0 {
        if outlook.place_pod() {
            left -= 1;
        } else if !order.iter().any(|&pool| outlook.order_for_pods(pool, &reason)) {
            break;
        }
    }
    let held = if left > 0 { outlook.why_not(&order) } else { Vec::new() };
    let wake_at = held.iter().fold(None, |wake_at, reason| match reason {
        Reason::BackedOff { until, .. } => earlier(wake_at, Some(*until)),
        _ => wake_at,
    });
    Growth { orders: outlook.orders, held, wake_at: earlier(wake_at, outlook.minimum_waits_for) }
}

fn pools_in_order(policy: &NodePolicy) -> Vec<PoolId> {
    // The price for the room of a pod, in whole parts of a millionth so small that none is lost.
    let price = |pool: &PoolPolicy| {
        let price = pool.price_micro_usd_per_hour.map(i128::from);
        price.map_or(i128::MAX, |price| (price << 32) / i128::from(pool.pods_per_node.max(1)))
    };
    let mut pools: Vec<_> = policy.pools().collect();
    pools.sort_by_key(|(id, pool)| (Reverse(pool.weight), price(pool), &pool.name, *id));
    pools.into_iter().map(|(id, _)| id).collect()
}

/// The nodes and zones as they will be once the orders are ready.
struct Outlook<'a> {
    policy: &'a NodePolicy,
    memory: &'a NodeMemory,
    now: Timestamp,
    /// Nodes of each pool, ordered ones too; and for each of its zones, in their order.
    pool_nodes: Vec<(u32, Vec<u32>)>,
    zones: Vec<ZoneOutlook>,
    /// Pods that fit on nodes that are to come.
    to_come: u64,
    orders: Vec<Order>,
    /// When a pool that is below its minimum may order again.
    minimum_waits_for: Option<Timestamp>,
}

#[derive(Clone, Copy, Default)]
struct ZoneOutlook {
    /// Pods in it; those that were told to end do not count, as in Kubernetes.
    pods: u64,
    /// Room on nodes that are there, which a spread may keep empty so far, or to come.
    room: u64,
    /// Whether it has nodes: a zone without any takes no part in the spread.
    has_nodes: bool,
}

impl<'a> Outlook<'a> {
    fn new(policy: &'a NodePolicy, memory: &'a NodeMemory, observation: &NodeObservation) -> Self {
        let pool_nodes = policy.pools.iter().map(|pool| (0, vec![0; pool.zones.len()])).collect();
        let mut outlook = Self {
            policy,
            memory,
            now: observation.now,
            pool_nodes,
            zones: vec![ZoneOutlook::default(); policy.zones.len()],
            to_come: 0,
            orders: Vec::new(),
            minimum_waits_for: None,
        };
        for node in &observation.nodes {
            outlook.count_nodes(node.pool, node.zone, 1);
            if let Some(zone) = outlook.zones.get_mut(node.zone.0 as usize) {
                zone.pods += u64::from(node.pods);
                zone.room += policy.pool(node.pool).map_or(0, |pool| node.room(pool));
                zone.has_nodes = true;
            }
        }
        for order in &observation.orders {
            outlook.expect(order.pool, order.zone, order.nodes);
        }
        outlook
    }

    fn raise_to_minimum(&mut self, id: PoolId) {
        let Some(pool) = self.policy.pool(id) else { return };
        let reason = Reason::BelowMinimum { nodes: self.nodes(id), min: pool.nodes_min };
        while self.nodes(id) < pool.nodes_min {
            let Some(zone) = self.best_zone(id, pool, |_| true) else {
                let zones = pool.zones.iter();
                let until =
                    zones.filter_map(|zone| self.memory.backed_off_until(id, *zone, self.now));
                self.minimum_waits_for = earlier(self.minimum_waits_for, until.min());
                return;
            };
            self.order(id, zone, &reason);
        }
    }

    /// Puts one pod on a node that is there or to come.
    fn place_pod(&mut self) -> bool {
        let zones = (0..).map(ZoneId).zip(&self.zones);
        let open = zones.filter(|(id, zone)| zone.room > 0 && self.is_allowed(*id));
        let Some((ZoneId(best), _)) = open.min_by_key(|(_, zone)| zone.pods) else { return false };
        let zone = &mut self.zones[best as usize];
        zone.room -= 1;
        zone.pods += 1;
        true
    }

    fn order_for_pods(&mut self, id: PoolId, reason: &Reason) -> bool {
        let Some(pool) = self.policy.pool(id) else { return false };
        if self.nodes(id) >= pool.nodes_max || pool.pods_per_node == 0 {
            return false;
        }
        let Some(zone) = self.best_zone(id, pool, |zone| self.is_allowed(zone)) else {
            return false;
        };
        self.order(id, zone, reason);
        true
    }

    /// The zone with the fewest nodes of the pool, of those that are not left alone.
    fn best_zone(
        &self,
        id: PoolId,
        pool: &PoolPolicy,
        is_allowed: impl Fn(ZoneId) -> bool,
    ) -> Option<ZoneId> {
        let (_, of_zones) = &self.pool_nodes[id.0 as usize];
        let zones = pool.zones.iter().zip(of_zones);
        let open = zones.filter(|(zone, _)| {
            is_allowed(**zone) && self.memory.backed_off_until(id, **zone, self.now).is_none()
        });
        open.min_by_key(|(_, nodes)| **nodes).map(|(zone, _)| *zone)
    }

    /// Whether the spread lets one more pod into a zone.
    ///
    /// Source: Kubernetes 1.36, scheduler plugin PodTopologySpread, Filter: a zone without nodes is
    /// no domain; one that gets its first node becomes one.
    fn is_allowed(&self, id: ZoneId) -> bool {
        let Some(own) = self.zones.get(id.0 as usize) else { return false };
        let Some(max_skew) = self.policy.max_skew else { return true };
        let domains = self.zones.iter().filter(|zone| zone.has_nodes);
        let lowest = domains.map(|zone| zone.pods).min().unwrap_or(0).min(own.pods);
        own.pods + 1 - lowest <= u64::from(max_skew.max(1))
    }

    fn order(&mut self, pool: PoolId, zone: ZoneId, reason: &Reason) {
        self.expect(pool, zone, 1);
        let same = self
            .orders
            .iter_mut()
            .find(|order| order.pool == pool && order.zone == zone && order.reason == *reason);
        match same {
            Some(order) => order.nodes += 1,
            None => {
                self.orders.push(Order { pool, zone, nodes: 1, reason: reason.clone() });
            }
        }
    }

    /// Counts nodes that are to come.
    fn expect(&mut self, pool: PoolId, zone: ZoneId, nodes: u32) {
        self.count_nodes(pool, zone, nodes);
        let pods_per_node = self.policy.pool(pool).map_or(0, |pool| pool.pods_per_node);
        let room = u64::from(nodes) * u64::from(pods_per_node);
        self.to_come += room;
        if let Some(zone) = self.zones.get_mut(zone.0 as usize) {
            zone.room += room;
            zone.has_nodes = true;
        }
    }

    fn count_nodes(&mut self, id: PoolId, zone: ZoneId, nodes: u32) {
        let Some(pool) = self.policy.pool(id) else { return };
        let (all, of_zones) = &mut self.pool_nodes[id.0 as usize];
        *all = all.saturating_add(nodes);
        if let Some(position) = pool.zones.iter().position(|own| *own == zone) {
            of_zones[position] = of_zones[position].saturating_add(nodes);
        }
    }

    fn nodes(&self, id: PoolId) -> u32 {
        self.pool_nodes[id.0 as usize].0
    }

    /// Why no pool takes the pods that are left.
    fn why_not(&self, order: &[PoolId]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for &id in order {
            let Some(pool) = self.policy.pool(id) else { continue };
            if self.nodes(id) >= pool.nodes_max {
                reasons.push(Reason::PoolFull { pool: pool.name.clone(), max: pool.nodes_max });
                continue;
            }
            let mut is_open = false;
            for &zone in &pool.zones {
                match self.memory.backed_off_until(id, zone, self.now) {
                    Some(until) => {
                        let (pool, zone) = (pool.name.clone(), self.policy.zone_name(zone));
                        reasons.push(Reason::BackedOff { pool, zone, until });
                    }
                    None => is_open = true,
                }
            }
            if let (true, Some(max_skew)) = (is_open, self.policy.max_skew) {
                reasons.push(Reason::SpreadForbids { pool: pool.name.clone(), max_skew });
            }
        }
        reasons
    }
}
