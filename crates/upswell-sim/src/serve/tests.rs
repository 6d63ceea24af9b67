//! The fleet as a whole: what holds at every instant, and what clients, providers and kills do.

use std::iter::Peekable;

use proptest::prelude::*;
use upswell_units::{Duration, Timestamp};

use super::{
    BackOff, Clients, Draining, Fleet, FleetSettings, OnKill, ProviderLimits, ReplicaId, Requests,
    WorkerModel,
};
use crate::random::Distribution;
use crate::service::{Batch, ServiceTime};
use crate::traffic::Arrival;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn at(millis: i64) -> Timestamp {
    START + Duration::from_millis(millis)
}

/// One slot, a millisecond a token, and nothing else.
fn model() -> WorkerModel {
    WorkerModel {
        slots: 1,
        service: ServiceTime {
            ttft: Distribution::Fixed(Duration::ZERO),
            per_prompt_token: Duration::ZERO,
            tpot: Duration::from_millis(1),
            fixed: Duration::ZERO,
            batch: Batch::default(),
        },
        on_kill: OnKill::Requeue,
        clients: Clients::default(),
        provider: ProviderLimits::default(),
    }
}

/// A fleet and what arrives at it.
struct World {
    fleet: Fleet,
    arrivals: Peekable<std::vec::IntoIter<Arrival>>,
}

impl World {
    /// Requests by the millisecond of their arrival and the milliseconds that each takes.
    fn new(model: &WorkerModel, requests: &[(i64, u32)]) -> Self {
        Self::with_warm_up(model, requests, Duration::ZERO)
    }

    fn with_warm_up(model: &WorkerModel, requests: &[(i64, u32)], warm_up: Duration) -> Self {
        let goal = Some(Duration::from_secs(1));
        let settings = FleetSettings { seed: 1, start: START, goal, warm_up };
        let arrivals = requests.iter().map(|(millis, tokens)| Arrival {
            at: Duration::from_millis(*millis),
            prompt_tokens: 0,
            output_tokens: *tokens,
        });
        let arrivals = arrivals.collect::<Vec<_>>().into_iter().peekable();
        Self { fleet: Fleet::new(model, settings), arrivals }
    }

    /// Plays until a millisecond; returns what drained on the way.
    fn until(&mut self, millis: i64) -> Vec<(Timestamp, ReplicaId)> {
        let mut drained = Vec::new();
        while let Some(gone) = self.fleet.play(&mut self.arrivals, at(millis)) {
            drained.push(gone);
        }
        drained
    }

    fn close(mut self, millis: i64) -> Requests {
        self.until(millis);
        self.fleet.close(at(millis))
    }

    fn balances(&self) -> bool {
        let counts = self.fleet.counts();
        let inside = self.fleet.queued() + self.fleet.in_flight() + self.fleet.backing_off();
        counts.arrived == counts.completed + counts.lost + counts.timed_out + inside
    }
}

/// What a script does next, after some milliseconds.
#[derive(Clone, Copy, Debug)]
enum Act {
    Open,
    Drain(usize),
    Kill(usize),
    Wait,
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Open),
        1 => (0_usize..8).prop_map(Act::Drain),
        1 => (0_usize..8).prop_map(Act::Kill),
        3 => Just(Act::Wait),
    ]
}

fn any_model() -> impl Strategy<Value = WorkerModel> {
    let limit = || prop::option::of(1_u32..5000);
    let timeout = prop::option::of(1_i64..400);
    (1_u32..4, any::<bool>(), timeout, 0_u32..4, limit(), limit()).prop_map(
        |(slots, is_lost, timeout, retries, requests_per_minute, tokens_per_minute)| WorkerModel {
            slots,
            on_kill: if is_lost { OnKill::Lost } else { OnKill::Requeue },
            clients: Clients {
                timeout: timeout.map(Duration::from_millis),
                retries,
                back_off: BackOff {
                    first: Duration::from_millis(20),
                    max: Duration::from_millis(90),
                },
            },
            provider: ProviderLimits { requests_per_minute, tokens_per_minute },
            service: ServiceTime { batch: Batch(vec![(1, 1.0), (3, 2.0)]), ..model().service },
            ..model()
        },
    )
}

