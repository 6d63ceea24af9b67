//! What the writer and the readers of a store share.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::index::Index;
use super::limits::Counts;

/// The index, which the writer replaces, and numbers that it publishes.
#[derive(Debug, Default)]
pub(super) struct Shared {
    index: RwLock<Arc<Index>>,
    totals: Totals,
    /// Grows by one when series are about to get new numbers, and when they have them.
    numberings: AtomicU64,
}

impl Shared {
    /// Returns the index as it is now.
    pub(super) fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the index for those who ask for it from now on.
    pub(super) fn change_index<R>(&self, change: impl FnOnce(&mut Index) -> R) -> R {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut index))
    }

    /// Gives series new numbers.
    pub(super) fn renumber(&self, renumber: impl FnOnce()) {
        self.numberings.fetch_add(1, Ordering::AcqRel);
        renumber();
        self.numberings.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns what `look` returns, and whether series kept their numbers all the while.
    ///
    /// Whoever saw a new number under the lock of its block also sees that the count has grown.
    pub(super) fn while_numbered<R>(&self, look: impl FnOnce() -> R) -> (R, bool) {
        let before = self.numberings.load(Ordering::Acquire);
        let seen = look();
        let after = self.numberings.load(Ordering::Acquire);
        (seen, before == after && before.is_multiple_of(2))
    }

    /// Makes counts and the time of the newest sample known.
    pub(super) fn publish(&self, counts: &Counts, newest: Option<i64>) {
        self.totals.publish(counts, newest);
    }

    /// Returns what was made known last, each number for itself.
    pub(super) fn totals(&self) -> (Counts, Option<i64>) {
        self.totals.read()
    }
}

#[derive(Debug, Default)]
struct Totals {
    counts: [AtomicU64; 10],
    newest: AtomicI64,
}

impl Totals {
    fn publish(&self, counts: &Counts, newest: Option<i64>) {
        let Counts { series, samples, bytes, appended, .. } = *counts;
        let Counts { out_of_order, duplicate, too_old, no_room, forgotten, dropped, .. } = *counts;
        let counts = [
            series,
            samples,
            bytes,
            appended,
            out_of_order,
            duplicate,
            too_old,
            no_room,
            forgotten,
            dropped,
        ];
        for (total, count) in self.counts.iter().zip(counts) {
            total.store(count, Ordering::Relaxed);
        }
        self.newest.store(newest.unwrap_or_default(), Ordering::Relaxed);
    }

    fn read(&self) -> (Counts, Option<i64>) {
        let counts = self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        let [series, samples, bytes, appended, refused @ .., dropped] = counts;
        let [out_of_order, duplicate, too_old, no_room, forgotten] = refused;
        let counts = Counts {
            series,
            samples,
            bytes,
            appended,
            out_of_order,
            duplicate,
            too_old,
            no_room,
            forgotten,
            dropped,
        };
        let newest = (appended > 0).then(|| self.newest.load(Ordering::Relaxed));
        (counts, newest)
    }
}
