//! What the vertical engine sees of a pod.

use std::collections::BTreeSet;

use upswell_units::{PodName, Timestamp};

use super::resources::ResourceList;

/// A pod of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: PodName,
    /// Its controller, if it has one.
    pub owner: Option<Owner>,
    /// Whether it has a deletion timestamp: such a pod is not looked at.
    pub is_deleted: bool,
    /// Whether its phase is `Pending`.
    pub is_pending: bool,
    /// When the kubelet accepted it; `None` before that.
    pub started: Option<Timestamp>,
    /// The containers that were there at admission; `None` if nothing sound is known about it.
    pub observed_containers: Option<ObservedContainers>,
    /// Its ordinary containers, in order.
    pub containers: Vec<Container>,
}

/// The controller of a pod, in the pod's namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// `ReplicaSet`, `StatefulSet`, ...
    pub kind: String,
    /// Name of the object.
    pub name: String,
}

/// A container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What its spec asks for.
    pub spec: Requirements,
    /// What it has, and how it last ended; `None` without a status.
    pub status: Option<ContainerStatus>,
}

/// Requests and limits. An object that is absent differs from an empty one: a patch must add it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// What is reserved.
    pub requests: Option<ResourceList>,
    /// What cannot be exceeded.
    pub limits: Option<ResourceList>,
}

/// The status of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerStatus {
    /// What the kubelet has given it; `None` where the cluster does not say.
    pub resources: Option<Requirements>,
    /// How the run before the present one ended.
    pub last_termination: Option<Termination>,
}

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Termination {
    /// Whether the reason was `OOMKilled`.
    pub is_oom_kill: bool,
    /// When the run began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
}

/// The value of the annotation `vpaObservedContainers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservedContainers(BTreeSet<String>);

impl Pod {
    /// Returns whether a container was there at admission, or may have been.
    #[must_use]
    pub fn has_observed(&self, container: &str) -> bool {
        self.observed_containers.as_ref().is_none_or(|observed| observed.0.contains(container))
    }
}

impl Container {
    /// Returns what it has where the status says, else what its spec asks for.
    #[must_use]
    pub fn requirements(&self) -> &Requirements {
        let actual = self.status.as_ref().and_then(|status| status.resources.as_ref());
        actual.unwrap_or(&self.spec)
    }
}

impl ObservedContainers {
    /// Reads names that are joined by a comma and a space; an empty text names none.
    ///
    /// Returns `None` unless every name is a DNS label: such a value says nothing at all.
    /// Source: vertical-pod-autoscaler 1.8.0, `utils/annotations/vpa_observed_containers.go`.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        if value.is_empty() {
            return Some(Self::default());
        }
        let names = value.split(", ");
        names
            .map(|name| is_dns_label(name).then(|| name.to_owned()))
            .collect::<Option<_>>()
            .map(Self)
    }
}

/// Whether a text is a label as RFC 1123 has it: what a container may be called.
fn is_dns_label(text: &str) -> bool {
    const LABEL_BYTES_MAX: usize = 63;
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= LABEL_BYTES_MAX
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
