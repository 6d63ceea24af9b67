//! `upswell.yaml`: what Kubernetes manifests do not say.
//!
//! Every field may be left out; what is left out takes a default, and [`Settings::assumptions`]
//! lists each default that was taken with its source. The schema, with the defaults:
//!
//! ```yaml
//! apiVersion: upswell.dev/v1alpha1
//! kind: Settings
//! workloads:
//! - target: {kind: Deployment, name: llm-worker}   # whose settings these are
//!   queue: {address: redis:6379, listName: jobs}   # or {trigger: NAME}; the ScaledObject's trigger
//!   slots: 4                  # requests at a time of one pod; `slotsFrom` of its environment, or 1
//!   slotsFrom: WORKER_POOL_SIZE
//!   serviceTime:
//!     timeToFirstToken: {median: 250ms, p95: 700ms}
//!     timePerOutputToken: 30ms
//!     timePerPromptToken: 0s
//!     fixed: 0s
//!     batch:                  # times the token of a request that is alone; always 1
//!     - {requests: 16, factor: 1.1}
//!     - {requests: 64, factor: 1.6}
//!   requestSize:              # in tokens, for traffic that does not say it
//!     promptTokens: {median: 500, p95: 2000}
//!     outputTokens: {median: 150, p95: 500}
//!   cpuPerRequest: 10m        # CPU that a request in progress takes
//!   onKill: lost              # or requeue
//!   clients:
//!     timeout: 60s            # none
//!     retries: 0              # at most 14
//!     backOff: {first: 1s, max: 60s}
//!   providerLimits: {requestsPerMinute: 5000, tokensPerMinute: 2000000}   # none
//! goal: {latency: 30s, share: 0.95, rate: 100}   # rate: requests a second, none
//! startup:
//!   image: {median: 10s, p95: 30s}
//!   start: {median: 3s, p95: 6s}
//!   readiness: 0s
//! nodes:
//! - machineType: n2-standard-4
//!   cpu: "4"
//!   memory: 16Gi
//!   gpus: 0
//!   pricePerHour: 0.1942      # US dollars
//!   spotPricePerHour: 0.0921
//!   provisioning: {median: 75s, p95: 3m}
//!   stockOut: 0               # part of the orders that the cloud cannot serve
//!   spotStockOut: 0
//! spot:
//!   interruptionsPerHour: 0.02   # losses of one node in an hour
//!   zoneShare: 0.5            # part of them that take half of the zone's spot nodes at once
//!   notice: 15s               # that of the machine's cloud
//! hosts:
//!   redis:6379: localhost:6379   # where an address of the manifests really is
//! ```

mod clients;
mod cloud;
mod host_port;
mod machine_table;
mod node;
mod service_time;
mod setting;
mod spot;
mod workload;

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, Duration, Span, Spanned};

pub use clients::{BackOff, Clients, RETRIES_MAX, RequestSize};
pub use cloud::Cloud;
pub use host_port::HostPort;
pub use node::{Machine, UsdPerHour};
pub use service_time::{Batch, BatchPoint, ServiceTime};
pub use setting::{Assumption, Origin, Setting, Spread};
pub use spot::{INTERRUPTIONS_PER_HOUR_MAX, Spot};
pub use workload::{OnKill, ProviderLimits, Queue, Slots, Workload, WorkloadTarget};

use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// `apiVersion` of the settings.
pub const API_VERSION: &str = "upswell.dev/v1alpha1";

/// `kind` of the settings.
pub const KIND: &str = "Settings";

/// What the manifests do not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Settings of single workloads.
    pub workloads: Vec<Workload>,
    /// What users are promised.
    pub goal: Goal,
    /// How long a pod takes to start on a node that is there.
    pub startup: Startup,
    /// Machines, those of the built-in table left out.
    pub nodes: Vec<Machine>,
    /// How spot nodes are lost.
    pub spot: Spot,
    /// Where the addresses of the manifests really are.
    pub hosts: BTreeMap<HostPort, Spanned<HostPort>>,
}

/// What users are promised.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Time from the arrival of a request to its whole answer.
    pub latency: Setting<Duration>,
    /// Part of the requests that must be as fast, above 0 and at most 1.
    pub share: Setting<f64>,
    /// Requests a second that must be possible; nothing is promised unless set.
    pub requests_per_second: Setting<Option<f64>>,
}

/// How long a pod takes to start on a node that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Startup {
    /// Pull of the image.
    pub image: Setting<Spread>,
    /// Start of the process, until it could answer.
    pub start: Setting<Spread>,
    /// Wait for the readiness probe after that.
    pub readiness: Setting<Spread>,
}

const LATENCY_SOURCE: &str = "a judgement: a whole chat answer in half a minute; state your own";
const SHARE_SOURCE: &str = "a judgement: one request in twenty may be slower; state your own";
const RATE_SOURCE: &str = "no rate is promised";
const IMAGE_SOURCE: &str =
    "a judgement: a plain Python worker image has 0.15 to 0.5 GB and takes seconds (BentoML 2025)";
