//! What others see of pods and nodes one by one.

use std::ops::Bound;

use upswell_engine::nodes::NodeId;
use upswell_units::Timestamp;

use super::life::Cluster;
use super::model::Pool;
use super::node::{Node, NodePhase};
use super::pod::{Pod, PodId};

/// A node as the API shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenNode<'a> {
    pub(crate) id: NodeId,
    pub(crate) pool: &'a Pool,
    pub(crate) zone: &'a str,
    /// When it was ready.
    pub(crate) ready: Timestamp,
    /// Whether it takes pods.
    pub(crate) is_schedulable: bool,
}

impl Cluster {
    /// A pod that exists.
    pub(crate) fn pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id)
    }

    /// The pods that were created after another one, in order of creation.
    pub(crate) fn pods_after(&self, last: Option<PodId>) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.range((last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded))
    }

    /// The nodes that joined the cluster, in the order of their orders.
    pub(crate) fn running_nodes(&self) -> impl Iterator<Item = SeenNode<'_>> {
        self.nodes
            .iter()
            .filter(|(_, node)| node.is_running())
            .filter_map(|(id, node)| self.seen(id, node))
    }

    /// The node of a pod.
    pub(crate) fn node_of_pod(&self, pod: &Pod) -> Option<SeenNode<'_>> {
        let id = pod.node?;
        self.seen(id, self.nodes.get(id)?)
    }

    fn seen(&self, id: NodeId, node: &Node) -> Option<SeenNode<'_>> {
        Some(SeenNode {
            id,
            pool: self.model.pools.get(node.pool.0 as usize)?,
            zone: self.planner.policy.zones.get(node.zone.0 as usize)?,
            ready: node.ready,
            is_schedulable: node.phase == NodePhase::Ready,
        })
    }
}
