//! The order of series by their labels, as a number for each: readers sort by it, since comparing
//! labels costs more than all else that a selection does.
//!
//! A new series takes a number between those of its neighbours. Where none is left, all series
//! are given new ones, far apart.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::labels::Labels;

use super::index::SeriesId;

/// How far a series that comes last is put from the one before.
const GAP: u64 = 1 << 40;

/// Estimates what a series takes here: its entry in a node that is two thirds full.
pub(super) const ORDER_BYTES: usize = (size_of::<Labels>() + size_of::<SeriesId>()) * 3 / 2;

/// Series in order of their labels.
#[derive(Debug, Default)]
pub(super) struct Order(BTreeMap<InOrder, SeriesId>);

impl Order {
    /// Returns the series before and after these labels.
    pub(super) fn neighbours(&self, labels: &Labels) -> (Option<SeriesId>, Option<SeriesId>) {
        let labels = InOrder(labels.clone());
        let before = self.0.range(..&labels).next_back();
        let after = self.0.range(&labels..).next();
        (before.map(|(_, id)| *id), after.map(|(_, id)| *id))
    }

    /// Adds a series.
    pub(super) fn insert(&mut self, labels: Labels, id: SeriesId) {
        self.0.insert(InOrder(labels), id);
    }

    /// Removes a series.
    pub(super) fn remove(&mut self, labels: &Labels) {
        self.0.remove(&InOrder(labels.clone()));
    }

    /// Returns all series in order, each with a new number.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (SeriesId, u64)> {
        let gap = u64::MAX / (self.0.len() as u64 + 1);
        self.0.values().zip(1..).map(move |(id, index)| (*id, gap * index))
    }
}

/// Returns a number between those of two neighbours, unless there is none.
pub(super) fn between(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    let start = before.unwrap_or(0);
    let half = (after.unwrap_or(u64::MAX) - start) / 2;
    let step = if after.is_none() && before.is_some() { half.min(GAP) } else { half };
    (step > 0).then_some(start + step)
}

/// Compares as [`Labels`] do; texts that are shared are not read.
pub(super) fn compare(a: &Labels, b: &Labels) -> Ordering {
    for ((name_a, value_a), (name_b, value_b)) in a.pairs().iter().zip(b.pairs()) {
        for (a, b) in [(name_a, name_b), (value_a, value_b)] {
            let order = if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) };
            if order.is_ne() {
                return order;
            }
        }
    }
    a.len().cmp(&b.len())
}

/// Labels that are compared by [`compare`].
#[derive(Debug)]
struct InOrder(Labels);

impl Ord for InOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for InOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for InOrder {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for InOrder {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_lies_between_its_neighbours_while_there_is_one() {
        let table = [
            (None, None, Some(u64::MAX / 2)),
            (Some(10), None, Some(10 + GAP)),
            (Some(u64::MAX - 4), None, Some(u64::MAX - 2)),
            (Some(u64::MAX - 1), None, None),
            (None, Some(10), Some(5)),
            (None, Some(1), None),
            (Some(7), Some(9), Some(8)),
            (Some(7), Some(8), None),
        ];
        for (before, after, expected) in table {
            assert_eq!(between(before, after), expected, "{before:?}, {after:?}");
        }
    }
}
