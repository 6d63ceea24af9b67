//! The fleet through its door: what becomes of requests, and that none is ever left out.

use std::iter::Peekable;

use proptest::prelude::*;
use upswell_units::{Duration, Timestamp};

use super::fleet::{Draining, Fleet, FleetSettings};
use super::ledger::Requests;
use super::replicas::ReplicaId;
use super::{BackOff, Clients, OnKill, ProviderLimits, WorkerModel};
use crate::random::Distribution;
use crate::service::{Batch, ServiceTime};
use crate::traffic::Arrival;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn at(millis: i64) -> Timestamp {
    START + Duration::from_millis(millis)
}

/// Each output token takes 100 ms, and nothing varies.
fn worker(slots: u32) -> WorkerModel {
    WorkerModel {
        slots,
        service: ServiceTime {
            ttft: Distribution::Fixed(Duration::ZERO),
            per_prompt_token: Duration::ZERO,
            tpot: Duration::from_millis(100),
            fixed: Duration::ZERO,
            batch: Batch::default(),
        },
        on_kill: OnKill::Requeue,
        clients: Clients::default(),
        provider: ProviderLimits::default(),
    }
}

/// Clients that wait so many milliseconds and come back at once.
fn impatient(timeout_ms: i64, retries: u32) -> Clients {
    let back_off = BackOff { first: Duration::ZERO, max: Duration::ZERO };
    Clients { timeout: Some(Duration::from_millis(timeout_ms)), retries, back_off }
}

fn fleet(worker: &WorkerModel) -> Fleet {
    let goal = Some(Duration::from_secs(1));
    Fleet::new(worker, FleetSettings { seed: 1, start: START, goal, warm_up: Duration::ZERO })
}

/// Requests at milliseconds of the run, of so many output tokens.
fn requests(list: &[(i64, u32)]) -> Peekable<std::vec::IntoIter<Arrival>> {
    let arrivals = list.iter().map(|(millis, output_tokens)| Arrival {
        at: Duration::from_millis(*millis),
        prompt_tokens: 3,
        output_tokens: *output_tokens,
    });
    arrivals.collect::<Vec<_>>().into_iter().peekable()
}

/// Plays a list against replicas that stay, and ends at a millisecond.
fn played(worker: &WorkerModel, replicas: u32, list: &[(i64, u32)], end: i64) -> Requests {
    let mut fleet = fleet(worker);
    for _ in 0..replicas {
        fleet.open(START);
    }
    assert_eq!(fleet.play(&mut requests(list), at(end)), None);
    fleet.close(at(end))
}

#[test]
fn a_request_waits_for_a_slot_and_is_served() {
    let result = played(&worker(2), 1, &[(0, 10), (0, 10), (0, 5)], 2000);
    assert_eq!(result.counts.completed, 3);
    assert_eq!((result.counts.prompt_tokens, result.counts.output_tokens), (9, 25));
    assert_eq!(result.queue_wait.mean_ms, Some(1000.0 / 3.0));
    assert_eq!(result.time_to_first_token.mean_ms, result.queue_wait.mean_ms);
    assert_eq!(result.latency.mean_ms, Some((1000.0 + 1000.0 + 1500.0) / 3.0));
    assert_eq!(result.within_goal, Some(2.0 / 3.0));
    assert!((result.busy_slots_mean - 1.25).abs() < 1e-12, "2.5 s in 2 s");
}

#[test]
fn what_is_unfinished_at_the_end_counts_with_its_age() {
    let result = played(&worker(1), 1, &[(0, 10), (100, 100), (200, 1)], 3000);
    assert_eq!((result.counts.completed, result.in_flight, result.queued), (1, 1, 1));
    assert_eq!(result.censored, 2);
    // Served at once, after 900 ms, not yet after 2800.
    assert_eq!(result.queue_wait.mean_ms, Some((900.0 + 2800.0) / 3.0));
    assert_eq!(result.latency.mean_ms, Some((1000.0 + 2900.0 + 2800.0) / 3.0));
}

