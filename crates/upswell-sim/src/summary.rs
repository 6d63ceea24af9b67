//! What a run came to: the rows of the table that puts stock beside Upswell.

use serde::Serialize;
use upswell_units::{Duration, Replicas, Timestamp};

use crate::fleet::{Completion, Fleet, Job};
use crate::statistics::{Level, Percentiles, Times};

/// What a run came to. Counts every arrival; nothing is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Requests that arrived.
    pub requests: u64,
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

/// Counts while the run goes on.
#[derive(Debug)]
pub(crate) struct Tally {
    started: Timestamp,
    goal: Option<Duration>,
    wait: Times,
    latency: Times,
    within_goal: u64,
    arrived: u64,
    replicas: Level,
    scale_ups: u64,
    scale_downs: u64,
}

impl Tally {
    pub(crate) fn new(goal: Option<Duration>, replicas: Replicas, now: Timestamp) -> Self {
        Self {
            started: now,
            goal,
            wait: Times::default(),
            latency: Times::default(),
            within_goal: 0,
            arrived: 0,
            replicas: Level::new(replicas, now),
            scale_ups: 0,
            scale_downs: 0,
        }
    }

    pub(crate) fn arrived(&mut self) {
        self.arrived += 1;
    }

    pub(crate) fn completed(&mut self, completion: Completion) {
        self.wait.record(completion.wait);
        self.latency.record(completion.latency);
        self.within_goal += u64::from(self.goal.is_some_and(|goal| completion.latency <= goal));
    }

    pub(crate) fn scaled(&mut self, from: Replicas, to: Replicas, now: Timestamp) {
        self.replicas.set(to, now);
        self.scale_ups += u64::from(to > from);
        self.scale_downs += u64::from(to < from);
    }

    /// Closes the books; `unfinished` are the requests still inside.
    pub(crate) fn close(mut self, fleet: &Fleet, now: Timestamp) -> Summary {
        for (job, started) in fleet.unfinished() {
            let age = |job: &Job| now.since(job.arrived);
            self.latency.record(age(job));
            self.wait.record(started.map_or_else(|| age(job), |at| at.since(job.arrived)));
        }
        let (replicas_min, replicas_max) = self.replicas.extremes();
        let replica_hours = self.replicas.hours(now);
        let hours = now.since(self.started).as_secs_f64() / 3600.0;
        Summary {
            requests: self.arrived,
            completed: fleet.completed(),
            unfinished: (fleet.queued() + fleet.in_flight()) as u64,
            queued: fleet.queued() as u64,
            in_flight: fleet.in_flight() as u64,
            backing_off: 0,
            timed_out: 0,
            retries: 0,
            throttled: 0,
            time_to_first_token: Percentiles::default(),
            censored: (fleet.queued() + fleet.in_flight()) as u64,
            lost: fleet.lost(),
            requeued: fleet.requeued(),
            queue_wait: self.wait.percentiles(),
            latency: self.latency.percentiles(),
            within_goal: self.goal.map(|_| self.within_goal as f64 / self.arrived.max(1) as f64),
            replicas_min,
            replicas_mean: if hours > 0.0 { replica_hours / hours } else { 0.0 },
            replicas_max,
            replica_hours,
            scale_ups: self.scale_ups,
            scale_downs: self.scale_downs,
        }
    }
}
