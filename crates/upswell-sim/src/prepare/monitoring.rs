//! What is exported in a run, and who looks at it.

use std::collections::BTreeMap;

use upswell_engine::policy::{
    HorizontalPolicy, MetricSpec, ResourceTarget, TriggerSource, ValueTarget,
};
use upswell_manifests::admission::Admitted;
use upswell_manifests::compile;
use upswell_manifests::keda::ScaledObject;
use upswell_manifests::kinds::container::Resources;
use upswell_manifests::kinds::{Container, Object, PodSpec};
use upswell_metrics::MatchOp;
use upswell_metrics::promql::{self, Query};
use upswell_triggers::Request;
use upswell_units::{Diagnostic, MilliUnits, Replicas, ScaleTarget, Sources};

use super::monitors::{Monitors, monitors};
use super::notes::Notes;
use super::pods::Pods;
use super::rules::{RuleSet, rules};
use crate::exporters::{
    AutoscalerObject, AutoscalerRole, Catalogue, ContainerObject, CustomMetric, Exported,
    MetricObject, Monitoring, Objects, ScaledObjectInfo, Server, TriggerInfo, WatchedGroup,
    WorkloadObject, selectors,
};
use crate::scenario::Scaler;
use crate::targets::is_same;

/// What the monitoring is made of.
pub(super) struct Watched<'a> {
    pub(super) sources: &'a Sources,
    pub(super) admitted: &'a Admitted<'a>,
    pub(super) target: &'a ScaleTarget,
    pub(super) pods: &'a Pods<'a>,
    /// The object that scales the target and what of it plays a part.
    pub(super) scaler: Option<(&'a str, &'a Scaler)>,
    pub(super) initial_replicas: Replicas,
    pub(super) has_nodes: bool,
}

/// Collects what is exported and who looks at it, and notes what is taken for granted on the way;
/// returns what is wrong with the rules too.
pub(super) fn monitoring(
    watched: &Watched<'_>,
    notes: &mut Notes,
) -> (Monitoring, Vec<Diagnostic>) {
    let Watched { sources, admitted, target, pods, scaler, has_nodes, .. } = *watched;
    let queries = trigger_queries(scaler.map(|(_, scaler)| scaler));
    let RuleSet { groups, problems } = rules(sources, &admitted.objects);
    let of_rules = groups.iter().flat_map(|watched| &watched.group.rules);
    let of_rules = of_rules.map(|rule| &rule.query);
    let namespace = namespace(pods, queries.values().flatten().chain(of_rules), notes);
    let monitors = monitors(&admitted.objects, pods, &namespace);
    let custom_metrics = custom_metrics(scaler.map(|(_, scaler)| scaler), &namespace);
    let objects = Objects {
        workload: workload(target, pods),
        autoscalers: autoscalers(watched, notes),
        scaled_object: scaled_object(watched),
        namespace,
    };
    let why = monitors.why_unscraped();
    let catalogue = Catalogue::new(&objects, &monitors.endpoints, &why, has_nodes);
    let monitoring = Monitoring {
        objects,
        queries,
        custom_metrics,
        exported: exported(&groups),
        groups,
        catalogue,
        endpoints: monitors.endpoints.clone(),
    };
    if !monitoring.is_idle() {
        assume(&monitoring, &monitors, notes);
    }
    (monitoring, problems)
}

/// What has to be written: all of it where a template asks queries of its own.
fn exported(groups: &[WatchedGroup]) -> Exported {
    let mut rules = groups.iter().flat_map(|watched| &watched.group.rules);
    let asks = |text: &str| {
        let mut actions = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
        actions.any(|action| action.contains("query"))
    };
    let any_asks = rules.any(|rule| {
        let labels = rule.label_texts().into_values();
        labels.chain(rule.annotation_texts().into_values()).any(asks)
    });
    if any_asks { Exported::All } else { Exported::Selected }
}

/// What the metrics take for granted.
fn assume(monitoring: &Monitoring, monitors: &Monitors, notes: &mut Notes) {
    let value = "kube-state-metrics, kubelets, KEDA and controllers, every 30s";
    notes.assume("scrapes of the control plane", value, "kube-prometheus-stack's defaults");
    for endpoint in &monitoring.endpoints {
        let value = format!("{}, every {}", endpoint.scrape_pool(), endpoint.interval);
        let source = "Prometheus selects every monitor of the bundle";
        notes.assume("scrapes of the pods", value, source);
    }
    if monitoring.endpoints.is_empty() {
        let why = monitors.why_unscraped();
        notes.leave_out(format!("series of the pods: {why}"));
    } else if monitoring.objects.workload.server == Server::Worker {
        let value = "llm_queue_depth_per_pod: what waits, over the ready pods";
        notes.assume("queue of a pod", value, "the queue is one for all of them");
    }
    if !monitoring.custom_metrics.is_empty() {
        let value = "prometheus-adapter with its default rules";
        notes.assume("custom metrics API", value, "no manifest says who serves it");
    }
}

