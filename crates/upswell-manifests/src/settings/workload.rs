//! What is true of one workload: its queue, its slots, its requests.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::{Diagnostic, Millicores, Quantity, Span, Spanned};

use super::clients::{Clients, RequestSize};
use super::host_port::HostPort;
use super::service_time::ServiceTime;
use super::setting::{self, Assumption, Setting};
use crate::decode::{Decode, Object, string_enum};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// Settings of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Whose settings they are.
    pub target: WorkloadTarget,
    /// The place of `target`; none for a workload that the file does not list.
    pub span: Option<Span>,
    /// Where its requests wait.
    pub queue: Setting<Queue>,
    /// Requests that one pod serves at a time.
    pub slots: Setting<Slots>,
    /// How long a request takes.
    pub service_time: ServiceTime,
    /// How large it is, where the traffic does not say.
    pub request_size: RequestSize,
    /// CPU that one request in progress takes.
    pub cpu_per_request: Setting<Millicores>,
    /// What becomes of the requests of a pod that is killed.
    pub on_kill: Setting<OnKill>,
    /// How long its clients wait, and how often they come back.
    pub clients: Clients,
    /// What the provider behind the worker allows.
    pub provider_limits: ProviderLimits,
}

/// A workload by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadTarget {
    /// Kind, as in `Deployment`.
    pub kind: String,
    /// Namespace; any unless set.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

/// Where requests wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queue {
    /// In what the first queue-like trigger of its ScaledObject reads.
    FromScaledObject,
    /// In what the trigger of this name reads.
    Trigger(String),
    /// In a Redis list.
    RedisList {
        /// The server.
        address: HostPort,
        /// Key of the list.
        list_name: String,
    },
}

/// How many requests one pod serves at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slots {
    /// So many.
    Count(u32),
    /// As many as this environment variable of its containers says; one if it is not set.
    FromEnv(String),
}

string_enum! {
    /// What becomes of the requests of a pod that is killed.
    pub enum OnKill {
        /// They go back to the queue.
        Requeue = "requeue",
        /// They are lost.
        Lost = "lost",
    }
}

/// What the provider behind the worker allows, over all pods.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderLimits {
    /// Requests a minute; no bound unless set.
    pub requests_per_minute: Setting<Option<u32>>,
    /// Tokens a minute, prompt and output; no bound unless set.
    pub tokens_per_minute: Setting<Option<u32>>,
}

/// The environment variable of the article's worker.
const SLOTS_ENV: &str = "WORKER_POOL_SIZE";

const QUEUE_SOURCE: &str = "the queue that the workload is scaled by";
const SLOTS_SOURCE: &str =
    "the pod's environment variable WORKER_POOL_SIZE, or one request at a time";
const CPU_SOURCE: &str = "a judgement: a worker that waits for an API holds a connection";
const ON_KILL_SOURCE: &str = "a Redis list forgets a request once it is popped";
const LIMITS_SOURCE: &str = "no limit of the provider is known";

impl Workload {
    /// Returns the defaults for a workload that the file does not list.
    #[must_use]
    pub fn assumed(target: WorkloadTarget) -> Self {
        Self {
            target,
            span: None,
            queue: Setting::assumed(Queue::FromScaledObject, QUEUE_SOURCE),
            slots: Setting::assumed(Slots::FromEnv(SLOTS_ENV.to_owned()), SLOTS_SOURCE),
            service_time: ServiceTime::default(),
            request_size: RequestSize::default(),
            cpu_per_request: Setting::assumed(Millicores(10), CPU_SOURCE),
            on_kill: Setting::assumed(OnKill::Lost, ON_KILL_SOURCE),
            clients: Clients::default(),
            provider_limits: ProviderLimits::default(),
        }
    }

    /// Lists the defaults that were taken, with their sources.
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let Self { target, span: _, queue, slots, service_time, request_size, .. } = self;
        let Self { cpu_per_request, on_kill, clients, provider_limits, .. } = self;
        let ProviderLimits { requests_per_minute, tokens_per_minute } = provider_limits;
        let field = |name: &str| format!("workloads[{target}].{name}");
        let limit = |limit: Option<u32>| limit.map_or_else(|| "none".to_owned(), |n| n.to_string());
        let requests_per_minute = requests_per_minute.clone().map(limit);
        let tokens_per_minute = tokens_per_minute.clone().map(limit);
        let before = [queue.assumption(field("queue")), slots.assumption(field("slots"))];
        let of_pods = [
            cpu_per_request.assumption(field("cpuPerRequest")),
            on_kill.clone().map(OnKill::as_str).assumption(field("onKill")),
        ];
        let of_provider = [
            requests_per_minute.assumption(field("providerLimits.requestsPerMinute")),
            tokens_per_minute.assumption(field("providerLimits.tokensPerMinute")),
        ];
        let mut assumptions: Vec<Assumption> = before.into_iter().flatten().collect();
        assumptions.extend(service_time.assumptions(field));
        assumptions.extend(request_size.assumptions(field));
        assumptions.extend(of_pods.into_iter().flatten());
        assumptions.extend(clients.assumptions(field));
        assumptions.extend(of_provider.into_iter().flatten());
        assumptions
    }
}

