//! `calc_*`, `group_pods` and `pod_requests`: one metric, one proposal.

use std::sync::Arc;

use serde_json::{Value, json};
use upswell_engine::horizontal::{
    Inputs, MetricError, PodGroup, Proposal, Reported, classify, count_ready, group_pods as groups,
    pod_request,
};
use upswell_engine::observation::{
    ApiError, Pod, PodResources, PodSample, PodSamples, Reading, Run, Scale,
};
use upswell_engine::policy::{
    Controller, MetricSpec, Percent, ResourceName, ResourceTarget, Tolerance, Tolerances,
    ValueTarget,
};
use upswell_units::{MilliUnits, ObjectRef, PodName, Timestamp};

use super::read::{self, NOW, error_class, int, list, milli, text};

/// The metric that a kind of record is about.
pub(super) fn metric(kind: &str, input: &Value) -> Option<MetricSpec> {
    let resource = || ResourceName::from(text(&input["resource"]));
    let container = || text(&input["container"]).to_owned();
    let percent =
        || ResourceTarget::Utilization(Percent(i32::try_from(int(&input["target"])).unwrap()));
    let average = || ResourceTarget::AverageValue(milli(&input["target"]));
    let metric = "m".to_owned();
    let object = |target| MetricSpec::Object {
        metric: "m".to_owned(),
        described_object: ObjectRef {
            kind: "Service".to_owned(),
            namespace: String::new(),
            name: "s".to_owned(),
        },
        target,
    };
    let target = || milli(&input["target"]);
    Some(match kind {
        "resource_utilization" => MetricSpec::Resource { resource: resource(), target: percent() },
        "resource_average_value" => {
            MetricSpec::Resource { resource: resource(), target: average() }
        }
        "container_utilization" => MetricSpec::ContainerResource {
            resource: resource(),
            container: container(),
            target: percent(),
        },
        "container_average_value" => MetricSpec::ContainerResource {
            resource: resource(),
            container: container(),
            target: average(),
        },
        "pods_average_value" => MetricSpec::Pods { metric, average_value: target() },
        "object_value" => object(ValueTarget::Value(target())),
        "object_average_value" => object(ValueTarget::AverageValue(target())),
        "external_value" => MetricSpec::External { metric, target: ValueTarget::Value(target()) },
        "external_average_value" => {
            MetricSpec::External { metric, target: ValueTarget::AverageValue(target()) }
        }
        _ => return None,
    })
}

/// Our answer to a `calc` record.
pub(super) fn propose(metric: &MetricSpec, input: &Value, recorded: &Value) -> Value {
    let (names, pods) = pods(input);
    let controller = controller(input);
    let current = read::replicas(&input["current_replicas"]);
    let inputs = Inputs {
        now: NOW,
        scale: Scale { spec_replicas: current, status_replicas: current },
        pods: &pods,
        tolerances: Tolerances {
            up: Tolerance(input["tolerance_up"].as_f64().unwrap()),
            down: Tolerance(input["tolerance_down"].as_f64().unwrap()),
        },
        controller: &controller,
    };
    let reading = reading(metric, input, &names);
    let mut out = match upswell_engine::horizontal::propose(metric, &inputs, &reading) {
        Ok(proposal) => proposal_out(&proposal),
        Err(error) => json!({"error": error_class(&error)}),
    };
    if recorded.get("ready_pods").is_some() {
        out["ready_pods"] = json!(count_ready(&pods));
    }
    if let (Some(_), Reading::Pods(samples)) = (recorded.get("groups"), &reading) {
        let resource = resource_of(metric);
        out["groups"] = json!(groups(&pods, samples, resource, &controller, NOW));
    }
    out
}

fn proposal_out(proposal: &Proposal) -> Value {
    // Upstream's zero time is no time, and recorded as none.
    let sampled_at = proposal.sampled_at.filter(|at| *at > read::ZERO_TIME);
    let mut out = json!({
        "replicas": proposal.replicas,
        "sample_timestamp_ms": sampled_at.map(Timestamp::as_millis),
    });
    match proposal.reported {
        Reported::Utilization { utilization, average_value } => {
            out["utilization"] = json!(utilization.0);
            out["usage"] = json!(average_value.0);
        }
        Reported::AverageValue(Some(value)) | Reported::Value(value) => {
            out["usage"] = json!(value.0);
        }
        Reported::AverageValue(None) => out["usage_unspecified"] = json!(true),
    }
    out
}

