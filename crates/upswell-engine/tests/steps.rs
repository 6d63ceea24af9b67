//! The three steps of one scale target, through the public door: tables and properties.

use std::collections::BTreeMap;

use proptest::prelude::*;
use upswell_engine::activation::{
    ActivationPolicy, Fallback, FallbackBehavior, MetricTarget, MetricType, Pause,
};
use upswell_engine::decision::StepName;
use upswell_engine::horizontal::Outcome;
use upswell_engine::memory::{TriggerReading, TriggerValues};
use upswell_engine::observation::{ApiError, Scale};
use upswell_engine::policy::{
    Behavior, Controller, HorizontalPolicy, MetricSpec, ReadingPolicy, SubmittedRules,
    TriggerMetric, TriggerPolicy, TriggerSource, ValueTarget,
};
use upswell_engine::record::ReadValue;
use upswell_engine::{Decision, Memory, Observation, Policy, decide, ingest, settle, wants};
use upswell_units::{Duration, MilliUnits, Replicas, ScaleTarget, Timestamp, TriggerName};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const JOBS_PER_REPLICA: i64 = 10;

/// What the user asks for after three failures in a row.
const SEVEN_REPLICAS: Fallback =
    Fallback { failure_threshold: 3, replicas: Replicas(7), behavior: FallbackBehavior::Static };

fn metric() -> TriggerName {
    TriggerName("s0-redis-jobs".to_owned())
}

/// A queue of ten jobs a replica, read every second by one loop.
fn policy(min: u32, max: u32) -> Policy {
    let target = MilliUnits::from_units(JOBS_PER_REPLICA);
    let rules = SubmittedRules::default;
    Policy {
        target: ScaleTarget {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: "llm".to_owned(),
            name: "worker".to_owned(),
        },
        horizontal: HorizontalPolicy {
            min_replicas: Replicas(min.max(1)),
            max_replicas: Replicas(max),
            metrics: vec![MetricSpec::External {
                metric: metric().0,
                target: ValueTarget::AverageValue(target),
            }],
            behavior: Some(Behavior::with_defaults(rules(), rules())),
        },
        controller: Controller { sync_period: Duration::from_secs(1), ..Controller::default() },
        activation: Some(ActivationPolicy {
            min: Replicas(min),
            max: Replicas(max),
            polling_interval: Duration::from_secs(1),
            ..ActivationPolicy::new(START)
        }),
        composite: None,
        triggers: vec![TriggerPolicy {
            name: String::new(),
            source: TriggerSource::External(vec![TriggerMetric {
                name: metric(),
                target: MetricTarget { metric_type: MetricType::AverageValue, target },
            }]),
            is_cached: false,
        }],
        reading: ReadingPolicy { is_shared: true, failure_spacing: Duration::ZERO },
    }
}

fn reading(sequence: u64, at: Timestamp, jobs: Option<i64>) -> TriggerReading {
    let values = |jobs| TriggerValues {
        values: BTreeMap::from([(metric(), MilliUnits::from_units(jobs))]),
        is_active: jobs > 0,
    };
    let result = jobs.map(values).ok_or_else(|| ApiError::new("connection refused"));
    TriggerReading { trigger: 0, sequence, at, result }
}

fn observation(now: Timestamp, replicas: Replicas) -> Observation {
    let scale = Scale { spec_replicas: replicas, status_replicas: replicas };
    Observation { now, scale: Ok(scale), pods: Ok(Vec::new()), readings: BTreeMap::new() }
}

/// A world of nothing but a number of replicas.
struct World {
    policy: Policy,
    memory: Memory,
    replicas: Replicas,
    now: Timestamp,
    sequence: u64,
}

impl World {
    fn new(policy: Policy, replicas: u32) -> Self {
        let memory = Memory::new(&policy, START);
        Self { policy, memory, replicas: Replicas(replicas), now: START, sequence: 0 }
    }

    /// Takes all decisions that are due now, on a reading of `jobs`, and goes to the next instant.
    fn tick(&mut self, jobs: Option<i64>) -> Vec<Decision> {
        let mut decisions = Vec::new();
        while self.memory.wake_at() <= self.now {
            for _ in wants(&self.policy, &self.memory, self.now) {
                self.sequence += 1;
                let reading = reading(self.sequence, self.now, jobs);
                ingest(&self.policy, &mut self.memory, &reading);
            }
            let seen = observation(self.now, self.replicas);
            let decision = decide(&self.policy, &self.memory, &seen);
            let outcome = match decision.scale_to() {
                Some(replicas) => {
                    self.replicas = replicas;
                    Outcome::ScaleWritten
                }
                None => Outcome::NothingToDo,
            };
            settle(&self.policy, &mut self.memory, &decision, &outcome);
            assert_eq!(decision.wake_at, self.memory.wake_at(), "the decision says when to wake");
            decisions.push(decision);
        }
        self.now = self.memory.wake_at();
        decisions
    }
}

