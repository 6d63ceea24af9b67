//! The workers of one scale target and the queue they eat.
//!
//! ```text
//! arrive -> queue -> a free slot of a ready replica -> completed
//!             ^                       |
//!             +---- given back -------+--> lost      (a replica ended in the middle)
//! ```
//!
//! At every instant arrived = completed + lost + in flight + queued.

use std::collections::{BTreeMap, VecDeque};

use upswell_units::{Duration, Replicas, Timestamp};

use crate::agenda::Agenda;
use crate::cluster::{ClusterModel, Startup};
use crate::random::Stream;
use crate::serve::{OnKill, WorkerModel};

/// A request inside the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// Position in the traffic; unique.
    pub(crate) number: u32,
    pub(crate) arrived: Timestamp,
    pub(crate) service: Duration,
}

/// Names a replica; later replicas have higher numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReplicaId(u64);

/// Replicas for which there is room, whatever is asked for: a manifest may say two billion. Enough
/// for a hundred thousand requests a second, four slots a replica and eight seconds a request.
pub(crate) const ROOM: Replicas = Replicas(200_000);

/// What happens to the fleet by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FleetEvent {
    /// A replica takes requests from now on.
    Ready(ReplicaId),
    /// A replica ends a request, unless it was killed before.
    Completed(ReplicaId, u32),
    /// A replica's grace period is over.
    Killed(ReplicaId),
}

#[derive(Debug)]
pub(crate) struct Fleet {
    slots: u32,
    on_kill: OnKill,
    parts: Startup,
    grace: Duration,
    startup: Stream,
    queue: VecDeque<Job>,
    /// Every replica that exists, terminating ones too.
    replicas: BTreeMap<ReplicaId, Replica>,
    /// Free slots, so many of a replica in a row, the longest free first: Redis serves its blocked
    /// clients in that order. Those of replicas that no longer take requests are skipped.
    free_slots: VecDeque<(ReplicaId, u32)>,
    created: u64,
    in_flight: usize,
    completed: u64,
    lost: u64,
    requeued: u64,
}

#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) created: Timestamp,
    pub(crate) phase: Phase,
    /// Requests in service, each with the start of its service.
    in_flight: Vec<(Job, Timestamp)>,
    /// Slot-nanoseconds of work until `work_until`.
    work: i64,
    work_until: Timestamp,
}

/// Where a replica stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Starting,
    Ready { since: Timestamp },
    Terminating,
}

/// A request that ended well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completion {
    /// From arrival to the start of the service that completed it.
    pub(crate) wait: Duration,
    /// From arrival to the answer.
    pub(crate) latency: Duration,
}

impl Fleet {
    /// Starts at rest with `replicas` ready ones, as far as there is [`ROOM`].
    pub(crate) fn new(
        worker: &WorkerModel,
        cluster: &ClusterModel,
        startup: Stream,
        replicas: Replicas,
        now: Timestamp,
    ) -> Self {
        let mut fleet = Self {
            slots: worker.slots,
            on_kill: worker.on_kill,
            parts: cluster.startup,
            grace: cluster.grace,
            startup,
            queue: VecDeque::new(),
            replicas: BTreeMap::new(),
            free_slots: VecDeque::new(),
            created: 0,
            in_flight: 0,
            completed: 0,
            lost: 0,
            requeued: 0,
        };
        for _ in 0..replicas.min(ROOM).0 {
            let id = fleet.create(now);
            fleet.open(id, now);
        }
        fleet
    }

    /// A request enters the queue.
    pub(crate) fn arrive(
        &mut self,
        job: Job,
        now: Timestamp,
        agenda: &mut Agenda<impl From<FleetEvent>>,
    ) {
        self.queue.push_back(job);
        self.dispatch(now, agenda);
    }

    /// Something happens to a replica; returns the request that it completed.
    pub(crate) fn handle<E: From<FleetEvent>>(
        &mut self,
        event: FleetEvent,
        now: Timestamp,
        agenda: &mut Agenda<E>,
    ) -> Option<Completion> {
        let completion = match event {
            FleetEvent::Ready(id) => {
                self.become_ready(id, now);
                None
            }
            FleetEvent::Completed(id, number) => self.complete(id, number, now),
            FleetEvent::Killed(id) => {
                self.kill(id);
                None
            }
        };
        self.dispatch(now, agenda);
        completion
    }

    /// Brings the number of replicas that are not terminating to `wanted`, as far as there is
    /// [`ROOM`].
    ///
    /// Picks what ends as the ReplicaSet controller of Kubernetes 1.36 does: replicas that are not
    /// ready first, then the ones that are ready for the shortest time. It knows nothing of work.
    pub(crate) fn scale_to<E: From<FleetEvent>>(
        &mut self,
        wanted: Replicas,
        now: Timestamp,
        agenda: &mut Agenda<E>,
    ) {
        let (active, wanted) = (self.active().0, wanted.min(ROOM).0);
        for _ in active..wanted {
            let id = self.create(now);
            let Startup { image, start, readiness } = self.parts;
            let parts = [image, start, readiness].map(|part| self.startup.draw(part));
            let startup = parts.into_iter().fold(Duration::ZERO, |sum, part| sum + part);
            agenda.schedule(now + startup, FleetEvent::Ready(id).into());
        }
        if wanted < active {
            for id in self.first_to_end((active - wanted) as usize) {
                self.terminate(id, now, agenda);
            }
        }
    }

    /// Replicas that exist and are not terminating: `status.replicas` of the Deployment.
    pub(crate) fn active(&self) -> Replicas {
        Replicas(self.count(|phase| phase != Phase::Terminating))
    }

