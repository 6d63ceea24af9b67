//! The workers of one scale target and the queue they eat.
//!
//! Two things are worked out when a request starts and need no event of their own: whether its
//! client gives up before its answer, and when the provider lets it go on.

use std::iter::Peekable;

use upswell_units::{Duration, Timestamp};

use super::completions::{Completions, Leaving, STARTS};
use super::ledger::{Counts, Ledger, Requests};
use super::meters::{Buckets, Meter, Meters};
use super::model::{OnKill, WorkerModel};
use super::patience::Patience;
use super::provider::Provider;
use super::queue::Queue;
use super::replicas::{Left, ReplicaId, Replicas};
use super::request::Request;
use super::request_heap::RequestHeap;
use super::seats::{Seat, Seats};
use crate::random::{Entity, Stream};
use crate::service::ServiceSampler;
use crate::traffic::Arrival;

/// What a fleet needs to know besides its workers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FleetSettings {
    /// The seed of its draws.
    pub(crate) seed: u64,
    /// When the run starts; arrivals count from it.
    pub(crate) start: Timestamp,
    /// The latency that is to be reached.
    pub(crate) goal: Option<Duration>,
    /// Requests that arrive earlier after the start are not in waits and latencies.
    pub(crate) warm_up: Duration,
}

/// The replicas that take requests, and the requests.
///
/// Time only goes forward: an instant that lies before the last one counts as that. Before
/// anything is done at an instant, the fleet must have been played until then.
#[derive(Debug)]
pub(crate) struct Fleet {
    start: Timestamp,
    clock: Duration,
    on_kill: OnKill,
    service: ServiceSampler,
    draws: Stream,
    patience: Patience,
    provider: Provider,
    queue: Queue,
    backing_off: RequestHeap,
    replicas: Replicas,
    seats: Seats,
    completions: Completions,
    starts: u64,
    ledger: Ledger,
    /// Boxed, so that a fleet that nobody scrapes stays as small as it was.
    meters: Option<Box<Meters>>,
}

/// No instant is later, so that what is due at [`Duration::MAX`] never happens.
const THE_LAST: Duration = Duration::from_nanos(i64::MAX - 1);

/// Whether a draining replica still serves something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Draining {
    /// It was idle and is gone.
    Done,
    /// It ends what it has; [`Fleet::play`] says when.
    Busy,
}

impl Fleet {
    /// Starts with nothing.
    pub(crate) fn new(model: &WorkerModel, settings: FleetSettings) -> Self {
        let WorkerModel { slots, service, on_kill, clients, provider } = model;
        let FleetSettings { seed, start, goal, warm_up } = settings;
        Self {
            start,
            clock: Duration::ZERO,
            on_kill: *on_kill,
            service: ServiceSampler::new(service),
            draws: Stream::new(seed, Entity::Service),
            patience: Patience::new(*clients, seed),
            provider: Provider::new(*provider),
            queue: Queue::default(),
            backing_off: RequestHeap::default(),
            replicas: Replicas::new(*slots),
            seats: Seats::default(),
            completions: Completions::default(),
            starts: 0,
            ledger: Ledger::new(goal, warm_up),
            meters: None,
        }
    }

    /// Lets every replica that is opened from now on count for its exporter.
    pub(crate) fn keep_meters(&mut self, histograms: &[Buckets]) {
        self.meters = Some(Box::new(Meters::new(histograms)));
    }

    /// What a replica counted for its exporter; nothing unless [`Fleet::keep_meters`] was called.
    pub(crate) fn meter(&self, id: ReplicaId) -> Option<&Meter> {
        self.meters.as_ref()?.of(id)
    }

    /// Adds a replica that takes requests from now on.
    pub(crate) fn open(&mut self, now: Timestamp) -> ReplicaId {
        self.advance(now);
        let id = self.replicas.open();
        if let Some(meters) = &mut self.meters {
            meters.open(id);
        }
        self.dispatch();
        id
    }

    /// Lets a replica take no more requests.
    pub(crate) fn drain(&mut self, id: ReplicaId, now: Timestamp) -> Draining {
        self.advance(now);
        if self.replicas.drain(id, self.clock) { Draining::Done } else { Draining::Busy }
    }

