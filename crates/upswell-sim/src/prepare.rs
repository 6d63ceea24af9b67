//! From a bundle to a scenario: which target, which queue, which autoscaler; and what was taken
//! for granted or left out on the way.

use std::sync::Arc;

use upswell_engine::observation::{Container, ContainerKind, PodResources, Requests};
use upswell_engine::policy::{MetricSpec, ResourceName, TriggerSource};
use upswell_manifests::admission::Admitted;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::{Autoscaler, Autoscalers};
use upswell_manifests::kinds::{self, Object, PodSpec};
use upswell_manifests::settings::{self, Origin, Queue, Setting, Slots, WorkloadTarget};
use upswell_triggers::{RedisQuery, Request};
use upswell_units::{
    Bytes, Diagnostic, Duration, MilliUnits, Millicores, Replicas, ScaleTarget, Timestamp,
};

use crate::cluster::{ClusterModel, Interruptions, Startup, ZoneSpread};
use crate::fleet::ROOM;
use crate::found::Found;
use crate::outcome::{Assumption, Goal};
use crate::random::Distribution;
use crate::scenario::{RESOURCE_METRICS_PERIOD, Scaler, Scenario};
use crate::serve::{Clients, OnKill, ProviderLimits, WorkerModel};
use crate::service::{Batch, ServiceTime, Usage};
use crate::sight::unanswered;
use crate::targets::{
    choose_target, find_pod, find_replicas, is_same, without_missing_targets, workload_target,
};
use crate::text::count;
use crate::traffic::{Sizes, Traffic};

/// What the user chose on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The seed of all draws.
    pub seed: u64,
    /// The civil time at which the traffic starts.
    pub start: Timestamp,
    /// How long the run goes on after the last arrival.
    pub drain: Duration,
}

/// A scenario, and what stands between it and the bundle.
#[derive(Debug)]
pub struct Prepared {
    /// What the runs start from.
    pub scenario: Scenario,
    /// What is scaled.
    pub target: ScaleTarget,
    /// What was found in the manifests.
    pub found: Found,
    /// What keeps admitted autoscalers from working.
    pub failing: Vec<Diagnostic>,
    /// What was taken for granted.
    pub assumptions: Vec<Assumption>,
    /// What of the bundle plays no part, and why.
    pub not_simulated: Vec<String>,
}

/// Memory of a worker that serves nothing, and of one request: a judgement for a Python process.
const MEMORY_IDLE: Bytes = Bytes(200 << 20);
const MEMORY_PER_REQUEST: Bytes = Bytes(2 << 20);

/// CPU of a worker that serves nothing: polling a queue.
const CPU_IDLE: Millicores = Millicores(5);

/// Makes the scenario of the bundle's first workload.
///
/// `autoscalers` are those of the `admitted` objects.
///
/// # Errors
///
/// Why the autoscalers fail, and that nothing is left that could be scaled.
pub fn prepare(
    bundle: &Bundle,
    admitted: &Admitted<'_>,
    autoscalers: Autoscalers,
    traffic: Traffic,
    options: Options,
) -> Result<Prepared, Vec<Diagnostic>> {
    let objects = &admitted.objects[..];
    let Autoscalers { working: autoscalers, failing } =
        without_missing_targets(bundle, admitted, autoscalers);
    let mut found = Found::new(bundle, admitted, &failing);
    let target = match choose_target(bundle, admitted, &autoscalers) {
        Ok(target) => target,
        Err(problem) => return Err(failing.into_iter().chain([*problem]).collect()),
    };
    let workload = bundle.settings.workload(&workload_target(&target));
    let pod = find_pod(objects, &target);
    let mut notes = Notes::default();
    let (own, others): (Vec<_>, Vec<_>) =
        autoscalers.into_iter().partition(|autoscaler| is_same(&autoscaler.policy.target, &target));
    notes.leave_out_others(bundle, &others, &target);
    notes.leave_out_kinds(objects);
    let autoscaler = own.into_iter().next();
    let queue = queue(&workload, autoscaler.as_ref());
    let object = autoscaler.as_ref().map(|own| own.object.to_string());
    let scaler = autoscaler.and_then(|own| scaler(own, queue.as_deref(), &mut notes));
    if let (Some(object), Some(scaler)) = (object, &scaler) {
        found.scaled_by(object, scaler);
    }
    let written = find_replicas(objects, &target);
    let initial_replicas = initial_replicas(scaler.as_ref(), written);
    let slots = slots(&workload, pod.map(|pod| &pod.containers[..]).unwrap_or_default());
    notes.assume("slots of a replica", slots.0.to_string(), slots.1);
    notes.assume_settings(&bundle.settings, &workload);
    notes.assume_of_model(queue.as_deref(), initial_replicas, pod.is_some(), options);
    let settings::Goal { latency, share, .. } = &bundle.settings.goal;
    let scenario = Scenario {
        traffic,
        sizes: Sizes::default(),
        worker: worker(&workload, slots.0),
        cluster: cluster(&bundle.settings.startup, pod),
        usage: Usage {
            cpu_idle: CPU_IDLE,
            cpu_per_request: workload.cpu_per_request.value,
            memory_idle: MEMORY_IDLE,
            memory_per_request: MEMORY_PER_REQUEST,
        },
        pod_resources: Arc::new(pod.map(pod_resources).unwrap_or_default()),
        queue,
        scripted_queue: None,
        initial_replicas,
        scaler,
        goal: Some(Goal { latency: latency.value, share: share.value }),
        seed: options.seed,
        start: options.start,
        drain: options.drain,
    };
    let Notes { assumptions, not_simulated } = notes;
    Ok(Prepared { scenario, target, found, failing, assumptions, not_simulated })
}

