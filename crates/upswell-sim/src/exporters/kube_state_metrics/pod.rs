//! `kube_pod_*`.
//!
//! Source: kube-state-metrics 2.17, internal/store/pod.go.

use upswell_metrics::LabelsBuilder;
use upswell_units::Timestamp;

use crate::cluster::{Pod, PodId, SeenNode};
use crate::exporters::family::{Family, Kind, Subject, Table, flag, set};
use crate::exporters::names;
use crate::exporters::objects::{ContainerObject, Objects};

/// A pod.
pub(crate) struct PodSubject;

/// A pod at one instant.
pub(crate) struct PodView<'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) id: PodId,
    pub(crate) pod: &'a Pod,
    /// Its node; nothing where it has none, or the model has no nodes.
    pub(crate) node: Option<SeenNode<'a>>,
}

impl Subject for PodSubject {
    type View<'a> = PodView<'a>;
}

impl PodView<'_> {
    /// Its labels change once: when it is bound to a node.
    pub(crate) fn generation(&self) -> u32 {
        u32::from(self.pod.scheduled.is_some())
    }

    pub(crate) fn name(&self) -> String {
        let workload = &self.objects.workload;
        names::pod(&workload.kind, &workload.name, self.id)
    }

    /// The name of its node; empty before it is bound, or where the model has no nodes.
    pub(crate) fn node_name(&self) -> String {
        self.node.map_or_else(String::new, |node| names::node(&node.pool.name, node.id))
    }

    /// The address of its node.
    pub(crate) fn host_ip(&self) -> String {
        self.node.map_or_else(String::new, |node| names::node_ip(node.id))
    }

    fn phase(&self) -> &'static str {
        if self.pod.pulled.is_some() { "Running" } else { "Pending" }
    }

    fn container(&self, index: usize) -> Option<&ContainerObject> {
        self.objects.workload.containers.get(index)
    }

    /// The amounts of a kind of all containers, as (container, resource, amount).
    fn amount(
        &self,
        of: fn(&ContainerObject) -> &std::collections::BTreeMap<String, f64>,
        index: usize,
    ) -> Option<(&str, &str, f64)> {
        let containers = self.objects.workload.containers.iter();
        let mut amounts = containers.flat_map(|container| {
            let amounts = of(container).iter();
            amounts.map(|(resource, amount)| (&*container.name, &**resource, *amount))
        });
        amounts.nth(index)
    }
}

const PHASES: [&str; 5] = ["Pending", "Succeeded", "Failed", "Unknown", "Running"];
const CONDITIONS: [&str; 3] = ["true", "false", "unknown"];

fn seconds(at: Timestamp) -> f64 {
    at.as_nanos().div_euclid(1_000_000_000) as f64
}

