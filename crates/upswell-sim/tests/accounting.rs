//! What becomes of requests, and what of a bundle plays no part: nothing is left out unsaid.

mod world;

use proptest::prelude::*;
use upswell_manifests::bundle::Bundle;
use upswell_sim::{Arrival, Mode, Periods, Prepared, Summary, Traffic, parse_pattern, run};
use upswell_units::{Duration, Sources, Timestamp};
use world::{
    REDIS, SETTINGS, WORKER, play, prepared, prepared_from, rehearsed, request, scaled_object,
    steady,
};

/// A burst that needs replicas, and requests of five minutes that lie on them when they end.
fn burst_of_long_requests() -> Traffic {
    Traffic::new((0..30).map(|number| request(number * 100, 3000)).collect())
}

/// Scales down at once, and by any number.
fn hasty() -> String {
    let behavior = "  advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: \
                    {stabilizationWindowSeconds: 0}}}}\n  triggers:";
    scaled_object(1, 30, REDIS).replace("  triggers:", behavior)
}

#[test]
fn a_killed_worker_gives_its_requests_back_or_loses_them() {
    for mode in [Mode::Stock, Mode::Upswell] {
        let given_back =
            rehearsed(&[WORKER, &hasty(), SETTINGS], burst_of_long_requests(), mode).summary;
        assert!(given_back.requeued > 0, "{mode:?}: {given_back:?}");
        assert_eq!(given_back.lost, 0, "{mode:?}");

        let losing = SETTINGS.replace("requeue", "lost");
        let lost = rehearsed(&[WORKER, &hasty(), &losing], burst_of_long_requests(), mode).summary;
        assert!(lost.lost > 0, "{mode:?}: {lost:?}");
        assert_eq!(lost.requeued, 0, "{mode:?}");
    }
}

#[test]
fn a_grace_period_as_long_as_a_request_saves_it() {
    let patient = WORKER.replace("PeriodSeconds: 10", "PeriodSeconds: 300");
    let losing = SETTINGS.replace("requeue", "lost");
    let traffic = burst_of_long_requests();
    let summary = rehearsed(&[&patient, &hasty(), &losing], traffic, Mode::Stock).summary;
    assert!(summary.scale_downs > 0);
    assert_eq!(summary.lost, 0);
}

#[test]
fn unfinished_requests_count_with_their_age() {
    // One worker, and requests of 100 s each: the run ends 600 s after the last arrival.
    let traffic = Traffic::new((0..10).map(|number| request(number, 1000)).collect());
    let summary = rehearsed(&[WORKER, SETTINGS], traffic, Mode::Stock).summary;
    assert_eq!((summary.completed, summary.unfinished), (6, 4));
    assert_eq!(summary.within_goal, Some(0.0), "an unfinished request is no fast one");
    let close = |millis: Option<f64>, seconds: f64| {
        (millis.unwrap() / 1000.0 - seconds).abs() < 0.01 * seconds
    };
    // Three still wait, for all of the run; the seventh waited 600 s for its turn.
    assert!(close(summary.queue_wait.max_ms, 600.0), "{summary:?}");
    assert!(close(summary.latency.max_ms, 600.0), "{summary:?}");
    assert!(close(summary.latency.p50_ms, 500.0), "{summary:?}");
}

#[test]
fn a_run_at_the_end_of_time_ends() {
    let object = scaled_object(0, 10, REDIS);
    for early_s in [0, 1, 300] {
        let mut prepared = prepared(&[WORKER, &object, SETTINGS], steady(60, 1000, 1)).unwrap();
        prepared.scenario.start = Timestamp::MAX - Duration::from_secs(early_s);
        let summary = play(&prepared, Mode::Upswell).summary;
        assert_eq!(summary.requests, summary.completed + summary.unfinished, "{early_s}");
    }
}

