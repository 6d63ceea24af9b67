//! Applies the objects of a bundle to an empty cluster, one by one.

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, ObjectRef, Span};

use super::ambiguous_selector::{self, Stopped};
use super::cluster::Cluster;
use super::objection::{Check, Objection};
use super::review::{Review, review, review_scaled_job, review_trigger_authentication};
use super::{immutable, other_autoscaler, unknown_parameters};
use crate::bundle::{Bundle, Content, Item};
use crate::kinds::{Object, Scope};

/// What the cluster holds after a bundle was applied.
#[derive(Clone, Debug, Default)]
pub struct Admitted<'a> {
    /// The objects that are there, each as applied last, in the order of their first application.
    /// A HorizontalPodAutoscaler that KEDA makes its own is not: it follows from its ScaledObject.
    pub objects: Vec<&'a Object>,
    /// What was refused, in the order of the bundle. The rest went on.
    pub refused: Vec<Refusal>,
    /// HorizontalPodAutoscalers that are there, and that their controller does not act on.
    pub stopped: Vec<Stopped>,
    /// Warnings and notes about what was admitted: the webhook's, and what else has no effect.
    pub warnings: Vec<Diagnostic>,
}

/// An object that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The object.
    pub object: ObjectRef,
    /// The reasons, at least one.
    pub objections: Vec<Objection>,
}

/// Applies a bundle to an empty cluster with KEDA's webhook, in the order of `kubectl apply`.
///
/// A refused object is listed, and the rest goes on. An object that comes twice replaces the first
/// one, because `kubectl apply` also removes the fields that only the first one had. Objects of
/// kinds that nobody here reads are left out.
#[must_use]
pub fn admit(bundle: &Bundle) -> Admitted<'_> {
    let mut server = Server::default();
    for item in bundle.items.iter().filter(|item| !matches!(item.content, Content::Unknown)) {
        server.apply(item);
    }
    let Server { mut admitted, mut cluster, .. } = server;
    take_over(&mut admitted, &mut cluster);
    admitted.stopped = ambiguous_selector::find(&cluster);
    admitted
}

/// The API server while objects come in.
#[derive(Default)]
struct Server<'a> {
    admitted: Admitted<'a>,
    cluster: Cluster<'a>,
    /// Where each object lies in `admitted.objects`.
    positions: BTreeMap<&'a ObjectRef, usize>,
}

impl<'a> Server<'a> {
    fn apply(&mut self, item: &'a Item) {
        let reference = &item.id;
        let former = self.positions.get(reference).map(|index| self.admitted.objects[*index]);
        let Some(object) = item.object().filter(|_| !item.has_errors()) else {
            let objections = schema_objections(item, former);
            self.admitted.refused.push(Refusal { object: reference.clone(), objections });
            return;
        };
        let Review { mut objections, warnings } = self.review(object);
        objections.extend(former.and_then(|former| immutable::check(object, former)));
        if !objections.is_empty() {
            self.admitted.refused.push(Refusal { object: reference.clone(), objections });
            return;
        }
        self.admitted.warnings.extend(warnings);
        self.admitted.warnings.extend(unknown_parameters::warnings(object));
        match former {
            Some(former) => self.replace(object, former, reference),
            None => self.add(object, reference),
        }
    }

    fn review(&self, object: &Object) -> Review {
        match object {
            Object::ScaledObject(object) => review(object, &self.cluster),
            Object::ScaledJob(object) => review_scaled_job(object),
            Object::TriggerAuthentication(object)
            | Object::ClusterTriggerAuthentication(object) => review_trigger_authentication(object),
            _ => Review::default(),
        }
    }

    fn add(&mut self, object: &'a Object, reference: &'a ObjectRef) {
        // The API server makes up a new name each time for an object without one.
        if !reference.name.is_empty() {
            self.positions.insert(reference, self.admitted.objects.len());
        }
        self.cluster.add(object);
        self.admitted.objects.push(object);
    }

    fn replace(&mut self, object: &'a Object, former: &'a Object, reference: &ObjectRef) {
        self.admitted.warnings.push(applied_twice(object, former, reference));
        if let Some(index) = self.positions.get(reference) {
            self.admitted.objects[*index] = object;
        }
        self.cluster.remove(former);
        self.cluster.add(object);
    }
}

/// Leaves out the HorizontalPodAutoscalers that KEDA makes its own once everything is applied.
fn take_over<'a>(admitted: &mut Admitted<'a>, cluster: &mut Cluster<'a>) {
    let keepers = |object: &Object| match object {
        Object::HorizontalPodAutoscaler(autoscaler) => {
            let keeper = other_autoscaler::keeper(autoscaler, cluster)?;
            Some(other_autoscaler::taken_over(autoscaler, keeper))
        }
        _ => None,
    };
    let mut taken: Vec<&'a Object> = Vec::new();
    let Admitted { objects, warnings, .. } = admitted;
    objects.retain(|object| match keepers(object) {
        Some(note) => {
            warnings.push(note);
            taken.push(object);
            false
        }
        None => true,
    });
    taken.into_iter().for_each(|object| cluster.remove(object));
}

/// The errors of a schema as objections; those about a second version say which one stays.
fn schema_objections(item: &Item, former: Option<&Object>) -> Vec<Objection> {
    let first = former.and_then(name_span);
    let errors = item.problems.iter().filter(|problem| problem.is_error()).cloned();
    let objections = errors.map(|error| match first {
        Some(first) => error.also_at(first, "applied before, and stays as it is"),
        None => error,
    });
    objections.map(|error| Check::Schema.objects(error)).collect()
}

fn applied_twice(object: &Object, former: &Object, reference: &ObjectRef) -> Diagnostic {
    let scope = match object.kind().scope() {
        Scope::Namespaced if !reference.namespace.is_empty() => {
            format!(" in namespace `{}`", reference.namespace)
        }
        Scope::Namespaced | Scope::Cluster => String::new(),
    };
    let message = format!("{} `{}`{scope} is applied twice", reference.kind, reference.name);
    let mut warning = Diagnostic::warning("applied-twice", message);
    if let Some(place) = name_span(object) {
        warning = warning.at(place, "replaces the first, fields that only the first had included");
    }
    if let Some(place) = name_span(former) {
        warning = warning.also_at(place, "the first");
    }
    warning.help("keep one, with the fields of both")
}

fn name_span(object: &Object) -> Option<Span> {
    object.metadata().name.as_ref().map(|name| name.span)
}
