//! What the tests start from.

use std::collections::{BTreeMap, BTreeSet};

use upswell_engine::vertical::history::{ContainerId, History, Sample, Usage};
use upswell_engine::vertical::pod::{Container, Owner, Pod, Requirements};
use upswell_engine::vertical::policy::{ContainerPolicy, Policy, PolicyScope};
use upswell_engine::vertical::recommend::Settings;
use upswell_engine::vertical::resources::{ContainerRecommendation, ResourceList};
use upswell_units::{Bytes, Millicores, PodName, Quantity, Timestamp};

pub(crate) const MIB: i64 = 1 << 20;
pub(crate) const HOUR: i64 = 3600;
pub(crate) const DAY: i64 = 24 * HOUR;
/// A midnight.
pub(crate) const START: i64 = 1_767_225_600;

pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(START + secs)
}

pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().expect(text)
}

/// A list; an empty text leaves a resource out.
pub(crate) fn list(cpu: &str, memory: &str) -> ResourceList {
    let named = |text: &str| (!text.is_empty()).then(|| quantity(text));
    ResourceList { cpu: named(cpu), memory: named(memory) }
}

/// The lists of a recommendation as texts: `cpu memory`.
pub(crate) fn texts(list: Option<&ResourceList>) -> String {
    let quantities = list.into_iter().flat_map(ResourceList::iter);
    quantities.map(|(_, quantity)| quantity.to_string()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn policy(entry: ContainerPolicy) -> Policy {
    Policy { containers: Some(vec![entry]), ..Policy::default() }
}

pub(crate) fn entry_for(container: &str) -> ContainerPolicy {
    ContainerPolicy {
        scope: PolicyScope::Container(container.to_owned()),
        ..ContainerPolicy::default()
    }
}

/// A container of one pod, tracked in a new history with the default settings.
pub(crate) fn tracked(containers: &[&str]) -> History {
    let mut history = History::default();
    let containers: BTreeSet<String> = containers.iter().map(|name| (*name).to_owned()).collect();
    history.track(&Settings::default(), &pod_name(), &BTreeMap::new(), &containers);
    history
}

pub(crate) fn pod_name() -> PodName {
    PodName("app-0".to_owned())
}

pub(crate) fn id(container: &str) -> ContainerId {
    ContainerId { pod: pod_name(), container: container.to_owned() }
}

pub(crate) fn cpu(secs: i64, millicores: i64) -> Sample {
    Sample { at: at(secs), usage: Usage::Cpu(Millicores(millicores)) }
}

pub(crate) fn memory(secs: i64, bytes: i64) -> Sample {
    Sample { at: at(secs), usage: Usage::Memory(Bytes(bytes)) }
}

pub(crate) fn oom(secs: i64, requested: i64) -> Sample {
    Sample { at: at(secs), usage: Usage::OutOfMemory(Bytes(requested)) }
}

pub(crate) fn container(name: &str, requests: ResourceList, limits: ResourceList) -> Container {
    let named = |list: ResourceList| (!list.is_empty()).then_some(list);
    let spec = Requirements { requests: named(requests), limits: named(limits) };
    Container { name: name.to_owned(), spec, status: None }
}

/// A running pod of a ReplicaSet, started a day before [`START`].
pub(crate) fn pod(name: &str, containers: Vec<Container>) -> Pod {
    Pod {
        name: PodName(name.to_owned()),
        owner: Some(owner()),
        is_deleted: false,
        is_pending: false,
        started: Some(at(-DAY)),
        observed_containers: None,
        containers,
    }
}

pub(crate) fn owner() -> Owner {
    Owner { kind: "ReplicaSet".to_owned(), name: "app".to_owned() }
}

/// A recommendation for `app`: each list as CPU and memory.
pub(crate) fn recommended(
    target: ResourceList,
    lower: ResourceList,
    upper: ResourceList,
) -> ContainerRecommendation {
    ContainerRecommendation {
        container: "app".to_owned(),
        uncapped_target: Some(target.clone()),
        target: Some(target),
        lower_bound: Some(lower),
        upper_bound: Some(upper),
    }
}