#[test]
fn activation_comes_before_the_horizontal_decision_of_the_same_instant() {
    let mut world = World::new(policy(0, 10), 0);
    let steps: Vec<StepName> = world.tick(Some(50)).iter().map(|d| d.step.name()).collect();
    assert_eq!(steps, [StepName::Activation, StepName::Horizontal]);
    assert_eq!(world.replicas, Replicas(5), "woken to one, then scaled to the queue");
}

#[test]
fn one_reading_serves_both_decisions_only_where_it_is_shared() {
    for (is_shared, reads) in [(true, 1), (false, 2)] {
        let mut policy = policy(1, 10);
        policy.reading.is_shared = is_shared;
        let mut world = World::new(policy, 1);
        world.tick(Some(5));
        assert_eq!(world.sequence, reads);
    }
}

#[test]
fn a_cached_trigger_is_read_by_polls_only() {
    let mut policy = policy(1, 10);
    policy.reading.is_shared = false;
    policy.triggers[0].is_cached = true;
    let mut world = World::new(policy, 1);
    world.tick(Some(5));
    assert_eq!(world.sequence, 1);
}

#[test]
fn a_failed_scale_write_is_decided_again() {
    let policy = policy(1, 10);
    let mut memory = Memory::new(&policy, START);
    memory.activation_due = Some(START + Duration::from_secs(9));
    ingest(&policy, &mut memory, &reading(1, START, Some(80)));
    let first = decide(&policy, &memory, &observation(START, Replicas(4)));
    let refused = Outcome::ScaleUpdateFailed(ApiError::new("conflict"));
    settle(&policy, &mut memory, &first, &refused);
    let second = decide(&policy, &memory, &observation(memory.wake_at(), Replicas(4)));
    assert_eq!(first.scale_to(), Some(Replicas(8)));
    assert_eq!(second.scale_to(), first.scale_to());
}

#[test]
fn the_fallback_stands_in_after_more_failures_than_its_threshold() {
    let mut policy = policy(1, 100);
    policy.activation.as_mut().unwrap().fallback = Some(SEVEN_REPLICAS);
    let mut world = World::new(policy, 2);
    for _ in 0..3 {
        world.tick(None);
        assert_eq!(world.replicas, Replicas(2), "a failure that may pass changes nothing");
    }
    let decisions = world.tick(None);
    assert_eq!(world.replicas, Replicas(6), "four more at once, by the default policy");
    let sentence: Vec<String> = decisions[1].reasons().iter().map(ToString::to_string).collect();
    assert!(sentence[0].contains("the fallback stands in with 70"), "{sentence:?}");
}

#[test]
fn quick_failures_count_once_in_the_users_own_polling_interval() {
    let mut policy = policy(1, 100);
    policy.reading.failure_spacing = Duration::from_secs(30);
    policy.activation.as_mut().unwrap().fallback = Some(SEVEN_REPLICAS);
    let mut world = World::new(policy, 2);
    let mut first_scaled = None;
    for second in 0..200 {
        world.tick(None);
        if world.replicas != Replicas(2) {
            first_scaled = Some(second);
            break;
        }
    }
    assert_eq!(first_scaled, Some(90), "the fourth of 0, 30, 60, 90");
}

#[test]
fn a_paused_target_is_left_alone_whatever_the_load() {
    let mut policy = policy(0, 100);
    policy.activation.as_mut().unwrap().pause = paused("autoscaling.keda.sh/paused", "true");
    for replicas in [0, 3] {
        let mut world = World::new(policy.clone(), replicas);
        for _ in 0..20 {
            world.tick(Some(500));
        }
        assert_eq!(world.replicas, Replicas(replicas));
    }
}

#[test]
fn a_target_paused_at_a_number_is_brought_to_it() {
    let mut policy = policy(0, 100);
    policy.activation.as_mut().unwrap().pause = paused("autoscaling.keda.sh/paused-replicas", "4");
    let mut world = World::new(policy, 9);
    world.tick(Some(500));
    assert_eq!(world.replicas, Replicas(4));
}

