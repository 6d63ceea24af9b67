//! `kube_deployment_*` and `kube_statefulset_*`.
//!
//! Source: kube-state-metrics 2.17, internal/store/deployment.go, statefulset.go. A pod that is
//! ready is available at once: `minReadySeconds` is not simulated. No rollout goes on, so that all
//! pods are updated ones.

use upswell_units::Timestamp;

use super::STATUSES;
use crate::exporters::family::{Family, Kind, Subject, Table};
use crate::exporters::objects::Objects;

/// A workload.
pub(crate) struct Workload;

/// A workload at one instant.
pub(crate) struct WorkloadView<'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) created: Timestamp,
    /// Replicas that are asked for.
    pub(crate) wanted: u32,
    /// Pods that were not told to end.
    pub(crate) active: u32,
    /// Those of them that are ready.
    pub(crate) ready: u32,
}

impl Subject for Workload {
    type View<'a> = WorkloadView<'a>;
}

impl WorkloadView<'_> {
    /// Whether at most a quarter is missing, as `maxUnavailable` allows by default; rounded down.
    fn is_available(&self) -> bool {
        self.ready >= self.wanted - self.wanted / 4
    }
}

const DEPLOYMENT_CONDITIONS: [&str; 2] = ["Available", "Progressing"];

pub(crate) const DEPLOYMENTS: Table<Workload> = Table {
    labels: &["deployment", "namespace"],
    base: |view, labels| {
        labels.set("namespace", view.objects.namespace.as_str());
        labels.set("deployment", view.objects.workload.name.as_str());
    },
    families: &[
        Family::one("kube_deployment_created", Kind::Gauge, |view, _| {
            Some(view.created.as_nanos().div_euclid(1_000_000_000) as f64)
        }),
        Family::one("kube_deployment_spec_replicas", Kind::Gauge, |view, _| {
            Some(view.wanted.into())
        }),
        Family::one("kube_deployment_spec_paused", Kind::Gauge, |_, _| Some(0.0)),
        Family::one("kube_deployment_status_replicas", Kind::Gauge, |view, _| {
            Some(view.active.into())
        }),
        Family::one("kube_deployment_status_replicas_ready", Kind::Gauge, |view, _| {
            Some(view.ready.into())
        }),
        Family::one("kube_deployment_status_replicas_available", Kind::Gauge, |view, _| {
            Some(view.ready.into())
        }),
        Family::one("kube_deployment_status_replicas_unavailable", Kind::Gauge, |view, _| {
            Some(view.active.max(view.wanted).saturating_sub(view.ready).into())
        }),
        Family::one("kube_deployment_status_replicas_updated", Kind::Gauge, |view, _| {
            Some(view.active.into())
        }),
        Family {
            name: "kube_deployment_status_condition",
            kind: Kind::Gauge,
            labels: &["condition", "status"],
            count: |_| DEPLOYMENT_CONDITIONS.len() * STATUSES.len(),
            label: |_, index, labels| {
                labels.set("condition", DEPLOYMENT_CONDITIONS[index / STATUSES.len()]);
                labels.set("status", STATUSES[index % STATUSES.len()]);
            },
            value: |view, index| {
                let is_true = index / STATUSES.len() == 1 || view.is_available();
                let status = usize::from(!is_true);
                Some(if status == index % STATUSES.len() { 1.0 } else { 0.0 })
            },
        },
    ],
};

pub(crate) const STATEFUL_SETS: Table<Workload> = Table {
    labels: &["namespace", "statefulset"],
    base: |view, labels| {
        labels.set("namespace", view.objects.namespace.as_str());
        labels.set("statefulset", view.objects.workload.name.as_str());
    },
    families: &[
        Family::one("kube_statefulset_created", Kind::Gauge, |view, _| {
            Some(view.created.as_nanos().div_euclid(1_000_000_000) as f64)
        }),
        Family::one("kube_statefulset_replicas", Kind::Gauge, |view, _| Some(view.wanted.into())),
        Family::one("kube_statefulset_status_replicas", Kind::Gauge, |view, _| {
            Some(view.active.into())
        }),
        Family::one("kube_statefulset_status_replicas_ready", Kind::Gauge, |view, _| {
            Some(view.ready.into())
        }),
        Family::one("kube_statefulset_status_replicas_available", Kind::Gauge, |view, _| {
            Some(view.ready.into())
        }),
        Family::one("kube_statefulset_status_replicas_current", Kind::Gauge, |view, _| {
            Some(view.active.into())
        }),
        Family::one("kube_statefulset_status_replicas_updated", Kind::Gauge, |view, _| {
            Some(view.active.into())
        }),
    ],
};
