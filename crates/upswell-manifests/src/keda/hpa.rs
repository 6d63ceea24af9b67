//! The HorizontalPodAutoscaler that KEDA generates from a ScaledObject.
//!
//! Its fields have the spans of what they were made from. Source: KEDA 2.20, controllers/keda/hpa.go.

use std::collections::BTreeMap;

use upswell_engine::activation::MetricType;
use upswell_engine::activation::activity::COMPOSITE_METRIC;
use upswell_engine::activation::pause::{PAUSED_SCALE_IN, PAUSED_SCALE_OUT};
use upswell_triggers::{MetricSource, MetricSpec, MetricTarget, Trigger};
use upswell_units::{Diagnostic, MilliUnits, Quantity, Replicas, Span, Spanned};

use super::modifiers::ScalingModifiers;
use super::scale_target::GroupVersionKind;
use super::scaled_object::ScaledObject;
use crate::kinds::horizontal_pod_autoscaler::{
    Behavior, HorizontalPodAutoscalerSpec, Metric, MetricIdentifier, ScalingRules, SelectPolicy,
    Target,
};
use crate::kinds::{
    HorizontalPodAutoscaler, LabelSelector, Metadata, ObjectReference, OwnerReference,
};

/// Label by which KEDA finds the ScaledObject of an external metric.
pub const SCALED_OBJECT_LABEL: &str = "scaledobject.keda.sh/name";

/// Keys, joined by commas, of labels that the HorizontalPodAutoscaler does not get.
const EXCLUDED_LABELS: &str = "scaledobject.keda.sh/hpa-excluded-labels";

/// The HorizontalPodAutoscaler of a ScaledObject, and what KEDA notes in the status beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedAutoscaler {
    /// The object.
    pub autoscaler: HorizontalPodAutoscaler,
    /// `status.externalMetricNames`, in the order of the triggers.
    pub external_metric_names: Vec<String>,
    /// `status.resourceMetricNames`, without those of single containers.
    pub resource_metric_names: Vec<String>,
    /// `status.compositeScalerName`, if a formula replaces the external metrics.
    pub composite_scaler_name: Option<&'static str>,
}

/// Generates the HorizontalPodAutoscaler of a ScaledObject.
///
/// `target` is what the scale target's kind resolved to; `specs` are the metrics of all triggers
/// in their order, each with the place of its trigger: those of [`metric_specs`], and those that
/// only an external scaler knows.
///
/// # Errors
///
/// When there is no metric, when two external metrics have one name, and when a target is no
/// quantity.
pub fn generate(
    object: &ScaledObject,
    target: &GroupVersionKind,
    specs: &[Spanned<MetricSpec>],
) -> Result<GeneratedAutoscaler, Vec<Diagnostic>> {
    if specs.is_empty() {
        let problem = Diagnostic::error("no-metrics", "the triggers name no metric");
        let problem = problem.at(object.name_span(), "has nothing to scale on");
        return Err(vec![problem.help("look whether the external scaler answers")]);
    }
    let external_metric_names = external_metric_names(specs)?;
    let resource_metric_names = specs.iter().filter_map(resource_name).collect();
    let mut metrics = sorted_metrics(object, specs)?;
    let composite = object.modifiers().and_then(|modifiers| composite_metric(object, modifiers));
    let composite_scaler_name = composite.is_some().then_some(COMPOSITE_METRIC);
    if let Some(composite) = composite {
        // KEDA drops the metrics of single containers here as well.
        metrics.retain(|metric| matches!(metric.value, Metric::Resource { .. }));
        metrics.push(composite);
    }
    let reference = &object.spec.scale_target_ref;
    let kind_span = reference.kind.as_ref().map_or(reference.name.span, |kind| kind.span);
    let spec = HorizontalPodAutoscalerSpec {
        scale_target_ref: ObjectReference {
            api_version: Some(Spanned::new(target.api_version(), kind_span)),
            kind: Spanned::new(target.kind.clone(), kind_span),
            name: reference.name.clone(),
        },
        min_replicas: Some(min_replicas(object)),
        max_replicas: max_replicas(object),
        metrics,
        behavior: behavior(object),
    };
    Ok(GeneratedAutoscaler {
        autoscaler: HorizontalPodAutoscaler { metadata: metadata(object), spec },
        external_metric_names,
        resource_metric_names,
        composite_scaler_name,
    })
}

