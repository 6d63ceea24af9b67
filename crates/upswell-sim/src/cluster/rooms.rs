//! The scheduler: which node takes the next pod.
//!
//! Pods are alike, so that a node is its free room. Nodes are kept by room for each pool and zone,
//! and a pod costs one look at each of those.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use upswell_engine::nodes::{NodeId, PoolId, ZoneId};

use super::model::ZoneSpread;

/// The free room of all nodes that take pods.
#[derive(Debug)]
pub(super) struct Rooms {
    spread: ZoneSpread,
    groups: BTreeMap<(PoolId, ZoneId), Group>,
    zones: Vec<Zone>,
}

/// The nodes of one pool and zone that have room.
#[derive(Debug)]
struct Group {
    preference: i32,
    capacity: u32,
    /// The emptiest first, of them the oldest.
    free: BTreeSet<(Reverse<u32>, NodeId)>,
}

#[derive(Clone, Debug, Default)]
struct Zone {
    /// Bound pods that were not told to end.
    pods: u32,
    /// Nodes that run; a zone without any takes no part in the spread.
    nodes: u32,
}

impl Rooms {
    pub(super) fn new(spread: ZoneSpread, zones: usize) -> Self {
        Self { spread, groups: BTreeMap::new(), zones: vec![Zone::default(); zones] }
    }

    /// Declares that a pool may have nodes in a zone.
    pub(super) fn add_group(&mut self, pool: PoolId, zone: ZoneId, preference: i32, capacity: u32) {
        self.groups.insert((pool, zone), Group { preference, capacity, free: BTreeSet::new() });
    }

    /// Chooses the node for the next pod: by the preference of its pool, then by the spread, then
    /// the emptiest, then the oldest.
    ///
    /// Source: Kubernetes 1.36, kube-scheduler's default plugins NodeAffinity, PodTopologySpread
    /// and NodeResourcesFit (LeastAllocated). Their weighted sum is taken in that order, and
    /// ImageLocality is left out: it weighs least, and images are often below its threshold.
    pub(super) fn choose(&self) -> Option<NodeId> {
        let lowest = self.lowest_zone();
        let candidates = self.groups.iter().filter_map(|((_, zone), group)| {
            let zone = self.zones.get(zone.0 as usize)?;
            let (Reverse(free), node) = group.free.first()?;
            if !self.is_allowed(zone, lowest) {
                return None;
            }
            let crowd = if self.spread == ZoneSpread::None { 0 } else { zone.pods };
            let used = (u64::from(group.capacity - free) << 32) / u64::from(group.capacity);
            Some((Reverse(group.preference), crowd, used, *node))
        });
        candidates.min().map(|(_, _, _, node)| node)
    }

    /// A node takes pods from now on.
    pub(super) fn open(&mut self, pool: PoolId, zone: ZoneId, node: NodeId, free: u32) {
        if let Some(zone) = self.zones.get_mut(zone.0 as usize) {
            zone.nodes += 1;
        }
        self.insert((pool, zone), node, free);
    }

    /// A node takes no more pods.
    pub(super) fn close(&mut self, pool: PoolId, zone: ZoneId, node: NodeId, free: u32) {
        if let Some(group) = self.groups.get_mut(&(pool, zone)) {
            group.free.remove(&(Reverse(free), node));
        }
    }

    /// A closed node is gone.
    pub(super) fn leave(&mut self, zone: ZoneId) {
        if let Some(zone) = self.zones.get_mut(zone.0 as usize) {
            zone.nodes -= 1;
        }
    }

    /// The free room of an open node changes.
    pub(super) fn change(
        &mut self,
        (pool, zone): (PoolId, ZoneId),
        node: NodeId,
        from: u32,
        to: u32,
    ) {
        self.close(pool, zone, node, from);
        self.insert((pool, zone), node, to);
    }

    /// A pod is bound in a zone.
    pub(super) fn add_pod(&mut self, zone: ZoneId) {
        if let Some(zone) = self.zones.get_mut(zone.0 as usize) {
            zone.pods += 1;
        }
    }

    /// A pod in a zone gets the end signal, after which the spread does not count it.
    pub(super) fn delete_pod(&mut self, zone: ZoneId) {
        if let Some(zone) = self.zones.get_mut(zone.0 as usize) {
            zone.pods -= 1;
        }
    }

    fn insert(&mut self, key: (PoolId, ZoneId), node: NodeId, free: u32) {
        if let Some(group) = self.groups.get_mut(&key).filter(|_| free > 0) {
            group.free.insert((Reverse(free), node));
        }
    }

    fn lowest_zone(&self) -> u32 {
        let domains = self.zones.iter().filter(|zone| zone.nodes > 0);
        domains.map(|zone| zone.pods).min().unwrap_or(0)
    }

    fn is_allowed(&self, zone: &Zone, lowest: u32) -> bool {
        match self.spread {
            ZoneSpread::Require { max_skew } => zone.pods + 1 - lowest <= max_skew.max(1),
            ZoneSpread::None | ZoneSpread::Prefer => true,
        }
    }
}