#[test]
fn a_client_leaves_the_queue_and_the_slot_at_its_timeout() {
    let worker = WorkerModel { clients: impatient(1500, 0), ..worker(1) };
    // The first is answered in time, the second is cut off in service at 1500, the third starts
    // then and is answered; the last two are cut off at 2000 and at 2010.
    let result = played(&worker, 1, &[(0, 10), (0, 10), (500, 4), (500, 50), (510, 5)], 10_000);
    assert_eq!((result.counts.completed, result.counts.timed_out), (2, 3));
    assert_eq!(result.censored, 3);
    let latencies = 1000.0 + 1500.0 + 1400.0 + 1500.0 + 1500.0;
    assert_eq!(result.latency.mean_ms, Some(latencies / 5.0));
    let waits = 0.0 + 1000.0 + 1000.0 + 1400.0 + 1490.0;
    assert_eq!(result.queue_wait.mean_ms, Some(waits / 5.0));
}

#[test]
fn an_answer_at_the_timeout_still_counts() {
    let worker = WorkerModel { clients: impatient(1000, 0), ..worker(1) };
    let result = played(&worker, 1, &[(0, 10)], 1000);
    assert_eq!((result.counts.completed, result.counts.timed_out), (1, 0));
}

#[test]
fn a_client_comes_back_and_its_latency_counts_from_its_first_attempt() {
    let worker = WorkerModel { clients: impatient(1000, 2), ..worker(1) };
    // The second gives up at 1000 in the queue, and is answered by its second attempt at 2000.
    let long_ones = [(0, 10), (0, 10), (900, 10), (950, 9)];
    let result = played(&worker, 1, &long_ones[..2], 10_000);
    assert_eq!((result.counts.completed, result.counts.retries), (2, 1));
    assert_eq!(result.latency.mean_ms, Some((1000.0 + 2000.0) / 2.0));
    let result = played(&worker, 1, &long_ones, 100_000);
    assert_eq!(result.counts.arrived, result.counts.completed + result.counts.timed_out);
    assert!(result.counts.retries > 2);
}

#[test]
fn back_off_is_drawn_up_to_a_bound_that_doubles() {
    let back_off = BackOff { first: Duration::from_secs(10), max: Duration::from_secs(25) };
    let clients = Clients { back_off, ..impatient(1000, 4) };
    let mut fleet = fleet(&WorkerModel { clients, ..worker(1) });
    let list: Vec<_> = (0..4000).map(|_| (0, 1)).collect();
    let mut arrivals = requests(&list);
    // Nobody serves: all give up at 1 s, and come back evenly from then to 11 s.
    fleet.play(&mut arrivals, at(1999));
    // Of 4000 one in ten, within three standard deviations.
    assert!((343..457).contains(&fleet.counts().retries), "{:?}", fleet.counts());
    fleet.play(&mut arrivals, at(10_999));
    assert!(fleet.backing_off() > 2000, "the first are waiting for their second retry");
    // The longest way: five timeouts, and waits of 10, 20, 25 and 25 s.
    fleet.play(&mut arrivals, at(85_000));
    assert_eq!((fleet.counts().timed_out, fleet.counts().retries), (4000, 16_000));
}

#[test]
fn a_killed_replica_gives_back_in_the_order_of_the_queue() {
    let mut fleet = fleet(&worker(2));
    let first = fleet.open(START);
    let mut arrivals = requests(&[(0, 50), (10, 50), (20, 10), (30, 10)]);
    fleet.play(&mut arrivals, at(1000));
    assert_eq!(fleet.kill(first, at(1000)), 2);
    assert_eq!((fleet.queued(), fleet.in_flight(), fleet.counts().requeued), (4, 0, 2));
    fleet.open(at(1000));
    fleet.play(&mut arrivals, at(5999));
    assert_eq!(fleet.counts().completed, 0);
    fleet.play(&mut arrivals, at(6000));
    assert_eq!((fleet.counts().completed, fleet.in_flight()), (2, 2));
}