/// Returns the metrics of parsed triggers, each with the place of its trigger.
///
/// `triggers` are those of `object`, in their order.
#[must_use]
pub fn metric_specs(
    object: &ScaledObject,
    triggers: &[Box<dyn Trigger>],
) -> Vec<Spanned<MetricSpec>> {
    let spans = object.spec.triggers.iter().map(|trigger| trigger.span);
    let specs = triggers.iter().zip(spans).flat_map(|(trigger, span)| {
        trigger.metric_specs().into_iter().map(move |spec| Spanned::new(spec, span))
    });
    specs.collect()
}

fn min_replicas(object: &ScaledObject) -> Spanned<Replicas> {
    let span = object.spec.min_replica_count.map_or(object.name_span(), |min| min.span);
    Spanned::new(object.autoscaler_min_replicas(), span)
}

fn max_replicas(object: &ScaledObject) -> Spanned<Replicas> {
    let span = object.spec.max_replica_count.map_or(object.name_span(), |max| max.span);
    Spanned::new(object.max_replicas(), span)
}

fn metadata(object: &ScaledObject) -> Metadata {
    let written = &object.metadata;
    let span = object.name_span();
    let name = object.autoscaler_name();
    let name_span = object.configured_autoscaler_name().map_or(span, |name| name.span);
    let mut labels = BTreeMap::from(
        [
            ("app.kubernetes.io/name", label_value(&name).to_owned()),
            ("app.kubernetes.io/version", env!("CARGO_PKG_VERSION").to_owned()),
            ("app.kubernetes.io/part-of", written.name().to_owned()),
            ("app.kubernetes.io/managed-by", "keda-operator".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), Spanned::new(value, span))),
    );
    // KEDA does not trim the keys: one after ", " excludes nothing.
    let excluded: Vec<&str> =
        written.annotation(EXCLUDED_LABELS).map_or_else(Vec::new, |keys| keys.split(',').collect());
    let own = written.labels.iter().filter(|(key, _)| !excluded.contains(&key.as_str()));
    labels.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    Metadata {
        name: Some(Spanned::new(name, name_span)),
        namespace: written.namespace.clone(),
        labels,
        annotations: written.annotations.clone(),
        owner_references: vec![OwnerReference {
            kind: Spanned::new("ScaledObject".to_owned(), span),
            name: Spanned::new(written.name().to_owned(), span),
        }],
    }
}

/// Cuts a name to what a label may have; what the cut leaves at the end must be a letter or digit.
fn label_value(name: &str) -> &str {
    const LABEL_BYTES_MAX: usize = 63;
    if name.len() <= LABEL_BYTES_MAX {
        return name;
    }
    let end = (0..=LABEL_BYTES_MAX).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    name[..end].trim_end_matches(|c: char| !c.is_alphanumeric())
}

/// The names of the external metrics; two of one name cannot be told apart.
fn external_metric_names(specs: &[Spanned<MetricSpec>]) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut names: Vec<String> = Vec::new();
    for Spanned { value: spec, span } in specs {
        if spec.source != MetricSource::External {
            continue;
        }
        let name = &spec.name.0;
        if names.contains(name) {
            let message = format!("two metrics have the name `{name}`");
            let problem = Diagnostic::error("duplicate-metric-name", message);
            let problem = problem.at(*span, "the name is taken");
            return Err(vec![problem.help("let the external scaler name its metrics apart")]);
        }
        names.push(name.clone());
    }
    Ok(names)
}

fn resource_name(spec: &Spanned<MetricSpec>) -> Option<String> {
    match &spec.value.source {
        MetricSource::Resource { resource } => Some((*resource).to_owned()),
        MetricSource::External | MetricSource::ContainerResource { .. } => None,
    }
}

