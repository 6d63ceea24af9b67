//! The nodes, from their order to their end.

use std::collections::{BTreeMap, BTreeSet};

use upswell_engine::nodes::{NodeId, PoolId, ZoneId};
use upswell_units::{Duration, Timestamp};

use super::pod::PodId;

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) pool: PoolId,
    pub(super) zone: ZoneId,
    pub(super) phase: NodePhase,
    /// From when on it is paid for: its order, if the cloud can serve it.
    pub(super) billed_from: Option<Timestamp>,
    /// When it was ready; without meaning before.
    pub(super) ready: Timestamp,
    /// How long its pull of the image takes.
    pub(super) image: Duration,
    /// When the image is there; nothing before its first pod.
    pub(super) image_at: Option<Timestamp>,
    /// How long its cloud leaves it, if it takes it by itself.
    pub(super) uptime: Option<Duration>,
    /// The pods on it, terminating ones too.
    pub(super) pods: BTreeSet<PodId>,
    /// Those of them that were not told to end.
    pub(super) active: u32,
}

/// Where a node stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodePhase {
    Ordered,
    Ready,
    /// It is given back once its pods are gone.
    Draining,
    /// The cloud takes it.
    Interrupted,
}

/// All nodes that exist.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    nodes: BTreeMap<NodeId, Node>,
    ordered: u64,
}

impl Node {
    /// Whether it runs: its pods go on, and it takes new ones if it is ready.
    pub(super) fn is_running(&self) -> bool {
        self.phase != NodePhase::Ordered
    }

    /// Whether the cloud can take it now.
    pub(super) fn is_takeable(&self) -> bool {
        matches!(self.phase, NodePhase::Ready | NodePhase::Draining)
    }

    pub(super) fn pod_count(&self) -> u32 {
        self.pods.len() as u32
    }
}

impl Nodes {
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.ordered);
        self.ordered += 1;
        self.nodes.insert(id, node);
        id
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: NodeId) -> Option<Node> {
        self.nodes.remove(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().map(|(id, node)| (*id, node))
    }

    /// Takes all nodes out, at the end of a run.
    pub(super) fn into_values(self) -> impl Iterator<Item = Node> {
        self.nodes.into_values()
    }
}
