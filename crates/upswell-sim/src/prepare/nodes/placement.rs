//! Whether pods may go on nodes: taints, labels, and what they prefer.

use std::collections::BTreeSet;

use upswell_manifests::kinds::affinity::{NodeRequirement, NodeTerm, PodAffinity, PodTerm};
use upswell_manifests::kinds::pod::Toleration;
use upswell_manifests::kinds::{Affinity, PodSpec};

use super::condition::holds;
use super::label::{self, Labels};
use super::offer::{Offer, Taint};
use crate::prepare::notes::Notes;
use crate::prepare::pods::{Demand, Pods};

/// The zones of an offer on whose nodes the pods may go, and how much they prefer them.
pub(super) struct Place {
    pub(super) zones: Vec<String>,
    pub(super) preference: i32,
}

/// Finds where the pods may go, or says what keeps them away.
pub(super) fn place(offer: &Offer, pods: &Pods<'_>, demand: &Demand) -> Result<Place, String> {
    let spec = pods.spec();
    let tolerations = spec.map(|spec| &spec.tolerations[..]).unwrap_or_default();
    let kept_away = offer.taints.iter().find(|taint| !is_tolerated(taint, tolerations, demand));
    if let Some(Taint { key, value, effect }) = kept_away {
        return Err(format!("the pods do not tolerate its taint {key}={value}:{effect}"));
    }
    let Some(known) = &offer.labels else {
        return Ok(Place { zones: offer.zones.clone(), preference: 0 });
    };
    let mut place = Place { zones: Vec::new(), preference: 0 };
    let mut refusal = "it has no zone".to_owned();
    for zone in &offer.zones {
        let mut labels = known.clone();
        labels.insert(label::ZONE.to_owned(), zone.clone());
        match spec.map_or(Ok(()), |spec| select(spec, &labels)) {
            Ok(()) => {
                if place.zones.is_empty() {
                    place.preference = spec.map_or(0, |spec| preference(spec, &labels));
                }
                place.zones.push(zone.clone());
            }
            Err(why) => refusal = why,
        }
    }
    if place.zones.is_empty() { Err(refusal) } else { Ok(place) }
}

/// Whether a taint lets the pods in.
///
/// GKE adds the toleration of its GPU taint to pods that ask for GPUs.
/// Source: Kubernetes 1.36, api/core/v1/toleration.go, ToleratesTaint; admission plugin
/// ExtendedResourceToleration.
fn is_tolerated(taint: &Taint, tolerations: &[Toleration], demand: &Demand) -> bool {
    let Taint { key, value, effect } = taint;
    let is_for_gpus = key == "nvidia.com/gpu" && demand.gpus > 0;
    let tolerates = |toleration: &Toleration| {
        let text = |field: &Option<upswell_units::Spanned<String>>| {
            field.as_ref().map_or(String::new(), |field| field.value.clone())
        };
        let (due_effect, due_key) = (text(&toleration.effect), text(&toleration.key));
        if !(due_effect.is_empty() || due_effect == *effect) {
            return false;
        }
        if !(due_key.is_empty() || due_key == *key) {
            return false;
        }
        match text(&toleration.operator).as_str() {
            "Exists" => true,
            "" | "Equal" => !due_key.is_empty() && text(&toleration.value) == *value,
            _ => false,
        }
    };
    *effect == "PreferNoSchedule" || is_for_gpus || tolerations.iter().any(tolerates)
}

/// Whether the labels are those that the pods need, or which ones are not.
fn select(spec: &PodSpec, labels: &Labels) -> Result<(), String> {
    for (key, due) in &spec.node_selector {
        if labels.get(key) != Some(&due.value) {
            return Err(format!("the pods' nodeSelector asks for {key}={}", due.value));
        }
    }
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let Some(required) = affinity.and_then(|affinity| affinity.required.as_ref()) else {
        return Ok(());
    };
    if required.terms.value.iter().any(|term| is_met(term, labels)) {
        return Ok(());
    }
    let keys = required.terms.value.iter().flat_map(|term| &term.match_expressions);
    let keys: BTreeSet<_> = keys.map(|condition| condition.key.value.as_str()).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let keys = if keys.is_empty() { "a node's name".to_owned() } else { keys.join(", ") };
    Err(format!("it does not meet the pods' required node affinity ({keys})"))
}

/// Sum of the weights of the preferred terms that nodes with these labels meet.
fn preference(spec: &PodSpec, labels: &Labels) -> i32 {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let preferred = affinity.map(|affinity| &affinity.preferred[..]).unwrap_or_default();
    let met = preferred.iter().filter(|term| is_met(&term.preference, labels));
    met.map(|term| term.weight.0).fold(0, i32::saturating_add)
}

/// A term without conditions is met by no node. The names of nodes are not known beforehand: a
/// condition on them finds none.
fn is_met(term: &NodeTerm, labels: &Labels) -> bool {
    let NodeTerm { match_expressions, match_fields } = term;
    let met = |condition: &NodeRequirement, label: Option<&str>| {
        holds(condition.operator.value.as_str(), &condition.values, label) == Some(true)
    };
    let is_empty = match_expressions.is_empty() && match_fields.is_empty();
    !is_empty
        && match_expressions
            .iter()
            .all(|condition| met(condition, labels.get(&condition.key.value).map(String::as_str)))
        && match_fields.iter().all(|condition| met(condition, None))
}

/// Whether two of the pods never share a node.
pub(super) fn is_alone_on_node(pods: &Pods<'_>) -> bool {
    let away = pods.spec().and_then(|spec| spec.affinity.as_ref()?.pod_anti_affinity.as_ref());
    away.is_some_and(|away| away.required.iter().any(|term| is_own(term, pods, label::HOSTNAME)))
}

fn is_own(term: &PodTerm, pods: &Pods<'_>, topology_key: &str) -> bool {
    term.topology_key.value == topology_key && pods.are_selected_by(term.label_selector.as_ref())
}

/// Names the rules of the pods that play no part.
pub(super) fn leave_out_rules(pods: &Pods<'_>, notes: &mut Notes) {
    let affinity = pods.spec().and_then(|spec| spec.affinity.as_ref());
    let Some(Affinity { node_affinity, pod_affinity, pod_anti_affinity }) = affinity else {
        return;
    };
    let of_zones = node_affinity.iter().flat_map(|affinity| &affinity.preferred);
    let mut keys = of_zones.flat_map(|term| &term.preference.match_expressions);
    if keys.any(|condition| condition.key.value == label::ZONE) {
        notes.leave_out(format!("{}: its preference for a zone within a pool", pods.workload));
    }
    let has_rules =
        |rules: &PodAffinity| !(rules.required.is_empty() && rules.preferred.is_empty());
    if pod_affinity.as_ref().is_some_and(has_rules) {
        notes.leave_out(format!("{}: its affinity to other pods", pods.workload));
    }
    let Some(PodAffinity { required, preferred }) = pod_anti_affinity else { return };
    let is_other = |term: &PodTerm| !is_own(term, pods, label::HOSTNAME);
    if required.iter().any(is_other) || !preferred.is_empty() {
        let what = "its anti-affinity, but for one pod on a node";
        notes.leave_out(format!("{}: {what}", pods.workload));
    }
}
