//! `horizontal_pod_autoscaler_controller_*`: the autoscaler's controller in
//! kube-controller-manager.
//!
//! Source: Kubernetes 1.36, pkg/controller/podautoscaler/monitor/metrics.go. It counts for the
//! whole cluster, not for each autoscaler. A pair of labels is there once it was counted.

use upswell_units::Duration;

use super::family::{Family, Kind, Subject, Table, set};
use super::objects::{AutoscalerRole, Objects};
use crate::control::Reconciliations;

/// Time between two ticks: `--horizontal-pod-autoscaler-sync-period` by default.
pub(super) const SYNC_PERIOD: Duration = Duration::from_secs(15);

/// The controller.
pub(super) struct Controller;

/// The controller at one instant.
pub(super) struct ControllerView<'a> {
    pub(super) objects: &'a Objects,
    /// Of the autoscaler that scales, before and in the run.
    pub(super) counted: Reconciliations,
    /// Of those that are stopped: each tick fails.
    pub(super) stopped: u64,
    /// Replicas that the one that scales desires.
    pub(super) desired: u32,
}

impl Subject for Controller {
    type View<'a> = ControllerView<'a>;
}

const OUTCOMES: [(&str, &str); 4] =
    [("none", "none"), ("scale_up", "none"), ("scale_down", "none"), ("none", "internal")];

impl ControllerView<'_> {
    fn reconciliations(&self, index: usize) -> Option<f64> {
        let Reconciliations { scale_up, scale_down, none, failed } = self.counted;
        let count = [none, scale_up, scale_down, failed + self.stopped][index];
        (count > 0).then_some(count as f64)
    }
}

const fn reconciliations(name: &'static str) -> Family<Controller> {
    Family {
        name,
        kind: Kind::Counter,
        labels: &["action", "error"],
        count: |_| OUTCOMES.len(),
        label: |_, index, labels| {
            let (action, error) = OUTCOMES[index];
            set(labels, [("action", action), ("error", error)]);
        },
        value: |view, index| view.reconciliations(index),
    }
}

pub(super) const TABLE: Table<Controller> = Table {
    labels: &[],
    base: |_, _| (),
    families: &[
        reconciliations("horizontal_pod_autoscaler_controller_reconciliations_total"),
        reconciliations(
            "horizontal_pod_autoscaler_controller_reconciliation_duration_seconds_count",
        ),
        Family::one(
            "horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers",
            Kind::Gauge,
            |view, _| Some(view.objects.autoscalers.len() as f64),
        ),
        Family {
            name: "horizontal_pod_autoscaler_controller_desired_replicas",
            kind: Kind::Gauge,
            labels: &["hpa_name", "namespace"],
            count: |view| view.objects.autoscalers.len(),
            label: |view, index, labels| {
                let objects = view.objects;
                let name = &*objects.autoscalers[index].name;
                set(labels, [("hpa_name", name), ("namespace", &objects.namespace)]);
            },
            value: |view, index| match view.objects.autoscalers[index].role {
                AutoscalerRole::Scales => Some(view.desired.into()),
                AutoscalerRole::Stopped { desired } => Some(desired.0.into()),
            },
        },
    ],
};
