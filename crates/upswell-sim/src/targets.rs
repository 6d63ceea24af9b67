//! Which workload of a bundle is rehearsed, and which targets are there at all.

use upswell_manifests::admission::Admitted;
use upswell_manifests::bundle::{Bundle, Content, Item};
use upswell_manifests::compile::{Autoscaler, Autoscalers};
use upswell_manifests::kinds::Object;
use upswell_manifests::settings::WorkloadTarget;
use upswell_units::{Diagnostic, ScaleTarget};

/// Sorts out the autoscalers whose target the cluster does not have: they find no pods.
pub(crate) fn without_missing_targets(
    bundle: &Bundle,
    admitted: &Admitted<'_>,
    autoscalers: Autoscalers,
) -> Autoscalers {
    let Autoscalers { working, mut failing } = autoscalers;
    let (working, missing): (Vec<_>, Vec<_>) = working
        .into_iter()
        .partition(|autoscaler| is_there(bundle, admitted, &autoscaler.policy.target));
    failing.extend(missing.iter().map(|autoscaler| {
        let target = &autoscaler.policy.target;
        let is_refused = admitted
            .refused
            .iter()
            .map(|refusal| &refusal.object)
            .any(|object| is_named(target, &object.kind, &object.namespace, &object.name));
        let (why, help) = if is_refused {
            ("the cluster refuses", format!("mend what is refused of {target}"))
        } else {
            ("the bundle does not have", other_target(admitted))
        };
        Diagnostic::error(
            "missing-target",
            format!("{} scales {target}, which {why}", autoscaler.object),
        )
        .at(autoscaler.span, "finds no pods")
        .help(help)
    }));
    Autoscalers { working, failing }
}

/// The workload that `upswell.yaml` lists first, or what the first autoscaler scales, or the first
/// workload.
pub(crate) fn choose_target(
    bundle: &Bundle,
    admitted: &Admitted<'_>,
    autoscalers: &[Autoscaler],
) -> Result<ScaleTarget, Box<Diagnostic>> {
    if let Some(workload) = bundle.settings.workloads.first() {
        let WorkloadTarget { kind, namespace, name } = workload.target.clone();
        let api_version = "apps/v1".to_owned();
        let target =
            ScaleTarget { api_version, kind, namespace: namespace.unwrap_or_default(), name };
        if is_there(bundle, admitted, &target) {
            return Ok(target);
        }
        let message = format!("the bundle has no {target} that a cluster would take");
        let problem = Diagnostic::error("unknown-workload", message).help(other_target(admitted));
        return Err(Box::new(match workload.span {
            Some(span) => problem.at(span, "named here"),
            None => problem,
        }));
    }
    if let Some(first) = autoscalers.first() {
        return Ok(first.policy.target.clone());
    }
    workloads(admitted).next().ok_or_else(|| Box::new(nothing_to_rehearse(admitted)))
}

fn nothing_to_rehearse(admitted: &Admitted<'_>) -> Diagnostic {
    const CODE: &str = "nothing-to-rehearse";
    let mut kinds = admitted.refused.iter().map(|refusal| refusal.object.kind.as_str());
    if kinds.any(|kind| matches!(kind, "Deployment" | "StatefulSet")) {
        return Diagnostic::error(CODE, "the cluster refuses every workload of the bundle")
            .help("mend what is refused above");
    }
    Diagnostic::error(CODE, "the bundle has no workload that could be scaled")
        .help("add the manifest of a Deployment, and of what scales it")
}

/// The mend of a name that leads nowhere.
fn other_target(admitted: &Admitted<'_>) -> String {
    match workloads(admitted).next() {
        Some(target) => format!("add its manifest, or name one that is there: {target}"),
        None => "add its manifest".to_owned(),
    }
}

/// The workloads that the cluster took in, in their order.
fn workloads(admitted: &Admitted<'_>) -> impl Iterator<Item = ScaleTarget> {
    let objects = admitted.objects.iter().filter(|object| object.pod_spec().is_some());
    objects.map(|object| ScaleTarget {
        api_version: "apps/v1".to_owned(),
        kind: object.kind().name().to_owned(),
        namespace: object.metadata().namespace().to_owned(),
        name: object.metadata().name().to_owned(),
    })
}

/// Whether the cluster has a target. One of a kind that is not read, such as Argo's Rollout, is
/// there if the bundle has it.
fn is_there(bundle: &Bundle, admitted: &Admitted<'_>, target: &ScaleTarget) -> bool {
    let is_unread = |item: &Item| {
        let id = &item.id;
        matches!(item.content, Content::Unknown)
            && is_named(target, &id.kind, &id.namespace, &id.name)
    };
    admitted.objects.iter().any(|object| is_target(object, target))
        || bundle.items.iter().any(is_unread)
}

/// Returns the name by which `upswell.yaml` knows a target.
pub(crate) fn workload_target(target: &ScaleTarget) -> WorkloadTarget {
    WorkloadTarget {
        kind: target.kind.clone(),
        namespace: Some(target.namespace.clone()).filter(|namespace| !namespace.is_empty()),
        name: target.name.clone(),
    }
}

/// Whether two references mean one target.
pub(crate) fn is_same(one: &ScaleTarget, other: &ScaleTarget) -> bool {
    is_named(one, &other.kind, &other.namespace, &other.name)
}

fn is_target(object: &Object, target: &ScaleTarget) -> bool {
    let metadata = object.metadata();
    is_named(target, object.kind().name(), metadata.namespace(), metadata.name())
}

/// Whether a reference means the object of these names; a namespace that is left out may be any.
fn is_named(target: &ScaleTarget, kind: &str, namespace: &str, name: &str) -> bool {
    let is_any = target.namespace.is_empty() || namespace.is_empty();
    target.kind == kind && target.name == name && (is_any || target.namespace == namespace)
}

/// Returns the object of a target; none where it is of a kind that is not read.
pub(crate) fn find_workload<'a>(
    objects: &[&'a Object],
    target: &ScaleTarget,
) -> Option<&'a Object> {
    objects.iter().copied().find(|object| is_target(object, target))
}