    /// Ends a replica at once; returns how many requests were in service there and were given back
    /// or lost.
    ///
    /// Of several that end at the same instant, drain all before the first is killed: a request
    /// that is given back goes to any free slot.
    pub(crate) fn kill(&mut self, id: ReplicaId, now: Timestamp) -> u32 {
        self.advance(now);
        let killed = self.replicas.close(id, self.clock);
        for seat in &killed {
            let seat = self.seats.leave(*seat);
            self.ledger.wasted(&seat, self.clock);
            match self.on_kill {
                OnKill::Requeue => {
                    self.ledger.counts.requeued += 1;
                    self.queue.give_back(seat.request);
                }
                OnKill::Lost => self.lose(&seat),
            }
        }
        let seats = &self.seats;
        self.completions.went_stale(killed.len(), |leaving| seats.holds(leaving));
        self.dispatch();
        killed.len() as u32
    }

    /// Plays arrivals, completions, timeouts and retries up to and including `until`.
    ///
    /// Stops early when the last request of a draining replica ends, and returns when and which:
    /// the replica is gone. At one instant arrivals come first, then the timeouts of requests that
    /// wait, then retries, then what leaves service.
    pub(crate) fn play(
        &mut self,
        arrivals: &mut Peekable<impl Iterator<Item = Arrival>>,
        until: Timestamp,
    ) -> Option<(Timestamp, ReplicaId)> {
        let until = until.since(self.start).clamp(self.clock, THE_LAST);
        loop {
            let (client_at, leaves_at) = (self.next_client_at(), self.completions.next_at());
            let event_at = client_at.min(leaves_at);
            let horizon = event_at.min(until);
            if let Some(arrival) = arrivals.next_if(|arrival| arrival.at <= horizon) {
                self.arrive(&arrival);
                continue;
            }
            if event_at > until {
                self.clock = until;
                return None;
            }
            self.clock = self.clock.max(event_at);
            if client_at <= leaves_at {
                self.next_client();
            } else if let Some(gone) = self.leave_service() {
                return Some((self.start + self.clock, gone));
            }
        }
    }

    /// Requests that wait.
    pub(crate) fn queued(&self) -> u64 {
        self.queue.len()
    }

    /// Requests in service.
    pub(crate) fn in_flight(&self) -> u64 {
        self.seats.taken()
    }

    /// Requests at their clients that are to come back.
    pub(crate) fn backing_off(&self) -> u64 {
        self.backing_off.len() as u64
    }

    /// What became of the requests so far.
    pub(crate) fn counts(&self) -> Counts {
        self.ledger.counts
    }

    /// Slot-nanoseconds of work of a replica since it was opened, saturating.
    pub(crate) fn work(&self, id: ReplicaId, now: Timestamp) -> i64 {
        let work = self.replicas.work(id, now.since(self.start));
        i64::try_from(work).unwrap_or(i64::MAX)
    }

    /// Requests in service at a replica.
    pub(crate) fn busy_slots(&self, id: ReplicaId) -> u32 {
        self.replicas.seats(id).len() as u32
    }

    /// Mean time in service of the requests answered so far; absent where there is none.
    pub(crate) fn service_mean(&self) -> Option<Duration> {
        self.ledger.service_mean()
    }

    /// Ends the run: what is unfinished counts with its age.
    pub(crate) fn close(mut self, now: Timestamp) -> Requests {
        self.advance(now);
        let now = self.clock;
        for seat in self.seats.iter() {
            self.ledger.wasted(seat, now);
            self.ledger.unanswered(&seat.request, seat.started, now);
        }
        for request in self.queue.iter().chain(self.backing_off.iter()) {
            self.ledger.unanswered(request, now, now);
        }
        let unfinished = [self.queued(), self.in_flight(), self.backing_off()];
        self.ledger.close(unfinished, now)
    }

    fn advance(&mut self, now: Timestamp) {
        self.clock = now.since(self.start).clamp(self.clock, THE_LAST);
    }

    /// When the next client gives up waiting or comes back; [`Duration::MAX`] for never.
    #[inline]
    fn next_client_at(&self) -> Duration {
        let back_at = self.backing_off.peek().map_or(Duration::MAX, Request::entered);
        self.head_deadline().min(back_at)
    }

    #[inline]
    fn head_deadline(&self) -> Duration {
        self.queue.head().map_or(Duration::MAX, |request| self.patience.deadline(request))
    }

    fn next_client(&mut self) {
        if self.head_deadline() <= self.clock {
            self.drop_head();
        } else if let Some(request) = self.backing_off.pop() {
            self.ledger.counts.retries += 1;
            self.enter(request);
        }
    }

