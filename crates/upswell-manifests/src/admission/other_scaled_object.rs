//! Two ScaledObjects must not share a scale target or a HorizontalPodAutoscaler.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyScaledObjects.

use upswell_units::Diagnostic;

use super::cluster::Cluster;
use super::objection::{Check, Objection};
use crate::keda::ScaledObject;

/// Objects to a scale target, then to a HorizontalPodAutoscaler's name, that another has.
pub(super) fn check(object: &ScaledObject, cluster: &Cluster<'_>) -> Option<Objection> {
    let namespace = object.metadata.namespace();
    let reference = &object.spec.scale_target_ref;
    let rivals = cluster.scaled_objects_of(namespace, &reference.name.value);
    if let Some(other) = rivals.iter().find(|o| is_other(object, o) && has_same_kind(object, o)) {
        return Some(Check::OtherScaledObject.objects(same_target(object, other)));
    }
    let name = object.autoscaler_name();
    let owners = cluster.scaled_objects_with(namespace, &name);
    let other = owners.iter().find(|owner| is_other(object, owner))?;
    Some(Check::OtherScaledObjectHpa.objects(same_autoscaler(object, other, &name)))
}

fn is_other(object: &ScaledObject, other: &ScaledObject) -> bool {
    object.metadata.name() != other.metadata.name()
}

fn has_same_kind(object: &ScaledObject, other: &ScaledObject) -> bool {
    let kind = |object: &ScaledObject| object.spec.scale_target_ref.group_version_kind();
    kind(object) == kind(other)
}

fn same_target(object: &ScaledObject, other: &ScaledObject) -> Diagnostic {
    let reference = &object.spec.scale_target_ref;
    let message = format!(
        "{} `{}` is already scaled by ScaledObject `{}`",
        reference.group_version_kind().kind,
        reference.name.value,
        other.metadata.name()
    );
    Diagnostic::error("other-scaled-object", message)
        .at(reference.name.span, "has an owner already")
        .also_at(other.spec.scale_target_ref.name.span, "scaled from here")
        .help("put the triggers of both into one ScaledObject")
}

fn same_autoscaler(object: &ScaledObject, other: &ScaledObject, name: &str) -> Diagnostic {
    let message = format!(
        "HorizontalPodAutoscaler `{name}` already belongs to ScaledObject `{}`",
        other.metadata.name()
    );
    let place = |object: &ScaledObject| {
        object.configured_autoscaler_name().map_or(object.name_span(), |name| name.span)
    };
    Diagnostic::error("other-scaled-object-hpa", message)
        .at(place(object), "the name is taken")
        .also_at(place(other), "taken here")
        .help("set another `advanced.horizontalPodAutoscalerConfig.name`")
}