/// The queries of the triggers, parsed once.
fn trigger_queries(scaler: Option<&Scaler>) -> BTreeMap<String, Result<Query, promql::ParseError>> {
    let triggers = scaler.into_iter().flat_map(|scaler| &scaler.triggers);
    let texts = triggers.filter_map(|trigger| match trigger.request() {
        Request::PromQl(request) => Some(request.query),
        _ => None,
    });
    texts.map(|text| (text.clone(), promql::parse(&text))).collect()
}

/// The metrics that a metrics API would have to serve, by position in the policy.
fn custom_metrics(scaler: Option<&Scaler>, namespace: &str) -> BTreeMap<usize, CustomMetric> {
    let Some(Scaler { policy, .. }) = scaler else { return BTreeMap::new() };
    let is_served_by_keda = policy.activation.is_some();
    let metrics = policy.horizontal.metrics.iter().enumerate();
    let served = metrics.filter_map(|(position, metric)| {
        let is_external = matches!(metric, MetricSpec::External { .. });
        let custom = match is_external && !is_served_by_keda {
            true => Some(CustomMetric::default()),
            false => CustomMetric::of(metric, namespace),
        };
        Some((position, custom?))
    });
    served.collect()
}

/// The namespace of the pods: the manifest's, or else the one that the queries name, or `default`.
fn namespace<'q>(
    pods: &Pods<'_>,
    queries: impl Iterator<Item = &'q Query>,
    notes: &mut Notes,
) -> String {
    if !pods.namespace.is_empty() {
        return pods.namespace.to_owned();
    }
    let mut matchers = queries.flat_map(selectors).flatten();
    let is_namespace =
        |op, name: &str| op == MatchOp::Equal && matches!(name, "namespace" | "exported_namespace");
    let named = matchers.find(|found| is_namespace(found.op, &found.name));
    match named.filter(|found| !found.value.is_empty()) {
        Some(matcher) => {
            let source = "the queries name it, and no manifest names another";
            notes.assume("namespace of the objects", matcher.value.clone(), source);
            matcher.value.clone()
        }
        None => "default".to_owned(),
    }
}

fn workload(target: &ScaleTarget, pods: &Pods<'_>) -> WorkloadObject {
    let metadata = pods.template.and_then(|template| template.metadata.as_ref());
    let labels = metadata.map(|metadata| &metadata.labels).into_iter().flatten();
    WorkloadObject {
        kind: target.kind.clone(),
        name: target.name.clone(),
        pod_labels: labels.map(|(key, value)| (key.clone(), value.value.clone())).collect(),
        containers: pods.spec().map(containers).unwrap_or_default(),
        server: pods
            .spec()
            .and_then(|spec| spec.containers.first())
            .map(server)
            .unwrap_or_default(),
    }
}

fn containers(spec: &PodSpec) -> Vec<ContainerObject> {
    let containers = spec.containers.iter().map(|container| {
        let amounts = |of: fn(&Resources) -> Vec<&String>,
                       get: fn(&Resources, &str) -> Option<f64>| {
            let resources = container.resources.iter();
            let amounts = resources.flat_map(|resources| {
                let names = of(resources).into_iter();
                names.filter_map(|name| Some((name.clone(), get(resources, name)?)))
            });
            amounts.collect()
        };
        ContainerObject {
            name: container.name.value.clone(),
            image: container.image.as_ref().map_or_else(String::new, |image| image.value.clone()),
            requests: amounts(
                |resources| resources.requests.keys().chain(resources.limits.keys()).collect(),
                |resources, name| Some(resources.request(name)?.value.approximate_f64()),
            ),
            limits: amounts(
                |resources| resources.limits.keys().collect(),
                |resources, name| Some(resources.limit(name)?.value.approximate_f64()),
            ),
        }
    });
    containers.collect()
}

/// What a container serves with, told by its image.
fn server(container: &Container) -> Server {
    let image = container.image.as_ref().map_or("", |image| &image.value);
    let repository = image.split(['@', ':']).next().unwrap_or_default();
    if !repository.split('/').any(|part| part.contains("vllm")) {
        return Server::Worker;
    }
    let words: Vec<&str> =
        container.command.iter().chain(&container.args).map(|word| &*word.value).collect();
    let after = |flag: &str| {
        let position = words.iter().position(|word| *word == flag)?;
        words.get(position + 1).copied()
    };
    let joined =
        |flag: &str| words.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
    let of = |flag: &str| after(flag).or_else(|| joined(flag));
    let model = of("--served-model-name").or_else(|| of("--model")).or_else(|| after("serve"));
    Server::Vllm { model: model.unwrap_or("model").to_owned() }
}

