//! When each request in service leaves: a heap with four children a node, two levels of which
//! share what a binary heap spreads over four.

use upswell_units::Duration;

/// What leaves service next; ties leave in the order of their start.
#[derive(Debug, Default)]
pub(super) struct Completions {
    /// The first is a hole if `has_hole`.
    heap: Vec<Entry>,
    /// The earliest was taken, and nothing came in its place yet. A worker that ends one request
    /// mostly starts the next, and that goes straight from the top to where it belongs.
    has_hole: bool,
    /// Entries of requests that left service otherwise.
    stale: usize,
}

/// One request in service: where it sits, and the number of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaving {
    pub(super) seat: u32,
    pub(super) start: u64,
}

/// From the high bits: nanoseconds, number of the start, seat. One comparison orders all.
type Entry = u128;

const SEAT_BITS: u32 = 28;
const START_BITS: u32 = 36;
const ARITY: usize = 4;
/// Fewer stale entries are not worth a sweep.
const STALE_MIN: usize = 64;

/// Requests in service at once for which there is room.
pub(super) const SEATS_MAX: u32 = 1 << SEAT_BITS;

/// The numbers of starts begin anew after so many: 69 thousand million. Then two starts at the
/// same instant may leave in the wrong order.
pub(super) const STARTS: u64 = 1 << START_BITS;

impl Completions {
    /// When the next one leaves; [`Duration::MAX`] if there is none.
    #[inline]
    pub(super) fn next_at(&mut self) -> Duration {
        self.fill_hole();
        self.heap.first().map_or(Duration::MAX, |entry| at(*entry))
    }

    /// Takes the next one.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Leaving> {
        self.fill_hole();
        let entry = *self.heap.first()?;
        self.has_hole = true;
        Some(leaving(entry))
    }

    #[inline]
    pub(super) fn push(&mut self, at: Duration, Leaving { seat, start }: Leaving) {
        let nanos = at.as_nanos().max(0) as u128;
        let entry = nanos << 64 | u128::from(start % STARTS) << SEAT_BITS | u128::from(seat);
        if self.has_hole {
            self.has_hole = false;
            self.sink(entry);
        } else {
            self.heap.push(entry);
            self.rise(self.heap.len() - 1, entry);
        }
    }

    /// Says that an entry was popped of which [`Completions::went_stale`] was told.
    pub(super) fn dropped_stale(&mut self) {
        self.stale -= 1;
    }

    /// Says that so many requests left service before their time. Sweeps when most entries are
    /// such, so that they never outnumber the others for long.
    pub(super) fn went_stale(&mut self, count: usize, is_current: impl Fn(Leaving) -> bool) {
        self.stale += count;
        if self.stale < STALE_MIN.max(self.heap.len() / 2) {
            return;
        }
        self.fill_hole();
        self.heap.retain(|entry| is_current(leaving(*entry)));
        // A sorted list is a heap.
        self.heap.sort_unstable();
        self.stale = 0;
    }

    #[inline]
    fn fill_hole(&mut self) {
        if self.has_hole {
            self.has_hole = false;
            if let Some(last) = self.heap.pop()
                && !self.heap.is_empty()
            {
                self.sink(last);
            }
        }
    }

    #[inline]
    fn rise(&mut self, mut hole: usize, entry: Entry) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if self.heap[parent] <= entry {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    /// Fills the hole at the top: moves it down to a leaf, always to the earliest child, and lets
    /// the entry rise from there. Most entries belong near a leaf, and a way that does not depend
    /// on the entry has nothing to guess.
    #[inline]
    fn sink(&mut self, entry: Entry) {
        let mut hole = 0;
        loop {
            let first = ARITY * hole + 1;
            let child = match self.heap.get(first..first + ARITY) {
                Some([a, b, c, d]) => {
                    let (left, of_left) = if b < a { (1, b) } else { (0, a) };
                    let (right, of_right) = if d < c { (3, d) } else { (2, c) };
                    first + if of_right < of_left { right } else { left }
                }
                _ => match (first..self.heap.len()).min_by_key(|child| self.heap[*child]) {
                    Some(child) => child,
                    None => break,
                },
            };
            self.heap[hole] = self.heap[child];
            hole = child;
        }
        self.rise(hole, entry);
    }
}

#[inline]
fn at(entry: Entry) -> Duration {
    Duration::from_nanos((entry >> 64) as i64)
}

#[inline]
fn leaving(entry: Entry) -> Leaving {
    let low = entry as u64;
    Leaving { seat: (low % u64::from(SEATS_MAX)) as u32, start: low >> SEAT_BITS }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_leave_by_time_then_by_start(
            steps in prop::collection::vec((0_u8..5, 0_i64..50), 0..1000),
        ) {
            let (mut completions, mut expected) = (Completions::default(), BTreeSet::new());
            for ((step, nanos), start) in steps.into_iter().zip(0_u64..) {
                let time = Duration::from_nanos(nanos);
                match step {
                    0..3 => {
                        completions.push(time, Leaving { seat: 7, start });
                        expected.insert((time, start));
                    }
                    3 => {
                        let leaving = completions.pop().map(|leaving| leaving.start);
                        prop_assert_eq!(leaving, expected.pop_first().map(|(_, start)| start));
                    }
                    _ => {
                        let next = expected.first().map_or(Duration::MAX, |(time, _)| *time);
                        prop_assert_eq!(completions.next_at(), next);
                    }
                }
            }
            while let Some(leaving) = completions.pop() {
                prop_assert_eq!(Some(leaving.start), expected.pop_first().map(|(_, start)| start));
            }
            prop_assert!(expected.is_empty());
        }
    }

    #[test]
    fn what_left_otherwise_is_swept_before_it_is_most() {
        let mut completions = Completions::default();
        for start in 0..10_000 {
            completions.push(Duration::from_secs(1), Leaving { seat: 1, start });
            let oldest_current = start.saturating_sub(10);
            completions
                .went_stale(usize::from(start > 10), |leaving| leaving.start >= oldest_current);
            assert!(completions.heap.len() <= 2 * STALE_MIN, "{}", completions.heap.len());
        }
    }
}