/// Our answer to a `group_pods` record.
pub(super) fn group_pods(input: &Value) -> Value {
    let (names, pods) = pods(input);
    let controller = controller(input);
    let resource = input["resource"].as_str().map(ResourceName::from);
    let samples = pod_samples(input, &names);
    let of = |group: PodGroup| -> Vec<&str> {
        let all = names.iter().zip(&pods).zip(&samples.of_pods);
        let in_group = all.filter(|((_, pod), sample)| {
            let sample = sample.item.as_ref();
            classify(&pod.item, sample, resource.as_ref(), &controller, NOW) == group
        });
        in_group.map(|((name, _), _)| name.0.as_str()).collect()
    };
    json!({
        "ready": of(PodGroup::Ready).len(),
        "unready": of(PodGroup::Unready),
        "missing": of(PodGroup::Missing),
        "ignored": of(PodGroup::Ignored),
    })
}

/// Our answer to a `pod_requests` record.
pub(super) fn pod_requests(input: &Value) -> Value {
    let (names, pods) = pods(input);
    let resource = ResourceName::from(text(&input["resource"]));
    let container = input["container"].as_str();
    let gate = controller(input).gates.pod_level_resources;
    let requests: Result<Vec<MilliUnits>, MetricError> = pods
        .iter()
        .map(|pod| pod_request(&pod.item.resources, &resource, container, gate))
        .collect();
    match requests {
        Err(error) => json!({"error": error_class(&error)}),
        Ok(requests) => {
            let named = names.iter().zip(requests).map(|(name, request)| (&name.0, request.0));
            json!({"requests": named.collect::<std::collections::BTreeMap<_, _>>()})
        }
    }
}

fn resource_of(metric: &MetricSpec) -> Option<&ResourceName> {
    match metric {
        MetricSpec::Resource { resource, .. } | MetricSpec::ContainerResource { resource, .. } => {
            Some(resource)
        }
        _ => None,
    }
}

fn controller(input: &Value) -> Controller {
    let mut controller = Controller {
        cpu_initialization_period: read::span(&input["cpu_initialization_period_ms"]),
        initial_readiness_delay: read::span(&input["initial_readiness_delay_ms"]),
        ..Controller::default()
    };
    controller.gates.pod_level_resources = input["pod_level_resources"] != false;
    controller
}

fn pods(input: &Value) -> (Vec<PodName>, Vec<Run<Pod>>) {
    let resource = ResourceName::from(input["resource"].as_str().unwrap_or("none"));
    let read = |value: &Value| {
        let containers = value.get("containers").unwrap_or(&input["containers"]);
        let mut resources = PodResources::default();
        for container in list(containers) {
            let request = container.get("request").map(|value| (resource.clone(), milli(value)));
            resources.containers.push(read::container(container, request.into_iter().collect()));
        }
        if let Some(request) = value.get("pod_level_request") {
            resources.pod_level_requests.insert(resource.clone(), milli(request));
        }
        if value["pod_level_request_other_resource"] == true {
            let other = ResourceName::Other("another".to_owned());
            resources.pod_level_requests.insert(other, MilliUnits(1));
        }
        let name = PodName(text(&value["name"]).to_owned());
        (name, Run::one(read::pod(value, Arc::new(resources))))
    };
    list(&input["pods"]).iter().map(read).unzip()
}

fn pod_samples(input: &Value, names: &[PodName]) -> PodSamples {
    let read = |value: &Value| {
        let or_default = |name: &str, default: &str| {
            value.get(name).cloned().unwrap_or_else(|| input[default].clone())
        };
        let sample = PodSample {
            value: value["value"].as_i64().map(MilliUnits),
            at: read::instant(&or_default("timestamp_ms", "sample_timestamp_ms")),
            window: read::span(&or_default("window_ms", "sample_window_ms")),
        };
        (PodName(text(&value["pod"]).to_owned()), sample)
    };
    let samples: Vec<_> = list(&input["samples"]).iter().map(read).collect();
    PodSamples::by_name(names, &samples)
}

fn reading(metric: &MetricSpec, input: &Value, names: &[PodName]) -> Reading {
    if input["fetch_error"] == true {
        return Reading::Failed(ApiError::new("no answer"));
    }
    let at = read::instant(&input["sample_timestamp_ms"]);
    match metric {
        MetricSpec::Object { .. } => Reading::Object { value: milli(&input["values"][0]), at },
        MetricSpec::External { .. } => {
            Reading::External { values: list(&input["values"]).iter().map(milli).collect(), at }
        }
        _ => Reading::Pods(pod_samples(input, names)),
    }
}