    fn arrive(&mut self, arrival: &Arrival) {
        self.clock = arrival.at.clamp(self.clock, THE_LAST);
        let request = Request::new(arrival, self.clock);
        self.ledger.arrived(&request);
        self.enter(request);
    }

    /// An attempt starts, or waits if no slot is free. While anything waits, none is.
    #[inline]
    fn enter(&mut self, request: Request) {
        // Of a client without any patience the next event is that it gives up.
        let may_start = self.queue.head().is_none()
            && !self.seats.is_full()
            && self.patience.deadline(&request) > self.clock;
        match may_start.then(|| self.replicas.take_slot()).flatten() {
            Some(replica) => self.serve(request, replica),
            None => self.queue.push(request),
        }
    }

    /// Starts what waits, as far as there are slots.
    fn dispatch(&mut self) {
        while self.has_waiting()
            && !self.seats.is_full()
            && let Some(replica) = self.replicas.take_slot()
            && let Some(request) = self.queue.pop()
        {
            self.serve(request, replica);
        }
    }

    /// Whether a request waits whose client does too.
    #[inline]
    fn has_waiting(&mut self) -> bool {
        while self.head_deadline() <= self.clock && self.queue.head().is_some() {
            self.drop_head();
        }
        self.queue.head().is_some()
    }

    /// Starts the service of a request at a slot that was taken for it.
    fn serve(&mut self, request: Request, replica: u32) {
        let now = self.clock;
        let in_service = self.replicas.seats(ReplicaId(replica)).len() as u32 + 1;
        let service = self.service.draw(request.tokens(), in_service, &mut self.draws);
        let deadline = self.patience.deadline(&request);
        let admitted = self.provider.admit(request.tokens(), now, deadline);
        self.ledger.counts.throttled += u64::from(admitted != Some(now));
        let go_at = admitted.unwrap_or(Duration::MAX);
        let answer_at = go_at + service.total;
        self.starts = (self.starts + 1) % STARTS;
        let seat = self.seats.take(Seat {
            request,
            started: now,
            first_token: go_at + service.to_first_token,
            start: self.starts,
            replica,
            is_answered: answer_at <= deadline,
        });
        self.replicas.sit(replica, seat, now);
        self.completions.push(answer_at.min(deadline), Leaving { seat, start: self.starts });
    }

    /// The next request leaves service; returns its replica if that was draining and is gone.
    fn leave_service(&mut self) -> Option<ReplicaId> {
        let leaving = self.completions.pop()?;
        if !self.seats.holds(leaving) {
            self.completions.dropped_stale();
            return None;
        }
        let seat = self.seats.leave(leaving.seat);
        if self.meters.is_some() {
            self.count(&seat);
        }
        if seat.is_answered {
            self.ledger.completed(&seat, self.clock);
        } else {
            self.ledger.wasted(&seat, self.clock);
            self.give_up(seat.request, seat.started);
        }
        match self.replicas.leave(seat.replica, leaving.seat, self.clock) {
            Left::SlotIsFree => {
                self.replicas.give_slot(seat.replica);
                if self.queue.head().is_some() {
                    self.dispatch();
                }
                None
            }
            Left::SlotIsGone => None,
            Left::ReplicaIsGone => Some(ReplicaId(seat.replica)),
        }
    }

    /// Counts a request that leaves service for the exporter of its replica; out of the way of runs
    /// that nobody scrapes.
    #[cold]
    #[inline(never)]
    fn count(&mut self, seat: &Seat) {
        if let Some(meters) = &mut self.meters {
            meters.left(seat, self.clock);
        }
    }

    /// The client at the head of the queue gives up.
    fn drop_head(&mut self) {
        if let Some(request) = self.queue.pop() {
            self.give_up(request, self.clock);
        }
    }

    /// A client gives an attempt up, which waited until `waited_until`.
    fn give_up(&mut self, request: Request, waited_until: Duration) {
        match self.patience.next_attempt(&request) {
            Some(next) => self.backing_off.push(next),
            None => {
                self.ledger.counts.timed_out += 1;
                self.ledger.unanswered(&request, waited_until, self.clock);
            }
        }
    }

    /// Nobody will answer a request; its client may notice, and come back.
    fn lose(&mut self, seat: &Seat) {
        match self.patience.next_attempt(&seat.request) {
            Some(next) => self.backing_off.push(next),
            None => {
                self.ledger.counts.lost += 1;
                self.ledger.unanswered(&seat.request, seat.started, self.clock);
            }
        }
    }
}
