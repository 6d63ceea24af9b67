//! What the recommender remembers of the pods of one target.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use upswell_units::{Bytes, Millicores, PodName, Timestamp};

use super::aggregate::{Aggregate, ContainerUsage, Refused, without_open_peak};
use super::policy::Policy;
use super::recommend::Settings;

/// Usage of all pods that one VerticalPodAutoscaler selects, the gone ones included.
///
/// Pods with the same labels share one aggregate for each container name; a rollout, which changes
/// a label, starts new ones beside the old.
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/model/cluster.go` and `vpa.go`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pods: BTreeMap<PodName, TrackedPod>,
    aggregates: BTreeMap<Labels, BTreeMap<String, Aggregate>>,
    /// Restored from checkpoints, by container name.
    restored: BTreeMap<String, Aggregate>,
}

/// The labels of a pod in one text, `app=x,tier=web`, because JSON has no other keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
struct Labels(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TrackedPod {
    labels: Labels,
    containers: BTreeMap<String, ContainerUsage>,
}

/// One container of one pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerId {
    /// The pod.
    pub pod: PodName,
    /// The container in it.
    pub container: String,
}

/// Something measured or seen at a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What.
    pub usage: Usage,
}

/// What a sample says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// CPU usage.
    Cpu(Millicores),
    /// Memory usage.
    Memory(Bytes),
    /// The container was killed for want of memory, having requested so much.
    OutOfMemory(Bytes),
}

impl History {
    /// Takes a pod into account, or its new labels and containers.
    ///
    /// A container counts from here on, with or without samples.
    pub fn track(
        &mut self,
        settings: &Settings,
        pod: &PodName,
        labels: &BTreeMap<String, String>,
        containers: &BTreeSet<String>,
    ) {
        let labels = Labels(
            labels
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(","),
        );
        let aggregates = self.aggregates.entry(labels.clone()).or_default();
        let tracked = self
            .pods
            .entry(pod.clone())
            .or_insert_with(|| TrackedPod { labels: labels.clone(), containers: BTreeMap::new() });
        tracked.labels = labels;
        for container in containers {
            aggregates.entry(container.clone()).or_insert_with(|| Aggregate::new(settings));
            tracked.containers.entry(container.clone()).or_default();
        }
    }

    /// Takes no more samples of a pod; what it has used still counts.
    pub fn forget(&mut self, pod: &PodName) {
        self.pods.remove(pod);
    }

    /// Counts a sample.
    ///
    /// # Errors
    ///
    /// Says why the sample does not count; see [`Refused`].
    pub fn ingest(
        &mut self,
        settings: &Settings,
        policy: &Policy,
        id: &ContainerId,
        sample: Sample,
    ) -> Result<(), Refused> {
        let pod = self.pods.get_mut(&id.pod).ok_or(Refused::UnknownContainer)?;
        let container = pod.containers.get_mut(&id.container).ok_or(Refused::UnknownContainer)?;
        let aggregates = self.aggregates.entry(pod.labels.clone()).or_default();
        let aggregate =
            aggregates.entry(id.container.clone()).or_insert_with(|| Aggregate::new(settings));
        let memory = settings.memory_for(policy, &id.container);
        match sample.usage {
            Usage::Cpu(usage) => container.add_cpu(aggregate, usage, sample.at),
            Usage::Memory(usage) => container.add_memory(aggregate, &memory, usage, sample.at),
            Usage::OutOfMemory(requested) => {
                container.record_oom(aggregate, &memory, requested, sample.at)
            }
        }
    }

    /// Returns the usage of all containers of each name, what was restored included.
    #[must_use]
    pub fn by_container(&self, settings: &Settings) -> BTreeMap<String, Aggregate> {
        let mut merged: BTreeMap<String, Aggregate> = BTreeMap::new();
        let tracked = self.aggregates.values().flatten();
        for (container, aggregate) in tracked.chain(&self.restored) {
            let of_name =
                merged.entry(container.clone()).or_insert_with(|| Aggregate::new(settings));
            of_name.merge(aggregate.clone());
        }
        merged
    }

    /// Returns the same without the memory peaks of intervals that are still open.
    #[must_use]
    pub(super) fn by_container_settled(
        &self,
        settings: &Settings,
        now: Timestamp,
    ) -> BTreeMap<String, Aggregate> {
        let mut merged = self.by_container(settings);
        for (name, container) in self.pods.values().flat_map(|pod| &pod.containers) {
            if let Some(aggregate) = merged.get_mut(name) {
                without_open_peak(aggregate, container, now);
            }
        }
        merged
    }

    /// Adds what a container's checkpoint remembered; replaces what was restored before.
    pub(super) fn put_restored(&mut self, container: String, aggregate: Aggregate) {
        self.restored.insert(container, aggregate);
    }
}
