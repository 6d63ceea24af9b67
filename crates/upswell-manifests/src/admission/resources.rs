//! cpu and memory triggers are measured against the requests of the scale target's containers.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyCPUMemoryScalers.

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, Quantity, Spanned};

use super::cluster::{Cluster, Workload, workload_kind};
use super::objection::{Check, Objection};
use crate::keda::{ScaleTrigger, ScaledObject};
use crate::kinds::Container;

/// Objects to a scale target that is missing, to containers without the request or limit that a
/// trigger needs, and to scaling to zero by cpu and memory alone.
///
/// Only Deployments and StatefulSets are looked at, and nothing in a dry run.
pub(super) fn check(object: &ScaledObject, cluster: &Cluster<'_>) -> Option<Objection> {
    let target = object.spec.scale_target_ref.group_version_kind();
    let kind = workload_kind(&target).filter(|_| !cluster.is_dry_run)?;
    let mut triggers = object.spec.triggers.iter().filter(|trigger| trigger.is_resource());
    let first = triggers.next()?;
    let name = &object.spec.scale_target_ref.name.value;
    let Some(workload) = cluster.workload(&target, object.metadata.namespace(), name) else {
        return Some(Check::WorkloadNotFound.objects(not_found(object, kind, first)));
    };
    missing_request(first, workload, cluster)
        .or_else(|| scales_to_zero(object))
        .or_else(|| triggers.find_map(|trigger| missing_request(trigger, workload, cluster)))
}

fn missing_request(
    trigger: &ScaleTrigger,
    workload: Workload<'_>,
    cluster: &Cluster<'_>,
) -> Option<Objection> {
    let resource = trigger.kind.value.as_str();
    if is_defaulted(resource, workload.metadata.namespace(), cluster) {
        return None;
    }
    let named = trigger.metadata.get("containerName").filter(|name| !name.is_empty());
    let is_measured = |container: &&Container| named.is_none_or(|n| container.name.value == n);
    let mut measured = workload.template.spec.containers.iter().filter(is_measured);
    let container = measured.find(|container| !has_amount(container, resource))?;
    Some(Check::MissingRequests.objects(no_request(trigger, container)))
}

fn has_amount(container: &Container, resource: &str) -> bool {
    container.resources.as_ref().is_some_and(|resources| {
        is_positive(&resources.requests, resource) || is_positive(&resources.limits, resource)
    })
}

/// Whether a LimitRange of the namespace gives its containers this resource.
fn is_defaulted(resource: &str, namespace: &str, cluster: &Cluster<'_>) -> bool {
    let mut items = cluster.limit_ranges(namespace).iter().flat_map(|range| &range.spec.limits);
    items.any(|item| {
        item.item_type.value == "Container"
            && (is_positive(&item.default_request, resource)
                || is_positive(&item.default, resource))
    })
}

fn is_positive(amounts: &BTreeMap<String, Spanned<Quantity>>, resource: &str) -> bool {
    let amount = amounts.get(resource).map(|amount| &amount.value);
    amount.is_some_and(|amount| !amount.is_zero() && !amount.is_negative())
}

/// Nothing reads cpu or memory of a target without pods, so nothing would wake it.
fn scales_to_zero(object: &ScaledObject) -> Option<Objection> {
    let min = object.spec.min_replica_count;
    let goes_to_zero = min.is_none_or(|min| min.value.0 == 0);
    if !goes_to_zero || !object.spec.triggers.iter().all(ScaleTrigger::is_resource) {
        return None;
    }
    let message = "cpu and memory alone cannot wake a target that has gone to zero";
    let place = min.map_or(object.name_span(), |min| min.span);
    let problem = Diagnostic::error("scale-to-zero-requirements-not-met", message)
        .at(place, "goes to zero")
        .help("write `minReplicaCount: 1`, or add a trigger such as a queue");
    Some(Check::ScaleToZeroRequirementsNotMet.objects(problem))
}

fn not_found(object: &ScaledObject, kind: &str, trigger: &ScaleTrigger) -> Diagnostic {
    let name = &object.spec.scale_target_ref.name;
    let message = format!("{kind} `{}` does not exist yet", name.value);
    Diagnostic::error("workload-not-found", message)
        .at(name.span, "not there when this object is applied")
        .also_at(trigger.kind.span, "its containers' requests are looked up")
        .help("apply the scale target first: put it before this object, in the same namespace")
}

fn no_request(trigger: &ScaleTrigger, container: &Container) -> Diagnostic {
    let resource = &trigger.kind.value;
    let message = format!("container `{}` has no {resource} request", container.name.value);
    Diagnostic::error("missing-requests", message)
        .at(trigger.kind.span, format!("measured against the {resource} request"))
        .also_at(container.name.span, "without one")
        .help(format!("write `resources.requests.{resource}` in the container"))
}
