//! The one who writes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque, binary_heap::PeekMut};
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::labels::Labels;
use crate::sample::{Time, millis};

use super::block::{Block, Sealer, Series};
use super::index::{SeriesId, allocated, text_bytes};
use super::limits::{Counts, Limits, Refused};
use super::order::{ORDER_BYTES, Order, between};
use super::reader::Reader;
use super::shared::Shared;

/// A series of one store; for its writer only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesRef(SeriesId);

/// A series for which there was no room.
const NOWHERE: SeriesRef = SeriesRef(SeriesId::MAX);

/// What a series takes in the tables of the writer: by hash, by age, among the idle, by order.
const TABLES_BYTES: usize = 12 + 24 + 24 + ORDER_BYTES;

/// Makes an empty store.
#[must_use]
pub fn new(limits: Limits) -> (Writer, Reader) {
    let shared = Arc::<Shared>::default();
    let reader = Reader::new(Arc::clone(&shared));
    let writer = Writer {
        retention_ms: millis(limits.retention).max(0),
        memory: u64::try_from(limits.memory.0).unwrap_or(0),
        shared,
        blocks: Vec::new(),
        next: 0,
        by_labels: HashTable::new(),
        order: Order::default(),
        oldest: BinaryHeap::new(),
        idle: VecDeque::new(),
        forgotten: 0,
        newest: None,
        horizon: i64::MIN,
        fixed_bytes: 0,
        counts: Counts::default(),
        sealer: Sealer::default(),
    };
    (writer, reader)
}

/// The one who writes.
#[derive(Debug)]
pub struct Writer {
    retention_ms: i64,
    memory: u64,
    shared: Arc<Shared>,
    /// Those of the index, at hand without its lock.
    blocks: Vec<Option<Held>>,
    /// The number of the next series.
    next: SeriesId,
    /// Series by the hash of their labels, which is kept beside each.
    by_labels: HashTable<(u32, SeriesId)>,
    order: Order,
    /// Series with samples by the end of their oldest chunk; it may have grown since.
    oldest: BinaryHeap<Reverse<(i64, SeriesId)>>,
    /// Series that had no samples at a time, in order of time; some may have by now.
    idle: VecDeque<(i64, SeriesId)>,
    /// How many series have lost all their samples.
    forgotten: usize,
    /// Time of the newest sample.
    newest: Option<i64>,
    /// Samples before this are too old.
    horizon: i64,
    /// Of all bytes, those that do not depend on samples: labels, index, blocks.
    fixed_bytes: u64,
    counts: Counts,
    sealer: Sealer,
}

/// A block, and how many of its series are not forgotten.
#[derive(Debug)]
struct Held {
    block: Arc<Block>,
    alive: usize,
}

impl Writer {
    /// Returns the series with these labels, a new one if there is none.
    ///
    /// The handle stays good while the series has samples and for another retention after that.
    /// Readers see only series with samples. If there is no room for a new series, what is
    /// returned takes no samples: [`Refused::NoRoom`].
    pub fn series(&mut self, labels: &Labels) -> SeriesRef {
        let hash = FixedState::default().hash_one(labels) as u32;
        let is_it = |(of_series, id): &(u32, SeriesId)| {
            let has_labels = |series: &mut Series| series.labels() == Some(labels);
            *of_series == hash && with_series(&self.blocks, *id, has_labels) == Some(true)
        };
        if let Some((_, id)) = self.by_labels.find(spread(hash), is_it) {
            return SeriesRef(*id);
        }
        if !self.has_room_for(labels) {
            return NOWHERE;
        }
        let id = self.next;
        self.next += 1;
        self.insert(labels, id);
        self.by_labels.insert_unique(spread(hash), (hash, id), |(hash, _)| spread(*hash));
        self.keep_within_memory();
        self.shared.publish(&self.counts, self.newest);
        SeriesRef(id)
    }

    /// Appends a sample; [`crate::sample::STALE`] ends the series at that instant.
    ///
    /// The same value at the same instant again is taken and changes nothing.
    ///
    /// # Errors
    ///
    /// If the series is further on already, the sample older than the retention, or the series
    /// not there: see [`Writer::series`].
    pub fn append(&mut self, series: SeriesRef, at: Time, value: f64) -> Result<(), Refused> {
        let outcome = self.take(series, at.0, value);
        if let Err(refused) = outcome {
            self.counts.refuse(refused);
        }
        self.shared.publish(&self.counts, self.newest);
        outcome
    }

