//! From admitted manifests to the policies that the engine follows.

use upswell_engine::Policy;
use upswell_engine::activation::{self, ActivationPolicy};
use upswell_engine::policy::{
    Allowance, Behavior, Controller, HorizontalPolicy, MetricSpec, Percent, ReadingPolicy,
    ResourceName, ResourceTarget, ScalingPolicy, SelectPolicy, SubmittedRules, Tolerance,
    TriggerMetric, TriggerPolicy, TriggerSource, ValueTarget,
};
use upswell_triggers::{MetricSource, MetricTarget, Request, Trigger};
use upswell_units::{
    Diagnostic, Duration, MilliUnits, ObjectRef, Quantity, Replicas, ScaleTarget, Span, Timestamp,
};

use crate::admission::Admitted;
use crate::keda::{
    FallbackBehavior, Resolver, ScaledObject, TriggerInputs, TriggerOwner, generate, metric_specs,
    parse_triggers,
};
use crate::kinds::horizontal_pod_autoscaler as written;
use crate::kinds::{HorizontalPodAutoscaler, Metadata, Object, ObjectReference};

/// An autoscaler that a world can run: what it asks for and what it reads.
#[derive(Debug)]
pub struct Autoscaler {
    /// The object that asks for it.
    pub object: ObjectRef,
    /// Where that object's name stands.
    pub span: Span,
    /// What it asks for.
    pub policy: Policy,
    /// What it reads, position by position as in the policy's triggers. None for a plain
    /// HorizontalPodAutoscaler, which reads through the metrics APIs.
    pub triggers: Vec<Box<dyn Trigger>>,
}

/// Compiles a HorizontalPodAutoscaler.
#[must_use]
pub fn horizontal_pod_autoscaler(object: &HorizontalPodAutoscaler) -> Autoscaler {
    let target = scale_target(&object.spec.scale_target_ref, &object.metadata);
    let policy = Policy {
        target,
        horizontal: horizontal_policy(&object.spec),
        controller: Controller::default(),
        activation: None,
        composite: None,
        triggers: Vec::new(),
        reading: ReadingPolicy::default(),
    };
    let name = object.metadata.name.as_ref();
    Autoscaler {
        object: object_ref("HorizontalPodAutoscaler", &object.metadata),
        span: name.map_or(object.spec.scale_target_ref.name.span, |name| name.span),
        policy,
        triggers: Vec::new(),
    }
}

/// Compiles a ScaledObject; `created_at` is when the cluster took it in.
///
/// # Errors
///
/// The mistakes of all triggers, and what keeps KEDA from generating the HPA.
pub fn scaled_object(
    object: &ScaledObject,
    inputs: &TriggerInputs,
    created_at: Timestamp,
) -> Result<Autoscaler, Vec<Diagnostic>> {
    let has_formula = object.modifiers().is_some();
    let owner = TriggerOwner { namespace: object.metadata.namespace(), has_formula };
    let triggers = parse_triggers(&object.spec.triggers, owner, inputs)?;
    let composite = match object.modifiers() {
        Some(modifiers) => Some(modifiers.compile(&object.spec.triggers, object.name_span())?),
        None => None,
    };
    let kind = object.spec.scale_target_ref.group_version_kind();
    let specs = metric_specs(object, &triggers);
    let generated = generate(object, &kind, &specs)?;
    let spec = &generated.autoscaler.spec;
    let policies = object.spec.triggers.iter().zip(&triggers);
    let policy = Policy {
        target: scale_target(&spec.scale_target_ref, &object.metadata),
        horizontal: horizontal_policy(spec),
        controller: Controller::default(),
        activation: Some(activation_policy(object, created_at)),
        composite,
        triggers: policies
            .map(|(written, parsed)| TriggerPolicy {
                name: written.set_name().map_or_else(String::new, |name| name.value.clone()),
                source: trigger_source(parsed.as_ref()),
                is_cached: written.uses_cached_metrics(),
            })
            .collect(),
        reading: ReadingPolicy::default(),
    };
    Ok(Autoscaler {
        object: object_ref("ScaledObject", &object.metadata),
        span: object.name_span(),
        policy,
        triggers,
    })
}

/// The autoscalers of a cluster: those that work, and why the others do not.
#[derive(Debug, Default)]
pub struct Autoscalers {
    /// Those that work, in the order of their objects.
    pub working: Vec<Autoscaler>,
    /// What keeps the others from working, although the cluster took their objects in.
    pub failing: Vec<Diagnostic>,
}