/// What is collected on the way.
#[derive(Default)]
struct Notes {
    assumptions: Vec<Assumption>,
    not_simulated: Vec<String>,
}

impl Notes {
    fn leave_out(&mut self, what: String) {
        self.not_simulated.push(what);
    }

    fn assume(&mut self, what: &str, value: impl Into<String>, source: &str) {
        let (what, source) = (what.to_owned(), source.to_owned());
        self.assumptions.push(Assumption { what, value: value.into(), source });
    }

    /// What `upswell.yaml` says, or leaves to its defaults, and this run depends on.
    fn assume_settings(&mut self, settings: &settings::Settings, workload: &settings::Workload) {
        let settings::ServiceTime {
            time_to_first_token,
            time_per_output_token,
            time_per_prompt_token,
            fixed,
        } = &workload.service_time;
        let settings::Startup { image, start, readiness } = &settings.startup;
        self.assume_setting("time to first token", time_to_first_token);
        self.assume_setting("time per output token", time_per_output_token);
        self.assume_setting("time per prompt token", time_per_prompt_token);
        self.assume_setting("other time of a request", fixed);
        self.assume_setting("start-up: image", image);
        self.assume_setting("start-up: process", start);
        self.assume_setting("start-up: readiness", readiness);
        self.assume_setting("CPU of a request", &workload.cpu_per_request);
        let on_kill = &workload.on_kill;
        self.assume("requests of a killed pod", on_kill.value.as_str(), origin(on_kill.origin));
        let settings::Goal { latency, share, .. } = &settings.goal;
        self.assume_setting("goal: latency", latency);
        self.assume_setting("goal: share", share);
    }

    fn assume_setting<T: std::fmt::Display>(&mut self, what: &str, setting: &Setting<T>) {
        self.assume(what, setting.value.to_string(), origin(setting.origin));
    }

    /// What this first model takes for granted.
    fn assume_of_model(
        &mut self,
        queue: Option<&str>,
        initial: Replicas,
        has_pod: bool,
        options: Options,
    ) {
        let queue = queue
            .map_or("one that no trigger reads".to_owned(), |list| format!("Redis list {list}"));
        self.assume("queue", queue, "all traffic goes into it");
        self.assume("replicas at the start", initial.to_string(), "at rest, all of them ready");
        let (idle, request) = (MEMORY_IDLE.0 >> 20, MEMORY_PER_REQUEST.0 >> 20);
        let memory = format!("{idle} MiB, and {request} MiB a request");
        self.assume("memory of a replica", memory, "a judgement");
        let room = format!("room for {} pods", count(u64::from(ROOM.0)));
        self.assume("nodes", room, "nodes are not simulated yet");
        let source = "its default resolution; its clock runs half a period beside the HPA's";
        self.assume("metrics-server", format!("a sample every {RESOURCE_METRICS_PERIOD}"), source);
        self.assume("start of the traffic", options.start.to_string(), "--start, for schedules");
        if !has_pod {
            self.assume("pod", "no requests", "the scale target is of a kind that is not read");
        }
    }