/// The metrics sorted by the name of their type, those of one type in the order of the triggers.
fn sorted_metrics(
    object: &ScaledObject,
    specs: &[Spanned<MetricSpec>],
) -> Result<Vec<Spanned<Metric>>, Vec<Diagnostic>> {
    let mut specs: Vec<&Spanned<MetricSpec>> = specs.iter().collect();
    specs.sort_by_key(|spec| match spec.value.source {
        MetricSource::ContainerResource { .. } => "ContainerResource",
        MetricSource::External => "External",
        MetricSource::Resource { .. } => "Resource",
    });
    let metrics = specs.into_iter().map(|Spanned { value: spec, span }| {
        let metric = metric(object, spec, *span)?;
        Ok(Spanned::new(metric, *span))
    });
    metrics.collect()
}

fn metric(object: &ScaledObject, spec: &MetricSpec, span: Span) -> Result<Metric, Vec<Diagnostic>> {
    let target = target(&spec.target, span)?;
    let named = |name: &str| Spanned::new(name.to_owned(), span);
    Ok(match &spec.source {
        MetricSource::External => {
            Metric::External { metric: identifier(object, &spec.name.0, span), target }
        }
        MetricSource::Resource { resource } => Metric::Resource { name: named(resource), target },
        MetricSource::ContainerResource { resource, container } => {
            let (name, container) = (named(resource), named(container));
            Metric::ContainerResource { name, container, target }
        }
    })
}

fn identifier(object: &ScaledObject, name: &str, span: Span) -> MetricIdentifier {
    let owner = Spanned::new(object.metadata.name().to_owned(), object.name_span());
    let match_labels = BTreeMap::from([(SCALED_OBJECT_LABEL.to_owned(), owner)]);
    let selector = LabelSelector { match_labels, match_expressions: Vec::new() };
    MetricIdentifier { name: Spanned::new(name.to_owned(), span), selector: Some(selector) }
}

fn target(target: &MetricTarget, span: Span) -> Result<Target, Vec<Diagnostic>> {
    let quantity = |text: &str| match text.parse::<Quantity>() {
        Ok(quantity) => Ok(Spanned::new(quantity, span)),
        Err(error) => {
            let message = format!("the target {text:?} is no quantity: {error}");
            Err(vec![Diagnostic::error("bad-value", message).at(span, "the trigger")])
        }
    };
    Ok(match target {
        MetricTarget::Utilization(percent) => Target::Utilization(Spanned::new(*percent, span)),
        MetricTarget::Value(text) => Target::Value(quantity(text)?),
        MetricTarget::AverageValue(text) => Target::AverageValue(quantity(text)?),
    })
}

/// The metric that a formula computes; none if its target is not above zero, which admission
/// refuses.
fn composite_metric(
    object: &ScaledObject,
    modifiers: &ScalingModifiers,
) -> Option<Spanned<Metric>> {
    let written = modifiers.to_engine();
    let milli = written.target().and_then(MilliUnits::from_f64)?;
    let span = modifiers.target.as_ref().map_or(object.name_span(), |target| target.span);
    let quantity = Spanned::new(Quantity::from_milli(milli.0), span);
    let target = match written.metric_type() {
        MetricType::AverageValue => Target::AverageValue(quantity),
        MetricType::Value => Target::Value(quantity),
    };
    let metric = identifier(object, COMPOSITE_METRIC, span);
    Some(Spanned::new(Metric::External { metric, target }, span))
}

/// The behavior as configured, with the directions switched off that an annotation pauses.
fn behavior(object: &ScaledObject) -> Option<Behavior> {
    let pause = object.pause();
    let mut behavior = object.behavior().cloned();
    let place = |key| object.metadata.annotations.get(key).map_or(object.name_span(), |a| a.span);
    if pause.scale_in {
        let behavior = behavior.get_or_insert(Behavior { scale_up: None, scale_down: None });
        disable(&mut behavior.scale_down, place(PAUSED_SCALE_IN));
    }
    if pause.scale_out {
        let behavior = behavior.get_or_insert(Behavior { scale_up: None, scale_down: None });
        disable(&mut behavior.scale_up, place(PAUSED_SCALE_OUT));
    }
    behavior
}

fn disable(rules: &mut Option<Spanned<ScalingRules>>, span: Span) {
    let rules = rules.get_or_insert_with(|| {
        let rules = ScalingRules {
            stabilization_window_seconds: None,
            select_policy: None,
            policies: None,
            tolerance: None,
        };
        Spanned::new(rules, span)
    });
    rules.value.select_policy = Some(Spanned::new(SelectPolicy::Disabled, span));
}
