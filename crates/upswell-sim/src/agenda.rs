//! What will happen: one queue of events, ordered by time, then by the order of scheduling.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use upswell_units::Timestamp;

/// Events to come. Events of the same instant leave in the order in which they were scheduled.
#[derive(Debug)]
pub(crate) struct Agenda<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    sequence: u64,
}

#[derive(Debug)]
struct Entry<E> {
    at: Timestamp,
    sequence: u64,
    event: E,
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }
}

impl<E> Agenda<E> {
    /// Schedules an event.
    pub(crate) fn schedule(&mut self, at: Timestamp, event: E) {
        self.heap.push(Reverse(Entry { at, sequence: self.sequence, event }));
        self.sequence += 1;
    }

    /// Returns when the next event is due.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next event if it is due at this instant.
    pub(crate) fn pop_at(&mut self, at: Timestamp) -> Option<(Timestamp, E)> {
        if self.next_at() == Some(at) { self.pop() } else { None }
    }

    /// Takes the next event.
    pub(crate) fn pop(&mut self) -> Option<(Timestamp, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }
}

impl<E> Entry<E> {
    fn key(&self) -> (Timestamp, u64) {
        (self.at, self.sequence)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_leave_by_time_then_by_order_of_scheduling() {
        let mut agenda = Agenda::default();
        for (second, event) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b')] {
            agenda.schedule(Timestamp::from_secs(second), event);
        }
        assert_eq!(agenda.next_at(), Some(Timestamp::from_secs(1)));
        let order: String = std::iter::from_fn(|| agenda.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, "abcd");
    }
}
