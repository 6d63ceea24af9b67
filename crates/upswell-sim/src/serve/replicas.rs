//! The replicas that take requests, and their free slots.

use std::collections::VecDeque;

use upswell_units::Duration;

/// Names a replica from its readiness to its end; dense, and given again after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReplicaId(pub(crate) u32);

/// Replicas and the order in which their slots are taken.
#[derive(Debug)]
pub(super) struct Replicas {
    slots: u32,
    table: Vec<Replica>,
    /// Places of the table that are free; the last one left is taken first.
    gone: Vec<u32>,
    /// Free slots, the longest free first: Redis serves its blocked clients in that order. Those
    /// of replicas that no longer take requests are skipped.
    free: VecDeque<FreeSlots>,
    /// Entries of `free` that will be skipped.
    stale: usize,
}

/// One replica.
#[derive(Debug)]
struct Replica {
    phase: Phase,
    /// Tells apart the replicas that had this place.
    generation: u32,
    /// Entries of the free slots that are this replica's.
    entries: u32,
    /// Where its requests in service sit.
    seats: Vec<u32>,
    /// Slot-nanoseconds: at any time, work = `work` + requests in service × that time.
    work: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Takes requests.
    Open,
    /// Takes no more and ends those it has.
    Draining,
    Gone,
}

/// Slots of one replica that became free together.
#[derive(Clone, Copy, Debug)]
struct FreeSlots {
    replica: u32,
    generation: u32,
    slots: u32,
}

/// Fewer entries to skip are not worth a sweep.
const STALE_MIN: usize = 64;

impl Replicas {
    pub(super) fn new(slots: u32) -> Self {
        let (table, gone, free) = (Vec::new(), Vec::new(), VecDeque::new());
        Self { slots, table, gone, free, stale: 0 }
    }

    /// Adds a replica that takes requests.
    pub(super) fn open(&mut self) -> ReplicaId {
        let id = self.gone.pop().unwrap_or_else(|| {
            let (phase, seats) = (Phase::Gone, Vec::new());
            self.table.push(Replica { phase, generation: 0, entries: 0, seats, work: 0 });
            (self.table.len() - 1) as u32
        });
        let replica = &mut self.table[id as usize];
        replica.phase = Phase::Open;
        replica.generation = replica.generation.wrapping_add(1);
        replica.entries = 0;
        replica.work = 0;
        if self.slots > 0 {
            self.push_free(id, self.slots);
        }
        ReplicaId(id)
    }

    /// Takes the slot that is free for longest, and returns whose it is.
    #[inline]
    pub(super) fn take_slot(&mut self) -> Option<u32> {
        loop {
            let front = self.free.front_mut()?;
            let replica = &mut self.table[front.replica as usize];
            if !replica.owns(front) {
                self.stale -= 1;
                self.free.pop_front();
                continue;
            }
            let id = front.replica;
            front.slots -= 1;
            if front.slots == 0 {
                replica.entries -= 1;
                self.free.pop_front();
            }
            return Some(id);
        }
    }

    /// Takes note that a request sits down at a slot that was taken.
    #[inline]
    pub(super) fn sit(&mut self, id: u32, seat: u32, now: Duration) {
        let replica = &mut self.table[id as usize];
        replica.seats.push(seat);
        replica.work -= i128::from(now.as_nanos());
    }

    /// Takes note that a request leaves; says what becomes of its slot.
    #[inline]
    pub(super) fn leave(&mut self, id: u32, seat: u32, now: Duration) -> Left {
        let replica = &mut self.table[id as usize];
        if let Some(position) = replica.seats.iter().position(|taken| *taken == seat) {
            replica.seats.swap_remove(position);
        }
        replica.work += i128::from(now.as_nanos());
        match replica.phase {
            Phase::Open => Left::SlotIsFree,
            Phase::Draining if replica.seats.is_empty() => {
                self.close(ReplicaId(id), now);
                Left::ReplicaIsGone
            }
            Phase::Draining | Phase::Gone => Left::SlotIsGone,
        }
    }

    /// Puts a slot at the end of the free ones.
    #[inline]
    pub(super) fn give_slot(&mut self, id: u32) {
        self.push_free(id, 1);
    }

