//! What the nodes of a run came to, and what they cost.

use upswell_engine::nodes::PoolId;
use upswell_manifests::settings::UsdPerHour;
use upswell_units::{Duration, Timestamp};

use super::model::{CapacityType, Pool};
use super::node::Node;
use crate::outcome::{Money, Nodes};

/// What the requests made of the nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Served {
    /// Requests that were answered.
    pub(crate) completed: u64,
    /// Their tokens, prompt and output.
    pub(crate) tokens: u64,
    /// Requests that a replica serves at once.
    pub(crate) slots: u32,
    /// Busy slots times hours.
    pub(crate) busy_slot_hours: f64,
}

/// Counts while the run goes on.
#[derive(Debug)]
pub(super) struct Ledger {
    started: Timestamp,
    accounts: Vec<Account>,
    running: u32,
    running_spot: u32,
    min: u32,
    max: u32,
    pub(super) ordered: u64,
    pub(super) failed_orders: u64,
    pub(super) removed: u64,
    pub(super) interrupted: u64,
    pub(super) interrupted_pods: u64,
    pub(super) interrupted_requests: u64,
    longest_pending: Duration,
}

/// The nodes of one pool that are gone, in nodes times nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// From the order on: clouds bill a machine from its start, not from readiness.
    billed: i128,
    running: i128,
}

/// Nanoseconds of an hour.
const HOUR: f64 = 3.6e12;

impl Ledger {
    pub(super) fn new(pools: usize, now: Timestamp) -> Self {
        Self {
            started: now,
            accounts: vec![Account::default(); pools],
            running: 0,
            running_spot: 0,
            min: 0,
            max: 0,
            ordered: 0,
            failed_orders: 0,
            removed: 0,
            interrupted: 0,
            interrupted_pods: 0,
            interrupted_requests: 0,
            longest_pending: Duration::ZERO,
        }
    }

    /// The nodes at rest are there: the run begins.
    pub(super) fn begin(&mut self) {
        (self.min, self.max) = (self.running, self.running);
    }

    pub(super) fn running(&self) -> u32 {
        self.running
    }

    pub(super) fn running_spot(&self) -> u32 {
        self.running_spot
    }

    pub(super) fn node_runs(&mut self, capacity: CapacityType) {
        self.running += 1;
        self.running_spot += u32::from(capacity == CapacityType::Spot);
        self.max = self.max.max(self.running);
    }

    pub(super) fn node_ends(&mut self, node: &Node, capacity: CapacityType, now: Timestamp) {
        self.bill(node, now);
        if node.is_running() {
            self.running -= 1;
            self.running_spot -= u32::from(capacity == CapacityType::Spot);
            self.min = self.min.min(self.running);
        }
    }

    /// A pod waited for a node until now; before the run it waited for nothing.
    pub(super) fn waited(&mut self, created: Timestamp, now: Timestamp) {
        let pending = now.since(created.max(self.started));
        self.longest_pending = self.longest_pending.max(pending);
    }

    /// Adds what a node took from its order until now.
    pub(super) fn bill(&mut self, node: &Node, now: Timestamp) {
        let Node { pool: PoolId(pool), billed_from, ready, .. } = *node;
        let Some(account) = self.accounts.get_mut(pool as usize) else { return };
        if let Some(from) = billed_from {
            account.billed += i128::from(now.since(from).as_nanos());
        }
        if node.is_running() {
            account.running += i128::from(now.since(ready).as_nanos());
        }
    }

    pub(super) fn nodes(&self, pools: &[Pool], now: Timestamp) -> Nodes {
        let running: i128 = self.accounts.iter().map(|account| account.running).sum();
        let length = now.since(self.started).as_nanos();
        let hours = |capacity| {
            let own =
                pools.iter().zip(&self.accounts).filter(|(pool, _)| pool.capacity == capacity);
            own.map(|(_, account)| account.billed).sum::<i128>() as f64 / HOUR
        };
        Nodes {
            min: self.min,
            mean: if length > 0 { running as f64 / length as f64 } else { 0.0 },
            max: self.max,
            on_demand_hours: hours(CapacityType::OnDemand),
            spot_hours: hours(CapacityType::Spot),
            ordered: self.ordered,
            stock_outs: self.failed_orders,
            removed: self.removed,
            interrupted: self.interrupted,
            interrupted_pods: self.interrupted_pods,
            interrupted_requests: self.interrupted_requests,
            longest_pending_s: self.longest_pending.as_secs_f64(),
        }
    }

    /// What the nodes cost; nothing where no pool has a price.
    ///
    /// The idle part is the cost times the part of all slot-hours that served nothing. The
    /// slot-hours are those of full nodes: each node-hour that was paid for, times the pods that
    /// fit on the node, times the slots of a pod. Room that no pod took is idle too, and so is the
    /// time until a node is ready.
    pub(super) fn money(&self, pools: &[Pool], served: &Served) -> Option<Money> {
        if pools.iter().all(|pool| pool.price.is_none()) {
            return None;
        }
        let mut sums = Sums::default();
        for (pool, account) in pools.iter().zip(&self.accounts) {
            sums.add(pool, account.billed);
        }
        let Sums { on_demand, spot, all_on_demand, unpriced, pod_room } = sums;
        let [on_demand_usd, spot_usd, all_on_demand_usd] =
            [on_demand, spot, all_on_demand].map(|micro| micro as f64 / HOUR / 1e6);
        let usd = (on_demand + spot) as f64 / HOUR / 1e6;
        let slot_hours = pod_room as f64 / HOUR * f64::from(served.slots);
        let busy = if slot_hours > 0.0 { served.busy_slot_hours / slot_hours } else { 1.0 };
        let per = |count: u64, unit: f64| (count > 0).then(|| usd * unit / count as f64);
        let saved = 1.0 - usd / all_on_demand_usd;
        Some(Money {
            usd,
            on_demand_usd,
            spot_usd,
            per_1000_requests_usd: per(served.completed, 1e3),
            per_million_tokens_usd: per(served.tokens, 1e6),
            idle_usd: usd * (1.0 - busy).clamp(0.0, 1.0),
            all_on_demand_usd,
            saved: if all_on_demand > 0 { saved } else { 0.0 },
            unpriced_hours: unpriced as f64 / HOUR,
        })
    }
}

/// Sums over pools; money in millionths of a dollar an hour times nanoseconds.
#[derive(Default)]
struct Sums {
    on_demand: i128,
    spot: i128,
    all_on_demand: i128,
    /// Nanoseconds of nodes without a price.
    unpriced: i128,
    /// Nanoseconds times the pods that fit.
    pod_room: i128,
}

impl Sums {
    fn add(&mut self, pool: &Pool, billed: i128) {
        self.pod_room = self.pod_room.saturating_add(billed * i128::from(pool.pods_per_node));
        let Some(price) = pool.price else {
            self.unpriced += billed;
            return;
        };
        let cost = |price: UsdPerHour| billed.saturating_mul(i128::from(price.as_micro_usd()));
        let own = match pool.capacity {
            CapacityType::OnDemand => &mut self.on_demand,
            CapacityType::Spot => &mut self.spot,
        };
        *own = own.saturating_add(cost(price));
        // Without a price to compare with nothing is saved.
        let compared = match pool.capacity {
            CapacityType::OnDemand => price,
            CapacityType::Spot => pool.on_demand_price.unwrap_or(price),
        };
        self.all_on_demand = self.all_on_demand.saturating_add(cost(compared));
    }
}
