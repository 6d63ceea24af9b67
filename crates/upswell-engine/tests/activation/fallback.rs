use std::collections::BTreeSet;

use proptest::prelude::*;
use upswell_engine::activation::{
    ActivationPolicy, Condition, Fallback, FallbackBehavior, FallbackError, Health, MetricHealth,
    MetricTarget, MetricType, NumberedReading, ReplicaCounts, ScalingModifiers, Served, State,
    Unserved, ingest, serve,
};
use upswell_units::{MilliUnits, Replicas, Timestamp, TriggerName};

use crate::metric;

fn policy(behavior: FallbackBehavior) -> ActivationPolicy {
    let fallback = Fallback { failure_threshold: 2, replicas: Replicas(6), behavior };
    ActivationPolicy { fallback: Some(fallback), ..ActivationPolicy::new(Timestamp::UNIX_EPOCH) }
}

fn failure(sequence: u64) -> NumberedReading {
    NumberedReading { metric: metric("m"), sequence, is_failed: true }
}

fn failed(policy: &ActivationPolicy, times: u64) -> State {
    let mut state = State::default();
    for sequence in 1..=times {
        ingest(policy, &mut state, &failure(sequence));
    }
    state
}

const PER_REPLICA: MetricTarget =
    MetricTarget { metric_type: MetricType::AverageValue, target: MilliUnits(2_500) };

const FOUR: ReplicaCounts = ReplicaCounts { current: Some(Replicas(4)), ready: Some(Replicas(3)) };

fn served(policy: &ActivationPolicy, failures: u64, target: MetricTarget) -> Served {
    serve(policy, &failed(policy, failures), &metric("m"), None, target, FOUR)
}

#[test]
fn failures_go_through_up_to_the_threshold_and_are_answered_beyond() {
    let policy = policy(FallbackBehavior::Static);
    for failures in 0..=2 {
        let below = Unserved::BelowThreshold { failures, threshold: 2 };
        assert_eq!(served(&policy, u64::from(failures), PER_REPLICA), Served::Unserved(below));
    }
    assert_eq!(served(&policy, 3, PER_REPLICA), Served::Substitute(MilliUnits(15_000)));
}

#[test]
fn one_success_starts_the_count_again() {
    let policy = policy(FallbackBehavior::Static);
    let mut state = failed(&policy, 3);
    assert_eq!(state.fallback_condition(&policy), Some(Condition::FallbackExists));
    ingest(&policy, &mut state, &NumberedReading { is_failed: false, ..failure(4) });
    assert_eq!(state.failures(&metric("m")), 0);
    assert_eq!(state.health.get(&metric("m")).map(|health| health.health), Some(Health::Happy));
    assert_eq!(state.fallback_condition(&policy), Some(Condition::NoFallbackFound));
}

#[test]
fn every_behavior_weighs_the_current_replicas_its_own_way() {
    // The fallback asks for 6, the target has 4.
    let table = [
        (FallbackBehavior::Static, Some(15_000), true),
        (FallbackBehavior::Unset, Some(15_000), false),
        (FallbackBehavior::CurrentReplicas, Some(10_000), false),
        (FallbackBehavior::CurrentReplicasIfHigher, Some(15_000), false),
        (FallbackBehavior::CurrentReplicasIfLower, Some(10_000), false),
    ];
    for (behavior, milli, needs_no_current) in table {
        let policy = policy(behavior);
        let expected = milli.map(|milli| Served::Substitute(MilliUnits(milli)));
        assert_eq!(Some(served(&policy, 3, PER_REPLICA)), expected, "{behavior:?}");
        let unknown = ReplicaCounts::default();
        let blind = serve(&policy, &failed(&policy, 3), &metric("m"), None, PER_REPLICA, unknown);
        let is_served = matches!(blind, Served::Substitute(_));
        assert_eq!(is_served, needs_no_current, "{behavior:?} without the current replicas");
    }
    let to_formula = policy(FallbackBehavior::ScalingModifiers);
    assert_eq!(served(&to_formula, 3, PER_REPLICA), Served::LeftToFormula);
}

#[test]
fn a_target_for_all_replicas_is_shared_between_the_ready_ones() {
    let policy = policy(FallbackBehavior::Static);
    let target = MetricTarget { metric_type: MetricType::Value, ..PER_REPLICA };
    // 2.5 × 6 ÷ 3
    assert_eq!(served(&policy, 3, target), Served::Substitute(MilliUnits(5_000)));
    let none_ready = ReplicaCounts { ready: Some(Replicas::ZERO), ..FOUR };
    assert_eq!(
        serve(&policy, &failed(&policy, 3), &metric("m"), None, target, none_ready),
        Served::Unserved(Unserved::NoReadyReplicas)
    );
}

