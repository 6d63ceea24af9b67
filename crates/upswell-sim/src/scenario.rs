//! What a run starts from: one scale target, its workers, its traffic and its autoscaler.

use std::sync::Arc;

use upswell_engine::Policy;
use upswell_engine::observation::PodResources;
use upswell_engine::policy::ReadingPolicy;
use upswell_triggers::Trigger;
use upswell_units::{Duration, Replicas, Timestamp};

use crate::cluster::ClusterModel;
use crate::exporters::Monitoring;
use crate::outcome::{Goal, Mode, Periods};
use crate::script::ScriptedQueue;
use crate::serve::WorkerModel;
use crate::service::Usage;
use crate::traffic::{Sizes, Traffic};

/// What a run starts from.
#[derive(Debug)]
pub struct Scenario {
    /// The requests.
    pub traffic: Traffic,
    /// How large they are, where the traffic does not say.
    pub sizes: Sizes,
    /// How the workers behave.
    pub worker: WorkerModel,
    /// The nodes, and how pods start and end on them.
    pub cluster: ClusterModel,
    /// What they use.
    pub usage: Usage,
    /// What their pods request.
    pub pod_resources: Arc<PodResources>,
    /// The Redis list in which requests wait.
    pub queue: Option<String>,
    /// What that list says to the triggers, instead of the requests that wait in it.
    pub scripted_queue: Option<ScriptedQueue>,
    /// Replicas at the start, all of them ready.
    pub initial_replicas: Replicas,
    /// Who scales them; nobody where no autoscaler was admitted.
    pub scaler: Option<Scaler>,
    /// What is exported, and who looks at it.
    pub monitoring: Monitoring,
    /// What to reach.
    pub goal: Option<Goal>,
    /// The seed of all draws.
    pub seed: u64,
    /// The civil time at which the traffic starts, for schedules.
    pub start: Timestamp,
    /// Requests that arrive earlier are in no wait and no latency.
    pub warm_up: Duration,
    /// How long the run goes on after the last arrival.
    pub drain: Duration,
}

/// An autoscaler with its triggers, position by position as in its policy.
#[derive(Debug)]
pub struct Scaler {
    /// What it asks for.
    pub policy: Policy,
    /// What it reads. A trigger of cpu or memory is there too, and reads nothing.
    pub triggers: Vec<Box<dyn Trigger>>,
}

/// Time between two scrapes of CPU and memory: metrics-server's default resolution.
pub(crate) const RESOURCE_METRICS_PERIOD: Duration = Duration::from_secs(15);

/// Time between two looks of the cluster autoscaler: its `--scan-interval` by default.
pub(crate) const CLUSTER_AUTOSCALER_PERIOD: Duration = Duration::from_secs(10);

/// Time between two decisions of Upswell's own loop, where the sources are queues.
const OWN_INTERVAL: Duration = Duration::from_secs(1);

impl Periods {
    /// Returns the periods of a mode.
    ///
    /// Stock: kube-controller-manager 1.36 syncs every 15 s, KEDA 2.20 polls at the object's
    /// `pollingInterval`, and each of them reads for itself. Upswell runs its own loop for
    /// ScaledObjects only: every second, or at the polling interval if that is shorter. A plain
    /// HorizontalPodAutoscaler keeps the cluster's loop.
    #[must_use]
    pub fn of(mode: Mode, policy: &Policy) -> Self {
        let polling = policy.activation.as_ref().map(|activation| activation.polling_interval);
        let stock = Self {
            horizontal: policy.controller.sync_period,
            activation: polling.unwrap_or(policy.controller.sync_period),
            nodes: CLUSTER_AUTOSCALER_PERIOD,
            resource_metrics: RESOURCE_METRICS_PERIOD,
            shared_reads: false,
            strict_formulas: false,
        };
        match (mode, polling) {
            (Mode::Stock, _) | (Mode::Upswell, None) => stock,
            (Mode::Upswell, Some(polling)) => {
                let interval = OWN_INTERVAL.min(polling);
                Self {
                    horizontal: interval,
                    activation: interval,
                    nodes: interval,
                    shared_reads: true,
                    strict_formulas: true,
                    ..stock
                }
            }
        }
    }

    /// Returns the policy as a loop with these periods follows it.
    pub(crate) fn apply(&self, policy: &Policy) -> Policy {
        let mut policy = policy.clone();
        policy.controller.sync_period = self.horizontal;
        if let Some(activation) = &mut policy.activation {
            let failure_spacing =
                if self.shared_reads { activation.polling_interval } else { Duration::ZERO };
            policy.reading = ReadingPolicy { is_shared: self.shared_reads, failure_spacing };
            activation.polling_interval = self.activation;
            activation.formula_failure_is_error = self.strict_formulas;
        }
        policy
    }
}
