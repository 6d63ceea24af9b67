//! What bounds a store, and what became of the samples.

use upswell_units::{Bytes, Duration};

/// What bounds a store.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long samples are kept, counted back from the newest one; they go by whole chunks of
    /// up to 120, so that some are kept longer.
    pub retention: Duration,
    /// Most memory that samples, labels and index may take.
    ///
    /// When it is full, the oldest chunks of all series go first. Labels and index may take half
    /// of it: beyond that there is no room for new series, and those that are there go on.
    pub memory: Bytes,
}

impl Default for Limits {
    /// Six hours, 512 MiB.
    fn default() -> Self {
        Self { retention: Duration::from_secs(6 * 3600), memory: Bytes(512 << 20) }
    }
}

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
    /// Labels and index take half of the memory, so that the series could not be made. It may be
    /// asked for again, by its labels, once others are forgotten.
    #[error("memory is full: there is no room for another series")]
    NoRoom,
    /// The series had no samples for so long that it was forgotten; ask for it by its labels.
    #[error("the series was forgotten")]
    Forgotten,
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
    /// Samples refused because there was no room for their series.
    pub no_room: u64,
    /// Samples refused because their series was forgotten.
    pub forgotten: u64,
    /// Samples dropped before their retention was over, because memory was full.
    pub dropped: u64,
}

impl Counts {
    /// Counts a refusal.
    pub(super) fn refuse(&mut self, refused: Refused) {
        let count = match refused {
            Refused::OutOfOrder => &mut self.out_of_order,
            Refused::Duplicate => &mut self.duplicate,
            Refused::TooOld => &mut self.too_old,
            Refused::NoRoom => &mut self.no_room,
            Refused::Forgotten => &mut self.forgotten,
        };
        *count += 1;
    }
}
