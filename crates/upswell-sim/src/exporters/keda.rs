//! `keda_*`: KEDA's operator.
//!
//! Source: KEDA 2.20, pkg/metricscollector/prommetrics.go. Upswell's own loop exports the same
//! names, so that alerts go on to work where it takes over.

use super::family::{Family, Kind, Subject, Table, flag, set};
use super::objects::{Objects, ScaledObjectInfo, TriggerInfo};
use crate::control::TriggerTally;

/// A ScaledObject.
pub(super) struct ScaledObject;

/// A ScaledObject at one instant.
pub(super) struct ScaledObjectView<'a> {
    pub(super) objects: &'a Objects,
    pub(super) object: &'a ScaledObjectInfo,
    /// By position in [`ScaledObjectInfo::triggers`].
    pub(super) tallies: &'a [TriggerTally],
}

impl Subject for ScaledObject {
    type View<'a> = ScaledObjectView<'a>;
}

impl ScaledObjectView<'_> {
    /// One metric of one trigger, by number over all triggers.
    fn metric(&self, index: usize) -> Option<(&TriggerInfo, Option<&TriggerTally>, &str)> {
        let triggers = self.object.triggers.iter().enumerate();
        let mut metrics = triggers.flat_map(|(position, trigger)| {
            let tally = self.tallies.get(position);
            trigger.metrics.iter().map(move |metric| (trigger, tally, metric.0.as_str()))
        });
        metrics.nth(index)
    }
}

/// A family of the metrics of the triggers.
const fn of_metrics(
    name: &'static str,
    kind: Kind,
    value: fn(&ScaledObjectView<'_>, usize) -> Option<f64>,
) -> Family<ScaledObject> {
    Family {
        name,
        kind,
        labels: &["metric", "scaledObject", "scaler", "triggerIndex", "type"],
        count: |view| view.object.triggers.iter().map(|trigger| trigger.metrics.len()).sum(),
        label: |view, index, labels| {
            let Some((trigger, _, metric)) = view.metric(index) else { return };
            set(
                labels,
                [("metric", metric), ("scaler", &trigger.scaler), ("type", "scaledobject")],
            );
            labels.set("triggerIndex", trigger.index.to_string());
        },
        value,
    }
}

pub(super) const TABLE: Table<ScaledObject> = Table {
    labels: &["namespace", "scaledObject"],
    base: |view, labels| {
        set(labels, [("namespace", &*view.objects.namespace), ("scaledObject", &view.object.name)]);
    },
    families: &[
        of_metrics("keda_scaler_metrics_value", Kind::Gauge, |view, index| {
            let (_, tally, name) = view.metric(index)?;
            let mut values = tally?.values.iter();
            values.find(|(metric, _)| metric.0 == name).map(|(_, value)| value.as_f64())
        }),
        of_metrics("keda_scaler_active", Kind::Gauge, |view, index| {
            flag(view.metric(index)?.1?.is_active?)
        }),
        of_metrics("keda_scaler_detail_errors_total", Kind::Counter, |view, index| {
            Some(view.metric(index)?.1?.errors as f64)
        }),
        Family::one("keda_scaled_object_errors_total", Kind::Counter, |view, _| {
            Some(view.tallies.iter().map(|tally| tally.errors).sum::<u64>() as f64)
        }),
        Family::one("keda_scaled_object_paused", Kind::Gauge, |view, _| {
            flag(view.object.is_paused)
        }),
    ],
};