    /// Replicas that take requests.
    pub(crate) fn ready(&self) -> Replicas {
        Replicas(self.count(|phase| matches!(phase, Phase::Ready { .. })))
    }

    /// Replicas by number, in order of creation.
    pub(crate) fn replicas(&self) -> impl Iterator<Item = (ReplicaId, &Replica)> {
        self.replicas.iter().map(|(id, replica)| (*id, replica))
    }

    /// Requests inside the system, and since when they are in service.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (&Job, Option<Timestamp>)> {
        let in_flight = self.replicas.values().flat_map(|replica| &replica.in_flight);
        let in_flight = in_flight.map(|(job, started)| (job, Some(*started)));
        self.queue.iter().map(|job| (job, None)).chain(in_flight)
    }

    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(crate) fn completed(&self) -> u64 {
        self.completed
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    pub(crate) fn requeued(&self) -> u64 {
        self.requeued
    }

    fn count(&self, matches: impl Fn(Phase) -> bool) -> u32 {
        self.replicas.values().filter(|replica| matches(replica.phase)).count() as u32
    }

    fn create(&mut self, now: Timestamp) -> ReplicaId {
        let id = ReplicaId(self.created);
        self.created += 1;
        let replica = Replica {
            created: now,
            phase: Phase::Starting,
            in_flight: Vec::new(),
            work: 0,
            work_until: now,
        };
        self.replicas.insert(id, replica);
        id
    }

    /// A replica whose creation was taken back before it was ready stays gone.
    fn become_ready(&mut self, id: ReplicaId, now: Timestamp) {
        if self.replicas.get(&id).is_some_and(|replica| replica.phase == Phase::Starting) {
            self.open(id, now);
        }
    }

    fn open(&mut self, id: ReplicaId, now: Timestamp) {
        if let Some(replica) = self.replicas.get_mut(&id) {
            replica.phase = Phase::Ready { since: now };
            self.free_slots.push_back((id, self.slots));
        }
    }

    fn dispatch<E: From<FleetEvent>>(&mut self, now: Timestamp, agenda: &mut Agenda<E>) {
        while !self.queue.is_empty() {
            let Some((id, slots)) = self.free_slots.front_mut() else { return };
            let id = *id;
            let replica = self.replicas.get_mut(&id);
            let replica = replica.filter(|replica| matches!(replica.phase, Phase::Ready { .. }));
            let (Some(replica), 1..) = (replica, *slots) else {
                self.free_slots.pop_front();
                continue;
            };
            let Some(job) = self.queue.pop_front() else { return };
            *slots -= 1;
            replica.account(now);
            replica.in_flight.push((job, now));
            self.in_flight += 1;
            agenda.schedule(now + job.service, FleetEvent::Completed(id, job.number).into());
        }
    }

    fn complete(&mut self, id: ReplicaId, number: u32, now: Timestamp) -> Option<Completion> {
        let replica = self.replicas.get_mut(&id)?;
        let index = replica.in_flight.iter().position(|(job, _)| job.number == number)?;
        replica.account(now);
        let (job, started) = replica.in_flight.swap_remove(index);
        self.in_flight -= 1;
        self.completed += 1;
        if replica.phase != Phase::Terminating {
            self.free_slots.push_back((id, 1));
        } else if replica.in_flight.is_empty() {
            self.replicas.remove(&id);
        }
        let (wait, latency) = (started.since(job.arrived), now.since(job.arrived));
        Some(Completion { wait, latency })
    }

    fn first_to_end(&self, count: usize) -> Vec<ReplicaId> {
        let mut candidates: Vec<_> = self
            .replicas
            .iter()
            .filter_map(|(id, replica)| match replica.phase {
                Phase::Starting => Some((false, Timestamp::MAX, *id)),
                Phase::Ready { since } => Some((true, since, *id)),
                Phase::Terminating => None,
            })
            .collect();
        candidates.sort_by_key(|(ready, since, id)| (*ready, std::cmp::Reverse((*since, *id))));
        candidates.into_iter().take(count).map(|(_, _, id)| id).collect()
    }

    fn terminate<E: From<FleetEvent>>(
        &mut self,
        id: ReplicaId,
        now: Timestamp,
        agenda: &mut Agenda<E>,
    ) {
        let Some(replica) = self.replicas.get_mut(&id) else { return };
        if replica.in_flight.is_empty() {
            self.replicas.remove(&id);
            return;
        }
        replica.phase = Phase::Terminating;
        agenda.schedule(now + self.grace, FleetEvent::Killed(id).into());
    }

    fn kill(&mut self, id: ReplicaId) {
        let Some(mut replica) = self.replicas.remove(&id) else { return };
        self.in_flight -= replica.in_flight.len();
        match self.on_kill {
            OnKill::Lost => self.lost += replica.in_flight.len() as u64,
            OnKill::Requeue => {
                self.requeued += replica.in_flight.len() as u64;
                // The oldest ends up at the head.
                replica.in_flight.sort_by_key(|(job, _)| std::cmp::Reverse(job.number));
                for (job, _) in replica.in_flight {
                    self.queue.push_front(job);
                }
            }
        }
    }
}

impl Replica {
    /// Adds the work since the last change.
    fn account(&mut self, now: Timestamp) {
        self.work = self.work_at(now);
        self.work_until = now;
    }

    /// Slot-nanoseconds of work since the replica was made.
    pub(crate) fn work_at(&self, now: Timestamp) -> i64 {
        let since = now.since(self.work_until);
        self.work.saturating_add(since.times(self.in_flight.len() as i64).as_nanos())
    }
}