#[test]
fn a_lost_request_is_missed_by_its_client_only() {
    let mut forgetful = WorkerModel { on_kill: OnKill::Lost, ..worker(1) };
    for (clients, expected) in
        [(Clients::default(), (1, 0)), (impatient(3000, 0), (1, 0)), (impatient(3000, 1), (0, 1))]
    {
        forgetful.clients = clients;
        let mut fleet = fleet(&forgetful);
        let id = fleet.open(START);
        let mut arrivals = requests(&[(0, 10)]);
        fleet.play(&mut arrivals, at(500));
        assert_eq!(fleet.kill(id, at(500)), 1);
        assert_eq!((fleet.counts().lost, fleet.backing_off()), expected, "{clients:?}");
        fleet.open(at(500));
        fleet.play(&mut arrivals, at(2999));
        assert_eq!(fleet.counts().retries, 0, "its client does not know");
        fleet.play(&mut arrivals, at(9999));
        assert_eq!(fleet.counts().completed, expected.1);
    }
}

#[test]
fn a_draining_replica_ends_what_it_has_and_says_when() {
    let mut fleet = fleet(&worker(2));
    let (busy, other) = (fleet.open(START), fleet.open(START));
    let mut arrivals = requests(&[(0, 10), (0, 20), (500, 1)]);
    fleet.play(&mut arrivals, at(100));
    assert_eq!((fleet.busy_slots(busy), fleet.busy_slots(other)), (2, 0));
    assert_eq!(fleet.drain(busy, at(100)), Draining::Busy);
    assert_eq!(fleet.drain(other, at(100)), Draining::Done);
    let gone = fleet.play(&mut arrivals, at(9000));
    assert_eq!(gone, Some((at(2000), busy)));
    assert_eq!(fleet.work(busy, at(2000)), 3_000_000_000);
    assert_eq!(fleet.play(&mut arrivals, at(9000)), None);
    assert_eq!((fleet.queued(), fleet.counts().completed), (1, 2), "nobody takes the third");
}

#[test]
fn the_batch_of_the_start_sets_the_pace() {
    let mut crowded = worker(2);
    crowded.service.batch = Batch(vec![(1, 1.0), (2, 1.5)]);
    let result = played(&crowded, 1, &[(0, 10), (500, 10)], 10_000);
    assert_eq!(result.latency.mean_ms, Some((1000.0 + 1500.0) / 2.0));
}

#[test]
fn a_throttled_worker_holds_its_slot_until_the_provider_lets_it() {
    let provider = ProviderLimits { requests_per_minute: Some(60), tokens_per_minute: None };
    let limited = WorkerModel { provider, ..worker(2) };
    let result = played(&limited, 1, &[(0, 1), (0, 1), (0, 1), (0, 1)], 10_000);
    assert_eq!(result.counts.throttled, 3);
    assert_eq!(result.latency.mean_ms, Some((100.0 + 1100.0 + 2100.0 + 3100.0) / 4.0));
    assert_eq!(result.queue_wait.mean_ms, Some((100.0 + 1100.0) / 4.0));
    assert_eq!(result.time_to_first_token.mean_ms, Some((1000.0 + 2000.0 + 3000.0) / 4.0));
}

#[test]
fn a_throttled_request_whose_client_gives_up_leaves_its_turn_to_the_next() {
    let provider = ProviderLimits { requests_per_minute: Some(60), tokens_per_minute: None };
    let limited = WorkerModel { provider, clients: impatient(700, 0), ..worker(4) };
    let result = played(&limited, 1, &[(0, 1), (0, 1), (500, 1)], 10_000);
    assert_eq!((result.counts.completed, result.counts.timed_out), (2, 1));
    assert_eq!(result.counts.throttled, 2);
}

