//! Which pods end first when there are too many.

use std::cmp::Reverse;

use upswell_units::Timestamp;

use super::node::Nodes;
use super::pod::{Pod, PodId, Pods};

/// Returns the `count` pods that end first, in that order; fewer where there are not so many.
///
/// Pods without a node first, then those that pull, then those that start; then those with more of
/// the set's pods beside them on their node; then those that are ready (or, before, created) for
/// the shortest time, in powers of two; then the newest. Upstream leaves that last choice to chance.
/// It knows nothing of work.
///
/// Source: Kubernetes 1.36, controller/replicaset/replica_set.go,
/// getPodsRankedByRelatedPodsOnSameNode, and controller/controller_utils.go, ActivePodsWithRanks
/// with LogarithmicScaleDown.
pub(super) fn first_to_end(pods: &Pods, nodes: &Nodes, now: Timestamp, count: usize) -> Vec<PodId> {
    let mut ranked: Vec<_> = pods
        .iter()
        .filter(|(_, pod)| !pod.deleted)
        .map(|(id, pod)| {
            let neighbours =
                pod.node.and_then(|node| nodes.get(node)).map_or(1, |node| node.active);
            let since = pod.ready.unwrap_or(pod.created);
            (stage(pod), Reverse(neighbours), age_class(since, now), Reverse(id))
        })
        .collect();
    let count = count.min(ranked.len());
    if count < ranked.len() {
        ranked.select_nth_unstable(count);
        ranked.truncate(count);
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, _, _, Reverse(id))| id).collect()
}

/// How far a pod has come, from no node to ready.
fn stage(pod: &Pod) -> u8 {
    match (pod.scheduled, pod.pulled, pod.ready) {
        (None, _, _) => 0,
        (_, None, _) => 1,
        (_, _, None) => 2,
        _ => 3,
    }
}

/// The whole part of the binary logarithm of an age in nanoseconds, as upstream takes it.
fn age_class(since: Timestamp, now: Timestamp) -> Option<u32> {
    u64::try_from(now.since(since).as_nanos()).ok()?.checked_ilog2()
}
