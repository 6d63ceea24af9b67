//! Nodes that the cloud takes: one by one, half of a zone at once, or as recorded.

use upswell_engine::nodes::{NodeId, ZoneId};
use upswell_units::Timestamp;

use super::life::{Cluster, Event, Serving};
use super::model::{CapacityType, Interruptions, Loss};
use super::node::{Node, NodePhase};

/// Recorded losses that are still to come, the next one last.
#[derive(Debug)]
pub(super) struct Losses {
    start: Timestamp,
    left: Vec<Loss>,
}

impl Losses {
    pub(super) fn new(interruptions: &Interruptions, start: Timestamp) -> Self {
        let mut left = match interruptions {
            Interruptions::Recorded(losses) => losses.clone(),
            Interruptions::None | Interruptions::Rate { .. } => Vec::new(),
        };
        left.sort_by_key(|loss| loss.at);
        left.reverse();
        Self { start, left }
    }

    fn next_at(&self) -> Option<Timestamp> {
        self.left.last().map(|loss| self.start + loss.at)
    }
}

impl Cluster {
    /// Schedules the first losses of a run; those of single nodes come with the nodes.
    pub(super) fn schedule_losses(&mut self, now: Timestamp) {
        for zone in 0..self.planner.policy.zones.len() as u32 {
            self.schedule_zone_loss(ZoneId(zone), now);
        }
        self.schedule_recorded_loss();
    }

    pub(super) fn lose_zone(&mut self, zone: ZoneId, now: Timestamp, serving: &mut impl Serving) {
        for id in self.takeable_nodes(|node| node.zone == zone) {
            if self.draws.is_taken() {
                self.interrupt(id, now, serving);
            }
        }
        self.schedule_zone_loss(zone, now);
    }

    /// Takes the recorded share of the spot nodes, rounded up and at least one of them.
    pub(super) fn lose_as_recorded(&mut self, now: Timestamp, serving: &mut impl Serving) {
        let Some(Loss { share, .. }) = self.losses.left.pop() else { return };
        let mut nodes = self.takeable_nodes(|_| true);
        let count = libm::ceil(share * nodes.len() as f64).max(1.0) as usize;
        for id in self.draws.choose(&mut nodes, count) {
            self.interrupt(id, now, serving);
        }
        self.schedule_recorded_loss();
    }

    /// The cloud takes a node, after its notice: its pods get the end signal, and replacements are
    /// made at once, as the ReplicaSet does not count terminating pods.
    pub(super) fn interrupt(&mut self, id: NodeId, now: Timestamp, serving: &mut impl Serving) {
        let Some(node) = self.nodes.get(id).filter(|node| node.is_takeable()) else { return };
        let Some(pool) = self.model.pools.get(node.pool.0 as usize) else { return };
        let grace = self.model.grace.min(pool.notice);
        let gone_at = now + pool.notice;
        let pods: Vec<_> = node.pods.iter().copied().collect();
        self.ledger.interrupted += 1;
        self.ledger.interrupted_pods += pods.len() as u64;
        self.close_node(id, NodePhase::Interrupted);
        self.planner.ended(id);
        for pod in pods {
            // One that was told to end before has no more time than the others.
            if self.pods.get(pod).is_some_and(|pod| pod.deleted) {
                self.agenda.schedule(now + grace, Event::Killed(pod));
            }
            self.end(pod, grace, now, serving);
        }
        self.agenda.schedule(gone_at, Event::NodeGone(id));
    }

    fn takeable_nodes(&self, is_meant: impl Fn(&Node) -> bool) -> Vec<NodeId> {
        let is_spot = |node: &Node| {
            let pool = self.model.pools.get(node.pool.0 as usize);
            pool.is_some_and(|pool| pool.capacity == CapacityType::Spot)
        };
        let nodes = self.nodes.iter();
        let taken = nodes.filter(|(_, node)| node.is_takeable() && is_spot(node) && is_meant(node));
        taken.map(|(id, _)| id).collect()
    }

    fn schedule_zone_loss(&mut self, zone: ZoneId, now: Timestamp) {
        if let Some(until) = self.draws.until_zone_loss(zone.0 as usize) {
            self.agenda.schedule(now + until, Event::ZoneLost(zone));
        }
    }

    fn schedule_recorded_loss(&mut self) {
        if let Some(at) = self.losses.next_at() {
            self.agenda.schedule(at, Event::RecordedLoss);
        }
    }
}