#[test]
fn arrivals_come_before_completions_of_the_same_instant() {
    let mut fleet = fleet(&worker(1));
    fleet.open(START);
    let mut arrivals = requests(&[(0, 10), (1000, 10)]);
    fleet.play(&mut arrivals, at(1000));
    assert_eq!((fleet.counts().arrived, fleet.counts().completed, fleet.in_flight()), (2, 1, 1));
}

#[test]
fn a_warm_up_is_in_the_counts_only() {
    let worker = worker(1);
    let warm_up = Duration::from_millis(500);
    let settings = FleetSettings { seed: 1, start: START, goal: Some(warm_up), warm_up };
    let mut fleet = Fleet::new(&worker, settings);
    fleet.open(START);
    fleet.play(&mut requests(&[(0, 8), (499, 1), (500, 3)]), at(9000));
    let result = fleet.close(at(9000));
    assert_eq!(result.counts.completed, 3);
    assert_eq!(result.queue_wait.mean_ms, Some(400.0));
    assert_eq!(result.within_goal, Some(0.0));
}

/// One step of a script: what is done, to which replica, after how many milliseconds.
type Step = (u8, prop::sample::Index, i64);

fn models() -> impl Strategy<Value = WorkerModel> {
    let clients = (prop::option::of(0_i64..4000), 0_u32..20, 0_i64..3000);
    let limits = (prop::option::of(0_u32..600), prop::option::of(0_u32..9000));
    (0_u32..4, any::<bool>(), clients, limits, any::<bool>()).prop_map(
        |(slots, is_lost, (timeout, retries, first), (requests, tokens), varies)| {
            let back_off = BackOff {
                first: Duration::from_millis(first),
                max: Duration::from_millis(4 * first),
            };
            let mut model = worker(slots);
            if varies {
                let (median, p95) = (Duration::from_millis(300), Duration::from_millis(800));
                model.service.ttft = Distribution::LogNormal { median, p95 };
                model.service.batch = Batch(vec![(1, 1.0), (3, 2.0)]);
            }
            model.on_kill = if is_lost { OnKill::Lost } else { OnKill::Requeue };
            let timeout = timeout.map(Duration::from_millis);
            model.clients = Clients { timeout, retries, back_off };
            model.provider =
                ProviderLimits { requests_per_minute: requests, tokens_per_minute: tokens };
            model
        },
    )
}

/// Checks what holds at every instant, with the replicas that exist.
fn check(fleet: &Fleet, replicas: &[ReplicaId], slots: u32) -> Result<(), TestCaseError> {
    let counts = fleet.counts();
    let inside = fleet.queued() + fleet.in_flight() + fleet.backing_off();
    prop_assert_eq!(counts.arrived, counts.completed + counts.lost + counts.timed_out + inside);
    let busy = replicas.iter().map(|id| fleet.busy_slots(*id));
    prop_assert!(busy.clone().all(|busy| busy <= slots));
    prop_assert_eq!(busy.map(u64::from).sum::<u64>(), fleet.in_flight());
    Ok(())
}

/// Plays until an instant; draining replicas that are gone are struck off.
fn play(
    fleet: &mut Fleet,
    arrivals: &mut Peekable<impl Iterator<Item = Arrival>>,
    replicas: &mut Vec<ReplicaId>,
    now: Timestamp,
) {
    while let Some((when, gone)) = fleet.play(arrivals, now) {
        assert!(when <= now && replicas.contains(&gone));
        replicas.retain(|id| *id != gone);
    }
}