proptest! {
    #[test]
    fn whatever_happens_every_request_is_somewhere(
        model in any_model(),
        mut gaps in prop::collection::vec((0_i64..40, 1_u32..200), 0..60),
        script in prop::collection::vec((0_i64..100, any_act()), 1..60),
    ) {
        let mut now = 0;
        for (millis, _) in &mut gaps {
            now += *millis;
            *millis = now;
        }
        let mut world = World::new(&model, &gaps);
        let (mut open, mut draining, mut clock) = (Vec::new(), Vec::new(), 0);
        for (wait, act) in script {
            clock += wait;
            for (_, gone) in world.until(clock) {
                prop_assert!(draining.contains(&gone), "only what drains ends by itself");
                draining.retain(|id| *id != gone);
            }
            prop_assert!(world.balances());
            let now = at(clock);
            match act {
                Act::Open => open.push(world.fleet.open(now)),
                Act::Drain(index) if index < open.len() => {
                    let id = open.swap_remove(index);
                    if world.fleet.drain(id, now) == Draining::Busy {
                        draining.push(id);
                    }
                }
                Act::Kill(index) if index < open.len() => {
                    let requests = world.fleet.kill(open.swap_remove(index), now);
                    prop_assert!(requests <= model.slots);
                }
                _ => {}
            }
            prop_assert!(world.balances());
            prop_assert!(world.fleet.in_flight() <= u64::from(model.slots) * 60);
        }
        let requests = world.close(clock + 100);
        let counts = requests.counts;
        let inside = requests.queued + requests.in_flight + requests.backing_off;
        prop_assert_eq!(requests.censored, counts.lost + counts.timed_out + inside);
        prop_assert!(counts.timed_out == 0 || model.clients.timeout.is_some());
        prop_assert!(counts.requeued == 0 || model.on_kill == OnKill::Requeue);
    }
}

#[test]
fn a_request_waits_for_a_slot_and_is_served_in_order() {
    let mut world = World::new(&model(), &[(0, 100), (10, 50), (20, 30)]);
    world.fleet.open(at(0));
    world.until(99);
    assert_eq!((world.fleet.queued(), world.fleet.in_flight()), (2, 1));
    world.until(100);
    assert_eq!((world.fleet.queued(), world.fleet.in_flight()), (1, 1));
    let requests = world.close(1000);
    assert_eq!(requests.counts.completed, 3);
    // Waits of 0, 90 and 130 ms.
    assert_eq!(requests.queue_wait.mean_ms, Some(220.0 / 3.0));
    assert_eq!(requests.within_goal, Some(1.0));
}

#[test]
fn a_replica_that_drains_ends_what_it_has_and_takes_no_more() {
    let mut world = World::new(&model(), &[(0, 100), (10, 50)]);
    let id = world.fleet.open(at(0));
    world.until(20);
    assert_eq!(world.fleet.drain(id, at(20)), Draining::Busy);
    assert_eq!(world.until(500), [(at(100), id)]);
    assert_eq!((world.fleet.queued(), world.fleet.counts().completed), (1, 1));
    let idle = world.fleet.open(at(500));
    world.until(600);
    assert_eq!(world.fleet.drain(idle, at(600)), Draining::Done, "it had nothing left");
}

#[test]
fn a_killed_replica_gives_its_request_back_to_the_head_of_the_queue() {
    let mut world = World::new(&model(), &[(0, 100), (10, 50)]);
    let id = world.fleet.open(at(0));
    world.until(60);
    assert_eq!(world.fleet.kill(id, at(60)), 1);
    assert_eq!((world.fleet.queued(), world.fleet.in_flight()), (2, 0));
    world.fleet.open(at(60));
    world.until(159);
    assert_eq!(world.fleet.counts().completed, 0, "it starts anew, and comes first");
    world.until(160);
    assert_eq!((world.fleet.counts().completed, world.fleet.counts().requeued), (1, 1));
}

