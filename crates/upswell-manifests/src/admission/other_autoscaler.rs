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
    let target = &object.spec.scale_target_ref.name.value;
    let others = cluster.autoscalers_of(object.metadata.namespace(), target);
    for autoscaler in others.iter().filter(|other| rivals(object, other)) {
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

/// Whether the ScaledObject names this HorizontalPodAutoscaler as its own.
fn takes_over(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> bool {
    let name = object.configured_autoscaler_name();
    name.is_some_and(|name| name.value == autoscaler.metadata.name())
}

/// Whether an autoscaler of this namespace and target name has the object's scale target, without
/// being the object's own.
fn rivals(object: &ScaledObject, autoscaler: &HorizontalPodAutoscaler) -> bool {
    let other = &autoscaler.spec.scale_target_ref;
    let api_version = other.api_version.as_ref().map_or("", |text| &text.value);
    let kind = GroupVersionKind::parse(api_version, &other.kind.value);
    autoscaler.metadata.annotation(VALIDATE_OWNERSHIP) != Some("false")
        && kind == object.spec.scale_target_ref.group_version_kind()
        && !owners(autoscaler).any(|owner| owner == object.metadata.name())
}

fn owners(autoscaler: &HorizontalPodAutoscaler) -> impl Iterator<Item = &str> {
    let owners = autoscaler.metadata.owner_references.iter();
    owners.filter(|owner| owner.kind.value == "ScaledObject").map(|owner| owner.name.value.as_str())
}

/// Returns the ScaledObject whose HorizontalPodAutoscaler this is, or that makes it its own.
///
/// KEDA looks for its HorizontalPodAutoscaler by name, and overwrites the one it finds. Source:
/// KEDA 2.20, scaledobject_controller.go, ensureHPAForScaledObjectExists.
pub(super) fn keeper<'a>(
    autoscaler: &HorizontalPodAutoscaler,
    cluster: &Cluster<'a>,
) -> Option<&'a ScaledObject> {
    let (namespace, name) = (autoscaler.metadata.namespace(), autoscaler.metadata.name());
    let by_name = cluster.scaled_objects_with(namespace, name).first().copied();
    let is_owner = |object: &&ScaledObject| {
        object.metadata.namespace() == namespace
            && owners(autoscaler).any(|owner| owner == object.metadata.name())
    };
    let has_owner = owners(autoscaler).next().is_some();
    by_name.or_else(|| {
        let candidates = if has_owner { cluster.scaled_objects() } else { &[] };
        candidates.iter().copied().find(is_owner)
    })
}

/// Says that the HorizontalPodAutoscaler of the bundle is not what the cluster ends up with.
pub(super) fn taken_over(
    autoscaler: &HorizontalPodAutoscaler,
    keeper: &ScaledObject,
) -> Diagnostic {
    let name = autoscaler.metadata.name();
    let message = format!(
        "HorizontalPodAutoscaler `{name}` becomes that of ScaledObject `{}`",
        keeper.metadata.name()
    );
    let place = autoscaler.metadata.name.as_ref().map(|name| name.span);
    Diagnostic::note("hpa-taken-over", message)
        .at(place.unwrap_or(autoscaler.spec.scale_target_ref.name.span), "KEDA overwrites it")
        .also_at(keeper.name_span(), "with what follows from this")
        .help("remove it once the ScaledObject is applied")
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
