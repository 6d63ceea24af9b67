//! Two ScaledObjects must not share a scale target or a HorizontalPodAutoscaler.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyScaledObjects.

use upswell_units::Diagnostic;

use super::cluster::Cluster;
use super::objection::{Check, Objection};
use crate::keda::ScaledObject;

/// Objects to a scale target, then to a HorizontalPodAutoscaler's name, that another has.
pub(super) fn check(object: &ScaledObject, cluster: &Cluster<'_>) -> Option<Objection> {
    let others = || cluster.scaled_objects.iter().filter(|other| is_other(object, other));
    if let Some(other) = others().find(|other| has_same_target(object, other)) {
        return Some(Check::OtherScaledObject.objects(same_target(object, other)));
    }
    let name = object.autoscaler_name();
    let other = others().find(|other| other.autoscaler_name() == name)?;
    Some(Check::OtherScaledObjectHpa.objects(same_autoscaler(object, other, &name)))
}

fn is_other(object: &ScaledObject, other: &ScaledObject) -> bool {
    object.metadata.namespace() == other.metadata.namespace()
        && object.metadata.name() != other.metadata.name()
}

fn has_same_target(object: &ScaledObject, other: &ScaledObject) -> bool {
    let (one, two) = (&object.spec.scale_target_ref, &other.spec.scale_target_ref);
    one.name.value == two.name.value && one.group_version_kind() == two.group_version_kind()
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