/// Compiles all autoscalers of a cluster; `created_at` is when it took the objects in.
#[must_use]
pub fn autoscalers(admitted: &Admitted<'_>, created_at: Timestamp) -> Autoscalers {
    let mut autoscalers = Autoscalers::default();
    let is_stopped = |namespace: &str, name: &str| {
        admitted.stopped.iter().any(|stopped| {
            stopped.autoscaler.namespace == namespace && stopped.autoscaler.name == name
        })
    };
    let stopped = admitted.stopped.iter().map(|stopped| stopped.diagnostic.clone());
    autoscalers.failing.extend(stopped);
    for object in &admitted.objects {
        match object {
            Object::HorizontalPodAutoscaler(object) => {
                let metadata = &object.metadata;
                if !is_stopped(metadata.namespace(), metadata.name()) {
                    autoscalers.working.push(horizontal_pod_autoscaler(object));
                }
            }
            Object::ScaledObject(object) => {
                if is_stopped(object.metadata.namespace(), &object.autoscaler_name()) {
                    continue;
                }
                let inputs = trigger_inputs(object, &admitted.objects);
                match scaled_object(object, &inputs, created_at) {
                    Ok(autoscaler) => autoscalers.working.push(autoscaler),
                    Err(problems) => autoscalers.failing.extend(problems),
                }
            }
            _ => {}
        }
    }
    autoscalers
}

fn trigger_inputs(object: &ScaledObject, objects: &[&Object]) -> TriggerInputs {
    let reference = &object.spec.scale_target_ref;
    let (kind, name) = (reference.group_version_kind().kind, reference.name.value.as_str());
    let namespace = object.metadata.namespace();
    let mut targets = objects.iter().filter(|object| {
        let metadata = object.metadata();
        object.kind().name() == kind && metadata.name() == name && metadata.namespace() == namespace
    });
    let pod = targets.find_map(|object| object.pod_spec());
    let container = reference.env_source_container_name.as_ref();
    let resolver = Resolver { objects, namespace };
    resolver.inputs(&object.spec.triggers, pod, container.map(|name| name.value.as_str()))
}

fn object_ref(kind: &str, metadata: &Metadata) -> ObjectRef {
    ObjectRef {
        kind: kind.to_owned(),
        namespace: metadata.namespace().to_owned(),
        name: metadata.name().to_owned(),
    }
}

fn scale_target(reference: &ObjectReference, owner: &Metadata) -> ScaleTarget {
    let api_version = reference.api_version.as_ref();
    ScaleTarget {
        api_version: api_version.map_or_else(|| "apps/v1".to_owned(), |text| text.value.clone()),
        kind: reference.kind.value.clone(),
        namespace: owner.namespace().to_owned(),
        name: reference.name.value.clone(),
    }
}

fn horizontal_policy(spec: &written::HorizontalPodAutoscalerSpec) -> HorizontalPolicy {
    let mut metrics: Vec<_> =
        spec.metrics.iter().map(|metric| metric_spec(&metric.value)).collect();
    if metrics.is_empty() {
        metrics.push(MetricSpec::default_metric());
    }
    HorizontalPolicy {
        min_replicas: spec.min_replicas(),
        max_replicas: spec.max_replicas.value,
        metrics,
        behavior: spec.behavior.as_ref().map(|behavior| {
            let rules = |rules: &Option<upswell_units::Spanned<written::ScalingRules>>| {
                rules.as_ref().map(|rules| submitted(&rules.value)).unwrap_or_default()
            };
            Behavior::with_defaults(rules(&behavior.scale_up), rules(&behavior.scale_down))
        }),
    }
}

fn metric_spec(metric: &written::Metric) -> MetricSpec {
    use written::Metric;
    match metric {
        Metric::Resource { name, target } => MetricSpec::Resource {
            resource: ResourceName::from(name.value.as_str()),
            target: resource_target(target),
        },
        Metric::ContainerResource { name, container, target } => MetricSpec::ContainerResource {
            resource: ResourceName::from(name.value.as_str()),
            container: container.value.clone(),
            target: resource_target(target),
        },
        Metric::Pods { metric, target } => {
            MetricSpec::Pods { metric: metric.name.value.clone(), average_value: amount(target) }
        }
        Metric::Object { described_object, metric, target } => MetricSpec::Object {
            metric: metric.name.value.clone(),
            described_object: ObjectRef {
                kind: described_object.kind.value.clone(),
                namespace: String::new(),
                name: described_object.name.value.clone(),
            },
            target: value_target(target),
        },
        Metric::External { metric, target } => {
            MetricSpec::External { metric: metric.name.value.clone(), target: value_target(target) }
        }
    }
}

fn resource_target(target: &written::Target) -> ResourceTarget {
    match target {
        written::Target::Utilization(percent) => {
            ResourceTarget::Utilization(Percent(percent.value))
        }
        written::Target::Value(value) | written::Target::AverageValue(value) => {
            ResourceTarget::AverageValue(milli_units(&value.value))
        }
    }
}