    /// Returns what the store holds and what became of the samples.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns another reader.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
    }

    fn take(&mut self, series: SeriesRef, at: i64, value: f64) -> Result<(), Refused> {
        if series == NOWHERE {
            return Err(Refused::NoRoom);
        }
        if at < self.horizon {
            return Err(Refused::TooOld);
        }
        let SeriesRef(id) = series;
        let block = block(&self.blocks, id).ok_or(Refused::Forgotten)?;
        let appended = match block.lock().get_mut(Block::place(id)) {
            Some(series) => series.append(at, value, &mut self.sealer)?,
            None => return Err(Refused::Forgotten),
        };
        if !appended.is_new {
            return Ok(());
        }
        self.counts.appended += 1;
        self.counts.samples += 1;
        self.counts.bytes = self.counts.bytes.saturating_add_signed(appended.grown);
        if appended.is_first {
            self.counts.series += 1;
            self.forgotten -= usize::from(appended.is_back);
            self.oldest.push(Reverse((at, id)));
        }
        if self.newest.is_none_or(|newest| newest < at) {
            self.advance(at);
        }
        self.keep_within_memory();
        Ok(())
    }

    /// Goes on to the time of a new newest sample, and lets go of what is too old by then.
    fn advance(&mut self, at: i64) {
        if self.newest.is_none() {
            // Nobody could know the time before.
            for (since, id) in &mut self.idle {
                *since = at;
                with_series(&self.blocks, *id, |series| series.idle(at));
            }
        }
        self.newest = Some(at);
        // A series that was asked for just before time leapt is about to get its samples: what
        // idles is measured by the horizon before the leap.
        let idle_before =
            std::mem::replace(&mut self.horizon, at.saturating_sub(self.retention_ms));
        while self.drop_oldest(Some(self.horizon)).is_some() {}
        if self.idle.get(self.batch()).is_some_and(|(since, _)| *since < idle_before) {
            let due = self.idle.partition_point(|(since, _)| *since < idle_before);
            let due = self.idle.drain(..due).collect();
            self.forget(due);
        }
    }

    /// Drops the oldest chunks of all series until memory suffices.
    fn keep_within_memory(&mut self) {
        while self.counts.bytes > self.memory {
            let Some(samples) = self.drop_oldest(None) else { break };
            self.counts.dropped += samples;
        }
    }

    /// Drops the chunk that ended first, if it ended before `end`; returns how many samples.
    fn drop_oldest(&mut self, end: Option<i64>) -> Option<u64> {
        loop {
            let mut first = self.oldest.peek_mut()?;
            let Reverse((known_end, id)) = *first;
            if end.is_some_and(|end| known_end >= end) {
                return None;
            }
            let mut block = block(&self.blocks, id)?.lock();
            let series = block.get_mut(Block::place(id))?;
            if let Some(now) = series.oldest_end().filter(|now| *now > known_end) {
                *first = Reverse((now, id));
                continue;
            }
            let (samples, bytes) = series.drop_oldest();
            match series.oldest_end() {
                Some(now) => *first = Reverse((now, id)),
                None => {
                    PeekMut::pop(first);
                    self.counts.series -= 1;
                    self.forgotten += 1;
                    let since = self.newest.unwrap_or(i64::MIN);
                    series.idle(since);
                    self.idle.push_back((since, id));
                }
            }
            self.counts.samples -= samples as u64;
            self.counts.bytes = self.counts.bytes.saturating_add_signed(-bytes);
            return Some(samples as u64);
        }
    }

    /// Returns whether labels and index stay within half of the memory with one more series,
    /// after forgetting series without samples if there are many.
    fn has_room_for(&mut self, labels: &Labels) -> bool {
        let texts = labels.iter().map(|(name, value)| text_bytes(name) + text_bytes(value));
        let most = texts.sum::<usize>() + own_bytes(labels) + Block::BYTES;
        let has_room = |writer: &Self| writer.fixed_bytes + most as u64 <= writer.memory / 2;
        if !has_room(self) && self.forgotten > self.batch() {
            let had_samples =
                |id| with_series(&self.blocks, id, |series| series.had_samples()) == Some(true);
            let idle = self.idle.drain(..);
            let (forgotten, fresh) = idle.partition(|(_, id)| had_samples(*id));
            self.idle = fresh;
            self.forget(forgotten);
        }
        has_room(self) && self.next < NOWHERE.0
    }

    fn insert(&mut self, labels: &Labels, id: SeriesId) {
        let at = Block::of(id);
        let (labels, grown) = self.shared.change_index(|index| {
            if at == self.blocks.len() {
                let block = Arc::new(Block::new());
                index.set_block(at, Some(Arc::clone(&block)));
                self.blocks.push(Some(Held { block, alive: 0 }));
                self.fixed_bytes += Block::BYTES as u64;
                self.counts.bytes += Block::BYTES as u64;
            }
            index.insert(labels, id)
        });
        self.fixed_bytes += (grown + own_bytes(&labels)) as u64;
        self.counts.bytes += (grown + own_bytes(&labels)) as u64;
        if let Some(Some(held)) = self.blocks.get_mut(at) {
            held.alive += 1;
            let since = self.newest.unwrap_or(i64::MIN);
            held.block.lock().push(Series::new(labels.clone(), since));
            self.idle.push_back((since, id));
            self.put_in_order(labels, id);
        }
    }

    /// Gives a new series its number in the order of labels, and all others a new one if there
    /// is none left between its neighbours.
    fn put_in_order(&mut self, labels: Labels, id: SeriesId) {
        let number = |id: SeriesId| with_series(&self.blocks, id, |series| series.order());
        let (before, after) = self.order.neighbours(&labels);
        let order = between(before.and_then(number), after.and_then(number));
        self.order.insert(labels, id);
        match order {
            Some(order) => {
                with_series(&self.blocks, id, |series| series.set_order(order));
            }
            None => self.shared.renumber(|| {
                for (id, order) in self.order.numbered() {
                    with_series(&self.blocks, id, |series| series.set_order(order));
                }
            }),
        }
    }

    /// Forgets those of these series that have been without samples since then.
    fn forget(&mut self, idle: VecDeque<(i64, SeriesId)>) {
        let mut gone = Vec::with_capacity(idle.len());
        let mut empty_blocks = Vec::new();
        for (since, id) in idle {
            let Some(Some(held)) = self.blocks.get_mut(Block::of(id)) else { continue };
            let mut block = held.block.lock();
            let Some(series) = block.get_mut(Block::place(id)) else { continue };
            if !series.idles_since(since) {
                continue;
            }
            self.forgotten -= usize::from(series.had_samples());
            let Some(labels) = series.forget() else { continue };
            gone.push((id, labels));
            held.alive -= 1;
            if held.alive == 0 && block.len() == Block::LEN {
                empty_blocks.push(Block::of(id));
            }
        }
        gone.sort_unstable_by_key(|(id, _)| *id);
        let mut shrunk = self.shared.change_index(|index| {
            empty_blocks.iter().for_each(|at| index.set_block(*at, None));
            index.remove(&gone)
        });
        for at in empty_blocks {
            self.blocks[at] = None;
            shrunk += Block::BYTES;
        }
        for (id, labels) in gone {
            shrunk += own_bytes(&labels);
            self.order.remove(&labels);
            let hash = FixedState::default().hash_one(&labels) as u32;
            if let Ok(entry) = self.by_labels.find_entry(spread(hash), |(_, of)| *of == id) {
                entry.remove();
            }
        }
        self.fixed_bytes = self.fixed_bytes.saturating_sub(shrunk as u64);
        self.counts.bytes = self.counts.bytes.saturating_sub(shrunk as u64);
    }

    /// How many series are forgotten at once: to take one out of the index costs the length of
    /// the lists that it is in, and so do many.
    fn batch(&self) -> usize {
        self.by_labels.len() / 64
    }
}

fn block(blocks: &[Option<Held>], id: SeriesId) -> Option<&Block> {
    Some(&blocks.get(Block::of(id))?.as_ref()?.block)
}

fn with_series<R>(
    blocks: &[Option<Held>],
    id: SeriesId,
    act: impl FnOnce(&mut Series) -> R,
) -> Option<R> {
    block(blocks, id)?.lock().get_mut(Block::place(id)).map(act)
}

/// Spreads a hash over the bits that the table looks at.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What a series takes for itself, samples apart: its labels and its places in tables.
fn own_bytes(labels: &Labels) -> usize {
    allocated(16 + size_of_val(labels.pairs())) + TABLES_BYTES
}