const START_SOURCE: &str = "a judgement: imports and connections of a worker without a model";
const READINESS_SOURCE: &str = "no readiness probe is assumed beyond the manifests'";

impl Default for Goal {
    fn default() -> Self {
        Self {
            latency: Setting::assumed(Duration::from_secs(30), LATENCY_SOURCE),
            share: Setting::assumed(0.95, SHARE_SOURCE),
            requests_per_second: Setting::assumed(None, RATE_SOURCE),
        }
    }
}

impl Default for Startup {
    fn default() -> Self {
        let spread = |median, p95| Spread {
            median: Duration::from_secs(median),
            p95: Duration::from_secs(p95),
        };
        Self {
            image: Setting::assumed(spread(10, 30), IMAGE_SOURCE),
            start: Setting::assumed(spread(3, 6), START_SOURCE),
            readiness: Setting::assumed(spread(0, 0), READINESS_SOURCE),
        }
    }
}

impl Settings {
    /// Returns the settings of a workload: those of the file, or the defaults.
    #[must_use]
    pub fn workload(&self, target: &WorkloadTarget) -> Workload {
        let written = self.workloads.iter().find(|workload| workload.target.is_same(target));
        written.cloned().unwrap_or_else(|| Workload::assumed(target.clone()))
    }

    /// Returns a machine of the file or of the built-in table.
    #[must_use]
    pub fn machine(&self, machine_type: &str) -> Option<Machine> {
        let written = self.nodes.iter().find(|machine| machine.machine_type == machine_type);
        written.cloned().or_else(|| Machine::known(machine_type))
    }

    /// Returns where an address of the manifests really is: the address itself unless the file
    /// says otherwise.
    #[must_use]
    pub fn resolve(&self, address: &HostPort) -> HostPort {
        self.hosts.get(address).map_or_else(|| address.clone(), |host| host.value.clone())
    }

    /// Lists the defaults that were taken, with their sources; those of workloads and machines
    /// that the file does not list are in their own `assumptions`.
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let Self { workloads, goal, startup, nodes, spot, hosts: _ } = self;
        let Goal { latency, share, requests_per_second } = goal;
        let Startup { image, start, readiness } = startup;
        let rate = requests_per_second
            .clone()
            .map(|rate| rate.map_or_else(|| "none".to_owned(), |rate| format!("{rate} a second")));
        let mut assumptions: Vec<Assumption> = [
            latency.assumption("goal.latency"),
            share.assumption("goal.share"),
            rate.assumption("goal.rate"),
            image.assumption("startup.image"),
            start.assumption("startup.start"),
            readiness.assumption("startup.readiness"),
        ]
        .into_iter()
        .flatten()
        .collect();
        assumptions.extend(workloads.iter().flat_map(Workload::assumptions));
        assumptions.extend(nodes.iter().flat_map(Machine::assumptions));
        assumptions.extend(spot.assumptions());
        assumptions
    }
}

impl Decode for Settings {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        object.known(&["apiVersion", "kind", "metadata"]);
        let settings = Self {
            workloads: object.list("workloads"),
            goal: object.optional("goal").unwrap_or_default(),
            startup: object.optional("startup").unwrap_or_default(),
            nodes: object.list("nodes"),
            spot: object.optional("spot").unwrap_or_default(),
            hosts: host_port::read_hosts(&mut object),
        };
        for (first, again) in workload::repeated(&settings.workloads) {
            object.report(repeated(first, again));
        }
        object.finish();
        Some(settings)
    }
}

fn repeated(first: Span, again: Span) -> Diagnostic {
    Diagnostic::error("settings-twice", "two entries for one workload")
        .at(again, "again here")
        .also_at(first, "first here")
        .help("merge them")
}

impl Decode for Goal {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut goal = Self::default();
        let mut object = Object::new(node, problems)?;
        goal.latency.set(setting::positive(&mut object, "latency"));
        let share: Option<Spanned<f64>> = object.optional("share");
        if let Some(share) = share.filter(|share| !(share.value > 0.0 && share.value <= 1.0)) {
            let message = format!("`share` {} is not a part of the requests", share.value);
            object.report(
                Diagnostic::error("out-of-range", message)
                    .at(share.span, "not above 0 and at most 1")
                    .help("write e.g. 0.95 for 95 %"),
            );
        } else {
            goal.share.set(share);
        }
        goal.requests_per_second.set_some(setting::above_zero(&mut object, "rate"));
        object.finish();
        Some(goal)
    }
}

impl Decode for Startup {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut startup = Self::default();
        let mut object = Object::new(node, problems)?;
        startup.image.set(object.optional("image"));
        startup.start.set(object.optional("start"));
        startup.readiness.set(object.optional("readiness"));
        object.finish();
        Some(startup)
    }
}
