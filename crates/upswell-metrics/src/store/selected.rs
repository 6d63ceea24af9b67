//! What a reader takes away: chunks of a series, decoded when they are read.

use crate::labels::Labels;
use crate::sample::Sample;

use super::chunk::Chunk;
use super::open::Open;

/// A series as a reader found it; what is written later does not show.
#[derive(Clone, Debug)]
pub struct Selected {
    labels: Labels,
    order: u64,
    from: i64,
    to: i64,
    /// All that there is, where it was taken without its chunk.
    one: Option<Sample>,
    sealed: Vec<Chunk>,
    open: Open,
}

impl Selected {
    /// Takes the chunks that reach into a range of time, both ends included.
    pub(super) fn new(
        (labels, order): (Labels, u64),
        (from, to): (i64, i64),
        sealed: Vec<Chunk>,
        open: Open,
    ) -> Self {
        Self { labels, order, from, to, one: None, sealed, open }
    }

    /// Takes a series of which one sample is wanted.
    pub(super) fn of_one((labels, order): (Labels, u64), one: Sample) -> Self {
        let (at, sealed, open) = (one.at.0, Vec::new(), Open::default());
        Self { labels, order, from: at, to: at, one: Some(one), sealed, open }
    }

    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Returns the labels alone.
    #[must_use]
    pub fn into_labels(self) -> Labels {
        self.labels
    }

    /// Appends its samples within the bounds of the selection, staleness markers included, in
    /// order of time.
    pub fn read(&self, into: &mut Samples) {
        if let Some(Sample { at, value }) = self.one {
            into.times.push(at.0);
            into.values.push(value);
            return;
        }
        for chunk in &self.sealed {
            let start = into.times.len();
            chunk.read(into);
            self.keep_within(chunk.bounds(), start, into);
        }
        if let Some(bounds) = self.open.bounds() {
            let start = into.times.len();
            self.open.read(into);
            self.keep_within(bounds, start, into);
        }
    }

    /// Drops the samples from `start` on that are out of bounds.
    fn keep_within(&self, (first, last): (i64, i64), start: usize, into: &mut Samples) {
        if last > self.to {
            let kept = into.times[start..].partition_point(|time| *time <= self.to);
            into.times.truncate(start + kept);
            into.values.truncate(start + kept);
        }
        if first < self.from {
            let before = into.times[start..].partition_point(|time| *time < self.from);
            into.times.drain(start..start + before);
            into.values.drain(start..start + before);
        }
    }

    /// A number that grows in the order of the labels.
    pub(super) fn order(&self) -> u64 {
        self.order
    }

    /// Returns whether there is a sample within the bounds: they may lie between two.
    pub(super) fn has_samples(&self) -> bool {
        if self.one.is_some() {
            return true;
        }
        let mut bounds = self.sealed.iter().map(Chunk::bounds).chain(self.open.bounds());
        let is_within = |time| (self.from..=self.to).contains(&time);
        if bounds.any(|(first, last)| is_within(first) || is_within(last)) {
            return true;
        }
        let mut samples = Samples::default();
        self.read(&mut samples);
        !samples.times.is_empty()
    }
}

/// Samples in columns of one length, in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Milliseconds since the epoch.
    pub times: Vec<i64>,
    /// Values.
    pub values: Vec<f64>,
}

impl Samples {
    /// Empties both columns and keeps their memory.
    pub fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
    }
}
