//! What is true of one workload: its queue, its slots, its requests.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::{Diagnostic, Duration, Millicores, Quantity, Span, Spanned};

use super::host_port::HostPort;
use super::setting::{self, Assumption, Setting, Spread};
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
    /// CPU that one request in progress takes.
    pub cpu_per_request: Setting<Millicores>,
    /// What becomes of the requests of a pod that is killed.
    pub on_kill: Setting<OnKill>,
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

/// How long a request takes: the sum of the parts.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceTime {
    /// Until the first token.
    pub time_to_first_token: Setting<Spread>,
    /// For each output token after that.
    pub time_per_output_token: Setting<Duration>,
    /// For each prompt token, beyond what the time to the first token holds.
    pub time_per_prompt_token: Setting<Duration>,
    /// For anything else.
    pub fixed: Setting<Duration>,
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
const TTFT_SOURCE: &str = "GPT-4o, 500 tokens in, p50 and p95 in March 2026 (DeployBase)";
const TPOT_SOURCE: &str = "middle of the 15 to 50 ms that hosted models take for a token";
const PROMPT_SOURCE: &str = "part of the time to the first token";
const FIXED_SOURCE: &str = "nothing beside the model's time";
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
            cpu_per_request: Setting::assumed(Millicores(10), CPU_SOURCE),
            on_kill: Setting::assumed(OnKill::Lost, ON_KILL_SOURCE),
            provider_limits: ProviderLimits::default(),
        }
    }

    /// Lists the defaults that were taken, with their sources.
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let Self { target, span: _, queue, slots, .. } = self;
        let Self { service_time, cpu_per_request, on_kill, provider_limits, .. } = self;
        let ServiceTime {
            time_to_first_token,
            time_per_output_token,
            time_per_prompt_token,
            fixed,
        } = service_time;
        let ProviderLimits { requests_per_minute, tokens_per_minute } = provider_limits;
        let field = |name: &str| format!("workloads[{target}].{name}");
        let limit = |limit: Option<u32>| limit.map_or_else(|| "none".to_owned(), |n| n.to_string());
        [
            queue.assumption(field("queue")),
            slots.assumption(field("slots")),
            time_to_first_token.assumption(field("serviceTime.timeToFirstToken")),
            time_per_output_token.assumption(field("serviceTime.timePerOutputToken")),
            time_per_prompt_token.assumption(field("serviceTime.timePerPromptToken")),
            fixed.assumption(field("serviceTime.fixed")),
            cpu_per_request.assumption(field("cpuPerRequest")),
            on_kill.clone().map(OnKill::as_str).assumption(field("onKill")),
            requests_per_minute
                .clone()
                .map(limit)
                .assumption(field("providerLimits.requestsPerMinute")),
            tokens_per_minute
                .clone()
                .map(limit)
                .assumption(field("providerLimits.tokensPerMinute")),
        ]
        .into_iter()
        .flatten()
        .collect()
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

impl Default for ServiceTime {
    fn default() -> Self {
        let ttft = Spread { median: Duration::from_millis(250), p95: Duration::from_millis(700) };
        Self {
            time_to_first_token: Setting::assumed(ttft, TTFT_SOURCE),
            time_per_output_token: Setting::assumed(Duration::from_millis(30), TPOT_SOURCE),
            time_per_prompt_token: Setting::assumed(Duration::ZERO, PROMPT_SOURCE),
            fixed: Setting::assumed(Duration::ZERO, FIXED_SOURCE),
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
        let cpu: Option<Spanned<Quantity>> = object.optional("cpuPerRequest");
        let on_kill = object.optional("onKill");
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
        workload.cpu_per_request.set(cpu.map(|cpu| cpu.map(|cpu| Millicores::from(&cpu))));
        workload.on_kill.set(on_kill);
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

impl Decode for ServiceTime {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut time = Self::default();
        let mut object = Object::new(node, problems)?;
        time.time_to_first_token.set(object.optional("timeToFirstToken"));
        time.time_per_output_token.set(setting::duration(&mut object, "timePerOutputToken"));
        time.time_per_prompt_token.set(setting::duration(&mut object, "timePerPromptToken"));
        time.fixed.set(setting::duration(&mut object, "fixed"));
        object.finish();
        Some(time)
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
