//! The form of an exporter's table: families of series, and how each value is read.

use upswell_metrics::labels::{LabelsBuilder, Text};

/// What an exporter tells about: a pod, a node, an autoscaler.
pub(super) trait Subject: 'static {
    /// One of them at one instant.
    type View<'a>;
}

/// How a family's values go over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Up and down.
    Gauge,
    /// Up only, until what it tells about is gone.
    Counter,
    /// A part of a histogram: `_bucket`, `_sum` or `_count`.
    Histogram,
}

/// Series of one name, as many of them for each subject as there are label values.
pub(super) struct Family<S: Subject> {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Labels besides those that all families of the table have.
    pub(super) labels: &'static [&'static str],
    /// How many series a subject has; always the same while its labels are.
    pub(super) count: fn(&S::View<'_>) -> usize,
    /// Sets the labels of one of them.
    pub(super) label: fn(&S::View<'_>, usize, &mut LabelsBuilder),
    /// The value of one of them; nothing where the series is not there.
    pub(super) value: fn(&S::View<'_>, usize) -> Option<f64>,
}

/// The families of one exporter that tell about the same.
pub(super) struct Table<S: Subject> {
    /// The labels that all of them have.
    pub(super) labels: &'static [&'static str],
    /// Sets them.
    pub(super) base: fn(&S::View<'_>, &mut LabelsBuilder),
    pub(super) families: &'static [Family<S>],
}

impl<S: Subject> Family<S> {
    /// One series for each subject, always there.
    pub(super) const fn one(
        name: &'static str,
        kind: Kind,
        value: fn(&S::View<'_>, usize) -> Option<f64>,
    ) -> Self {
        Self { name, kind, labels: &[], count: |_| 1, label: |_, _, _| (), value }
    }

    /// One series for each subject, with more labels.
    pub(super) const fn labelled(
        name: &'static str,
        labels: &'static [&'static str],
        label: fn(&S::View<'_>, usize, &mut LabelsBuilder),
        value: fn(&S::View<'_>, usize) -> Option<f64>,
    ) -> Self {
        Self { name, kind: Kind::Gauge, labels, count: |_| 1, label, value }
    }
}

/// 1 for what is so, 0 for what is not.
pub(super) const fn flag(is_so: bool) -> Option<f64> {
    Some(if is_so { 1.0 } else { 0.0 })
}

/// Sets labels whose values are texts of the moment.
pub(super) fn set<V: Into<Text>>(
    labels: &mut LabelsBuilder,
    pairs: impl IntoIterator<Item = (&'static str, V)>,
) {
    for (name, value) in pairs {
        labels.set(name, value);
    }
}

/// A bound as Prometheus 3 writes it in `le`: always with a decimal point.
pub(super) fn bound_text(bounds: &[f64], index: usize) -> String {
    bounds.get(index).map_or_else(|| "+Inf".to_owned(), |bound| format!("{bound:?}"))
}
