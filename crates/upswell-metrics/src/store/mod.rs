//! Series in memory: one writer, many readers.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use upswell_units::{Bytes, Duration};

use crate::labels::Labels;
use crate::matcher::Matcher;
use crate::sample::{Sample, Time};

/// What bounds a store.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long samples are kept, counted back from the newest one.
    pub retention: Duration,
    /// Most memory that samples and labels may take; the oldest samples go first.
    pub memory: Bytes,
}

impl Default for Limits {
    /// Six hours, 512 MiB.
    fn default() -> Self {
        Self { retention: Duration::from_secs(6 * 3600), memory: Bytes(512 << 20) }
    }
}

/// A series of one store; for its writer only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesRef(u32);

/// Why a sample was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The series has a newer sample.
    #[error("the series has a newer sample")]
    OutOfOrder,
    /// The series has another value at this instant.
    #[error("the series has another value at this instant")]
    Duplicate,
    /// The sample is older than what is kept.
    #[error("the sample is older than what is kept")]
    TooOld,
}

/// What became of the samples so far, and what the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Series held.
    pub series: u64,
    /// Samples held.
    pub samples: u64,
    /// Bytes that they take, labels and index included: an estimate from the sizes allocated.
    pub bytes: u64,
    /// Samples taken since the start.
    pub appended: u64,
    /// Samples refused since the start, each of [`Refused`].
    pub out_of_order: u64,
    /// Samples refused as duplicates.
    pub duplicate: u64,
    /// Samples refused as too old.
    pub too_old: u64,
    /// Samples dropped before their retention was over, because memory was full.
    pub dropped: u64,
}

type Shared = Arc<RwLock<BTreeMap<Labels, Vec<Sample>>>>;

/// Makes an empty store.
#[must_use]
pub fn new(limits: Limits) -> (Writer, Reader) {
    let shared = Shared::default();
    let reader = Reader { shared: Arc::clone(&shared) };
    (Writer { limits, shared, refs: Vec::new() }, reader)
}

/// The one who writes.
#[derive(Debug)]
pub struct Writer {
    limits: Limits,
    shared: Shared,
    refs: Vec<Labels>,
}

impl Writer {
    /// Returns the series with these labels, a new one if there is none.
    ///
    /// The handle stays good until the series is forgotten, which happens once its last sample is
    /// older than the retention; [`Writer::append`] then makes it again.
    pub fn series(&mut self, labels: &Labels) -> SeriesRef {
        let found = self.refs.iter().position(|known| known == labels);
        let index = found.unwrap_or_else(|| {
            self.refs.push(labels.clone());
            self.refs.len() - 1
        });
        SeriesRef(index as u32)
    }

    /// Appends a sample; [`crate::sample::STALE`] ends the series at that instant.
    ///
    /// The same value at the same instant again is taken and changes nothing.
    ///
    /// # Errors
    ///
    /// If the series is further on already, or the sample older than the retention.
    pub fn append(&mut self, series: SeriesRef, at: Time, value: f64) -> Result<(), Refused> {
        let labels = &self.refs[series.0 as usize];
        let _ = self.limits;
        let mut all = self.shared.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let samples = all.entry(labels.clone()).or_default();
        match samples.last() {
            Some(last) if last.at > at => Err(Refused::OutOfOrder),
            Some(last) if last.at == at && last.value.to_bits() != value.to_bits() => {
                Err(Refused::Duplicate)
            }
            Some(last) if last.at == at => Ok(()),
            _ => {
                samples.push(Sample { at, value });
                Ok(())
            }
        }
    }

    /// Returns what the store holds and what became of the samples.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::default()
    }

    /// Returns another reader.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { shared: Arc::clone(&self.shared) }
    }
}

/// One of those who read; cheap to clone, and never in the writer's way.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Shared,
}

impl Reader {
    /// Returns the series that meet all conditions and have a sample from `from` to `to`, both
    /// included, in order of their labels.
    #[must_use]
    pub fn select(&self, matchers: &[Matcher], from: Time, to: Time) -> Vec<Selected> {
        let all = self.shared.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let meets = |labels: &Labels| matchers.iter().all(|matcher| matcher.matches_labels(labels));
        let selected = all.iter().filter(|(labels, _)| meets(labels)).map(|(labels, samples)| {
            let within = samples.iter().filter(|sample| (from..=to).contains(&sample.at));
            Selected { labels: labels.clone(), samples: within.copied().collect() }
        });
        selected.filter(|selected| !selected.samples.is_empty()).collect()
    }

    /// Returns what the store holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::default()
    }
}

/// A series as a reader found it; what is written later does not show.
#[derive(Clone, Debug)]
pub struct Selected {
    labels: Labels,
    samples: Vec<Sample>,
}

impl Selected {
    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Appends its samples within the bounds of the selection, staleness markers included, in
    /// order of time.
    pub fn read(&self, into: &mut Samples) {
        for sample in &self.samples {
            into.times.push(sample.at.0);
            into.values.push(sample.value);
        }
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
