//! What a run came to: the rows of the table that puts stock beside Upswell.

use serde::Serialize;
use upswell_units::{Replicas, Timestamp};

use crate::serve::Requests;
use crate::statistics::{Level, Percentiles};

/// What a run came to. Counts every arrival; nothing is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Requests that arrived.
    pub requests: u64,
    /// Most of them in one second.
    pub busiest_second: u64,
    /// Requests that were answered before the run ended.
    pub completed: u64,
    /// Requests that still waited or were in service when the run ended: the sum of the next three.
    pub unfinished: u64,
    /// Of them, waiting in the queue.
    pub queued: u64,
    /// Of them, in service.
    pub in_flight: u64,
    /// Of them, waiting at their client for the next attempt.
    pub backing_off: u64,
    /// Requests that nobody will answer, because their replica was killed.
    pub lost: u64,
    /// Requests whose client gave up for good.
    pub timed_out: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// Times a worker waited for the provider's limit.
    pub throttled: u64,
    /// Times a request was given back, because its replica was killed.
    pub requeued: u64,
    /// From arrival to the start of service; unfinished requests that still wait count with their
    /// age, so that a starved queue cannot look fast.
    pub queue_wait: Percentiles,
    /// From arrival to the first token of answered requests.
    pub time_to_first_token: Percentiles,
    /// From arrival to the answer; unfinished, lost and timed-out requests count with their age:
    /// they took at least that long.
    pub latency: Percentiles,
    /// Requests whose latency is such a lower bound.
    pub censored: u64,
    /// Share of all requests that were answered within the goal's latency; absent without a goal.
    pub within_goal: Option<f64>,
    /// Fewest replicas at any time.
    pub replicas_min: Replicas,
    /// Mean replicas over the run.
    pub replicas_mean: f64,
    /// Most replicas at any time.
    pub replicas_max: Replicas,
    /// Replicas times hours: what the run costs.
    pub replica_hours: f64,
    /// Decisions that raised the replicas.
    pub scale_ups: u64,
    /// Decisions that lowered the replicas.
    pub scale_downs: u64,
}

/// The replicas that were asked for while the run goes on.
#[derive(Debug)]
pub(crate) struct Scaling {
    started: Timestamp,
    replicas: Level,
    ups: u64,
    downs: u64,
}

impl Scaling {
    pub(crate) fn new(replicas: Replicas, now: Timestamp) -> Self {
        Self { started: now, replicas: Level::new(replicas, now), ups: 0, downs: 0 }
    }

    pub(crate) fn scaled(&mut self, from: Replicas, to: Replicas, now: Timestamp) {
        self.replicas.set(to, now);
        self.ups += u64::from(to > from);
        self.downs += u64::from(to < from);
    }
}

impl Summary {
    /// Closes the books of a run that ends at `now`.
    pub(crate) fn new(
        requests: &Requests,
        busiest_second: u64,
        scaling: Scaling,
        now: Timestamp,
    ) -> Self {
        let Scaling { started, replicas, ups, downs } = scaling;
        let (replicas_min, replicas_max) = replicas.extremes();
        let replica_hours = replicas.hours(now);
        let hours = now.since(started).as_secs_f64() / 3600.0;
        let Requests { counts, queued, in_flight, backing_off, .. } = *requests;
        Self {
            requests: counts.arrived,
            busiest_second,
            completed: counts.completed,
            unfinished: queued + in_flight + backing_off,
            queued,
            in_flight,
            backing_off,
            lost: counts.lost,
            timed_out: counts.timed_out,
            retries: counts.retries,
            throttled: counts.throttled,
            requeued: counts.requeued,
            queue_wait: requests.queue_wait,
            time_to_first_token: requests.time_to_first_token,
            latency: requests.latency,
            censored: requests.censored,
            within_goal: requests.within_goal,
            replicas_min,
            replicas_mean: if hours > 0.0 { replica_hours / hours } else { 0.0 },
            replicas_max,
            replica_hours,
            scale_ups: ups,
            scale_downs: downs,
        }
    }
}