/// A condition of a pod: true or false, as `is_true` says.
const fn condition(
    name: &'static str,
    value: fn(&PodView<'_>, usize) -> Option<f64>,
) -> Family<PodSubject> {
    Family {
        name,
        kind: Kind::Gauge,
        labels: &["condition"],
        count: |_| CONDITIONS.len(),
        label: |_, index, labels| {
            labels.set("condition", CONDITIONS[index]);
        },
        value,
    }
}

/// The state of each container, once the pod is bound.
const fn of_containers(
    name: &'static str,
    kind: Kind,
    value: fn(&PodView<'_>, usize) -> Option<f64>,
) -> Family<PodSubject> {
    Family {
        name,
        kind,
        labels: &["container"],
        count: |view| match view.pod.scheduled {
            Some(_) => view.objects.workload.containers.len(),
            None => 0,
        },
        label: |view, index, labels| {
            labels.set("container", view.container(index).map_or("", |container| &container.name));
        },
        value,
    }
}

fn label_amount(view: &PodView<'_>, amount: Option<(&str, &str, f64)>, labels: &mut LabelsBuilder) {
    let Some((container, resource, _)) = amount else { return };
    let unit = match resource {
        "cpu" => "core",
        "memory" | "storage" | "ephemeral-storage" => "byte",
        _ => "integer",
    };
    let resource = resource.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    set(labels, [("container", container), ("unit", unit)]);
    set(labels, [("node", view.node_name()), ("resource", resource)]);
}

fn requests(container: &ContainerObject) -> &std::collections::BTreeMap<String, f64> {
    &container.requests
}

fn limits(container: &ContainerObject) -> &std::collections::BTreeMap<String, f64> {
    &container.limits
}

fn label_info(view: &PodView<'_>, _: usize, labels: &mut LabelsBuilder) {
    let workload = &view.objects.workload;
    let (kind, owner) = match workload.kind.as_str() {
        "Deployment" => ("ReplicaSet", names::replica_set(&workload.name)),
        kind => (kind, workload.name.clone()),
    };
    set(labels, [("created_by_kind", kind), ("host_network", "false")]);
    set(labels, [("created_by_name", owner), ("node", view.node_name())]);
    if view.pod.scheduled.is_some() {
        set(labels, [("pod_ip", names::pod_ip(view.id)), ("host_ip", view.host_ip())]);
    }
}

pub(crate) const TABLE: Table<PodSubject> = Table {
    labels: &["namespace", "pod", "uid"],
    base: |view, labels| {
        labels.set("namespace", view.objects.namespace.as_str());
        set(labels, [("pod", view.name()), ("uid", names::uid(view.id))]);
    },
    families: &[
        Family::labelled(
            "kube_pod_info",
            &["created_by_kind", "created_by_name", "host_ip", "host_network", "node", "pod_ip"],
            |view, index, labels| label_info(view, index, labels),
            |_, _| Some(1.0),
        ),
        Family::one("kube_pod_created", Kind::Gauge, |view, _| Some(seconds(view.pod.created))),
        Family::one("kube_pod_start_time", Kind::Gauge, |view, _| view.pod.scheduled.map(seconds)),
        Family::one("kube_pod_deletion_timestamp", Kind::Gauge, |view, _| {
            view.pod.ends_by.map(seconds)
        }),
        Family {
            name: "kube_pod_status_phase",
            kind: Kind::Gauge,
            labels: &["phase"],
            count: |_| PHASES.len(),
            label: |_, index, labels| {
                labels.set("phase", PHASES[index]);
            },
            value: |view, index| flag(view.phase() == PHASES[index]),
        },
        condition("kube_pod_status_ready", |view, index| {
            flag(index == usize::from(view.pod.ready.is_none()))
        }),
        condition("kube_pod_status_scheduled", |view, index| {
            flag(index == usize::from(view.pod.scheduled.is_none()))
        }),
        Family::one("kube_pod_status_scheduled_time", Kind::Gauge, |view, _| {
            view.pod.scheduled.map(seconds)
        }),
        Family::one("kube_pod_status_ready_time", Kind::Gauge, |view, _| {
            view.pod.ready.map(seconds)
        }),
        Family::one("kube_pod_status_unschedulable", Kind::Gauge, |view, _| {
            view.pod.scheduled.is_none().then_some(1.0)
        }),
        of_containers("kube_pod_container_status_ready", Kind::Gauge, |view, _| {
            flag(view.pod.ready.is_some())
        }),
        of_containers("kube_pod_container_status_running", Kind::Gauge, |view, _| {
            flag(view.pod.pulled.is_some())
        }),
        of_containers("kube_pod_container_status_waiting", Kind::Gauge, |view, _| {
            flag(view.pod.pulled.is_none())
        }),
        of_containers("kube_pod_container_status_terminated", Kind::Gauge, |_, _| flag(false)),
        of_containers("kube_pod_container_status_restarts_total", Kind::Counter, |_, _| Some(0.0)),
        of_containers("kube_pod_container_state_started", Kind::Gauge, |view, _| {
            view.pod.pulled.map(seconds)
        }),
        Family {
            labels: &["container", "reason"],
            label: |view, index, labels| {
                labels.set("container", view.container(index).map_or("", |found| &found.name));
                labels.set("reason", "ContainerCreating");
            },
            ..of_containers("kube_pod_container_status_waiting_reason", Kind::Gauge, |view, _| {
                view.pod.pulled.is_none().then_some(1.0)
            })
        },
        Family {
            labels: &["container", "image"],
            label: |view, index, labels| {
                if let Some(container) = view.container(index) {
                    let ContainerObject { name, image, .. } = container;
                    set(labels, [("container", &**name), ("image", image), ("image_spec", image)]);
                }
            },
            ..of_containers("kube_pod_container_info", Kind::Gauge, |_, _| Some(1.0))
        },
        Family {
            name: "kube_pod_container_resource_requests",
            kind: Kind::Gauge,
            labels: &["container", "node", "resource", "unit"],
            count: |view| {
                view.objects.workload.containers.iter().map(|found| found.requests.len()).sum()
            },
            label: |view, index, labels| label_amount(view, view.amount(requests, index), labels),
            value: |view, index| view.amount(requests, index).map(|(_, _, amount)| amount),
        },
        Family {
            name: "kube_pod_container_resource_limits",
            kind: Kind::Gauge,
            labels: &["container", "node", "resource", "unit"],
            count: |view| {
                view.objects.workload.containers.iter().map(|found| found.limits.len()).sum()
            },
            label: |view, index, labels| label_amount(view, view.amount(limits, index), labels),
            value: |view, index| view.amount(limits, index).map(|(_, _, amount)| amount),
        },
    ],
};
