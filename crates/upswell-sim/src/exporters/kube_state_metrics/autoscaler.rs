//! `kube_horizontalpodautoscaler_*`.
//!
//! Source: kube-state-metrics 2.17, internal/store/horizontalpodautoscaler.go. Where Upswell's own
//! loop scales a ScaledObject there is no such object; its status goes on under the name that KEDA
//! would give it, so that alerts go on to work.

use upswell_engine::horizontal::{ConditionType, Reported, Status};
use upswell_engine::observation::ConditionStatus;
use upswell_metrics::LabelsBuilder;
use upswell_units::{MilliUnits, Replicas};

use super::STATUSES;
use crate::exporters::family::{Family, Kind, Subject, Table, set};
use crate::exporters::objects::{AutoscalerObject, AutoscalerRole, Objects};

/// A HorizontalPodAutoscaler.
pub(crate) struct Autoscaler;

/// A HorizontalPodAutoscaler at one instant.
pub(crate) struct AutoscalerView<'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) object: &'a AutoscalerObject,
    /// Its status, if it scales; before its first decision it is at rest.
    pub(crate) status: Option<&'a Status>,
    /// Replicas of its target.
    pub(crate) replicas: Replicas,
}

impl Subject for Autoscaler {
    type View<'a> = AutoscalerView<'a>;
}

const CONDITIONS: [ConditionType; 4] = [
    ConditionType::AbleToScale,
    ConditionType::ScalingActive,
    ConditionType::ScalingLimited,
    ConditionType::ScaledToZero,
];

/// The values of `metric_target_type`.
const TARGET_TYPES: [&str; 3] = ["value", "utilization", "average"];

impl AutoscalerView<'_> {
    /// The status of the one that scales, once it has decided.
    fn decided(&self) -> Option<&Status> {
        self.status.filter(|status| !status.conditions.is_empty())
    }

    fn current(&self) -> Replicas {
        self.decided().map_or(self.replicas, |status| status.current_replicas)
    }

    fn desired(&self) -> Replicas {
        match self.object.role {
            AutoscalerRole::Stopped { desired } => desired,
            AutoscalerRole::Scales => {
                self.decided().map_or(self.replicas, |status| status.desired_replicas)
            }
        }
    }

    /// What a condition says; nothing where it is not set.
    ///
    /// One that is stopped could read its scale, and then found that others select its pods. At
    /// rest the demand is zero, so that the minimum is what limits.
    fn condition(&self, condition: ConditionType) -> Option<ConditionStatus> {
        use ConditionStatus::{False, True};
        if let Some(status) = self.decided() {
            return status.conditions.get(&condition).map(|condition| condition.status);
        }
        let is_stopped = matches!(self.object.role, AutoscalerRole::Stopped { .. });
        match condition {
            ConditionType::AbleToScale => Some(True),
            ConditionType::ScalingActive if is_stopped || self.replicas.0 == 0 => Some(False),
            ConditionType::ScalingActive => Some(True),
            ConditionType::ScalingLimited if is_stopped || self.replicas.0 == 0 => None,
            ConditionType::ScalingLimited => Some(True),
            ConditionType::ScaledToZero => None,
        }
    }

    fn target(&self, index: usize) -> Option<f64> {
        let metric = self.object.metrics.get(index / TARGET_TYPES.len())?;
        (metric.target_type == TARGET_TYPES[index % TARGET_TYPES.len()]).then_some(metric.target)
    }

    fn reported(&self, index: usize) -> Option<f64> {
        let status = self.decided()?.metrics.get(index / TARGET_TYPES.len())?;
        match (&status.reported.as_ref()?, TARGET_TYPES[index % TARGET_TYPES.len()]) {
            (Reported::Value(value), "value") => Some(value.as_f64()),
            (Reported::Utilization { utilization, .. }, "utilization") => {
                Some(utilization.0.into())
            }
            (Reported::Utilization { average_value, .. }, "average") => {
                Some(average_value.as_f64())
            }
            (Reported::AverageValue(average), "average") => average.map(MilliUnits::as_f64),
            _ => None,
        }
    }
}

fn label_metric(view: &AutoscalerView<'_>, index: usize, labels: &mut LabelsBuilder) {
    if let Some(metric) = view.object.metrics.get(index / TARGET_TYPES.len()) {
        labels.set("metric_name", metric.name.as_str());
        labels.set("metric_target_type", TARGET_TYPES[index % TARGET_TYPES.len()]);
    }
}

/// A family of the metrics of an autoscaler: each by what its target may be.
const fn of_metrics(
    name: &'static str,
    value: fn(&AutoscalerView<'_>, usize) -> Option<f64>,
) -> Family<Autoscaler> {
    Family {
        name,
        kind: Kind::Gauge,
        labels: &["metric_name", "metric_target_type"],
        count: |view| view.object.metrics.len() * TARGET_TYPES.len(),
        label: label_metric,
        value,
    }
}

pub(crate) const TABLE: Table<Autoscaler> = Table {
    labels: &["horizontalpodautoscaler", "namespace"],
    base: |view, labels| {
        labels.set("namespace", view.objects.namespace.as_str());
        labels.set("horizontalpodautoscaler", view.object.name.as_str());
    },
    families: &[
        Family::labelled(
            "kube_horizontalpodautoscaler_info",
            &["scaletargetref_api_version", "scaletargetref_kind", "scaletargetref_name"],
            |view, _, labels| {
                let [api_version, kind, name] = &view.object.target;
                set(
                    labels,
                    [
                        ("scaletargetref_api_version", api_version.as_str()),
                        ("scaletargetref_kind", kind.as_str()),
                        ("scaletargetref_name", name.as_str()),
                    ],
                );
            },
            |_, _| Some(1.0),
        ),
        Family::one("kube_horizontalpodautoscaler_spec_min_replicas", Kind::Gauge, |view, _| {
            Some(view.object.min_replicas.0.into())
        }),
        Family::one("kube_horizontalpodautoscaler_spec_max_replicas", Kind::Gauge, |view, _| {
            Some(view.object.max_replicas.0.into())
        }),
        of_metrics("kube_horizontalpodautoscaler_spec_target_metric", |view, index| {
            view.target(index)
        }),
        of_metrics("kube_horizontalpodautoscaler_status_target_metric", |view, index| {
            view.reported(index)
        }),
        Family::one(
            "kube_horizontalpodautoscaler_status_current_replicas",
            Kind::Gauge,
            |view, _| Some(view.current().0.into()),
        ),
        Family::one(
            "kube_horizontalpodautoscaler_status_desired_replicas",
            Kind::Gauge,
            |view, _| Some(view.desired().0.into()),
        ),
        Family {
            name: "kube_horizontalpodautoscaler_status_condition",
            kind: Kind::Gauge,
            labels: &["condition", "status"],
            count: |_| CONDITIONS.len() * STATUSES.len(),
            label: |_, index, labels| {
                labels.set("condition", CONDITIONS[index / STATUSES.len()].as_str());
                labels.set("status", STATUSES[index % STATUSES.len()]);
            },
            value: |view, index| {
                let status = match view.condition(CONDITIONS[index / STATUSES.len()])? {
                    ConditionStatus::True => 0,
                    ConditionStatus::False => 1,
                    ConditionStatus::Unknown => 2,
                };
                Some(if status == index % STATUSES.len() { 1.0 } else { 0.0 })
            },
        },
    ],
};