#[test]
fn of_several_workloads_the_others_are_named() {
    let other = WORKER.replace("worker", "other");
    let object = scaled_object(1, 10, REDIS);
    let of_other = object.replace("worker", "other").replace("jobs", "others");
    let manifests = [WORKER, &other, &of_other, &object, SETTINGS];
    let prepared = prepared(&manifests, steady(10, 1000, 1)).unwrap();
    assert_eq!(prepared.target.name, "worker", "the one that the settings name");
    let expected = "ScaledObject/other: the traffic goes to Deployment/worker".to_owned();
    assert!(prepared.not_simulated.contains(&expected), "{:?}", prepared.not_simulated);
}

#[test]
fn the_other_workloads_of_the_settings_are_named() {
    let other = WORKER.replace("worker", "other");
    let settings =
        SETTINGS.replace("workloads:\n", "workloads:\n- target: {kind: Deployment, name: other}\n");
    let prepared = prepared(&[WORKER, &other, &settings], steady(10, 1000, 1)).unwrap();
    assert_eq!(prepared.target.name, "other", "the first one that the settings list");
    let expected = ["Deployment/worker: the traffic goes to Deployment/other".to_owned()];
    assert_eq!(prepared.not_simulated, expected);
}

#[test]
fn a_trigger_that_nothing_here_answers_is_named_and_the_others_scale() {
    let kafka = "  - type: kafka\n    name: lag\n    metadata: {bootstrapServers: \"k:9092\", \
                 consumerGroup: g, topic: t, lagThreshold: \"5\"}\n";
    let expected = "ScaledObject/worker, trigger lag (kafka): its source is not simulated yet";
    let both = scaled_object(1, 10, &format!("{REDIS}{kafka}"));
    let both = prepared(&[WORKER, &both, SETTINGS], steady(120, 300, 10)).unwrap();
    assert_eq!(both.not_simulated, [expected]);
    assert!(play(&both, Mode::Upswell).summary.scale_ups > 0);

    let alone = scaled_object(1, 10, kafka);
    let alone = prepared(&[WORKER, &alone, SETTINGS], steady(120, 300, 10)).unwrap();
    let nothing = "ScaledObject/worker: none of its metrics is simulated, so nothing scales";
    assert_eq!(alone.not_simulated, [expected, nothing]);
    assert!(alone.scenario.scaler.is_none());
    assert_eq!(alone.found.scaled_by, None);
}

#[test]
fn an_autoscaler_whose_target_is_missing_fails_and_says_so() {
    let object = scaled_object(1, 10, REDIS).replace("Ref: {name: worker", "Ref: {name: wroker");
    let prepared = prepared(&[WORKER, &object, SETTINGS], steady(10, 1000, 1)).unwrap();
    assert!(prepared.scenario.scaler.is_none());
    let codes: Vec<_> = prepared.failing.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["missing-target"]);
    assert_eq!(prepared.found.failing.len(), 1);
}

#[test]
fn without_any_workload_there_is_nothing_to_rehearse() {
    let object = scaled_object(1, 10, REDIS);
    let problems = prepared(&[&object], steady(10, 1000, 1)).unwrap_err();
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["missing-target", "nothing-to-rehearse"]);
}

/// Small traffic: pauses of up to three seconds, answers of up to twenty seconds.
fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    prop::collection::vec((0_i64..3000, 0_u32..200), 1..60).prop_map(|steps| {
        let mut at = 0;
        let arrivals = steps.into_iter().map(|(pause, tokens)| {
            at += pause;
            request(at, tokens)
        });
        arrivals.collect()
    })
}

/// What a fleet that nobody scales comes to.
fn fixed(replicas: u32, arrivals: &[Arrival]) -> Summary {
    let selector = format!("spec:\n  replicas: {replicas}\n  selector");
    let worker = WORKER.replace("spec:\n  selector", &selector);
    rehearsed(&[&worker, SETTINGS], Traffic::new(arrivals.to_vec()), Mode::Stock).summary
}

