//! The pods of the target: who they are, and what they ask of a node.

use std::collections::BTreeMap;

use upswell_engine::observation::{Container, ContainerKind, PodResources, Requests};
use upswell_engine::policy::ResourceName;
use upswell_manifests::kinds::{self, LabelSelector, Object, PodSpec, PodTemplate};
use upswell_units::{Bytes, MilliUnits, Millicores, ScaleTarget, Span};

/// The pods of the target.
pub(super) struct Pods<'a> {
    /// Their workload, as in `Deployment/llm-worker`.
    pub(super) workload: String,
    /// The place of its name.
    pub(super) span: Option<Span>,
    /// Its namespace; empty where the manifest names none.
    pub(super) namespace: &'a str,
    /// What they look like; none where the workload is of a kind that is not read.
    pub(super) template: Option<&'a PodTemplate>,
}

/// What one pod takes of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) cpu: Millicores,
    pub(super) memory: Bytes,
    pub(super) gpus: i64,
    /// Resources that no machine here is known to have.
    pub(super) others: Vec<String>,
}

impl<'a> Pods<'a> {
    pub(super) fn of(object: Option<&'a Object>, target: &ScaleTarget) -> Self {
        let metadata = object.map(Object::metadata);
        Self {
            workload: target.to_string(),
            span: metadata.and_then(|metadata| Some(metadata.name.as_ref()?.span)),
            namespace: metadata.map_or("", |metadata| metadata.namespace()),
            template: object.and_then(Object::pod_template),
        }
    }

    pub(super) fn spec(&self) -> Option<&'a PodSpec> {
        self.template.map(|template| &template.spec)
    }

    /// Whether a selector takes these pods.
    pub(super) fn are_selected_by(&self, selector: Option<&LabelSelector>) -> bool {
        let template = self.template.zip(selector);
        template.is_some_and(|(template, selector)| template.is_selected_by(selector))
    }

    /// What the scheduler counts for one pod.
    pub(super) fn demand(&self) -> Demand {
        let mut demand = Demand::default();
        let resources = self.spec().map(pod_resources).unwrap_or_default();
        for (resource, MilliUnits(milli)) in scheduled(&resources) {
            // The scheduler counts whole bytes and whole devices, rounded up.
            let whole = milli.saturating_add(999) / 1000;
            match resource {
                ResourceName::Cpu => demand.cpu = Millicores(milli),
                ResourceName::Memory => demand.memory = Bytes(whole),
                ResourceName::Other(name) if name.ends_with("/gpu") => {
                    demand.gpus = demand.gpus.saturating_add(whole);
                }
                ResourceName::Other(name) => demand.others.push(name),
            }
        }
        demand
    }
}

/// Returns the larger of what the containers need at work and what each step of the start needs.
///
/// Requests of the pod as a whole replace those of its containers.
/// Source: Kubernetes 1.36, component-helpers/resource/helpers.go, PodRequests.
fn scheduled(resources: &PodResources) -> Requests {
    let PodResources { containers, pod_level_requests } = resources;
    let (mut at_work, mut sidecars, mut at_start) =
        (Requests::new(), Requests::new(), Requests::new());
    for Container { name: _, kind, requests } in containers {
        match kind {
            ContainerKind::Main => add(&mut at_work, requests),
            ContainerKind::Sidecar => {
                add(&mut at_work, requests);
                add(&mut sidecars, requests);
            }
            ContainerKind::Init => {
                let mut step = sidecars.clone();
                add(&mut step, requests);
                raise(&mut at_start, &step);
            }
        }
    }
    raise(&mut at_work, &at_start);
    at_work.extend(pod_level_requests.iter().map(|(name, amount)| (name.clone(), *amount)));
    at_work
}

fn add(sum: &mut Requests, more: &Requests) {
    for (name, MilliUnits(more)) in more {
        let MilliUnits(amount) = sum.entry(name.clone()).or_insert(MilliUnits(0));
        *amount = amount.saturating_add(*more);
    }
}

fn raise(requests: &mut Requests, least: &BTreeMap<ResourceName, MilliUnits>) {
    for (name, least) in least {
        let amount = requests.entry(name.clone()).or_insert(*least);
        *amount = (*amount).max(*least);
    }
}

/// Returns what the containers of a pod request, for the autoscalers.
pub(super) fn pod_resources(pod: &PodSpec) -> PodResources {
    let of_kind = |containers: &[kinds::Container],
                   kind: fn(&kinds::Container) -> ContainerKind| {
        let containers = containers.iter().map(|container| Container {
            name: container.name.value.clone(),
            kind: kind(container),
            requests: container.resources.as_ref().map(requests).unwrap_or_default(),
        });
        containers.collect::<Vec<_>>()
    };
    let mut containers = of_kind(&pod.init_containers, |container| {
        let policy = container.restart_policy.as_ref().map(|policy| policy.value.as_str());
        if policy == Some("Always") { ContainerKind::Sidecar } else { ContainerKind::Init }
    });
    containers.extend(of_kind(&pod.containers, |_| ContainerKind::Main));
    let pod_level_requests = pod.resources.as_ref().map(requests).unwrap_or_default();
    PodResources { containers, pod_level_requests }
}

fn requests(resources: &kinds::Resources) -> Requests {
    let names = resources.requests.keys().chain(resources.limits.keys());
    let amounts = names.filter_map(|name| {
        let amount = resources.request(name)?;
        Some((ResourceName::from(name.as_str()), MilliUnits(amount.value.milli_value())))
    });
    amounts.collect()
}
