//! What the API server already holds when an object comes in.

use std::collections::BTreeMap;

use crate::keda::{GroupVersionKind, ScaledObject};
use crate::kinds::{
    Deployment, HorizontalPodAutoscaler, LabelSelector, LimitRange, Metadata, Object, PodTemplate,
    StatefulSet,
};

/// The objects that admission compares a new one with, indexed by what it asks for.
#[derive(Clone, Debug, Default)]
pub struct Cluster<'a> {
    /// Whether this is a dry run, in which KEDA does not look at the scale target.
    pub is_dry_run: bool,
    scaled_objects: Vec<&'a ScaledObject>,
    scaled_objects_by_target: BTreeMap<Named, Vec<&'a ScaledObject>>,
    scaled_objects_by_autoscaler: BTreeMap<Named, Vec<&'a ScaledObject>>,
    autoscalers: Vec<&'a HorizontalPodAutoscaler>,
    autoscalers_by_target: BTreeMap<Named, Vec<&'a HorizontalPodAutoscaler>>,
    workloads: BTreeMap<(&'static str, Named), Workload<'a>>,
    limit_ranges: BTreeMap<&'a str, Vec<&'a LimitRange>>,
}

/// A namespace and a name in it.
type Named = (String, String);

fn named(namespace: &str, name: &str) -> Named {
    (namespace.to_owned(), name.to_owned())
}

/// A Deployment or a StatefulSet: replicas of one pod template.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    /// `Deployment` or `StatefulSet`.
    pub kind: &'static str,
    /// Name and namespace.
    pub metadata: &'a Metadata,
    /// Which pods are its own.
    pub selector: &'a LabelSelector,
    /// What the pods look like.
    pub template: &'a PodTemplate,
}

impl<'a> From<&'a Deployment> for Workload<'a> {
    fn from(deployment: &'a Deployment) -> Self {
        let Deployment { metadata, spec } = deployment;
        let (selector, template) = (&spec.selector, &spec.template);
        Self { kind: "Deployment", metadata, selector, template }
    }
}

impl<'a> From<&'a StatefulSet> for Workload<'a> {
    fn from(stateful_set: &'a StatefulSet) -> Self {
        let StatefulSet { metadata, spec } = stateful_set;
        let (selector, template) = (&spec.selector, &spec.template);
        Self { kind: "StatefulSet", metadata, selector, template }
    }
}

impl<'a> Workload<'a> {
    /// Returns the workload that an object is, if it is one.
    #[must_use]
    pub fn of(object: &'a Object) -> Option<Self> {
        match object {
            Object::Deployment(deployment) => Some(Self::from(&**deployment)),
            Object::StatefulSet(stateful_set) => Some(Self::from(&**stateful_set)),
            _ => None,
        }
    }

    /// The labels of the pods.
    pub(super) fn labels(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let metadata = self.template.metadata.iter();
        let labels = metadata.flat_map(|metadata| &metadata.labels);
        labels.map(|(key, value)| (key.as_str(), value.value.as_str()))
    }
}

impl<'a> Cluster<'a> {
    /// Adds an object, if it is of a kind that admission compares others with.
    pub fn add(&mut self, object: &'a Object) {
        match object {
            Object::ScaledObject(object) => self.add_scaled_object(object),
            Object::HorizontalPodAutoscaler(object) => self.add_autoscaler(object),
            Object::LimitRange(object) => self.add_limit_range(object),
            _ => Workload::of(object).into_iter().for_each(|workload| self.add_workload(workload)),
        }
    }

    /// Adds a ScaledObject.
    pub fn add_scaled_object(&mut self, object: &'a ScaledObject) {
        let namespace = object.metadata.namespace();
        let target = named(namespace, &object.spec.scale_target_ref.name.value);
        self.scaled_objects.push(object);
        self.scaled_objects_by_target.entry(target).or_default().push(object);
        let autoscaler = named(namespace, &object.autoscaler_name());
        self.scaled_objects_by_autoscaler.entry(autoscaler).or_default().push(object);
    }

    /// Adds a HorizontalPodAutoscaler; those that KEDA generates follow from the ScaledObjects.
    pub fn add_autoscaler(&mut self, object: &'a HorizontalPodAutoscaler) {
        let target = &object.spec.scale_target_ref.name.value;
        let target = named(object.metadata.namespace(), target);
        self.autoscalers.push(object);
        self.autoscalers_by_target.entry(target).or_default().push(object);
    }

