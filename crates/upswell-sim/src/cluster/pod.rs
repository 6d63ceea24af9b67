//! The pods of the workload: where each stands, and how many there are of each kind.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use upswell_engine::nodes::NodeId;
use upswell_units::{Duration, Timestamp};

use crate::serve::ReplicaId;

/// Names a pod; later pods have higher numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodId(pub(super) u64);

impl PodId {
    /// Its number, from zero.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    #[cfg(test)]
    pub(crate) fn of(number: u64) -> Self {
        Self(number)
    }
}

/// A pod, and the instants of its life so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) created: Timestamp,
    /// When it was bound to a node.
    pub(crate) scheduled: Option<Timestamp>,
    /// When its image was there and its container started.
    pub(crate) pulled: Option<Timestamp>,
    pub(crate) ready: Option<Timestamp>,
    /// Whether it got the end signal.
    pub(crate) deleted: bool,
    /// When its grace is over, once it got the end signal.
    pub(crate) ends_by: Option<Timestamp>,
    /// What it is to the requests; from readiness to its end.
    pub(crate) replica: Option<ReplicaId>,
    /// Where it is; nowhere too where the model has no nodes.
    pub(crate) node: Option<NodeId>,
    /// From the start of its container to readiness.
    pub(super) startup: Duration,
}

/// All pods that exist, terminating ones too.
#[derive(Debug, Default)]
pub(super) struct Pods {
    pods: BTreeMap<PodId, Pod>,
    /// Pods that were not bound, the oldest first.
    pending: BTreeSet<PodId>,
    /// By number of the replica.
    of_replicas: Vec<Option<PodId>>,
    created: u64,
    active: u32,
    ready: u32,
}

impl Pods {
    pub(super) fn create(&mut self, startup: Duration, now: Timestamp) -> PodId {
        let id = PodId(self.created);
        self.created += 1;
        self.active += 1;
        let pod = Pod {
            created: now,
            scheduled: None,
            pulled: None,
            ready: None,
            deleted: false,
            ends_by: None,
            replica: None,
            node: None,
            startup,
        };
        self.pods.insert(id, pod);
        self.pending.insert(id);
        id
    }

    pub(super) fn get(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.iter().map(|(id, pod)| (*id, pod))
    }

    pub(super) fn range(
        &self,
        bounds: (Bound<PodId>, Bound<PodId>),
    ) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.range(bounds).map(|(id, pod)| (*id, pod))
    }

    pub(super) fn first_pending(&self) -> Option<PodId> {
        self.pending.first().copied()
    }

    pub(super) fn of_replica(&self, replica: ReplicaId) -> Option<PodId> {
        *self.of_replicas.get(replica.0 as usize)?
    }

    /// Pods that were not told to end.
    pub(super) fn active(&self) -> u32 {
        self.active
    }

    /// Pods that take requests.
    pub(super) fn ready(&self) -> u32 {
        self.ready
    }

    /// Pods without a node.
    pub(super) fn pending(&self) -> u32 {
        self.pending.len() as u32
    }

    pub(super) fn bind(&mut self, id: PodId, node: Option<NodeId>, now: Timestamp) {
        if let Some(pod) = self.pods.get_mut(&id) {
            (pod.scheduled, pod.node) = (Some(now), node);
            self.pending.remove(&id);
        }
    }

    /// The container starts; returns how long until it is ready. A pod that is gone does not.
    pub(super) fn pull(&mut self, id: PodId, now: Timestamp) -> Option<Duration> {
        let pod = self.pods.get_mut(&id)?;
        pod.pulled = Some(now);
        Some(pod.startup)
    }

    pub(super) fn become_ready(&mut self, id: PodId, replica: ReplicaId, now: Timestamp) {
        let Some(pod) = self.pods.get_mut(&id) else { return };
        (pod.ready, pod.replica) = (Some(now), Some(replica));
        self.ready += 1;
        let position = replica.0 as usize;
        if self.of_replicas.len() <= position {
            self.of_replicas.resize(position + 1, None);
        }
        self.of_replicas[position] = Some(id);
    }

    /// The pod gets the end signal; it is to be called once.
    pub(super) fn delete(&mut self, id: PodId, ends_by: Timestamp) {
        let Some(pod) = self.pods.get_mut(&id) else { return };
        (pod.deleted, pod.ends_by) = (true, Some(ends_by));
        self.active -= 1;
        self.ready -= u32::from(pod.replica.is_some());
        self.pending.remove(&id);
    }

    /// A pod that got the end signal is gone.
    pub(super) fn remove(&mut self, id: PodId) -> Option<Pod> {
        let pod = self.pods.remove(&id)?;
        if let Some(replica) = pod.replica {
            self.of_replicas[replica.0 as usize] = None;
        }
        Some(pod)
    }
}
