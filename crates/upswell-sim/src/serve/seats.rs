//! The requests in service.

use upswell_units::Duration;

use super::completions::{Leaving, SEATS_MAX};
use super::request::Request;

/// Where requests sit while they are in service: as many seats as were ever taken at once.
#[derive(Debug, Default)]
pub(super) struct Seats {
    seats: Vec<Seat>,
    /// Seats that nobody takes; the one that was left last is the warmest.
    empty: Vec<u32>,
}

/// A request in service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) request: Request,
    /// When its service began.
    pub(super) started: Duration,
    /// When its first token comes.
    pub(super) first_token: Duration,
    /// The number of its start; [`NOBODY`] for an empty seat.
    pub(super) start: u64,
    pub(super) replica: u32,
    /// Whether it leaves with an answer, or because its client gives up.
    pub(super) is_answered: bool,
}

const NOBODY: u64 = u64::MAX;

impl Seats {
    pub(super) fn taken(&self) -> u64 {
        (self.seats.len() - self.empty.len()) as u64
    }

    pub(super) fn is_full(&self) -> bool {
        self.empty.is_empty() && self.seats.len() == SEATS_MAX as usize
    }

    /// Seats a request and returns where; not to be called if [`Seats::is_full`].
    #[inline]
    pub(super) fn take(&mut self, seat: Seat) -> u32 {
        if let Some(index) = self.empty.pop() {
            self.seats[index as usize] = seat;
            return index;
        }
        self.seats.push(seat);
        (self.seats.len() - 1) as u32
    }

    /// Whether the one that is to leave still sits there.
    #[inline]
    pub(super) fn holds(&self, leaving: Leaving) -> bool {
        self.seats[leaving.seat as usize].start == leaving.start
    }

    #[inline]
    pub(super) fn leave(&mut self, index: u32) -> Seat {
        let seat = &mut self.seats[index as usize];
        let left = *seat;
        seat.start = NOBODY;
        self.empty.push(index);
        left
    }

    /// Returns the taken seats.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.start != NOBODY)
    }
}