fn play_script(
    model: &WorkerModel,
    list: &[(i64, u32)],
    steps: &[Step],
) -> Result<Requests, TestCaseError> {
    let (mut fleet, mut arrivals) = (fleet(model), requests(list));
    let (mut replicas, mut draining, mut now) = (Vec::new(), Vec::new(), 0);
    for (step, which, pause) in steps {
        now += pause;
        play(&mut fleet, &mut arrivals, &mut replicas, at(now));
        check(&fleet, &replicas, model.slots)?;
        draining.retain(|id| replicas.contains(id));
        let picked = (!replicas.is_empty()).then(|| replicas[which.index(replicas.len())]);
        match (step, picked) {
            (0..=2, _) | (_, None) => replicas.push(fleet.open(at(now))),
            (3, Some(id)) => match fleet.drain(id, at(now)) {
                Draining::Done => replicas.retain(|other| *other != id),
                Draining::Busy => draining.push(id),
            },
            (_, Some(id)) => {
                let busy = fleet.busy_slots(id);
                prop_assert_eq!(fleet.kill(id, at(now)), busy);
                replicas.retain(|other| *other != id);
            }
        }
        check(&fleet, &replicas, model.slots)?;
        let open = replicas.iter().filter(|id| !draining.contains(id));
        let free = open.map(|id| model.slots - fleet.busy_slots(*id)).sum::<u32>();
        prop_assert!(fleet.queued() == 0 || free == 0, "nothing waits while a slot is free");
    }
    Ok(fleet.close(at(now)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_arrival_is_somewhere_at_every_instant(
        model in models(),
        pauses in prop::collection::vec((0_i64..400, 0_u32..40), 0..150),
        steps in prop::collection::vec(
            (0_u8..6, any::<prop::sample::Index>(), 0_i64..2500), 0..40),
    ) {
        let mut millis = 0;
        let list: Vec<_> = pauses
            .into_iter()
            .map(|(pause, tokens)| {
                millis += pause;
                (millis, tokens)
            })
            .collect();
        let result = play_script(&model, &list, &steps)?;
        let counts = result.counts;
        let unfinished = result.queued + result.in_flight + result.backing_off;
        prop_assert_eq!(result.censored, unfinished + counts.lost + counts.timed_out);
        prop_assert!(model.on_kill == OnKill::Lost || counts.lost == 0);
        let again = play_script(&model, &list, &steps)?;
        prop_assert_eq!(format!("{result:?}"), format!("{again:?}"), "the same seed");
    }

    #[test]
    fn it_does_not_matter_in_how_many_steps_time_is_played(
        model in models(),
        pauses in prop::collection::vec(0_i64..300, 1..80),
        stops in prop::collection::vec(0_i64..3000, 1..20),
    ) {
        let mut millis = 0;
        let list: Vec<_> = pauses.iter().map(|pause| { millis += pause; (millis, 7) }).collect();
        let end: i64 = stops.iter().sum();
        let whole = played(&model, 2, &list, end);
        let (mut fleet, mut arrivals, mut now) = (fleet(&model), requests(&list), 0);
        fleet.open(START);
        fleet.open(START);
        for stop in stops {
            now += stop;
            fleet.play(&mut arrivals, at(now));
        }
        prop_assert_eq!(format!("{whole:?}"), format!("{:?}", fleet.close(at(end))));
    }
}

#[test]
fn the_end_of_time_is_survived() {
    let mut eternal = WorkerModel { clients: impatient(i64::MAX, 3), ..worker(1) };
    eternal.service.fixed = Duration::MAX;
    for start in [Timestamp::MIN, Timestamp::MAX - Duration::from_secs(1), Timestamp::MAX] {
        let settings = FleetSettings { seed: 1, start, goal: None, warm_up: Duration::ZERO };
        let mut fleet = Fleet::new(&eternal, settings);
        let id = fleet.open(start);
        let mut arrivals = requests(&[(0, u32::MAX), (900, 1)]);
        fleet.play(&mut arrivals, Timestamp::MAX);
        fleet.open(Timestamp::MAX);
        assert_eq!(fleet.counts().completed, 0);
        assert!(fleet.work(id, Timestamp::MAX) >= 0);
        assert_eq!(fleet.close(Timestamp::MAX).counts.timed_out, 0);
    }
}
