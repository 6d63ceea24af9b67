//! What the API server already holds when an object comes in.

use crate::keda::ScaledObject;
use crate::kinds::{
    Deployment, HorizontalPodAutoscaler, LabelSelector, LimitRange, Metadata, Object, PodTemplate,
    StatefulSet,
};

/// The objects that admission compares a new one with.
#[derive(Clone, Debug, Default)]
pub struct Cluster<'a> {
    /// ScaledObjects.
    pub scaled_objects: Vec<&'a ScaledObject>,
    /// HorizontalPodAutoscalers, without those that KEDA generates.
    pub autoscalers: Vec<&'a HorizontalPodAutoscaler>,
    /// Deployments and StatefulSets.
    pub workloads: Vec<Workload<'a>>,
    /// Defaults of namespaces for requests and limits.
    pub limit_ranges: Vec<&'a LimitRange>,
    /// Whether this is a dry run, in which KEDA does not look at the scale target.
    pub is_dry_run: bool,
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
}

impl<'a> Cluster<'a> {
    /// Adds an object, if it is of a kind that admission compares others with.
    pub fn add(&mut self, object: &'a Object) {
        match object {
            Object::ScaledObject(object) => self.scaled_objects.push(object),
            Object::HorizontalPodAutoscaler(object) => self.autoscalers.push(object),
            Object::LimitRange(object) => self.limit_ranges.push(object),
            _ => self.workloads.extend(Workload::of(object)),
        }
    }

    /// Returns the workload of that kind, namespace and name.
    pub(super) fn workload(&self, kind: &str, namespace: &str, name: &str) -> Option<Workload<'a>> {
        self.workloads.iter().copied().find(|workload| {
            workload.kind == kind
                && workload.metadata.namespace() == namespace
                && workload.metadata.name() == name
        })
    }
}