fn value_target(target: &written::Target) -> ValueTarget {
    match target {
        written::Target::Value(value) => ValueTarget::Value(milli_units(&value.value)),
        other => ValueTarget::AverageValue(amount(other)),
    }
}

/// The amount of a target of pods, objects and external metrics; decoding refuses a utilization.
fn amount(target: &written::Target) -> MilliUnits {
    match target {
        written::Target::Value(value) | written::Target::AverageValue(value) => {
            milli_units(&value.value)
        }
        written::Target::Utilization(percent) => MilliUnits::from_units(percent.value.into()),
    }
}

fn milli_units(quantity: &Quantity) -> MilliUnits {
    MilliUnits(quantity.milli_value())
}

fn submitted(rules: &written::ScalingRules) -> SubmittedRules {
    let written::ScalingRules { stabilization_window_seconds, select_policy, policies, tolerance } =
        rules;
    let seconds = |seconds: i32| Duration::from_secs(seconds.into());
    SubmittedRules {
        stabilization_window: stabilization_window_seconds.map(|window| seconds(window.value)),
        select_policy: select_policy.map(|select| match select.value {
            written::SelectPolicy::Max => SelectPolicy::Max,
            written::SelectPolicy::Min => SelectPolicy::Min,
            written::SelectPolicy::Disabled => SelectPolicy::Disabled,
        }),
        policies: policies
            .as_ref()
            .map(|policies| policies.iter().map(|policy| scaling_policy(&policy.value)).collect()),
        tolerance: tolerance.as_ref().map(|text| Tolerance(text.value.approximate_f64())),
    }
}

fn scaling_policy(policy: &written::ScalingPolicy) -> ScalingPolicy {
    let value = policy.value.value;
    ScalingPolicy {
        allowance: match policy.policy_type.value {
            written::PolicyType::Pods => Allowance::Pods(Replicas(value.max(0).unsigned_abs())),
            written::PolicyType::Percent => Allowance::Percent(Percent(value)),
        },
        period: Duration::from_secs(policy.period_seconds.value.into()),
    }
}

fn activation_policy(object: &ScaledObject, created_at: Timestamp) -> ActivationPolicy {
    ActivationPolicy {
        min: object.min_replicas(),
        max: object.max_replicas(),
        idle: object.idle_replicas(),
        polling_interval: object.polling_interval(),
        cooldown_period: object.cooldown_period(),
        initial_cooldown_period: object.initial_cooldown_period(),
        fallback: object.spec.fallback.as_ref().map(|fallback| activation::Fallback {
            failure_threshold: fallback.failure_threshold.value.0.max(0).unsigned_abs(),
            replicas: fallback.replicas.value.replicas(),
            behavior: match fallback.behavior() {
                FallbackBehavior::Static => activation::FallbackBehavior::Static,
                FallbackBehavior::CurrentReplicas => activation::FallbackBehavior::CurrentReplicas,
                FallbackBehavior::CurrentReplicasIfHigher => {
                    activation::FallbackBehavior::CurrentReplicasIfHigher
                }
                FallbackBehavior::CurrentReplicasIfLower => {
                    activation::FallbackBehavior::CurrentReplicasIfLower
                }
                FallbackBehavior::ScalingModifiers => {
                    activation::FallbackBehavior::ScalingModifiers
                }
            },
        }),
        modifiers: object.modifiers().map(crate::keda::ScalingModifiers::to_engine),
        pause: object.pause(),
        ..ActivationPolicy::new(created_at)
    }
}

fn trigger_source(trigger: &dyn Trigger) -> TriggerSource {
    if trigger.request() == Request::ResourceMetrics {
        return TriggerSource::Resource;
    }
    let external = trigger.metric_specs().into_iter().filter_map(|spec| {
        (spec.source == MetricSource::External)
            .then(|| TriggerMetric { name: spec.name, target: metric_target(&spec.target) })
    });
    TriggerSource::External(external.collect())
}

/// External targets are quantities that the generated HPA has accepted.
fn metric_target(target: &MetricTarget) -> activation::MetricTarget {
    use activation::MetricType;
    let (metric_type, text) = match target {
        MetricTarget::Value(text) => (MetricType::Value, text.as_str()),
        MetricTarget::AverageValue(text) => (MetricType::AverageValue, text.as_str()),
        MetricTarget::Utilization(_) => (MetricType::AverageValue, "0"),
    };
    let quantity = text.parse::<Quantity>().ok();
    let target = quantity.map_or(MilliUnits(0), |quantity| milli_units(&quantity));
    activation::MetricTarget { metric_type, target }
}
