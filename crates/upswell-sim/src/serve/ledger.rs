//! What becomes of each request: counts, waits and latencies.

use upswell_units::Duration;

use super::request::Request;
use super::seats::Seat;
use crate::cluster::Served;
use crate::statistics::{Percentiles, Times};

/// What became of the requests so far.
///
/// At every instant arrived = completed + lost + timed out + queued + in flight + backing off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// First attempts.
    pub(crate) arrived: u64,
    /// Answered.
    pub(crate) completed: u64,
    /// Will never be answered, because their replica was killed.
    pub(crate) lost: u64,
    /// Given up for good by their clients.
    pub(crate) timed_out: u64,
    /// Attempts after the first.
    pub(crate) retries: u64,
    /// Times that a killed replica gave a request back.
    pub(crate) requeued: u64,
    /// Times that a worker waited for the provider.
    pub(crate) throttled: u64,
    /// Tokens in the prompts of answered requests.
    pub(crate) prompt_tokens: u64,
    /// Tokens of the answers.
    pub(crate) output_tokens: u64,
}

/// What the requests of a run came to.
///
/// Arrivals before the warm-up's end are in the counts, and in nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    /// What became of them.
    pub(crate) counts: Counts,
    /// Waiting at the end.
    pub(crate) queued: u64,
    /// In service at the end.
    pub(crate) in_flight: u64,
    /// At their clients at the end, to come back.
    pub(crate) backing_off: u64,
    /// From arrival to the start of the last service; those that were never served, or wait for
    /// another attempt, count with their age.
    pub(crate) queue_wait: Percentiles,
    /// From arrival to the first token of answered requests.
    pub(crate) time_to_first_token: Percentiles,
    /// From arrival to the answer; without one, the age at the end of the request or the run.
    pub(crate) latency: Percentiles,
    /// Latencies that are such ages.
    pub(crate) censored: u64,
    /// Share of all requests that were answered within the goal's latency; absent without a goal.
    pub(crate) within_goal: Option<f64>,
    /// Mean requests in service over the run.
    pub(crate) busy_slots_mean: f64,
}

impl Requests {
    /// What the requests made of the nodes in a run of so many hours.
    pub(crate) fn served(&self, slots: u32, hours: f64) -> Served {
        let Counts { completed, prompt_tokens, output_tokens, .. } = self.counts;
        let tokens = prompt_tokens + output_tokens;
        Served { completed, tokens, slots, busy_slot_hours: self.busy_slots_mean * hours }
    }
}

/// Counts while the run goes on.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) counts: Counts,
    goal: Option<Duration>,
    warm_up: Duration,
    /// Arrivals since the end of the warm-up.
    measured: u64,
    waits: Times,
    first_tokens: Times,
    latencies: Times,
    censored: u64,
    within_goal: u64,
    /// Slot-nanoseconds of service that led to an answer.
    served: i128,
    /// Slot-nanoseconds of all other service that has ended.
    wasted: i128,
}

impl Ledger {
    pub(super) fn new(goal: Option<Duration>, warm_up: Duration) -> Self {
        Self {
            counts: Counts::default(),
            goal,
            warm_up,
            measured: 0,
            waits: Times::default(),
            first_tokens: Times::default(),
            latencies: Times::default(),
            censored: 0,
            within_goal: 0,
            served: 0,
            wasted: 0,
        }
    }

    #[inline]
    pub(super) fn arrived(&mut self, request: &Request) {
        self.counts.arrived += 1;
        self.measured += u64::from(self.measures(request));
    }

    #[inline]
    pub(super) fn completed(&mut self, seat: &Seat, now: Duration) {
        let Seat { request, started, first_token, .. } = seat;
        let (prompt_tokens, output_tokens) = request.tokens();
        self.counts.completed += 1;
        self.counts.prompt_tokens += u64::from(prompt_tokens);
        self.counts.output_tokens += u64::from(output_tokens);
        self.served += i128::from((now - *started).as_nanos());
        if self.measures(request) {
            let arrived = request.arrived();
            let latency = now - arrived;
            self.waits.record(*started - arrived);
            self.first_tokens.record(*first_token - arrived);
            self.latencies.record(latency);
            self.within_goal += u64::from(self.goal.is_some_and(|goal| latency <= goal));
        }
    }

    /// Service ended that led to no answer.
    pub(super) fn wasted(&mut self, seat: &Seat, now: Duration) {
        self.wasted += i128::from((now - seat.started).as_nanos());
    }

    /// A request is not answered; it waited until `waited_until`.
    pub(super) fn unanswered(&mut self, request: &Request, waited_until: Duration, now: Duration) {
        if self.measures(request) {
            self.waits.record(waited_until - request.arrived());
            self.latencies.record(now - request.arrived());
            self.censored += 1;
        }
    }

    /// Mean time in service of the requests answered so far; absent where there is none.
    pub(super) fn service_mean(&self) -> Option<Duration> {
        let completed = i128::from(self.counts.completed);
        (completed > 0).then(|| Duration::from_nanos((self.served / completed) as i64))
    }

    /// Closes the books after all that is unfinished was entered as unanswered and wasted.
    pub(super) fn close(
        self,
        [queued, in_flight, backing_off]: [u64; 3],
        now: Duration,
    ) -> Requests {
        let share = self.within_goal as f64 / self.measured.max(1) as f64;
        Requests {
            counts: self.counts,
            queued,
            in_flight,
            backing_off,
            queue_wait: self.waits.percentiles(),
            time_to_first_token: self.first_tokens.percentiles(),
            latency: self.latencies.percentiles(),
            censored: self.censored,
            within_goal: self.goal.map(|_| share),
            busy_slots_mean: (self.served + self.wasted) as f64 / now.as_nanos().max(1) as f64,
        }
    }

    #[inline]
    fn measures(&self, request: &Request) -> bool {
        request.arrived() >= self.warm_up
    }
}