/// The HorizontalPodAutoscalers of the target that are there, in the order of their objects.
fn autoscalers(watched: &Watched<'_>, notes: &mut Notes) -> Vec<AutoscalerObject> {
    let Watched { admitted, target, scaler, initial_replicas, .. } = *watched;
    let mut found = Vec::new();
    for object in &admitted.objects {
        let (name, compiled) = match object {
            Object::HorizontalPodAutoscaler(object) => (
                object.metadata.name().to_owned(),
                compile::horizontal_pod_autoscaler(object).policy,
            ),
            Object::ScaledObject(object) if !object.pause().stops_scaling() => {
                let own = scaler.filter(|(name, _)| *name == scaled_object_name(object));
                let Some((_, scaler)) = own else { continue };
                (object.autoscaler_name(), scaler.policy.clone())
            }
            _ => continue,
        };
        if !is_same(&compiled.target, target) {
            continue;
        }
        let HorizontalPolicy { min_replicas, max_replicas, metrics, .. } = &compiled.horizontal;
        let mut stopped = admitted.stopped.iter();
        let is_stopped = stopped.any(|stopped| stopped.autoscaler.name == name);
        let role = if is_stopped {
            // The one that was there first has decided before the others came.
            let is_first = found.is_empty();
            let at_rest = initial_replicas.clamp(*min_replicas, (*max_replicas).max(*min_replicas));
            AutoscalerRole::Stopped { desired: if is_first { at_rest } else { Replicas::ZERO } }
        } else {
            AutoscalerRole::Scales
        };
        if let AutoscalerRole::Stopped { desired } = role
            && desired > Replicas::ZERO
        {
            let value = format!("{desired} replicas desired, by HorizontalPodAutoscaler/{name}");
            notes.assume(
                "status of what is stopped",
                value,
                "it decided at rest, before the others came",
            );
        }
        let ScaleTarget { api_version, kind, name: of, .. } = &compiled.target;
        found.push(AutoscalerObject {
            name,
            target: [api_version.clone(), kind.clone(), of.clone()],
            min_replicas: *min_replicas,
            max_replicas: *max_replicas,
            metrics: metrics.iter().filter_map(metric_object).collect(),
            role,
        });
    }
    found
}

fn metric_object(metric: &MetricSpec) -> Option<MetricObject> {
    let amount = |MilliUnits(milli): MilliUnits| milli as f64 / 1000.0;
    let (name, (target_type, target)) = match metric {
        MetricSpec::Resource { resource, target }
        | MetricSpec::ContainerResource { resource, target, .. } => {
            let target = match target {
                ResourceTarget::Utilization(percent) => ("utilization", percent.0.into()),
                ResourceTarget::AverageValue(value) => ("average", amount(*value)),
            };
            (resource.to_string(), target)
        }
        MetricSpec::Pods { metric, average_value } => {
            (metric.clone(), ("average", amount(*average_value)))
        }
        MetricSpec::Object { metric, target, .. } | MetricSpec::External { metric, target } => {
            let target = match target {
                ValueTarget::Value(value) => ("value", amount(*value)),
                ValueTarget::AverageValue(value) => ("average", amount(*value)),
            };
            (metric.clone(), target)
        }
        MetricSpec::Invalid(_) => return None,
    };
    Some(MetricObject { name, target_type, target })
}

/// The ScaledObject that scales the target.
fn scaled_object(watched: &Watched<'_>) -> Option<ScaledObjectInfo> {
    let (name, scaler) = watched.scaler?;
    let objects = watched.admitted.objects.iter();
    let object = objects.into_iter().find_map(|object| match object {
        Object::ScaledObject(object) if scaled_object_name(object) == name => Some(object),
        _ => None,
    })?;
    let triggers = scaler.policy.triggers.iter().zip(&scaler.triggers);
    let triggers = triggers.map(|(policy, trigger)| {
        let metrics = match &policy.source {
            TriggerSource::External(metrics) => {
                metrics.iter().map(|metric| metric.name.clone()).collect()
            }
            TriggerSource::Resource => Vec::new(),
        };
        let scaler = match policy.name.as_str() {
            "" => scaler_name(trigger.kind()),
            name => name.to_owned(),
        };
        TriggerInfo { index: 0, scaler, metrics }
    });
    let mut triggers: Vec<_> = triggers.collect();
    for trigger in &mut triggers {
        // KEDA numbers its metrics by trigger: `s1-prometheus`.
        let number = trigger.metrics.first().and_then(|metric| metric.0.strip_prefix('s'));
        let number = number.and_then(|rest| rest.split('-').next());
        trigger.index = number.and_then(|number| number.parse().ok()).unwrap_or(0);
    }
    let name = object.metadata.name().to_owned();
    Some(ScaledObjectInfo { name, is_paused: object.pause().stops_scaling(), triggers })
}

/// A ScaledObject as an autoscaler's reference prints it.
fn scaled_object_name(object: &ScaledObject) -> String {
    let reference = upswell_units::ObjectRef {
        kind: "ScaledObject".to_owned(),
        namespace: object.metadata.namespace().to_owned(),
        name: object.metadata.name().to_owned(),
    };
    reference.to_string()
}

/// KEDA's name for the scaler of a type: `azure-queue` is `azureQueueScaler`.
fn scaler_name(kind: &str) -> String {
    let mut name = String::new();
    for (index, part) in kind.split('-').enumerate() {
        let mut letters = part.chars();
        let first = letters.next().map(|first| match index {
            0 => first,
            _ => first.to_ascii_uppercase(),
        });
        name.extend(first);
        name.extend(letters);
    }
    name + "Scaler"
}
