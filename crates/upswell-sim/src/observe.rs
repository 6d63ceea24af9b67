//! What the control loop gets to see of the fleet: pods, and CPU and memory as the kubelet measures.

use std::collections::BTreeMap;
use std::sync::Arc;

use upswell_engine::observation::{
    ConditionStatus, Pod, PodPhase, PodResources, PodSample, PodSamples, ReadyCondition, Run,
};
use upswell_engine::policy::ResourceName;
use upswell_units::{Duration, MilliUnits, Timestamp};

use crate::fleet::{Fleet, Phase, Replica, ReplicaId};
use crate::service::Usage;

/// The resource metrics API: every replica's usage over the last window.
///
/// A replica has a sample once it was ready for a whole window, as metrics-server needs two
/// scrapes of a container.
#[derive(Debug)]
pub(crate) struct ResourceMetrics {
    usage: Usage,
    window: Duration,
    measured: BTreeMap<ReplicaId, Measured>,
}

/// Work of one replica until its last scrape.
#[derive(Clone, Copy, Debug)]
struct Measured {
    work: i64,
    at: Timestamp,
    /// Mean busy slots in the window that ended at `at`.
    busy: Option<f64>,
}

impl ResourceMetrics {
    /// Starts with a fleet at rest: each replica was measured at `last`, and did nothing.
    pub(crate) fn at_rest(usage: Usage, window: Duration, fleet: &Fleet, last: Timestamp) -> Self {
        let idle = Measured { work: 0, at: last, busy: Some(0.0) };
        let measured = fleet.replicas().map(|(id, _)| (id, idle)).collect();
        Self { usage, window, measured }
    }

    /// Time between two scrapes.
    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    /// Measures all replicas; to be called once a window.
    pub(crate) fn scrape(&mut self, fleet: &Fleet, now: Timestamp) {
        let before = std::mem::take(&mut self.measured);
        for (id, replica) in fleet.replicas() {
            if replica.phase == Phase::Starting {
                continue;
            }
            let work = replica.work_at(now);
            let busy = before.get(&id).map(|last| {
                (work - last.work) as f64 / now.since(last.at).as_nanos().max(1) as f64
            });
            self.measured.insert(id, Measured { work, at: now, busy });
        }
    }

    /// The newest samples of a resource, aligned with [`pods`]; none for a resource that the
    /// model does not know.
    pub(crate) fn samples(&self, fleet: &Fleet, resource: &ResourceName) -> PodSamples {
        let mut of_pods: Vec<Run<Option<PodSample>>> = Vec::new();
        for (id, _) in fleet.replicas() {
            push_run(&mut of_pods, self.sample(id, resource));
        }
        PodSamples { of_pods, of_others: Vec::new() }
    }

    fn sample(&self, id: ReplicaId, resource: &ResourceName) -> Option<PodSample> {
        let measured = self.measured.get(&id)?;
        let busy = measured.busy?;
        let value = match resource {
            // A milli-unit of CPU is a millicore, of memory a thousandth of a byte.
            ResourceName::Cpu => MilliUnits(self.usage.cpu(busy).0),
            ResourceName::Memory => MilliUnits::from_units(self.usage.memory(busy).0),
            ResourceName::Other(_) => return None,
        };
        Some(PodSample { value: Some(value), at: measured.at, window: self.window })
    }
}

/// All pods of the fleet in order of creation; neighbours that are alike in one run.
pub(crate) fn pods(fleet: &Fleet, resources: &Arc<PodResources>) -> Vec<Run<Pod>> {
    let mut pods = Vec::new();
    for (_, replica) in fleet.replicas() {
        push_run(&mut pods, pod(replica, resources));
    }
    pods
}

fn pod(replica: &Replica, resources: &Arc<PodResources>) -> Pod {
    let ready = |status, changed_at| Some(ReadyCondition { status, changed_at });
    let (phase, ready) = match replica.phase {
        Phase::Starting => (PodPhase::Pending, ready(ConditionStatus::False, replica.created)),
        Phase::Ready { since } => (PodPhase::Running, ready(ConditionStatus::True, since)),
        Phase::Terminating => (PodPhase::Running, ready(ConditionStatus::True, replica.created)),
    };
    Pod {
        phase,
        ready,
        started_at: Some(replica.created),
        is_deleted: replica.phase == Phase::Terminating,
        resources: Arc::clone(resources),
    }
}

fn push_run<T: PartialEq>(runs: &mut Vec<Run<T>>, item: T) {
    match runs.last_mut() {
        Some(run) if run.item == item => run.count += 1,
        _ => runs.push(Run::one(item)),
    }
}