    /// What scales another target, and the other workloads of `upswell.yaml`.
    fn leave_out_others(
        &mut self,
        bundle: &Bundle,
        autoscalers: &[Autoscaler],
        target: &ScaleTarget,
    ) {
        for other in autoscalers {
            self.leave_out(format!("{}: the traffic goes to {target}", other.object));
        }
        for other in bundle.settings.workloads.iter().skip(1) {
            let WorkloadTarget { kind, name, .. } = &other.target;
            self.leave_out(format!("{kind}/{name}: the traffic goes to {target}"));
        }
    }

    /// Kinds that are read and play no part yet.
    fn leave_out_kinds(&mut self, objects: &[&Object]) {
        for object in objects {
            let why = match object {
                Object::ContainerNodePool(_) | Object::NodePool(_) => "nodes are not simulated yet",
                Object::VerticalPodAutoscaler(_) => "requests keep their size in this version",
                Object::PrometheusRule(_) => "alert rules are not evaluated yet",
                Object::ScaledJob(_) => "Jobs are not simulated yet",
                Object::PodDisruptionBudget(_) => "nothing evicts pods in this version",
                _ => continue,
            };
            let name = object.metadata().name();
            self.leave_out(format!("{}/{name}: {why}", object.kind().name()));
        }
    }
}

/// At rest: what the autoscaler leaves when there is nothing to do. A paused one leaves everything.
fn initial_replicas(scaler: Option<&Scaler>, written: Replicas) -> Replicas {
    let Some(Scaler { policy, .. }) = scaler else { return written };
    match &policy.activation {
        Some(activation) if activation.pause.stops_scaling() => {
            activation.pause.target().unwrap_or(written)
        }
        Some(activation) => activation.idle.unwrap_or(activation.min),
        None => policy.horizontal.min_replicas,
    }
}

/// The Redis list into which the traffic goes.
fn queue(workload: &settings::Workload, autoscaler: Option<&Autoscaler>) -> Option<String> {
    if let Queue::RedisList { list_name, .. } = &workload.queue.value {
        return Some(list_name.clone());
    }
    let Autoscaler { policy, triggers, .. } = autoscaler?;
    let named =
        policy.triggers.iter().zip(triggers).filter(|(trigger, _)| match &workload.queue.value {
            Queue::Trigger(name) => trigger.name == *name,
            _ => true,
        });
    let mut lists = named.filter_map(|(_, trigger)| match trigger.request() {
        Request::Redis(redis) => match redis.query {
            RedisQuery::Length { key } => Some(key),
            _ => None,
        },
        _ => None,
    });
    lists.next()
}

/// Keeps what the simulated world can answer, and names the rest.
fn scaler(own: Autoscaler, queue: Option<&str>, notes: &mut Notes) -> Option<Scaler> {
    let Autoscaler { object, mut policy, triggers, .. } = own;
    let (mut kept, mut kept_policies, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (trigger, trigger_policy) in triggers.into_iter().zip(std::mem::take(&mut policy.triggers))
    {
        let Some(why) = unanswered(&trigger.request(), queue) else {
            kept.push(trigger);
            kept_policies.push(trigger_policy);
            continue;
        };
        let name = match trigger_policy.name.as_str() {
            "" => trigger.kind().to_owned(),
            name => format!("{name} ({})", trigger.kind()),
        };
        notes.leave_out(format!("{object}, trigger {name}: {why}"));
        if let TriggerSource::External(metrics) = &trigger_policy.source {
            left_out.extend(metrics.iter().map(|metric| metric.name.0.clone()));
        }
    }
    policy.triggers = kept_policies;
    if policy.composite.is_some() && !left_out.is_empty() {
        notes.leave_out(format!("{object}: its formula needs a trigger that is left out"));
        return None;
    }
    let is_read_by_trigger = |metric: &str| {
        policy.composite.is_some()
            || policy.triggers.iter().any(|trigger| match &trigger.source {
                TriggerSource::External(metrics) => metrics.iter().any(|m| m.name.0 == metric),
                TriggerSource::Resource => false,
            })
    };
    let mut metrics = std::mem::take(&mut policy.horizontal.metrics);
    metrics.retain(|metric| match metric {
        MetricSpec::Resource { resource, .. } | MetricSpec::ContainerResource { resource, .. } => {
            let is_known = !matches!(resource, ResourceName::Other(_));
            if !is_known {
                notes.leave_out(format!("{object}, {metric}: only cpu and memory are simulated"));
            }
            is_known
        }
        MetricSpec::External { metric: name, .. } if is_read_by_trigger(name) => true,
        MetricSpec::External { metric: name, .. } if left_out.contains(name) => false,
        other => {
            notes.leave_out(format!("{object}, {other}: nothing in this version exports it"));
            false
        }
    });
    policy.horizontal.metrics = metrics;
    if policy.horizontal.metrics.is_empty() {
        notes.leave_out(format!("{object}: none of its metrics is simulated, so nothing scales"));
        return None;
    }
    Some(Scaler { policy, triggers: kept })
}

/// Requests that a replica serves at once, and where that is said.
fn slots(workload: &settings::Workload, containers: &[kinds::Container]) -> (u32, &'static str) {
    match &workload.slots.value {
        Slots::Count(count) => (*count, "slots of upswell.yaml"),
        Slots::FromEnv(name) => {
            let mut env = containers.iter().flat_map(|container| &container.env);
            let value = env.find(|variable| variable.name.value == *name);
            let text = value.and_then(|variable| variable.value.as_ref());
            match text.and_then(|text| text.value.parse().ok()).filter(|slots| *slots > 0) {
                Some(slots) => (slots, "the pool size in the pod's environment"),
                None => (1, "neither upswell.yaml nor the pod's environment says more"),
            }
        }
    }
}

/// Where a setting comes from, for people.
const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Written(_) => "upswell.yaml",
        Origin::Assumed(source) => source,
    }
}