#[test]
fn a_composite_target_that_is_not_whole_switches_the_fallback_off() {
    let with = |target: &str| ActivationPolicy {
        modifiers: Some(ScalingModifiers {
            formula: "a".to_owned(),
            target: target.to_owned(),
            ..ScalingModifiers::default()
        }),
        ..policy(FallbackBehavior::Static)
    };
    for target in ["2.5", "0", "-1", "", "abc", "1e2"] {
        let policy = with(target);
        assert_eq!(failed(&policy, 9), State::default(), "{target}");
        assert_eq!(served(&policy, 9, PER_REPLICA), Served::Unserved(Unserved::NoFallback));
    }
    assert_eq!(served(&with("5"), 3, PER_REPLICA), Served::Substitute(MilliUnits(30_000)));
}

#[test]
fn admission_names_every_fault() {
    let admit = |threshold, replicas, kinds: &[&str], has_modifiers| {
        Fallback::admit(threshold, replicas, FallbackBehavior::Static, kinds, has_modifiers)
    };
    assert!(admit(0, 0, &["cpu", "redis"], false).is_ok());
    assert!(admit(3, 1, &["cpu"], true).is_ok());
    assert_eq!(
        admit(-1, -2, &["cpu", "memory"], false),
        Err(vec![
            FallbackError::NegativeValue { field: "failureThreshold", value: -1 },
            FallbackError::NegativeValue { field: "replicas", value: -2 },
            FallbackError::NoEligibleTrigger,
        ])
    );
}

#[test]
fn metrics_that_are_gone_are_forgotten() {
    let policy = policy(FallbackBehavior::Static);
    let mut state = failed(&policy, 3);
    state.retain_metrics(&BTreeSet::from([metric("other")]));
    assert_eq!(state, State::default());
}

fn any_state() -> impl Strategy<Value = State> {
    let health = (any::<u32>(), any::<bool>(), any::<u64>()).prop_map(
        |(failures, is_failing, last_sequence)| {
            let health = if is_failing { Health::Failing } else { Health::Happy };
            MetricHealth { failures, health, last_sequence }
        },
    );
    let metrics = proptest::collection::btree_map(".*".prop_map(TriggerName), health, 0..5);
    (proptest::option::of(any::<i64>().prop_map(Timestamp::from_nanos)), metrics)
        .prop_map(|(last_active, health)| State { last_active, health })
}

proptest! {
    #[test]
    fn a_replayed_reading_counts_once(
        outcomes in proptest::collection::vec(any::<bool>(), 1..30),
        replays in proptest::collection::vec(any::<proptest::sample::Index>(), 0..30),
    ) {
        let policy = policy(FallbackBehavior::Static);
        let (mut once, mut replayed) = (State::default(), State::default());
        for (index, is_failed) in outcomes.iter().enumerate() {
            let reading =
                NumberedReading { is_failed: *is_failed, ..failure(index as u64 + 1) };
            ingest(&policy, &mut once, &reading);
            ingest(&policy, &mut replayed, &reading);
            for replay in replays.iter().map(|replay| replay.index(index + 1)) {
                let again =
                    NumberedReading { is_failed: outcomes[replay], ..failure(replay as u64 + 1) };
                ingest(&policy, &mut replayed, &again);
            }
        }
        prop_assert_eq!(once, replayed);
    }

    #[test]
    fn a_state_survives_being_saved(state in any_state()) {
        let saved = serde_json::to_string(&state).expect("a state is plain data");
        prop_assert_eq!(serde_json::from_str::<State>(&saved).ok(), Some(state));
    }

    #[test]
    fn serving_never_panics_and_never_invents_a_value_below_the_threshold(
        state in any_state(),
        target in any::<i64>(),
        current in any::<Option<u32>>(),
        ready in any::<Option<u32>>(),
        is_value: bool,
    ) {
        let policy = policy(FallbackBehavior::CurrentReplicasIfHigher);
        let metric_type = if is_value { MetricType::Value } else { MetricType::AverageValue };
        let target = MetricTarget { metric_type, target: MilliUnits(target) };
        let replicas =
            ReplicaCounts { current: current.map(Replicas), ready: ready.map(Replicas) };
        for name in state.health.keys().chain([&metric("m")]) {
            let served = serve(&policy, &state, name, None, target, replicas);
            if state.failures(name) <= 2 {
                prop_assert!(matches!(served, Served::Unserved(_)));
            }
        }
    }
}
