//! What the control loop gets to see of the fleet: pods, and CPU and memory as the kubelet measures.

use std::sync::Arc;

use upswell_engine::observation::{
    ConditionStatus, Pod as SeenPod, PodPhase, PodResources, PodSample, PodSamples, ReadyCondition,
    Run,
};
use upswell_engine::policy::ResourceName;
use upswell_units::{Duration, MilliUnits, Timestamp};

use crate::cluster::{Cluster, Pod};
use crate::serve::{Fleet, ReplicaId};
use crate::service::Usage;

/// The resource metrics API: every replica's usage over the last window.
///
/// A replica has a sample once it was ready for a whole window, as metrics-server needs two
/// scrapes of a container.
#[derive(Debug)]
pub(crate) struct ResourceMetrics {
    usage: Usage,
    window: Duration,
    /// By number of the replica.
    measured: Vec<Option<Measured>>,
}

/// Work of one replica until its last scrape.
#[derive(Clone, Copy, Debug)]
struct Measured {
    /// Whose work it is: numbers are used again.
    ready: Timestamp,
    work: i64,
    at: Timestamp,
    /// Mean busy slots in the window that ended at `at`.
    busy: Option<f64>,
}

impl ResourceMetrics {
    /// Starts with a fleet at rest: each replica was measured at `last`, and did nothing.
    pub(crate) fn at_rest(
        usage: Usage,
        window: Duration,
        cluster: &Cluster,
        last: Timestamp,
    ) -> Self {
        let mut metrics = Self { usage, window, measured: Vec::new() };
        for (id, ready) in serving(cluster) {
            let idle = Measured { ready, work: 0, at: last, busy: Some(0.0) };
            *metrics.slot(id) = Some(idle);
        }
        metrics
    }

    /// Time between two scrapes.
    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    /// Measures all replicas; to be called once a window.
    pub(crate) fn scrape(&mut self, cluster: &Cluster, fleet: &Fleet, now: Timestamp) {
        for (id, ready) in serving(cluster) {
            let work = fleet.work(id, now);
            let slot = self.slot(id);
            let before = slot.filter(|measured| measured.ready == ready);
            let busy = before.map(|last| {
                (work - last.work) as f64 / now.since(last.at).as_nanos().max(1) as f64
            });
            *slot = Some(Measured { ready, work, at: now, busy });
        }
    }

    /// The newest samples of a resource, aligned with [`pods`]; none for a resource that the
    /// model does not know.
    pub(crate) fn samples(&self, cluster: &Cluster, resource: &ResourceName) -> PodSamples {
        let mut of_pods: Vec<Run<Option<PodSample>>> = Vec::new();
        for (_, pod) in cluster.pods() {
            push_run(&mut of_pods, self.sample(pod, resource));
        }
        PodSamples { of_pods, of_others: Vec::new() }
    }

    fn sample(&self, pod: &Pod, resource: &ResourceName) -> Option<PodSample> {
        let measured = self.measured.get(pod.replica?.0 as usize).copied().flatten()?;
        let busy = measured.busy.filter(|_| Some(measured.ready) == pod.ready)?;
        let value = match resource {
            // A milli-unit of CPU is a millicore, of memory a thousandth of a byte.
            ResourceName::Cpu => MilliUnits(self.usage.cpu(busy).0),
            ResourceName::Memory => MilliUnits::from_units(self.usage.memory(busy).0),
            ResourceName::Other(_) => return None,
        };
        Some(PodSample { value: Some(value), at: measured.at, window: self.window })
    }

    fn slot(&mut self, id: ReplicaId) -> &mut Option<Measured> {
        let index = id.0 as usize;
        if self.measured.len() <= index {
            self.measured.resize(index + 1, None);
        }
        &mut self.measured[index]
    }
}

/// The replicas that take or end requests, each with the instant from which on it did.
fn serving(cluster: &Cluster) -> impl Iterator<Item = (ReplicaId, Timestamp)> {
    cluster.pods().filter_map(|(_, pod)| pod.replica.zip(pod.ready))
}

/// All pods of the fleet in order of creation; neighbours that are alike in one run.
pub(crate) fn pods(cluster: &Cluster, resources: &Arc<PodResources>) -> Vec<Run<SeenPod>> {
    let mut pods = Vec::new();
    for (_, pod) in cluster.pods() {
        push_run(&mut pods, seen(pod, resources));
    }
    pods
}

/// A pod as the API shows it: started once it is on a node, running once its image is there.
fn seen(pod: &Pod, resources: &Arc<PodResources>) -> SeenPod {
    let phase = if pod.pulled.is_some() { PodPhase::Running } else { PodPhase::Pending };
    let (status, changed_at) = match pod.ready {
        Some(ready) => (ConditionStatus::True, ready),
        None => (ConditionStatus::False, pod.scheduled.unwrap_or(pod.created)),
    };
    SeenPod {
        phase,
        ready: pod.scheduled.map(|_| ReadyCondition { status, changed_at }),
        started_at: pod.scheduled,
        is_deleted: pod.deleted,
        resources: Arc::clone(resources),
    }
}

fn push_run<T: PartialEq>(runs: &mut Vec<Run<T>>, item: T) {
    match runs.last_mut() {
        Some(run) if run.item == item => run.count += 1,
        _ => runs.push(Run::one(item)),
    }
}