fn service_time(workload: &settings::Workload) -> ServiceTime {
    let settings::ServiceTime {
        time_to_first_token,
        time_per_output_token,
        time_per_prompt_token,
        fixed,
    } = &workload.service_time;
    ServiceTime {
        ttft: distribution(time_to_first_token.value),
        per_prompt_token: time_per_prompt_token.value,
        tpot: time_per_output_token.value,
        fixed: fixed.value,
        batch: Batch::default(),
    }
}

fn cluster(startup: &settings::Startup, pod: Option<&PodSpec>) -> ClusterModel {
    let settings::Startup { image, start, readiness } = startup;
    ClusterModel {
        pools: Vec::new(),
        startup: Startup {
            image: distribution(image.value),
            start: distribution(start.value),
            readiness: distribution(readiness.value),
        },
        grace: pod.map_or(
            kinds::pod::DEFAULT_TERMINATION_GRACE_PERIOD,
            PodSpec::termination_grace_period,
        ),
        zone_spread: ZoneSpread::None,
        disruption_budget: None,
        interruptions: Interruptions::None,
    }
}

fn worker(workload: &settings::Workload, slots: u32) -> WorkerModel {
    WorkerModel {
        slots,
        service: service_time(workload),
        clients: Clients::default(),
        provider: ProviderLimits::default(),
        on_kill: match workload.on_kill.value {
            settings::OnKill::Requeue => OnKill::Requeue,
            settings::OnKill::Lost => OnKill::Lost,
        },
    }
}

fn distribution(spread: settings::Spread) -> Distribution {
    let settings::Spread { median, p95 } = spread;
    if median == p95 {
        Distribution::Fixed(median)
    } else {
        Distribution::LogNormal { median, p95 }
    }
}

fn pod_resources(pod: &PodSpec) -> PodResources {
    let of_kind = |containers: &[kinds::Container],
                   kind: fn(&kinds::Container) -> ContainerKind| {
        let containers = containers.iter().map(|container| Container {
            name: container.name.value.clone(),
            kind: kind(container),
            requests: container.resources.as_ref().map(requests).unwrap_or_default(),
        });
        containers.collect::<Vec<_>>()
    };
    let mut containers = of_kind(&pod.init_containers, |container| {
        let policy = container.restart_policy.as_ref().map(|policy| policy.value.as_str());
        if policy == Some("Always") { ContainerKind::Sidecar } else { ContainerKind::Init }
    });
    containers.extend(of_kind(&pod.containers, |_| ContainerKind::Main));
    let pod_level_requests = pod.resources.as_ref().map(requests).unwrap_or_default();
    PodResources { containers, pod_level_requests }
}

fn requests(resources: &kinds::Resources) -> Requests {
    let names = resources.requests.keys().chain(resources.limits.keys());
    let amounts = names.filter_map(|name| {
        let amount = resources.request(name)?;
        Some((ResourceName::from(name.as_str()), MilliUnits(amount.value.milli_value())))
    });
    amounts.collect()
}
