//! What the tables of both servers tell about: one replica, as its own exporter sees it.

use upswell_metrics::LabelsBuilder;

use super::family::{Family, Kind, Subject, bound_text};
use super::objects::Objects;
use crate::serve::{Buckets, Meter};

/// A replica that serves.
pub(super) struct Replica;

/// A replica at one instant.
pub(super) struct ReplicaView<'a> {
    pub(super) objects: &'a Objects,
    pub(super) meter: &'a Meter,
    pub(super) histograms: &'static [Histogram],
    /// Requests that it serves.
    pub(super) in_flight: u32,
    /// Requests that wait for all replicas, over the replicas.
    pub(super) waiting: f64,
}

impl Subject for Replica {
    type View<'a> = ReplicaView<'a>;
}

/// A histogram that a server keeps.
pub(super) struct Histogram {
    /// Its name, to which `_bucket`, `_sum` and `_count` are added.
    pub(super) name: &'static str,
    pub(super) buckets: Buckets,
    /// Its unit: 1 for seconds, 1000 for milliseconds.
    pub(super) per_second: f64,
}

/// `_bucket` of the histogram at position `H` of its server's.
pub(super) const fn bucket<const H: usize>(name: &'static str) -> Family<Replica> {
    Family {
        name,
        kind: Kind::Histogram,
        labels: &["le"],
        count: |view| view.histograms[H].buckets.bounds_s.len() + 1,
        label: le::<H>,
        value: |view, index| Some(view.meter.histogram(H)?.at_most(index) as f64),
    }
}

/// `_sum` of it.
pub(super) const fn sum<const H: usize>(name: &'static str) -> Family<Replica> {
    Family::one(name, Kind::Histogram, |view, _| {
        Some(view.meter.histogram(H)?.sum_s() * view.histograms[H].per_second)
    })
}

/// `_count` of it.
pub(super) const fn count<const H: usize>(name: &'static str) -> Family<Replica> {
    Family::one(name, Kind::Histogram, |view, _| Some(view.meter.histogram(H)?.count() as f64))
}

/// Sets `le` for the histogram at position `H`.
fn le<const H: usize>(view: &ReplicaView<'_>, index: usize, labels: &mut LabelsBuilder) {
    let Histogram { buckets, per_second, .. } = &view.histograms[H];
    let bounds: Vec<f64> = buckets.bounds_s.iter().map(|bound| bound * per_second).collect();
    labels.set("le", bound_text(&bounds, index));
}
