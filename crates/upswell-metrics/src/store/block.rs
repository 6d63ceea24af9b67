//! Series and their samples, sixty-four to a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::labels::Labels;
use crate::sample::{Sample, Time};

use super::Samples;
use super::chunk::{Chunk, Packer};
use super::index::{SeriesId, allocated};
use super::limits::Refused;
use super::open::Open;
use super::selected::Selected;

/// Series with neighbouring numbers, which mostly come and go together.
#[derive(Debug)]
pub(super) struct Block(Mutex<Vec<Series>>);

impl Block {
    /// How many series a block holds.
    pub(super) const LEN: usize = 64;

    /// What a block takes, samples and labels apart.
    pub(super) const BYTES: usize = allocated(size_of::<Series>() * Self::LEN) + 64;

    /// Makes a block with nothing in it.
    pub(super) fn new() -> Self {
        Self(Mutex::new(Vec::with_capacity(Self::LEN)))
    }

    /// Which block holds a series.
    pub(super) const fn of(id: SeriesId) -> usize {
        id as usize / Self::LEN
    }

    /// Which of its block's series a series is.
    pub(super) const fn place(id: SeriesId) -> usize {
        id as usize % Self::LEN
    }

    /// Locks it; whoever does must be quick.
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<Series>> {
        // A lock is poisoned by a panic while it is held; nothing that is done under it can.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A series and its samples.
#[derive(Debug)]
pub(super) struct Series {
    /// None once the series is forgotten.
    labels: Option<Labels>,
    sealed: Vec<Chunk>,
    open: Open,
    /// When it last was without samples: time of the store's newest one by then.
    idle_since: i64,
    /// Grows in the order of the labels of all series.
    order: u64,
}

/// What an append changed.
#[derive(Debug, Default)]
pub(super) struct Appended {
    /// Whether the sample was new, not the last one once more.
    pub(super) is_new: bool,
    /// Whether the series had none before.
    pub(super) is_first: bool,
    /// Whether it had some before that which are gone.
    pub(super) is_back: bool,
    /// By how many bytes the series grew.
    pub(super) grown: i64,
}

/// Memory that sealing a chunk uses again and again.
#[derive(Debug, Default)]
pub(super) struct Sealer {
    samples: Samples,
    packer: Packer,
}

impl Series {
    /// Makes a series without samples.
    pub(super) fn new(labels: Labels, idle_since: i64) -> Self {
        let (sealed, open) = (Vec::new(), Open::default());
        Self { labels: Some(labels), sealed, open, idle_since, order: 0 }
    }

    /// A number that grows in the order of the labels of all series.
    pub(super) fn order(&self) -> u64 {
        self.order
    }

    /// Sets that number.
    pub(super) fn set_order(&mut self, order: u64) {
        self.order = order;
    }

    /// Its labels, unless it is forgotten.
    pub(super) fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// Whether it has no samples.
    pub(super) fn is_empty(&self) -> bool {
        self.sealed.is_empty() && self.open.len() == 0
    }

    /// Whether it has had samples, though they may be gone.
    pub(super) fn had_samples(&self) -> bool {
        self.open.newest().is_some()
    }

    /// Whether it has been without samples since that time.
    pub(super) fn idles_since(&self, since: i64) -> bool {
        self.is_empty() && self.idle_since == since
    }

    /// Notes since when it is without samples.
    pub(super) fn idle(&mut self, since: i64) {
        self.idle_since = since;
    }

    /// Forgets it; returns its labels.
    pub(super) fn forget(&mut self) -> Option<Labels> {
        (self.sealed, self.open) = (Vec::new(), Open::default());
        self.labels.take()
    }

    /// Appends a sample.
    pub(super) fn append(
        &mut self,
        at: i64,
        value: f64,
        sealer: &mut Sealer,
    ) -> Result<Appended, Refused> {
        if self.labels.is_none() {
            return Err(Refused::Forgotten);
        }
        let newest = self.open.newest();
        if let Some((last, bits)) = newest
            && at <= last
        {
            return match (at == last, bits == value.to_bits()) {
                (true, true) => Ok(Appended::default()),
                (true, false) => Err(Refused::Duplicate),
                _ => Err(Refused::OutOfOrder),
            };
        }
        let is_first = self.is_empty();
        let before = self.frame_bytes();
        self.open.push(at, value);
        let sealed = if self.open.is_full() { self.seal(sealer) } else { 0 };
        let grown = self.frame_bytes() + sealed - before;
        Ok(Appended { is_new: true, is_first, is_back: is_first && newest.is_some(), grown })
    }

    /// Packs the open chunk for good; returns the bytes of the new one.
    fn seal(&mut self, sealer: &mut Sealer) -> i64 {
        let Sealer { samples, packer } = sealer;
        samples.clear();
        self.open.read(samples);
        let (chunk, scale) = Chunk::pack(samples, self.open.scale(), packer);
        self.open.restart(scale);
        if self.sealed.len() == self.sealed.capacity() {
            self.sealed.reserve_exact((self.sealed.len() / 4).max(1));
        }
        let bytes = chunk_bytes(&chunk);
        self.sealed.push(chunk);
        bytes
    }

    /// Bytes besides the full chunks.
    fn frame_bytes(&self) -> i64 {
        let list = allocated(self.sealed.capacity() * size_of::<Chunk>());
        (allocated(self.open.allocated()) + list) as i64
    }

    /// Time of the last sample of the oldest chunk, if there is any.
    pub(super) fn oldest_end(&self) -> Option<i64> {
        let sealed = self.sealed.first().map(|chunk| chunk.bounds().1);
        sealed.or_else(|| Some(self.open.bounds()?.1))
    }

    /// Time of the first sample, if there is any.
    pub(super) fn oldest(&self) -> Option<i64> {
        let sealed = self.sealed.first().map(|chunk| chunk.bounds().0);
        sealed.or_else(|| Some(self.open.bounds()?.0))
    }

    /// Drops the oldest chunk; returns how many samples and bytes that were.
    pub(super) fn drop_oldest(&mut self) -> (usize, i64) {
        let before = self.frame_bytes();
        let (samples, chunk) = if self.sealed.is_empty() {
            let samples = self.open.len();
            self.open.restart(self.open.scale());
            (samples, 0)
        } else {
            let chunk = self.sealed.remove(0);
            (chunk.len(), chunk_bytes(&chunk))
        };
        if self.is_empty() {
            self.sealed = Vec::new();
        }
        (samples, before - self.frame_bytes() + chunk)
    }

    /// Copies the chunks that reach into a range of time, if any does.
    pub(super) fn copy(&self, from: i64, to: i64) -> Option<Selected> {
        let labels = self.labels.as_ref()?;
        let open = self.open.bounds();
        let open = open.filter(|(first, last)| *first <= to && *last >= from);
        let sealed = match open {
            Some((first, _)) if first <= from => &[],
            _ => {
                let start = self.sealed.partition_point(|chunk| chunk.bounds().1 < from);
                let rest = &self.sealed[start..];
                &rest[..rest.partition_point(|chunk| chunk.bounds().0 <= to)]
            }
        };
        if open.is_none() && sealed.is_empty() {
            return None;
        }
        let open = open.map(|_| self.open.clone()).unwrap_or_default();
        Some(Selected::new((labels.clone(), self.order), (from, to), sealed.to_vec(), open))
    }

    /// As [`Series::copy`], of the newest sample alone where that is at hand.
    pub(super) fn copy_newest(&self, from: i64, to: i64) -> Option<Selected> {
        let is_within = self.open.bounds().is_some_and(|(_, last)| (from..=to).contains(&last));
        match (&self.labels, self.open.newest().filter(|_| is_within)) {
            (Some(labels), Some((at, bits))) => {
                let sample = Sample { at: Time(at), value: f64::from_bits(bits) };
                Some(Selected::of_one((labels.clone(), self.order), sample))
            }
            _ => self.copy(from, to),
        }
    }
}

fn chunk_bytes(chunk: &Chunk) -> i64 {
    allocated(size_of::<[usize; 2]>() + chunk.bytes()) as i64
}
