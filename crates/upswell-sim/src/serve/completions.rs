//! When each request in service leaves: a calendar.
//!
//! ```text
//! push -> this page, sorted | a page of the ring, unsorted | beyond the ring: a heap
//! pop  <- this page; where it is empty, the next one that is not is sorted and becomes it
//! ```
//!
//! With half a million requests in service a heap misses the cache at nearly every level; a page
//! is written at its end and read from one end to the other.
//!
//! Source: R. Brown, "Calendar Queues: A Fast O(1) Priority Queue Implementation for the
//! Simulation Event Set Problem", CACM 31(10), 1988; here with pages of one width.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use upswell_units::Duration;

/// What leaves service next; ties leave in the order of their start.
#[derive(Debug)]
pub(super) struct Completions {
    /// The page that time has come to, the earliest entry last.
    page: Vec<Entry>,
    page_number: u64,
    /// The pages after it, each at the rest of its number by [`PAGES`].
    ring: Vec<Vec<Entry>>,
    /// A bit for each page of the ring that is not empty.
    filled: [u64; PAGES / 64],
    /// What lies on a page beyond the ring, or did when it came.
    beyond: BinaryHeap<Reverse<Entry>>,
    len: usize,
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
/// A page is 2.1 ms: some hundred entries at a hundred thousand requests a second.
const PAGE_BITS: u32 = 21;
/// The ring is 34 s: most requests end within it.
const PAGES: usize = 1 << 14;
/// Fewer stale entries are not worth a sweep.
const STALE_MIN: usize = 64;

/// Requests in service at once for which there is room.
pub(super) const SEATS_MAX: u32 = 1 << SEAT_BITS;

/// The numbers of starts begin anew after so many: 69 thousand million. Then two starts at the
/// same instant may leave in the wrong order.
pub(super) const STARTS: u64 = 1 << START_BITS;

impl Default for Completions {
    fn default() -> Self {
        Self {
            page: Vec::new(),
            page_number: 0,
            ring: vec![Vec::new(); PAGES],
            filled: [0; PAGES / 64],
            beyond: BinaryHeap::new(),
            len: 0,
            stale: 0,
        }
    }
}

impl Completions {
    /// When the next one leaves; [`Duration::MAX`] if there is none.
    #[inline]
    pub(super) fn next_at(&mut self) -> Duration {
        if self.page.is_empty() {
            self.turn_page();
        }
        self.page.last().map_or(Duration::MAX, |entry| at(*entry))
    }

    /// Takes the next one.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Leaving> {
        if self.page.is_empty() {
            self.turn_page();
        }
        let entry = self.page.pop()?;
        self.len -= 1;
        Some(leaving(entry))
    }

    #[inline]
    pub(super) fn push(&mut self, at: Duration, Leaving { seat, start }: Leaving) {
        let nanos = at.as_nanos().max(0) as u128;
        let entry = nanos << 64 | u128::from(start % STARTS) << SEAT_BITS | u128::from(seat);
        self.len += 1;
        let number = page_of(entry);
        if number <= self.page_number {
            let position = self.page.partition_point(|other| *other > entry);
            self.page.insert(position, entry);
        } else if number - self.page_number < PAGES as u64 {
            let index = number as usize % PAGES;
            self.ring[index].push(entry);
            self.filled[index / 64] |= 1 << (index % 64);
        } else {
            self.beyond.push(Reverse(entry));
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
        if self.stale < STALE_MIN.max(self.len / 2) {
            return;
        }
        self.page.retain(|entry| is_current(leaving(*entry)));
        // A page without entries may stay marked: it is found empty in its turn.
        for page in &mut self.ring {
            page.retain(|entry| is_current(leaving(*entry)));
        }
        self.beyond.retain(|Reverse(entry)| is_current(leaving(*entry)));
        let in_ring: usize = self.ring.iter().map(Vec::len).sum();
        self.len = self.page.len() + in_ring + self.beyond.len();
        self.stale = 0;
    }

    /// Goes on to the next page that has entries, if there is one; this one is empty.
    fn turn_page(&mut self) {
        while self.page.is_empty() && self.len > 0 {
            let in_ring = self.next_in_ring();
            let beyond = self.beyond.peek().map(|Reverse(entry)| page_of(*entry));
            let Some(number) = in_ring.into_iter().chain(beyond).min() else { return };
            if in_ring == Some(number) {
                let index = number as usize % PAGES;
                std::mem::swap(&mut self.page, &mut self.ring[index]);
                self.filled[index / 64] &= !(1 << (index % 64));
            }
            while let Some(Reverse(entry)) = self.beyond.peek()
                && page_of(*entry) == number
            {
                self.page.push(*entry);
                self.beyond.pop();
            }
            self.page_number = number;
            self.page.sort_unstable_by_key(|entry| Reverse(*entry));
        }
    }

    /// The number of the next page of the ring that is marked.
    fn next_in_ring(&self) -> Option<u64> {
        let first = (self.page_number + 1) as usize % PAGES;
        let words = self.filled.len();
        // The first word is looked at twice: from the first page on, and at last before it.
        (0..=words).find_map(|step| {
            let word = (first / 64 + step) % words;
            let mask = match step {
                0 => u64::MAX << (first % 64),
                _ if step == words => !(u64::MAX << (first % 64)),
                _ => u64::MAX,
            };
            let marked = self.filled[word] & mask;
            let index = word * 64 + marked.trailing_zeros() as usize;
            let ahead = (index + PAGES - first) % PAGES;
            (marked != 0).then(|| self.page_number + 1 + ahead as u64)
        })
    }
}

#[inline]
fn page_of(entry: Entry) -> u64 {
    (entry >> (64 + PAGE_BITS)) as u64
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
            // Within a page, over pages of the ring, and beyond the ring.
            spacing in prop::sample::select(vec![1_i64, 1 << 19, 1 << 24, 1 << 32, 1 << 36]),
        ) {
            let (mut completions, mut expected) = (Completions::default(), BTreeSet::new());
            for ((step, nanos), start) in steps.into_iter().zip(0_u64..) {
                let time = Duration::from_nanos(nanos * spacing);
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
            assert!(completions.len <= 2 * STALE_MIN, "{}", completions.len);
        }
    }
}
