//! How many pods of one owner may be evicted in a pass.

use std::collections::BTreeMap;

use super::pod::{Owner, Pod};

/// What may be evicted of each owner's pods.
///
/// Source: vertical-pod-autoscaler 1.8.0, `updater/restriction`.
#[derive(Clone, Debug, PartialEq)]
pub struct EvictionBudget<'a> {
    groups: BTreeMap<&'a Owner, Group>,
}

/// The pods of one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    /// Replicas that the owner wants.
    configured: i64,
    /// Live pods that are not pending.
    running: i64,
    /// How many may be missing.
    tolerance: i64,
    evicted: i64,
}

impl<'a> EvictionBudget<'a> {
    /// Counts the pods of each owner; `pods` must be live.
    ///
    /// `controllers` holds what each owner wants: `spec.replicas`, for a DaemonSet the number of
    /// ready pods. An owner that is missing there, wants none, or has fewer live pods than
    /// `min_replicas`, keeps its pods. A Job wants the pods it has, and owners of a kind that is
    /// not known to scale want none.
    #[must_use]
    pub fn new(
        pods: &[&'a Pod],
        controllers: &BTreeMap<Owner, u32>,
        min_replicas: u32,
        tolerance_fraction: f64,
    ) -> Self {
        let mut live: BTreeMap<&Owner, Vec<&Pod>> = BTreeMap::new();
        for pod in pods {
            if let Some(owner) = &pod.owner {
                live.entry(owner).or_default().push(pod);
            }
        }
        let groups = live.into_iter().filter_map(|(owner, pods)| {
            if pods.len() < min_replicas as usize {
                return None;
            }
            let configured = configured(owner, pods.len() as i64, controllers)?;
            let running = pods.iter().filter(|pod| !pod.is_pending).count() as i64;
            let tolerance = (configured as f64 * tolerance_fraction) as i64;
            Some((owner, Group { configured, running, tolerance, evicted: 0 }))
        });
        Self { groups: groups.collect() }
    }

    /// Returns whether a pod may be evicted now. A pending one always may: nobody would miss it.
    #[must_use]
    pub fn can_evict(&self, pod: &Pod) -> bool {
        let group = pod.owner.as_ref().and_then(|owner| self.groups.get(owner));
        group.is_some_and(|group| pod.is_pending || group.can_spare_one())
    }

    /// Counts a pod as evicted. A pending one does not use the budget.
    pub fn evict(&mut self, pod: &Pod) {
        let group = pod.owner.as_ref().and_then(|owner| self.groups.get_mut(owner));
        if let Some(group) = group.filter(|_| !pod.is_pending) {
            group.evicted += 1;
        }
    }
}

impl Group {
    /// Whether enough are left without one, or, if no tolerance is to be had, all are there.
    fn can_spare_one(&self) -> bool {
        let Self { configured, running, tolerance, evicted } = *self;
        running - evicted > configured - tolerance
            || (running == configured && tolerance == 0 && evicted == 0)
    }
}

/// The replicas an owner wants; `None` if that cannot be told or is none.
fn configured(owner: &Owner, live: i64, controllers: &BTreeMap<Owner, u32>) -> Option<i64> {
    match owner.kind.as_str() {
        "Job" => Some(live),
        "ReplicaSet" | "StatefulSet" | "ReplicationController" | "DaemonSet" => {
            controllers.get(owner).filter(|replicas| **replicas > 0).map(|r| i64::from(*r))
        }
        _ => Some(0),
    }
}