/// How long each request waits, first come first served by `slots` that are alike.
///
/// Source: Kiefer and Wolfowitz 1955. One more slot makes no slot free later, in order of their
/// freedom, so that no request waits longer.
fn waits(arrivals: &[Arrival], slots: usize) -> Vec<Duration> {
    let mut free_at = vec![Duration::ZERO; slots];
    let taken = arrivals.iter().map(|arrival| {
        free_at.sort_unstable();
        let start = free_at[0].max(arrival.at);
        free_at[0] = start + Duration::from_millis(100).times(arrival.output_tokens.into());
        start - arrival.at
    });
    taken.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_arrival_is_completed_unfinished_or_lost(
        arrivals in arrivals(),
        min in 0_u32..3,
        lost in any::<bool>(),
        upswell in any::<bool>(),
    ) {
        let settings = if lost { SETTINGS.replace("requeue", "lost") } else { SETTINGS.to_owned() };
        let object = hasty().replace("minReplicaCount: 1", &format!("minReplicaCount: {min}"));
        let mode = if upswell { Mode::Upswell } else { Mode::Stock };
        let count = arrivals.len() as u64;
        let summary = rehearsed(&[WORKER, &object, &settings], Traffic::new(arrivals), mode).summary;
        prop_assert_eq!(summary.requests, count);
        prop_assert_eq!(count, summary.completed + summary.unfinished + summary.lost);
        prop_assert!(lost || summary.lost == 0);
    }

    #[test]
    fn a_fixed_fleet_serves_first_come_first_served(arrivals in arrivals(), replicas in 1_u32..5) {
        let longest = waits(&arrivals, replicas as usize).into_iter().max();
        let summary = fixed(replicas, &arrivals);
        let millis = longest.unwrap().as_secs_f64() * 1000.0;
        // The run keeps three significant digits.
        prop_assume!(summary.unfinished == 0);
        prop_assert!((summary.queue_wait.max_ms.unwrap() - millis).abs() <= 1.0 + millis / 500.0);
    }

    #[test]
    fn one_more_replica_never_lengthens_a_wait(arrivals in arrivals(), replicas in 1_u32..5) {
        let [fewer, more] = [replicas, replicas + 1].map(|replicas| fixed(replicas, &arrivals));
        prop_assert!(more.completed >= fewer.completed);
        for (more, fewer) in [
            (more.queue_wait.p50_ms, fewer.queue_wait.p50_ms),
            (more.queue_wait.p95_ms, fewer.queue_wait.p95_ms),
            (more.queue_wait.max_ms, fewer.queue_wait.max_ms),
            (more.latency.max_ms, fewer.latency.max_ms),
        ] {
            prop_assert!(more <= fewer, "{:?} {:?}", more, fewer);
        }
    }
}

/// The example with its node pools, spot interruptions and limits, under a surge.
fn example_under_a_surge() -> Prepared {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/llm-worker");
    let bundle = Bundle::load(&[example], &mut std::io::empty());
    let mut sources = Sources::default();
    let file = sources.add("pattern", "2/s for 5m, to 60/s over 2m, for 5m".to_owned());
    let traffic = parse_pattern(&sources, file).expect("the pattern is sound");
    prepared_from(&bundle, traffic).expect("the example has a workload")
}

#[test]
fn with_the_periods_of_stock_upswell_is_stock_also_on_nodes() {
    let Prepared { scenario, .. } = example_under_a_surge();
    let policy = &scenario.scaler.as_ref().expect("something scales").policy;
    let [stock, own] = [Mode::Stock, Mode::Upswell].map(|mode| Periods::of(mode, policy));
    let json = |mode, periods| {
        let mut run = run(&scenario, mode, Some(periods), &mut |_| ());
        assert!(run.nodes.as_ref().is_some_and(|nodes| nodes.ordered > 5), "nodes came");
        run.mode = Mode::Stock;
        serde_json::to_string(&run).expect("a run has a JSON form")
    };
    assert_eq!(json(Mode::Upswell, stock), json(Mode::Stock, stock));
    assert_ne!(json(Mode::Upswell, own), json(Mode::Stock, stock), "the table is what differs");
}

#[test]
fn progress_is_told_and_never_goes_back() {
    let Prepared { scenario, .. } = example_under_a_surge();
    let mut told = Vec::new();
    let _ = run(&scenario, Mode::Stock, None, &mut |part| told.push(part));
    assert!(told.len() > 100 && told.is_sorted());
    assert!(told[0] == 0.0 && told[told.len() - 1] > 0.95);
}
