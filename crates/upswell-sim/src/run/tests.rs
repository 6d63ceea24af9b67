//! Whole runs of one scale target without manifests.

use std::collections::BTreeMap;
use std::sync::Arc;

use upswell_engine::Policy;
use upswell_engine::activation::{ActivationPolicy, MetricTarget, MetricType};
use upswell_engine::observation::PodResources;
use upswell_engine::policy::{
    Behavior, Controller, HorizontalPolicy, MetricSpec, ReadingPolicy, SubmittedRules,
    TriggerMetric, TriggerPolicy, TriggerSource, ValueTarget,
};
use upswell_triggers::{Input, Metadata};
use upswell_units::{Bytes, MilliUnits, Millicores, Replicas, ScaleTarget, TriggerName};

use super::*;
use crate::cluster::{ClusterModel, Interruptions, Startup, ZoneSpread};
use crate::exporters::Monitoring;
use crate::outcome::Goal;
use crate::random::Distribution;
use crate::scenario::Scaler;
use crate::serve::{Clients, OnKill, ProviderLimits, WorkerModel};
use crate::service::{Batch, ServiceTime, Usage};
use crate::summary::Summary;
use crate::traffic::{Arrival, Sizes, Traffic};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Scales on the list `jobs`, `per_replica` of them each.
fn scaler(min: u32, max: u32, per_replica: i64) -> Scaler {
    let metadata = Metadata::from_iter([
        ("address", "redis:6379".to_owned()),
        ("listName", "jobs".to_owned()),
        ("listLength", per_replica.to_string()),
    ]);
    let (auth, env) = (BTreeMap::new(), BTreeMap::new());
    let input = Input::new("redis", &metadata, &auth, &env);
    let trigger = upswell_triggers::parse(&input).unwrap();
    let name = TriggerName("s0-redis-jobs".to_owned());
    let target = MilliUnits::from_units(per_replica);
    let average = MetricTarget { metric_type: MetricType::AverageValue, target };
    let metric =
        MetricSpec::External { metric: name.0.clone(), target: ValueTarget::AverageValue(target) };
    let rules = SubmittedRules::default;
    let policy = Policy {
        target: ScaleTarget {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: String::new(),
            name: "worker".to_owned(),
        },
        horizontal: HorizontalPolicy {
            min_replicas: Replicas(min.max(1)),
            max_replicas: Replicas(max),
            metrics: vec![metric],
            behavior: Some(Behavior::with_defaults(rules(), rules())),
        },
        controller: Controller::default(),
        activation: Some(ActivationPolicy {
            min: Replicas(min),
            max: Replicas(max),
            ..ActivationPolicy::new(START)
        }),
        composite: None,
        triggers: vec![TriggerPolicy {
            name: String::new(),
            source: TriggerSource::External(vec![TriggerMetric { name, target: average }]),
            is_cached: false,
        }],
        reading: ReadingPolicy::default(),
    };
    Scaler { policy, triggers: vec![trigger] }
}

/// `per_second` requests of two seconds each, for `seconds`.
fn scenario(per_second: i64, seconds: i64, scaler: Scaler) -> Scenario {
    let arrivals = (0..per_second * seconds).map(|number| Arrival {
        at: Duration::from_nanos(number * 1_000_000_000 / per_second),
        prompt_tokens: 0,
        output_tokens: 100,
    });
    Scenario {
        traffic: Traffic::new(arrivals.collect()),
        sizes: Sizes::default(),
        worker: WorkerModel {
            slots: 4,
            service: ServiceTime {
                ttft: Distribution::LogNormal {
                    median: Duration::from_millis(200),
                    p95: Duration::from_millis(500),
                },
                per_prompt_token: Duration::ZERO,
                tpot: Duration::from_millis(18),
                fixed: Duration::ZERO,
                batch: Batch::default(),
            },
            on_kill: OnKill::Requeue,
            clients: Clients::default(),
            provider: ProviderLimits::default(),
        },
        cluster: ClusterModel {
            pools: Vec::new(),
            startup: Startup {
                image: Distribution::Fixed(Duration::from_secs(3)),
                start: Distribution::Fixed(Duration::from_secs(2)),
                readiness: Distribution::Fixed(Duration::ZERO),
            },
            grace: Duration::from_secs(30),
            zone_spread: ZoneSpread::None,
            disruption_budget: None,
            interruptions: Interruptions::None,
        },
        usage: Usage {
            cpu_idle: Millicores(10),
            cpu_per_request: Millicores(50),
            memory_idle: Bytes(1 << 28),
            memory_per_request: Bytes(1 << 20),
        },
        pod_resources: Arc::new(PodResources::default()),
        queue: Some("jobs".to_owned()),
        scripted_queue: None,
        initial_replicas: scaler.policy.activation.as_ref().map_or(Replicas(1), |a| a.min),
        scaler: Some(scaler),
        monitoring: Monitoring::default(),
        goal: Some(Goal { latency: Duration::from_secs(10), share: 0.95 }),
        seed: 7,
        start: START,
        warm_up: Duration::ZERO,
        drain: Duration::from_secs(600),
    }
}

