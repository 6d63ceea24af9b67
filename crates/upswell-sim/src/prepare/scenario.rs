//! The flow: from a bundle to the scenario of its first workload.

use std::sync::Arc;

use upswell_manifests::admission::Admitted;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::Autoscalers;
use upswell_manifests::kinds::Object;
use upswell_manifests::settings;
use upswell_units::{Bytes, Diagnostic, Duration, Millicores, Replicas, ScaleTarget, Timestamp};

use super::alerts::alerts;
use super::autoscaler::{initial_replicas, queue, scaler};
use super::cluster::cluster;
use super::monitoring::{Watched, monitoring};
use super::nodes::pools;
use super::notes::Notes;
use super::pods::{Pods, pod_resources};
use super::worker::{sizes, worker};
use crate::alerts::Alert;
use crate::cluster::Interruptions;
use crate::found::Found;
use crate::outcome::{Assumption, Goal};
use crate::scenario::{RESOURCE_METRICS_PERIOD, Scenario};
use crate::service::Usage;
use crate::targets::{
    choose_target, find_workload, is_same, without_missing_targets, workload_target,
};
use crate::traffic::Traffic;

/// What the user chose on the command line.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of all draws.
    pub seed: u64,
    /// The civil time at which the traffic starts.
    pub start: Timestamp,
    /// How long the run goes on after the last arrival.
    pub drain: Duration,
    /// Requests that arrive earlier after the start are in no wait and no latency.
    pub warm_up: Duration,
    /// How spot nodes are lost; as `upswell.yaml` says unless set.
    pub interruptions: Option<Interruptions>,
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
    /// The alerts of the rules, and which of them can never fire.
    pub alerts: Vec<Alert>,
    /// What keeps admitted autoscalers and rules from working.
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
/// Why the autoscalers fail, and that nothing is left that could be scaled, or that none of the
/// bundle's nodes takes its pods.
pub fn prepare(
    bundle: &Bundle,
    admitted: &Admitted<'_>,
    autoscalers: Autoscalers,
    traffic: Traffic,
    options: Options,
) -> Result<Prepared, Vec<Diagnostic>> {
    let objects = &admitted.objects[..];
    let Autoscalers { working: autoscalers, mut failing } =
        without_missing_targets(bundle, admitted, autoscalers);
    let mut found = Found::new(bundle, admitted, &failing);
    let target = match choose_target(bundle, admitted, &autoscalers) {
        Ok(target) => target,
        Err(problem) => return Err(failing.into_iter().chain([*problem]).collect()),
    };
    let settings = &bundle.settings;
    let workload = settings.workload(&workload_target(&target));
    let object = find_workload(objects, &target);
    let pods = Pods::of(object, &target);
    let mut notes = Notes::default();
    let (own, others): (Vec<_>, Vec<_>) =
        autoscalers.into_iter().partition(|autoscaler| is_same(&autoscaler.policy.target, &target));
    notes.leave_out_others(bundle, &others, &target);
    notes.leave_out_kinds(objects);
    let autoscaler = own.into_iter().next();
    let queue = queue(&workload, autoscaler.as_ref());
    let scaled_by = autoscaler.as_ref().map(|own| own.object.to_string());
    let scaler = autoscaler.and_then(|own| scaler(own, queue.as_deref(), &mut notes));
    if let (Some(object), Some(scaler)) = (&scaled_by, &scaler) {
        found.scaled_by(object.clone(), scaler);
    }
    let written = object.and_then(Object::replicas).unwrap_or(Replicas(1));
    let initial_replicas = initial_replicas(scaler.as_ref(), written);
    let containers = pods.spec().map(|spec| &spec.containers[..]).unwrap_or_default();
    let worker = worker(&workload, containers, &mut notes);
    let sizes = sizes(&workload.request_size, &traffic, &mut notes);
    let usage = usage(&workload, &mut notes);
    let goal = goal(&settings.goal, &mut notes);
    assume_of_model(
        queue.as_deref(),
        initial_replicas,
        pods.spec().is_some(),
        &options,
        &mut notes,
    );
    let pools = match pools(settings, objects, &pods, &mut notes) {
        Ok(pools) => pools,
        Err(problem) => return Err(failing.into_iter().chain([*problem]).collect()),
    };
    let cluster = cluster(settings, objects, &pods, pools, options.interruptions, &mut notes);
    let watched = Watched {
        sources: &bundle.sources,
        admitted,
        target: &target,
        pods: &pods,
        scaler: scaled_by.as_deref().zip(scaler.as_ref()),
        initial_replicas,
        has_nodes: !cluster.pools.is_empty(),
    };
    let (monitoring, broken_rules) = monitoring(&watched, &mut notes);
    let alerts = alerts(&bundle.sources, &monitoring);
    found.fail(&bundle.sources, &broken_rules);
    failing.extend(broken_rules);
    let scenario = Scenario {
        traffic,
        sizes,
        worker,
        cluster,
        usage,
        pod_resources: Arc::new(pods.spec().map(pod_resources).unwrap_or_default()),
        queue,
        scripted_queue: None,
        initial_replicas,
        scaler,
        monitoring,
        goal: Some(goal),
        seed: options.seed,
        start: options.start,
        warm_up: options.warm_up,
        drain: options.drain,
    };
    let Notes { assumptions, not_simulated } = notes;
    Ok(Prepared { scenario, target, found, alerts, failing, assumptions, not_simulated })
}

/// What a replica uses of its node.
fn usage(workload: &settings::Workload, notes: &mut Notes) -> Usage {
    notes.assume_setting("CPU of a request", &workload.cpu_per_request);
    let (idle, request) = (MEMORY_IDLE.0 >> 20, MEMORY_PER_REQUEST.0 >> 20);
    let memory = format!("{idle} MiB, and {request} MiB a request");
    notes.assume("memory of a replica", memory, "a judgement");
    Usage {
        cpu_idle: CPU_IDLE,
        cpu_per_request: workload.cpu_per_request.value,
        memory_idle: MEMORY_IDLE,
        memory_per_request: MEMORY_PER_REQUEST,
    }
}

fn goal(goal: &settings::Goal, notes: &mut Notes) -> Goal {
    let settings::Goal { latency, share, .. } = goal;
    notes.assume_setting("goal: latency", latency);
    notes.assume_setting("goal: share", share);
    Goal { latency: latency.value, share: share.value }
}

/// What the model takes for granted, whatever the settings say.
fn assume_of_model(
    queue: Option<&str>,
    initial: Replicas,
    has_pod: bool,
    options: &Options,
    notes: &mut Notes,
) {
    let queue =
        queue.map_or("one that no trigger reads".to_owned(), |list| format!("Redis list {list}"));
    notes.assume("queue", queue, "all traffic goes into it");
    notes.assume("replicas at the start", initial.to_string(), "at rest, all of them ready");
    let source = "its default resolution; its clock runs half a period beside the HPA's";
    notes.assume("metrics-server", format!("a sample every {RESOURCE_METRICS_PERIOD}"), source);
    notes.assume("start of the traffic", options.start.to_string(), "--start, for schedules");
    if !has_pod {
        notes.assume("pod", "no requests", "the scale target is of a kind that is not read");
    }
}