#[test]
fn clients_give_up_at_their_very_timeout_in_the_queue_and_in_service() {
    let clients = Clients { timeout: Some(Duration::from_millis(80)), ..Clients::default() };
    let mut world = World::new(&WorkerModel { clients, ..model() }, &[(0, 100), (10, 50)]);
    world.fleet.open(at(0));
    world.until(79);
    assert_eq!(world.fleet.counts().timed_out, 0);
    // The one in service ends, the next one starts, and is given up at 90 ms in its turn.
    world.until(80);
    assert_eq!((world.fleet.counts().timed_out, world.fleet.in_flight()), (1, 1));
    world.until(89);
    assert_eq!(world.fleet.counts().timed_out, 1);
    let requests = world.close(90);
    assert_eq!((requests.counts.timed_out, requests.censored), (2, 2));
    assert_eq!(requests.latency.mean_ms, Some(80.0), "they took at least that long");
}

#[test]
fn a_client_comes_back_after_its_back_off_and_its_latency_counts_from_the_first_attempt() {
    let clients = Clients {
        timeout: Some(Duration::from_millis(100)),
        retries: 1,
        back_off: BackOff { first: Duration::from_millis(50), max: Duration::from_secs(1) },
    };
    let mut world = World::new(&WorkerModel { clients, ..model() }, &[(0, 10)]);
    world.until(100);
    assert_eq!((world.fleet.queued(), world.fleet.backing_off()), (0, 1));
    world.until(150);
    assert_eq!((world.fleet.queued(), world.fleet.backing_off()), (1, 0));
    world.fleet.open(at(150));
    let requests = world.close(1000);
    assert_eq!((requests.counts.completed, requests.counts.retries), (1, 1));
    assert_eq!(requests.latency.mean_ms, Some(160.0));
}

#[test]
fn a_lost_request_is_asked_again_only_where_a_client_notices() {
    for (timeout, completed, lost) in [(None, 0, 1), (Some(Duration::from_millis(200)), 1, 0)] {
        let clients = Clients { timeout, retries: 1, ..Clients::default() };
        let model = WorkerModel { clients, on_kill: OnKill::Lost, ..model() };
        let mut world = World::new(&model, &[(0, 100)]);
        let id = world.fleet.open(at(0));
        world.until(50);
        world.fleet.kill(id, at(50));
        world.fleet.open(at(50));
        let counts = world.close(10_000).counts;
        assert_eq!((counts.completed, counts.lost), (completed, lost), "{timeout:?}");
    }
}

#[test]
fn a_worker_waits_for_the_provider_and_holds_its_slot() {
    let provider = ProviderLimits { requests_per_minute: Some(60), tokens_per_minute: None };
    let mut world = World::new(&WorkerModel { provider, ..model() }, &[(0, 10), (0, 10)]);
    world.fleet.open(at(0));
    world.fleet.open(at(0));
    world.until(500);
    assert_eq!((world.fleet.in_flight(), world.fleet.counts().throttled), (1, 1));
    let requests = world.close(2000);
    assert_eq!(requests.counts.completed, 2);
    // The first goes at once, the second after a second.
    assert_eq!(requests.latency.max_ms.map(f64::round), Some(1010.0));
    assert_eq!(requests.queue_wait.mean_ms, Some(0.0), "it is the provider that is waited for");
}

#[test]
fn tokens_are_slower_in_company_by_the_batch_of_the_start() {
    let service = ServiceTime { batch: Batch(vec![(1, 1.0), (2, 1.5)]), ..model().service };
    let mut world =
        World::new(&WorkerModel { slots: 2, service, ..model() }, &[(0, 100), (0, 100)]);
    world.fleet.open(at(0));
    world.until(100);
    assert_eq!(world.fleet.counts().completed, 1);
    world.until(149);
    assert_eq!(world.fleet.counts().completed, 1);
    world.until(150);
    assert_eq!(world.fleet.counts().completed, 2);
}

#[test]
fn requests_of_the_warm_up_are_counted_and_not_measured() {
    let warm_up = Duration::from_millis(50);
    let mut world = World::with_warm_up(&model(), &[(0, 100), (60, 10)], warm_up);
    world.fleet.open(at(0));
    let requests = world.close(1000);
    assert_eq!(requests.counts.completed, 2);
    assert_eq!(requests.latency.mean_ms, Some(50.0), "of the second alone");
}
