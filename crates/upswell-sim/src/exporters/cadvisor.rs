//! `container_*`: cAdvisor in the kubelet of each node.
//!
//! Source: cAdvisor 0.53, metrics/prometheus.go, as the kubelet of Kubernetes 1.36 serves it: only
//! the serving container uses anything in the model.

use upswell_units::Timestamp;

use super::family::{Family, Kind, Subject, Table, set};
use super::kube_state_metrics::PodView;
use crate::service::Usage;

/// A container that runs.
pub(super) struct Container;

/// The serving container of a pod at one instant.
pub(super) struct ContainerView<'a> {
    pub(super) pod: PodView<'a>,
    pub(super) usage: Usage,
    /// When it started.
    pub(super) started: Timestamp,
    pub(super) now: Timestamp,
    /// Slot-seconds of its work so far.
    pub(super) work_s: f64,
    /// Requests that it serves.
    pub(super) in_flight: u32,
}

impl Subject for Container {
    type View<'a> = ContainerView<'a>;
}

impl ContainerView<'_> {
    fn cpu_s(&self) -> f64 {
        let idle = self.usage.cpu_idle.0 as f64 * self.now.since(self.started).as_secs_f64();
        (idle + self.usage.cpu_per_request.0 as f64 * self.work_s) / 1000.0
    }

    fn memory(&self) -> Option<f64> {
        Some(self.usage.memory(self.in_flight.into()).0 as f64)
    }

    fn limit(&self, resource: &str) -> Option<f64> {
        let container = self.pod.objects.workload.containers.first()?;
        container.limits.get(resource).copied()
    }
}

pub(super) const TABLE: Table<Container> = Table {
    labels: &["container", "image", "instance", "namespace", "node", "pod"],
    base: |view, labels| {
        let objects = view.pod.objects;
        if let Some(container) = objects.workload.containers.first() {
            set(labels, [("container", &*container.name), ("image", &container.image)]);
        }
        labels.set("namespace", objects.namespace.as_str());
        set(labels, [("pod", view.pod.name()), ("node", view.pod.node_name())]);
        if view.pod.node.is_some() {
            labels.set("instance", format!("{}:10250", view.pod.host_ip()));
        }
    },
    families: &[
        Family {
            name: "container_cpu_usage_seconds_total",
            kind: Kind::Counter,
            labels: &["cpu"],
            count: |_| 1,
            label: |_, _, labels| {
                labels.set("cpu", "total");
            },
            value: |view, _| Some(view.cpu_s()),
        },
        Family::one("container_memory_working_set_bytes", Kind::Gauge, |view, _| view.memory()),
        Family::one("container_memory_usage_bytes", Kind::Gauge, |view, _| view.memory()),
        Family::one("container_memory_rss", Kind::Gauge, |view, _| view.memory()),
        Family::one("container_start_time_seconds", Kind::Gauge, |view, _| {
            Some(view.started.as_nanos() as f64 / 1e9)
        }),
        Family::one("container_spec_memory_limit_bytes", Kind::Gauge, |view, _| {
            Some(view.limit("memory").unwrap_or(0.0))
        }),
        Family::one("container_spec_cpu_period", Kind::Gauge, |_, _| Some(100_000.0)),
        Family::one("container_spec_cpu_quota", Kind::Gauge, |view, _| {
            view.limit("cpu").map(|cores| cores * 100_000.0)
        }),
    ],
};
