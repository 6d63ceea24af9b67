//! `kube_node_*`.
//!
//! Source: kube-state-metrics 2.17, internal/store/node.go.

use super::STATUSES;
use crate::cluster::SeenNode;
use crate::exporters::family::{Family, Kind, Subject, Table, flag, set};
use crate::exporters::names;

/// A node.
pub(crate) struct Node;

/// A node at one instant.
pub(crate) struct NodeView<'a> {
    pub(crate) node: SeenNode<'a>,
}

impl Subject for Node {
    type View<'a> = NodeView<'a>;
}

const CONDITIONS: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

pub(crate) const TABLE: Table<Node> = Table {
    labels: &["node"],
    base: |view, labels| {
        labels.set("node", names::node(&view.node.pool.name, view.node.id));
    },
    families: &[
        Family::labelled(
            "kube_node_info",
            &["internal_ip"],
            |view, _, labels| {
                labels.set("internal_ip", names::node_ip(view.node.id));
            },
            |_, _| Some(1.0),
        ),
        Family::one("kube_node_created", Kind::Gauge, |view, _| {
            Some(view.node.ready.as_nanos().div_euclid(1_000_000_000) as f64)
        }),
        Family::labelled(
            "kube_node_labels",
            &["label_node_kubernetes_io_instance_type", "label_topology_kubernetes_io_zone"],
            |view, _, labels| {
                let SeenNode { pool, zone, .. } = view.node;
                set(
                    labels,
                    [
                        ("label_node_kubernetes_io_instance_type", &*pool.machine_type),
                        ("label_topology_kubernetes_io_zone", zone),
                    ],
                );
            },
            |_, _| Some(1.0),
        ),
        Family::one("kube_node_spec_unschedulable", Kind::Gauge, |view, _| {
            flag(!view.node.is_schedulable)
        }),
        Family {
            name: "kube_node_status_condition",
            kind: Kind::Gauge,
            labels: &["condition", "status"],
            count: |_| CONDITIONS.len() * STATUSES.len(),
            label: |_, index, labels| {
                labels.set("condition", CONDITIONS[index / STATUSES.len()]);
                labels.set("status", STATUSES[index % STATUSES.len()]);
            },
            value: |_, index| {
                let status = usize::from(index / STATUSES.len() != 0);
                flag(status == index % STATUSES.len())
            },
        },
    ],
};