fn play(scenario: &Scenario, mode: Mode) -> Run {
    let periods = Periods::of(mode, &scenario.scaler.as_ref().unwrap().policy);
    run(scenario, mode, Some(periods), &mut |_| ())
}

#[test]
fn both_modes_scale_a_backlog_away_and_upswell_is_no_slower() {
    let scenario = scenario(20, 300, scaler(1, 50, 5));
    let (stock, upswell) =
        (play(&scenario, Mode::Stock).summary, play(&scenario, Mode::Upswell).summary);
    for summary in [&stock, &upswell] {
        assert_eq!(summary.requests, 6000);
        assert_eq!(summary.completed, 6000);
        assert!(summary.replicas_max >= Replicas(10), "20/s x 2s / 4 slots need 10");
        assert_eq!(summary.replicas_min, Replicas(1));
    }
    assert!(upswell.queue_wait.p95_ms <= stock.queue_wait.p95_ms);
}

#[test]
fn a_fleet_at_zero_wakes_up_and_goes_back_to_sleep() {
    let scenario = scenario(1, 10, scaler(0, 10, 5));
    for mode in [Mode::Stock, Mode::Upswell] {
        let run = play(&scenario, mode);
        assert_eq!(run.summary.completed, 10, "{mode:?}");
        assert_eq!(run.timeline.last().unwrap().wanted, Replicas::ZERO, "cooled down");
        let first = &run.decisions.iter().find(|timed| timed.record.to == Some(Replicas(1)));
        assert_eq!(first.unwrap().record.from, Some(Replicas::ZERO));
    }
}

#[test]
fn with_its_periods_set_to_stocks_upswell_is_stock() {
    let scenario = scenario(20, 120, scaler(0, 50, 5));
    let stock = play(&scenario, Mode::Stock);
    let upswell = run(&scenario, Mode::Upswell, stock.periods, &mut |_| ());
    let (mut ours, theirs) = (upswell, stock);
    ours.mode = theirs.mode;
    let json = |run: &Run| serde_json::to_string(run).unwrap();
    assert_eq!(json(&ours), json(&theirs));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let mut scenario = scenario(20, 60, scaler(1, 50, 5));
    let json = |scenario: &Scenario| serde_json::to_string(&play(scenario, Mode::Upswell)).unwrap();
    let first = json(&scenario);
    assert_eq!(first, json(&scenario));
    scenario.seed = 8;
    assert_ne!(first, json(&scenario));
}

#[test]
fn without_an_autoscaler_the_replicas_stay_and_the_queue_is_counted() {
    let mut scenario = scenario(20, 600, scaler(1, 50, 5));
    scenario.scaler = None;
    scenario.drain = Duration::from_secs(10);
    let run = run(&scenario, Mode::Stock, None, &mut |_| ());
    let Summary { requests, completed, unfinished, lost, .. } = run.summary.clone();
    assert_eq!(requests, completed + unfinished + lost);
    assert!(unfinished > 10_000, "one replica serves two a second: {unfinished} left");
    assert!(run.summary.latency.max_ms.unwrap() > 500_000.0, "the unfinished count");
    assert!(run.decisions.is_empty());
}
