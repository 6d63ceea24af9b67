//! What is remembered from one plan to the next: plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Timestamp};

use super::observation::NodeId;
use super::plan::NodePlan;
use super::policy::{NodePolicy, PoolId, ZoneId};

/// What is remembered from one plan to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeMemory {
    /// Since when a node is not needed.
    pub unneeded_since: BTreeMap<NodeId, Timestamp>,
    /// When nodes were last ordered.
    pub last_order: Option<Timestamp>,
    /// The last failure of each pool and zone that had one.
    pub failures: Vec<Failure>,
}

/// An order that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Of this pool.
    pub pool: PoolId,
    /// In this zone.
    pub zone: ZoneId,
    /// When.
    pub at: Timestamp,
    /// How long the zone is left alone.
    pub back_off: Duration,
}

/// A zone that had no failure for so long starts with the first back-off again:
/// cluster-autoscaler's `--node-group-backoff-reset-timeout`.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3 * 3600);

impl NodeMemory {
    /// Returns until when a zone of a pool is left alone; nothing where it is not.
    #[must_use]
    pub fn backed_off_until(
        &self,
        pool: PoolId,
        zone: ZoneId,
        now: Timestamp,
    ) -> Option<Timestamp> {
        self.failure(pool, zone).map(Failure::until).filter(|until| *until > now)
    }

    fn failure(&self, pool: PoolId, zone: ZoneId) -> Option<&Failure> {
        self.failures.iter().find(|failure| failure.pool == pool && failure.zone == zone)
    }
}

impl Failure {
    fn until(&self) -> Timestamp {
        self.at + self.back_off
    }
}

/// Takes in a plan that the world carries out; to be called once for each.
pub fn settle(memory: &mut NodeMemory, plan: &NodePlan) {
    memory.unneeded_since = plan.unneeded.iter().copied().collect();
    if !plan.orders.is_empty() {
        memory.last_order = Some(plan.at);
    }
}

/// Takes in that an order failed: the zone of the pool is left alone for a while.
///
/// Orders of one moment that fail one after the other count once.
/// Source: cluster-autoscaler 1.35, utils/backoff/exponential_backoff.go.
pub fn fail(
    policy: &NodePolicy,
    memory: &mut NodeMemory,
    pool: PoolId,
    zone: ZoneId,
    now: Timestamp,
) {
    let Some(back_off) = policy.pool(pool).map(|pool| pool.back_off) else { return };
    let length = match memory.failure(pool, zone) {
        Some(last) if last.until() > now => last.back_off,
        Some(last) if now.since(last.at) <= FORGOTTEN_AFTER => {
            last.back_off.times(2).min(back_off.max)
        }
        _ => back_off.first,
    };
    memory.failures.retain(|failure| (failure.pool, failure.zone) != (pool, zone));
    memory.failures.push(Failure { pool, zone, at: now, back_off: length });
}