fn paused(annotation: &str, value: &str) -> Pause {
    Pause::from_annotations(&BTreeMap::from([(annotation.to_owned(), value.to_owned())]))
}

#[test]
fn a_decision_names_its_readings_with_their_age() {
    let policy = policy(1, 10);
    let mut memory = Memory::new(&policy, START);
    ingest(&policy, &mut memory, &reading(1, START, Some(80)));
    let later = START + Duration::from_secs(4);
    let decision = decide(&policy, &memory, &observation(later, Replicas(4)));
    let [used] = &decision.readings[..] else { panic!("one metric") };
    assert_eq!(used.age, Duration::from_secs(4));
    assert_eq!(used.value, ReadValue::Value(MilliUnits::from_units(80)));
}

#[test]
fn a_reading_for_a_trigger_that_is_not_there_changes_nothing() {
    let policy = policy(1, 10);
    let mut memory = Memory::new(&policy, START);
    let before = memory.clone();
    ingest(&policy, &mut memory, &TriggerReading { trigger: 9, ..reading(1, START, Some(1)) });
    assert_eq!(memory, before);
}

fn jobs() -> impl Strategy<Value = Vec<Option<i64>>> {
    prop::collection::vec(prop::option::weighted(0.9, 0_i64..2000), 1..120)
}

proptest! {
    #[test]
    fn the_limits_always_hold(queue in jobs(), min in 0_u32..5, span in 0_u32..50) {
        let max = min.max(1) + span;
        let mut world = World::new(policy(min, max), min.max(1));
        for jobs in queue {
            world.tick(jobs);
            prop_assert!(world.replicas >= Replicas(min) && world.replicas <= Replicas(max));
        }
    }

    #[test]
    fn without_a_reading_nothing_scales_down(queue in jobs(), silence in 1_usize..900) {
        let mut world = World::new(policy(0, 100), 1);
        for jobs in queue {
            world.tick(jobs);
        }
        let before = world.replicas;
        for _ in 0..silence {
            world.tick(None);
            prop_assert!(world.replicas >= before);
        }
    }

    #[test]
    fn more_load_on_the_same_state_never_means_fewer_replicas(
        queue in jobs(),
        less in 0_i64..2000,
        more in 0_i64..2000,
    ) {
        let mut world = World::new(policy(1, 100), 1);
        for jobs in queue {
            world.tick(jobs);
        }
        let next = |jobs: i64| {
            let mut memory = world.memory.clone();
            memory.activation_due = Some(world.now + Duration::from_secs(1));
            ingest(&world.policy, &mut memory, &reading(u64::MAX, world.now, Some(jobs)));
            decide(&world.policy, &memory, &observation(world.now, world.replicas)).to()
        };
        prop_assert!(next(less) <= next(less.saturating_add(more)));
    }

    #[test]
    fn saving_and_loading_memory_changes_nothing(queue in jobs()) {
        let mut world = World::new(policy(0, 100), 1);
        for jobs in queue {
            world.tick(jobs);
            let saved = serde_json::to_string(&world.memory).unwrap();
            let loaded: Memory = serde_json::from_str(&saved).unwrap();
            prop_assert_eq!(&loaded, &world.memory);
            world.memory = loaded;
        }
    }

    #[test]
    fn a_replayed_reading_does_not_count_twice(queue in jobs(), repeats in 1_usize..4) {
        let mut policy = policy(1, 100);
        policy.activation.as_mut().unwrap().fallback = Some(SEVEN_REPLICAS);
        let mut once = Memory::new(&policy, START);
        let mut often = once.clone();
        for (sequence, jobs) in (1..).zip(queue) {
            let reading = reading(sequence, START + Duration::from_secs(sequence as i64), jobs);
            ingest(&policy, &mut once, &reading);
            for _ in 0..=repeats {
                ingest(&policy, &mut often, &reading);
            }
        }
        prop_assert_eq!(once, often);
    }

    #[test]
    fn deciding_twice_decides_the_same(queue in jobs()) {
        let mut world = World::new(policy(0, 100), 1);
        for jobs in queue {
            world.tick(jobs);
        }
        let seen = observation(world.now, world.replicas);
        let first = decide(&world.policy, &world.memory, &seen);
        prop_assert_eq!(first, decide(&world.policy, &world.memory, &seen));
    }
}
