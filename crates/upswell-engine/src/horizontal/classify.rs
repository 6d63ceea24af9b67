//! Which pods count: ready, unready, missing, ignored.

use std::slice;

use upswell_units::Timestamp;

use crate::observation::{
    ConditionStatus, Pod, PodPhase, PodSample, PodSamples, ReadyCondition, Run,
};
use crate::policy::{Controller, ResourceName};

/// How a pod counts for one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodGroup {
    /// Its sample counts.
    Ready,
    /// It starts up: its sample does not count, and scaling up takes it for idle.
    Unready,
    /// It has no sample; it is taken for whatever keeps the replicas as they are.
    Missing,
    /// It is on its way out: neither it nor its sample counts.
    Ignored,
}

/// How many pods there are of each group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PodGroups {
    /// Pods whose sample counts.
    pub ready: u64,
    /// Pods that start up.
    pub unready: u64,
    /// Pods without a sample.
    pub missing: u64,
    /// Pods on their way out.
    pub ignored: u64,
}

/// Returns how a pod counts, given its usable sample.
///
/// `resource` is the resource of the metric, if it is one: only CPU looks at readiness, because
/// only CPU is spent on starting up.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, groupPods.
#[must_use]
pub fn classify(
    pod: &Pod,
    sample: Option<&PodSample>,
    resource: Option<&ResourceName>,
    controller: &Controller,
    now: Timestamp,
) -> PodGroup {
    if pod.is_deleted || pod.phase == PodPhase::Failed {
        return PodGroup::Ignored;
    }
    if pod.phase == PodPhase::Pending {
        return PodGroup::Unready;
    }
    let Some(sample) = sample else { return PodGroup::Missing };
    if resource != Some(&ResourceName::Cpu) {
        return PodGroup::Ready;
    }
    let (Some(ready), Some(started_at)) = (pod.ready, pod.started_at) else {
        return PodGroup::Unready;
    };
    if is_starting(ready, started_at, sample, controller, now) {
        PodGroup::Unready
    } else {
        PodGroup::Ready
    }
}

/// Whether the CPU that a pod spends may still be that of its start.
fn is_starting(
    ready: ReadyCondition,
    started_at: Timestamp,
    sample: &PodSample,
    controller: &Controller,
    now: Timestamp,
) -> bool {
    let is_unready = ready.status == ConditionStatus::False;
    if started_at + controller.cpu_initialization_period > now {
        // A sample must lie wholly after the pod became ready.
        return is_unready || sample.at < ready.changed_at + sample.window;
    }
    // A pod that was ready once and is not now counts: its load may be why.
    is_unready && started_at + controller.initial_readiness_delay > ready.changed_at
}

/// Returns how many pods there are of each group.
#[must_use]
pub fn group_pods(
    pods: &[Run<Pod>],
    samples: &PodSamples,
    resource: Option<&ResourceName>,
    controller: &Controller,
    now: Timestamp,
) -> PodGroups {
    let mut groups = PodGroups::default();
    for (count, pod, sample) in with_samples(pods, samples) {
        let count = u64::from(count);
        match classify(pod, usable(sample), resource, controller, now) {
            PodGroup::Ready => groups.ready += count,
            PodGroup::Unready => groups.unready += count,
            PodGroup::Missing => groups.missing += count,
            PodGroup::Ignored => groups.ignored += count,
        }
    }
    groups
}

/// Returns how many pods run and are ready; those that are being deleted count too.
///
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, getReadyPodsCount.
#[must_use]
pub fn count_ready(pods: &[Run<Pod>]) -> u64 {
    let is_ready = |pod: &Pod| {
        let condition = pod.ready.map(|ready| ready.status);
        pod.phase == PodPhase::Running && condition == Some(ConditionStatus::True)
    };
    pods.iter().filter(|run| is_ready(&run.item)).map(|run| u64::from(run.count)).sum()
}

/// A sample that carries a value.
pub(super) fn usable(sample: Option<&PodSample>) -> Option<&PodSample> {
    sample.filter(|sample| sample.value.is_some())
}

/// Pairs every pod with its sample, in runs that are alike in both.
pub(super) fn with_samples<'a>(pods: &'a [Run<Pod>], samples: &'a PodSamples) -> WithSamples<'a> {
    WithSamples { pods: Runs::new(pods), samples: Runs::new(&samples.of_pods) }
}

/// See [`with_samples`].
pub(super) struct WithSamples<'a> {
    pods: Runs<'a, Pod>,
    samples: Runs<'a, Option<PodSample>>,
}

impl<'a> Iterator for WithSamples<'a> {
    type Item = (u32, &'a Pod, Option<&'a PodSample>);

    fn next(&mut self) -> Option<Self::Item> {
        let (pods_left, pod) = self.pods.peek()?;
        let Some((samples_left, sample)) = self.samples.peek() else {
            self.pods.take(pods_left);
            return Some((pods_left, pod, None));
        };
        let count = pods_left.min(samples_left);
        self.pods.take(count);
        self.samples.take(count);
        Some((count, pod, sample.as_ref()))
    }
}

/// A walk over runs that can stop in the middle of one.
struct Runs<'a, T> {
    runs: slice::Iter<'a, Run<T>>,
    taken: u32,
}

impl<'a, T> Runs<'a, T> {
    fn new(runs: &'a [Run<T>]) -> Self {
        Self { runs: runs.iter(), taken: 0 }
    }

    /// What comes next, and how often.
    fn peek(&mut self) -> Option<(u32, &'a T)> {
        loop {
            let run = self.runs.as_slice().first()?;
            let left = run.count.saturating_sub(self.taken);
            if left > 0 {
                return Some((left, &run.item));
            }
            self.runs.next();
            self.taken = 0;
        }
    }

    fn take(&mut self, count: u32) {
        self.taken = self.taken.saturating_add(count);
    }
}