    /// Lets a replica take no more; true if it was idle and is gone.
    pub(super) fn drain(&mut self, id: ReplicaId, now: Duration) -> bool {
        let Some(replica) = self.table.get_mut(id.0 as usize) else { return true };
        if replica.phase == Phase::Open {
            replica.phase = Phase::Draining;
            let entries = std::mem::take(&mut replica.entries);
            self.skip(entries as usize);
        }
        if self.seats(id).is_empty() {
            self.close(id, now);
            return true;
        }
        false
    }

    /// Ends a replica and returns where its requests in service sit.
    pub(super) fn close(&mut self, id: ReplicaId, now: Duration) -> Vec<u32> {
        let Some(replica) = self.table.get_mut(id.0 as usize) else { return Vec::new() };
        if replica.phase == Phase::Gone {
            return Vec::new();
        }
        replica.phase = Phase::Gone;
        let entries = std::mem::take(&mut replica.entries);
        let seats = std::mem::take(&mut replica.seats);
        replica.work += seats.len() as i128 * i128::from(now.as_nanos());
        self.gone.push(id.0);
        self.skip(entries as usize);
        seats
    }

    /// Where the requests in service of a replica sit.
    pub(super) fn seats(&self, id: ReplicaId) -> &[u32] {
        self.table.get(id.0 as usize).map_or(&[], |replica| &replica.seats)
    }

    /// Slot-nanoseconds of work of a replica since it was opened; of one that is gone, all of it
    /// until its place is given again.
    pub(super) fn work(&self, id: ReplicaId, now: Duration) -> i128 {
        self.table.get(id.0 as usize).map_or(0, |replica| {
            replica.work + replica.seats.len() as i128 * i128::from(now.as_nanos())
        })
    }

    #[inline]
    fn push_free(&mut self, id: u32, slots: u32) {
        let replica = &mut self.table[id as usize];
        replica.entries += 1;
        let generation = replica.generation;
        self.free.push_back(FreeSlots { replica: id, generation, slots });
    }

    /// Counts entries that are to be skipped, and sweeps when they are most of all.
    fn skip(&mut self, entries: usize) {
        self.stale += entries;
        if self.stale >= STALE_MIN.max(self.free.len() / 2) {
            let table = &self.table;
            self.free.retain(|free| table[free.replica as usize].owns(free));
            self.stale = 0;
        }
    }
}

/// What becomes of a slot whose request left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The next request can have it.
    SlotIsFree,
    /// Its replica takes no more.
    SlotIsGone,
    /// It was the last of a draining replica, which is gone.
    ReplicaIsGone,
}

impl Replica {
    #[inline]
    fn owns(&self, free: &FreeSlots) -> bool {
        self.phase == Phase::Open && self.generation == free.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slot_that_is_free_for_longest_is_taken_first() {
        let mut replicas = Replicas::new(2);
        let (first, second) = (replicas.open(), replicas.open());
        let taken: Vec<_> = std::iter::from_fn(|| replicas.take_slot()).collect();
        assert_eq!(taken, [first.0, first.0, second.0, second.0]);
        replicas.give_slot(second.0);
        replicas.give_slot(first.0);
        assert_eq!(replicas.take_slot(), Some(second.0));
        let third = replicas.open();
        assert!(replicas.drain(first, Duration::ZERO), "it serves nothing");
        assert_eq!(replicas.take_slot(), Some(third.0));
    }

    #[test]
    fn the_slots_of_replicas_that_came_and_went_are_not_kept() {
        let mut replicas = Replicas::new(4);
        let stays = replicas.open();
        for _ in 0..10_000 {
            let id = replicas.open();
            assert!(replicas.drain(id, Duration::ZERO));
            assert!(replicas.free.len() <= 2 * STALE_MIN && replicas.table.len() == 2);
        }
        assert_eq!(replicas.take_slot(), Some(stays.0));
    }

    #[test]
    fn work_is_counted_while_it_goes_on_and_after() {
        let second = Duration::from_secs;
        let mut replicas = Replicas::new(4);
        let id = replicas.open();
        replicas.sit(id.0, 8, second(10));
        replicas.sit(id.0, 9, second(12));
        assert_eq!(replicas.work(id, second(15)), 8_000_000_000);
        assert_eq!(replicas.leave(id.0, 8, second(20)), Left::SlotIsFree);
        assert!(!replicas.drain(id, second(21)));
        assert_eq!(replicas.work(id, second(22)), 20_000_000_000);
        assert_eq!(replicas.leave(id.0, 9, second(32)), Left::ReplicaIsGone);
        assert_eq!(replicas.work(id, second(99)), 30_000_000_000);
    }
}