/// Pairs of entries for one workload: the first, and one that repeats it.
pub(super) fn repeated(workloads: &[Workload]) -> Vec<(Span, Span)> {
    let mut seen = BTreeMap::new();
    let mut pairs = Vec::new();
    for Workload { target, span, .. } in workloads {
        let Some(span) = *span else { continue };
        match seen.get(target) {
            Some(first) => pairs.push((*first, span)),
            None => drop(seen.insert(target, span)),
        }
    }
    pairs
}

impl WorkloadTarget {
    /// Whether an entry for `self` is about `other`, whose namespace may be unknown.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_namespace = match (&self.namespace, &other.namespace) {
            (Some(mine), Some(others)) => mine == others,
            _ => true,
        };
        self.kind == other.kind && self.name == other.name && same_namespace
    }
}

impl fmt::Display for WorkloadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromScaledObject => f.write_str("that of the ScaledObject's first queue trigger"),
            Self::Trigger(name) => write!(f, "that of the trigger {name}"),
            Self::RedisList { address, list_name } => write!(f, "list {list_name} at {address}"),
        }
    }
}

impl fmt::Display for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::FromEnv(name) => write!(f, "${name}"),
        }
    }
}

impl Default for ProviderLimits {
    fn default() -> Self {
        Self {
            requests_per_minute: Setting::assumed(None, LIMITS_SOURCE),
            tokens_per_minute: Setting::assumed(None, LIMITS_SOURCE),
        }
    }
}

impl Decode for Workload {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let target: Option<Spanned<WorkloadTarget>> = object.required("target");
        let queue = object.optional("queue");
        let slots = slots(&mut object);
        let service_time = object.optional("serviceTime");
        let request_size = object.optional("requestSize");
        let cpu: Option<Spanned<Quantity>> = object.optional("cpuPerRequest");
        let on_kill = object.optional("onKill");
        let clients = object.optional("clients");
        let provider_limits = object.optional("providerLimits");
        if let Some(cpu) = cpu.as_ref().filter(|cpu| cpu.value.is_negative()) {
            object.report(
                Diagnostic::error("out-of-range", "`cpuPerRequest` must not be below zero")
                    .at(cpu.span, "below zero")
                    .help("write e.g. 10m"),
            );
        }
        object.finish();
        let target = target?;
        let mut workload = Self::assumed(target.value);
        workload.span = Some(target.span);
        workload.queue.set(queue);
        workload.slots.set(slots);
        workload.service_time = service_time.unwrap_or_default();
        workload.request_size = request_size.unwrap_or_default();
        workload.cpu_per_request.set(cpu.map(|cpu| cpu.map(|cpu| Millicores::from(&cpu))));
        workload.on_kill.set(on_kill);
        workload.clients = clients.unwrap_or_default();
        workload.provider_limits = provider_limits.unwrap_or_default();
        Some(workload)
    }
}

/// Reads `slots` or `slotsFrom`.
fn slots(object: &mut Object<'_, '_>) -> Option<Spanned<Slots>> {
    let count = setting::count(object, "slots");
    let env: Option<Spanned<String>> = object.optional("slotsFrom");
    if let (Some(count), Some(env)) = (&count, &env) {
        object.report(
            Diagnostic::error("slots-twice", "`slots` and `slotsFrom` are both set")
                .at(env.span, "the environment variable")
                .also_at(count.span, "the number")
                .help("keep `slotsFrom`, which follows the manifest"),
        );
    }
    count.map(|count| count.map(Slots::Count)).or(env.map(|env| env.map(Slots::FromEnv)))
}

impl Decode for WorkloadTarget {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let kind = object.optional("kind");
        let namespace = object.optional("namespace");
        let name = object.required("name");
        object.finish();
        Some(Self { kind: kind.unwrap_or_else(|| "Deployment".to_owned()), namespace, name: name? })
    }
}

impl Decode for Queue {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        if let Some(trigger) = object.optional("trigger") {
            object.finish();
            return Some(Self::Trigger(trigger));
        }
        let (address, list_name) = (object.required("address"), object.required("listName"));
        object.finish();
        Some(Self::RedisList { address: address?, list_name: list_name? })
    }
}

impl Decode for ProviderLimits {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut limits = Self::default();
        let mut object = Object::new(node, problems)?;
        limits.requests_per_minute.set_some(setting::count(&mut object, "requestsPerMinute"));
        limits.tokens_per_minute.set_some(setting::count(&mut object, "tokensPerMinute"));
        object.finish();
        Some(limits)
    }
}
