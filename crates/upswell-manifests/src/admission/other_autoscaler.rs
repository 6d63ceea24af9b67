//! A ScaledObject must not take a scale target that a HorizontalPodAutoscaler has.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyHpas.

use upswell_units::{Diagnostic, Span};

use super::cluster::Cluster;
use super::objection::{Check, Objection};
use crate::keda::{GroupVersionKind, ScaledObject};
use crate::kinds::HorizontalPodAutoscaler;

/// Set to "true", lets a ScaledObject take over the HorizontalPodAutoscaler that it names.
const TRANSFER_OWNERSHIP: &str = "scaledobject.keda.sh/transfer-hpa-ownership";

/// Set to "false" on a HorizontalPodAutoscaler, makes KEDA look past it.
const VALIDATE_OWNERSHIP: &str = "validations.keda.sh/hpa-ownership";

/// Objects to a HorizontalPodAutoscaler of the same scale target that the ScaledObject neither
/// owns nor takes over.
pub(super) fn check(object: &ScaledObject, cluster: &Cluster<'_>) -> Option<Objection> {
    let wants_transfer = object.metadata.annotation(TRANSFER_OWNERSHIP) == Some("true");
    for autoscaler in cluster.autoscalers.iter().filter(|other| rivals(object, other)) {
        if !wants_transfer {
            return Some(Check::OtherHpa.objects(other_autoscaler(object, autoscaler)));
        }
        if !takes_over(object, autoscaler) {
            let objection = transfer_of_another(object, autoscaler);
            return Some(Check::TransferOwnershipMissingHpaName.objects(objection));
        }
    }
    None
}

/// Returns whether a HorizontalPodAutoscaler is one that KEDA made of this ScaledObject.
pub(super) fn owns(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> bool {
    object.metadata.namespace() == autoscaler.metadata.namespace()
        && autoscaler.metadata.owner_references.iter().any(|owner| {
            owner.kind.value == "ScaledObject" && owner.name.value == object.metadata.name()
        })
}

/// Returns whether an admitted ScaledObject makes this HorizontalPodAutoscaler its own.
pub(super) fn takes_over(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> bool {
    object.metadata.namespace() == autoscaler.metadata.namespace()
        && object.metadata.annotation(TRANSFER_OWNERSHIP) == Some("true")
        && object
            .configured_autoscaler_name()
            .is_some_and(|name| name.value == autoscaler.metadata.name())
}

/// Whether the autoscaler has the object's scale target, without being the object's own.
fn rivals(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> bool {
    let (reference, other) = (&object.spec.scale_target_ref, &autoscaler.spec.scale_target_ref);
    let api_version = other.api_version.as_ref().map_or("", |text| &text.value);
    autoscaler.metadata.namespace() == object.metadata.namespace()
        && autoscaler.metadata.annotation(VALIDATE_OWNERSHIP) != Some("false")
        && other.name.value == reference.name.value
        && GroupVersionKind::parse(api_version, &other.kind.value) == reference.group_version_kind()
        && !owns(object, autoscaler)
}

fn other_autoscaler(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> Diagnostic {
    let reference = &object.spec.scale_target_ref;
    let other = autoscaler.metadata.name();
    let message = format!(
        "{} `{}` is already scaled by HorizontalPodAutoscaler `{other}`",
        reference.group_version_kind().kind,
        reference.name.value,
    );
    Diagnostic::error("other-hpa", message)
        .at(reference.name.span, "has an owner already")
        .also_at(autoscaler.spec.scale_target_ref.name.span, "scaled from here")
        .help(format!(
            "move its metrics into the triggers and remove it, or take it over: annotation \
             `{TRANSFER_OWNERSHIP}: \"true\"` and `{other}` as \
             `advanced.horizontalPodAutoscalerConfig.name`"
        ))
}

fn transfer_of_another(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> Diagnostic {
    let other = autoscaler.metadata.name();
    let message = format!("HorizontalPodAutoscaler `{other}` is to be taken over, and not named");
    let configured: Option<Span> = object.configured_autoscaler_name().map(|name| name.span);
    let annotation = object.metadata.annotations.get(TRANSFER_OWNERSHIP).map(|text| text.span);
    let problem = Diagnostic::error("transfer-ownership-missing-hpa-name", message)
        .at(configured.or(annotation).unwrap_or(object.name_span()), "names another, or none")
        .help(format!("set `advanced.horizontalPodAutoscalerConfig.name: {other}`"));
    match &autoscaler.metadata.name {
        Some(name) => problem.also_at(name.span, "the one to take over"),
        None => problem,
    }
}
