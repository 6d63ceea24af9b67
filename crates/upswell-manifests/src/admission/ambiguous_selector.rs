//! Two HorizontalPodAutoscalers that select the same pods: their controller acts on neither.
//!
//! The API server takes both, and their condition ScalingActive becomes False with the reason
//! AmbiguousSelector. Source: Kubernetes 1.36, pkg/controller/podautoscaler/horizontal.go,
//! hpasControllingPodsUnderSelector.

use std::collections::{BTreeMap, BTreeSet};

use upswell_units::{Diagnostic, ObjectRef, Span, Spanned};

use super::cluster::{Cluster, Workload};
use crate::keda::{GroupVersionKind, ScaledObject};
use crate::kinds::{HorizontalPodAutoscaler, LabelSelector};

/// A HorizontalPodAutoscaler that exists and does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The HorizontalPodAutoscaler; KEDA's, if its name is not in the bundle.
    pub autoscaler: ObjectRef,
    /// With which others it shares pods, and how to mend it.
    pub diagnostic: Diagnostic,
}

/// Finds the HorizontalPodAutoscalers, KEDA's included, that share pods with others.
///
/// Those that KEDA has taken over must not be in `cluster`: their ScaledObjects stand for them.
pub(super) fn find(cluster: &Cluster<'_>) -> Vec<Stopped> {
    let written = cluster.autoscalers().iter();
    let mut autoscalers: Vec<Autoscaler<'_>> =
        written.map(|object| Autoscaler::written(object, cluster)).collect();
    // Pausing deletes the HorizontalPodAutoscaler.
    let active = cluster.scaled_objects().iter().filter(|object| !object.pause().stops_scaling());
    autoscalers.extend(active.map(|object| Autoscaler::generated(object, cluster)));
    let rivals = rivals(&autoscalers, cluster);
    let stopped = rivals.iter().map(|(index, others)| stopped(*index, others, &autoscalers));
    stopped.collect()
}

/// Rivals that a diagnostic names: a thousand autoscalers of one target would name a million.
const RIVALS_NAMED_MAX: usize = 3;

/// A HorizontalPodAutoscaler, from the bundle or from KEDA.
struct Autoscaler<'a> {
    name: String,
    namespace: &'a str,
    target: (GroupVersionKind, &'a str),
    /// Selector of the target; none if the target is not known.
    selector: Option<&'a LabelSelector>,
    /// Where the target is named.
    place: Span,
    scaled_object: Option<&'a ScaledObject>,
}

impl<'a> Autoscaler<'a> {
    fn written(object: &'a HorizontalPodAutoscaler, cluster: &Cluster<'a>) -> Self {
        let reference = &object.spec.scale_target_ref;
        let api_version = reference.api_version.as_ref().map_or("", |text| &text.value);
        let kind = GroupVersionKind::parse(api_version, &reference.kind.value);
        let (name, namespace) = (object.metadata.name().to_owned(), object.metadata.namespace());
        Self::new(name, namespace, (kind, &reference.name), cluster)
    }

    fn generated(object: &'a ScaledObject, cluster: &Cluster<'a>) -> Self {
        let reference = &object.spec.scale_target_ref;
        let target = (reference.group_version_kind(), &reference.name);
        let own = Self::new(object.autoscaler_name(), object.metadata.namespace(), target, cluster);
        Self { scaled_object: Some(object), ..own }
    }

    fn new(
        name: String,
        namespace: &'a str,
        (kind, target): (GroupVersionKind, &'a Spanned<String>),
        cluster: &Cluster<'a>,
    ) -> Self {
        let workload = cluster.workload(&kind, namespace, &target.value);
        Self {
            name,
            namespace,
            selector: workload.map(|found| found.selector),
            target: (kind, &target.value),
            place: target.span,
            scaled_object: None,
        }
    }

    fn selects(&self, pods: Workload<'_>) -> bool {
        self.selector.is_some_and(|selector| pods.template.is_selected_by(selector))
    }

    /// A label that its pods must have; none if the selector asks for no certain one.
    fn label(&self) -> Option<(&'a str, &'a str)> {
        let (key, value) = self.selector?.match_labels.first_key_value()?;
        Some((key, &value.value))
    }

    /// As a sentence names it.
    fn title(&self) -> String {
        match self.scaled_object {
            Some(object) => format!("that of ScaledObject `{}`", object.metadata.name()),
            None => format!("`{}`", self.name),
        }
    }
}

/// Who shares pods with whom, by position; of many rivals some.
fn rivals(
    autoscalers: &[Autoscaler<'_>],
    cluster: &Cluster<'_>,
) -> BTreeMap<usize, BTreeSet<usize>> {
    // A target that is not in the bundle still has the same pods for both.
    let mut by_target: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let mut by_label: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, autoscaler) in autoscalers.iter().enumerate() {
        by_target.entry((autoscaler.namespace, &autoscaler.target)).or_default().push(index);
        by_label.entry((autoscaler.namespace, autoscaler.label())).or_default().push(index);
    }
    let by_pods = cluster.workloads().map(|pods| {
        let labels = pods.labels().map(Some).chain([None]);
        let namespace = pods.metadata.namespace();
        let candidates = labels.filter_map(|label| by_label.get(&(namespace, label))).flatten();
        candidates.copied().filter(|index| autoscalers[*index].selects(pods)).collect()
    });
    let mut rivals: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let by_pods: Vec<Vec<usize>> = by_pods.collect();
    for group in by_target.values().chain(&by_pods).filter(|group| group.len() > 1) {
        for index in group {
            let others = group.iter().copied().filter(|other| other != index);
            rivals.entry(*index).or_default().extend(others.take(RIVALS_NAMED_MAX + 1));
        }
    }
    rivals
}

fn stopped(index: usize, others: &BTreeSet<usize>, autoscalers: &[Autoscaler<'_>]) -> Stopped {
    let own = &autoscalers[index];
    let named = others.iter().take(RIVALS_NAMED_MAX).map(|other| &autoscalers[*other]);
    let mut titles: Vec<String> = named.clone().map(Autoscaler::title).collect();
    if others.len() > RIVALS_NAMED_MAX {
        titles.push("others".to_owned());
    }
    let verb = if titles.len() == 1 { "selects" } else { "select" };
    let message = format!(
        "HorizontalPodAutoscaler `{}` does nothing: {} {verb} the same pods",
        own.name,
        titles.join(" and ")
    );
    let mut diagnostic = Diagnostic::error("ambiguous-selector", message)
        .at(own.place, "its controller stops with AmbiguousSelector")
        .help("keep one autoscaler for these pods, with all metrics in it");
    for other in named {
        diagnostic = diagnostic.also_at(other.place, "selects them too");
    }
    let autoscaler = ObjectRef {
        kind: "HorizontalPodAutoscaler".to_owned(),
        namespace: own.namespace.to_owned(),
        name: own.name.clone(),
    };
    Stopped { autoscaler, diagnostic }
}
