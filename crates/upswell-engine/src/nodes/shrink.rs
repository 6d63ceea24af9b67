//! Shrinkage: nodes that nobody needs for long enough.

use upswell_units::Timestamp;

use super::memory::NodeMemory;
use super::observation::{Node, NodeId, NodeObservation, NodeState};
use super::plan::{Removal, earlier};
use super::policy::{NodePolicy, PoolPolicy};
use super::reason::Reason;

/// What shrinkage comes to.
pub(super) struct Shrinkage {
    pub(super) unneeded: Vec<(NodeId, Timestamp)>,
    pub(super) removals: Vec<Removal>,
    pub(super) held: Vec<Reason>,
    pub(super) wake_at: Option<Timestamp>,
}

/// A node that is not needed.
#[derive(Clone, Copy)]
struct Unneeded<'a> {
    node: &'a Node,
    pool: &'a PoolPolicy,
    since: Timestamp,
}

/// Finds the nodes that are not needed, and gives back those that were not for long enough.
///
/// Time counts also while nothing may go, as in cluster-autoscaler: a delay after an order does
/// not start it again.
/// Source: cluster-autoscaler 1.35, FAQ, "How does scale-down work?".
pub(super) fn shrink(
    policy: &NodePolicy,
    memory: &NodeMemory,
    observation: &NodeObservation,
) -> Shrinkage {
    let unneeded = find_unneeded(policy, memory, observation);
    let mut shrinkage = Shrinkage {
        unneeded: unneeded.iter().map(|unneeded| (unneeded.node.id, unneeded.since)).collect(),
        removals: Vec::new(),
        held: Vec::new(),
        wake_at: None,
    };
    let now = observation.now;
    let mut going = Going::new(policy, observation);
    let (mut delayed, mut delayed_until, mut waiting) = (0, None, 0);
    for unneeded in unneeded {
        let ripe_at = unneeded.since + unneeded.pool.scale_down.after;
        if ripe_at > now {
            shrinkage.wake_at = earlier(shrinkage.wake_at, Some(ripe_at));
            continue;
        }
        let free_at = memory.last_order.map(|last| last + unneeded.pool.scale_down.after_add);
        if let Some(free_at) = free_at.filter(|free_at| *free_at > now) {
            delayed += 1;
            delayed_until = earlier(delayed_until, Some(free_at));
        } else if going.admit(unneeded.node) {
            shrinkage.removals.push(unneeded.removal());
        } else {
            waiting += 1;
        }
    }
    if let Some(until) = delayed_until {
        shrinkage.held.push(Reason::DelayedAfterAdd { nodes: delayed, until });
        shrinkage.wake_at = earlier(shrinkage.wake_at, Some(until));
    }
    if waiting > 0 {
        shrinkage.held.push(Reason::EnoughAtOnce { nodes: waiting });
        shrinkage.wake_at = Some(now);
    }
    shrinkage
}

impl Unneeded<'_> {
    fn removal(&self) -> Removal {
        let Self { node, pool, since } = *self;
        let reason = match node.all_pods() {
            0 => Reason::Empty { since },
            pods => Reason::Underused { pods, of: pool.pods_per_node, since },
        };
        Removal { node: node.id, reason }
    }
}

/// Nodes that could all go together: empty ones first, then those with the fewest pods, as long as
/// the nodes that stay have room for their pods and every pool keeps its minimum.
fn find_unneeded<'a>(
    policy: &'a NodePolicy,
    memory: &NodeMemory,
    observation: &'a NodeObservation,
) -> Vec<Unneeded<'a>> {
    let mut room = StayingRoom::new(policy);
    let mut spare: Vec<i64> = policy.pools.iter().map(|pool| -i64::from(pool.nodes_min)).collect();
    let mut candidates = Vec::new();
    for node in observation.nodes.iter().filter(|node| node.state == NodeState::Ready) {
        let Some(pool) = policy.pool(node.pool) else { continue };
        spare[node.pool.0 as usize] += 1;
        room.add(node, pool);
        if is_little_used(node, pool, observation.disruptions_allowed) {
            let since = memory.unneeded_since.get(&node.id).copied();
            candidates.push(Unneeded { node, pool, since: since.unwrap_or(observation.now) });
        }
    }
    candidates
        .sort_by_key(|candidate| (candidate.node.all_pods(), candidate.since, candidate.node.id));
    candidates.retain(|Unneeded { node, pool, .. }| {
        let spare = &mut spare[node.pool.0 as usize];
        let goes = *spare > 0 && room.remove(node, pool);
        *spare -= i64::from(goes);
        goes
    });
    candidates
}

fn is_little_used(node: &Node, pool: &PoolPolicy, disruptions_allowed: Option<u32>) -> bool {
    let pods = node.all_pods();
    let used = f64::from(pods) / f64::from(pool.pods_per_node.max(1));
    pods == 0 || (used < pool.scale_down.below && disruptions_allowed != Some(0))
}

/// Room on the nodes that stay; pods that must be spread move within their zone.
struct StayingRoom {
    is_by_zone: bool,
    room: Vec<u64>,
}

impl StayingRoom {
    fn new(policy: &NodePolicy) -> Self {
        let is_by_zone = policy.max_skew.is_some();
        let places = if is_by_zone { policy.zones.len() } else { 1 };
        Self { is_by_zone, room: vec![0; places] }
    }

    fn add(&mut self, node: &Node, pool: &PoolPolicy) {
        if let Some(room) = self.of(node) {
            *room += node.room(pool);
        }
    }

    /// Takes a node out, if the others can hold its pods.
    fn remove(&mut self, node: &Node, pool: &PoolPolicy) -> bool {
        let needed = node.room(pool) + u64::from(node.pods);
        match self.of(node).map(|room| (room.checked_sub(needed), room)) {
            Some((Some(left), room)) => {
                *room = left;
                true
            }
            _ => false,
        }
    }

    fn of(&mut self, node: &Node) -> Option<&mut u64> {
        self.room.get_mut(if self.is_by_zone { node.zone.0 as usize } else { 0 })
    }
}

/// Nodes on their way out, and how many more may follow.
struct Going {
    /// Nodes that may still go, for each pool.
    left: Vec<u32>,
    /// Whether pods of some node move already.
    is_draining: bool,
}

impl Going {
    fn new(policy: &NodePolicy, observation: &NodeObservation) -> Self {
        let mut pools = vec![(0_u32, 0_u32); policy.pools.len()];
        let mut is_draining = false;
        for node in &observation.nodes {
            if let Some((nodes, going)) = pools.get_mut(node.pool.0 as usize) {
                *nodes += 1;
                *going += u32::from(node.state == NodeState::Draining);
            }
            is_draining |= node.state == NodeState::Draining;
        }
        let left = policy.pools.iter().zip(pools);
        let left = left
            .map(|(pool, (nodes, going))| pool.removals_at_once.of(nodes).saturating_sub(going));
        Self { left: left.collect(), is_draining }
    }

    fn admit(&mut self, node: &Node) -> bool {
        let left = &mut self.left[node.pool.0 as usize];
        let has_pods = node.all_pods() > 0;
        if *left == 0 || (has_pods && self.is_draining) {
            return false;
        }
        *left -= 1;
        self.is_draining |= has_pods;
        true
    }
}
