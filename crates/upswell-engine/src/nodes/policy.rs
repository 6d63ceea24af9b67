//! What pools ask for, and how their manager is set.

use serde::{Deserialize, Serialize};
use upswell_units::Duration;

/// Position of a pool in [`NodePolicy::pools`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolId(pub u32);

/// Position of a zone in [`NodePolicy::zones`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneId(pub u32);

/// The pools that pods of one shape can run on.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePolicy {
    /// Names of the zones.
    pub zones: Vec<String>,
    /// The pools.
    pub pools: Vec<PoolPolicy>,
    /// `maxSkew` of a zone spread that the pods require (`DoNotSchedule`), if they do.
    pub max_skew: Option<u32>,
}

/// One pool.
///
/// A pool whose minimum is its maximum is kept by nobody but its cloud, which replaces what it
/// takes.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolPolicy {
    /// Its name.
    pub name: String,
    /// The zones of its nodes.
    pub zones: Vec<ZoneId>,
    /// Fewest nodes, over all zones.
    pub nodes_min: u32,
    /// Most nodes, over all zones.
    pub nodes_max: u32,
    /// Pods that fit on one node; a pool of none grows for nobody.
    pub pods_per_node: u32,
    /// Pools of higher weight grow first.
    pub weight: i32,
    /// Price of a node in millionths of a US dollar an hour, if it is known.
    pub price_micro_usd_per_hour: Option<i64>,
    /// How nodes that are not needed go.
    pub scale_down: ScaleDown,
    /// How many nodes may go at once.
    pub removals_at_once: RemovalsAtOnce,
    /// How long a zone is left alone after an order that failed there.
    pub back_off: BackOff,
}

/// How nodes that are not needed go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleDown {
    /// How long a node must not be needed.
    pub after: Duration,
    /// How long after an order no node goes.
    pub after_add: Duration,
    /// A node whose pods use a smaller part of it, and fit elsewhere, is not needed; 0 for empty
    /// nodes only.
    pub below: f64,
}

/// How many nodes of a pool may go at once. Nodes with pods go one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalsAtOnce {
    /// So many.
    Nodes(u32),
    /// This part of the pool's nodes, in percent and rounded up.
    Percent(u32),
}

/// How long a zone of a pool is left alone after an order that failed: twice as long each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub max: Duration,
}

impl RemovalsAtOnce {
    /// cluster-autoscaler's `--max-scale-down-parallelism`, which bounds all of its pools together.
    pub const CLUSTER_AUTOSCALER: Self = Self::Nodes(10);
    /// The budget of a NodePool that sets none.
    pub const KARPENTER: Self = Self::Percent(10);

    /// Returns how many of `nodes` may go at once.
    #[must_use]
    pub fn of(self, nodes: u32) -> u32 {
        match self {
            Self::Nodes(count) => count,
            Self::Percent(percent) => {
                let count = (u64::from(nodes) * u64::from(percent)).div_ceil(100);
                u32::try_from(count).unwrap_or(u32::MAX)
            }
        }
    }
}

impl BackOff {
    /// cluster-autoscaler's `--initial-` and `--max-node-group-backoff-duration`.
    pub const CLUSTER_AUTOSCALER: Self =
        Self { first: Duration::from_secs(300), max: Duration::from_secs(1800) };
    /// How long Karpenter's AWS provider takes an offering that ran out for unavailable.
    pub const KARPENTER: Self =
        Self { first: Duration::from_secs(180), max: Duration::from_secs(180) };
}

impl NodePolicy {
    /// How long a node may take until it is ready; its order has failed then. The default of
    /// cluster-autoscaler's `--max-node-provision-time`, and Karpenter's limit for registration.
    pub const MAX_NODE_PROVISION_TIME: Duration = Duration::from_secs(900);

    /// Returns a pool; none where the number is of another policy.
    #[must_use]
    pub fn pool(&self, id: PoolId) -> Option<&PoolPolicy> {
        self.pools.get(id.0 as usize)
    }

    /// Returns the pools with their numbers.
    pub fn pools(&self) -> impl Iterator<Item = (PoolId, &PoolPolicy)> {
        (0..).map(PoolId).zip(&self.pools)
    }

    /// Returns the name of a zone, for people.
    pub(super) fn zone_name(&self, id: ZoneId) -> String {
        self.zones.get(id.0 as usize).cloned().unwrap_or_default()
    }
}