    /// Adds a Deployment or a StatefulSet.
    pub fn add_workload(&mut self, workload: Workload<'a>) {
        let name = named(workload.metadata.namespace(), workload.metadata.name());
        self.workloads.insert((workload.kind, name), workload);
    }

    /// Adds the defaults of a namespace for requests and limits.
    pub fn add_limit_range(&mut self, object: &'a LimitRange) {
        self.limit_ranges.entry(object.metadata.namespace()).or_default().push(object);
    }

    /// Removes an object that was added.
    pub(super) fn remove(&mut self, object: &Object) {
        let namespace = object.metadata().namespace();
        match object {
            Object::ScaledObject(object) => {
                let target = named(namespace, &object.spec.scale_target_ref.name.value);
                let autoscaler = named(namespace, &object.autoscaler_name());
                drop_from(Some(&mut self.scaled_objects), object);
                drop_from(self.scaled_objects_by_target.get_mut(&target), object);
                drop_from(self.scaled_objects_by_autoscaler.get_mut(&autoscaler), object);
            }
            Object::HorizontalPodAutoscaler(object) => {
                let target = named(namespace, &object.spec.scale_target_ref.name.value);
                drop_from(Some(&mut self.autoscalers), object);
                drop_from(self.autoscalers_by_target.get_mut(&target), object);
            }
            Object::LimitRange(object) => {
                drop_from(self.limit_ranges.get_mut(namespace), object);
            }
            _ => {
                if let Some(Workload { kind, metadata, .. }) = Workload::of(object) {
                    self.workloads.remove(&(kind, named(namespace, metadata.name())));
                }
            }
        }
    }

    pub(super) fn scaled_objects(&self) -> &[&'a ScaledObject] {
        &self.scaled_objects
    }

    /// The ScaledObjects of a namespace whose target has this name, whatever its kind.
    pub(super) fn scaled_objects_of(&self, namespace: &str, target: &str) -> &[&'a ScaledObject] {
        self.scaled_objects_by_target.get(&named(namespace, target)).map_or(&[], Vec::as_slice)
    }

    /// The ScaledObjects of a namespace whose HorizontalPodAutoscaler has this name.
    pub(super) fn scaled_objects_with(
        &self,
        namespace: &str,
        autoscaler: &str,
    ) -> &[&'a ScaledObject] {
        self.scaled_objects_by_autoscaler
            .get(&named(namespace, autoscaler))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn autoscalers(&self) -> &[&'a HorizontalPodAutoscaler] {
        &self.autoscalers
    }

    /// The HorizontalPodAutoscalers of a namespace whose target has this name, whatever its kind.
    pub(super) fn autoscalers_of(
        &self,
        namespace: &str,
        target: &str,
    ) -> &[&'a HorizontalPodAutoscaler] {
        self.autoscalers_by_target.get(&named(namespace, target)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn workloads(&self) -> impl Iterator<Item = Workload<'a>> {
        self.workloads.values().copied()
    }

    /// The workload that a reference names, if it is a Deployment or a StatefulSet that is there.
    pub(super) fn workload(
        &self,
        target: &GroupVersionKind,
        namespace: &str,
        name: &str,
    ) -> Option<Workload<'a>> {
        self.workloads.get(&(workload_kind(target)?, named(namespace, name))).copied()
    }

    pub(super) fn limit_ranges(&self, namespace: &str) -> &[&'a LimitRange] {
        self.limit_ranges.get(namespace).map_or(&[], Vec::as_slice)
    }
}

/// Takes one object out of a list, by where it lies and not by what it says.
fn drop_from<T>(list: Option<&mut Vec<&T>>, object: &T) {
    list.into_iter().for_each(|list| list.retain(|other| !std::ptr::eq(*other, object)));
}

/// The kind of a reference to a workload.
pub(super) fn workload_kind(target: &GroupVersionKind) -> Option<&'static str> {
    match (target.group.as_str(), target.version.as_str(), target.kind.as_str()) {
        ("apps", "v1", "Deployment") => Some("Deployment"),
        ("apps", "v1", "StatefulSet") => Some("StatefulSet"),
        _ => None,
    }
}
