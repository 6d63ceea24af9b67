use proptest::prelude::*;
use upswell_engine::activation::{
    ActivationPolicy, Activity, Cause, Condition, Event, Fallback, FallbackBehavior, Outcome,
    Pause, PausedReplicas, Poll, Reason, State, decide, settle,
};
use upswell_units::{Duration, Replicas, Timestamp};

use crate::{NOW, metric};

fn policy() -> ActivationPolicy {
    ActivationPolicy::new(Timestamp::UNIX_EPOCH)
}

fn poll(replicas: u32, is_active: bool, is_error: bool) -> Poll {
    let activity = Activity { is_active, is_error, active_triggers: Vec::new() };
    Poll { now: NOW, replicas: Some(Replicas(replicas)), activity }
}

fn active_ago(secs: i64) -> State {
    State { last_active: Some(NOW - Duration::from_secs(secs)), ..State::default() }
}

#[test]
fn a_table_of_minimum_idle_and_replicas_gives_the_target() {
    // min, idle, replicas, active, expected
    let table = [
        (0, None, 0, true, Some(1)),
        (0, None, 1, true, None),
        (0, None, 7, false, Some(0)),
        (0, None, 0, false, None),
        (3, None, 0, true, Some(3)),
        // The HPA lifts an active target to the minimum.
        (3, None, 2, true, None),
        (3, None, 2, false, Some(3)),
        (3, None, 9, false, None),
        (3, Some(0), 0, true, Some(3)),
        (3, Some(0), 2, true, Some(3)),
        (3, Some(0), 9, false, Some(0)),
        (3, Some(1), 1, false, None),
        (3, Some(1), 0, false, None),
        (3, Some(1), 2, false, Some(1)),
    ];
    for (min, idle, replicas, is_active, expected) in table {
        let policy = ActivationPolicy { min: Replicas(min), idle: idle.map(Replicas), ..policy() };
        let decision = decide(&policy, &active_ago(10_000), &poll(replicas, is_active, false));
        let case = (min, idle, replicas, is_active);
        assert_eq!(decision.scale_to, expected.map(Replicas), "{case:?}: {}", decision.reason);
    }
}

#[test]
fn the_cool_down_ends_only_after_its_last_instant() {
    for (secs, expected) in [(299, None), (300, None), (301, Some(Replicas(0)))] {
        let decision = decide(&policy(), &active_ago(secs), &poll(5, false, false));
        assert_eq!(decision.scale_to, expected, "{secs} s after the last activity");
    }
    let waiting = decide(&policy(), &active_ago(1), &poll(5, false, false));
    assert_eq!(waiting.reason, Reason::CoolingDown { until: NOW + Duration::from_secs(299) });
    assert_eq!(waiting.conditions, [Condition::ScaledObjectReady, Condition::ScalerCooldown]);
}

#[test]
fn an_object_that_was_never_active_waits_for_its_initial_cool_down() {
    let policy = ActivationPolicy {
        created_at: NOW - Duration::from_secs(60),
        initial_cooldown_period: Duration::from_secs(60),
        ..policy()
    };
    assert_eq!(decide(&policy, &State::default(), &poll(5, false, false)).scale_to, None);
    let later = Poll { now: NOW + Duration::from_nanos(1), ..poll(5, false, false) };
    assert_eq!(decide(&policy, &State::default(), &later).scale_to, Some(Replicas(0)));
}

#[test]
fn a_clock_that_stepped_back_never_scales_down() {
    let state = State { last_active: Some(NOW + Duration::from_secs(3_600)), ..State::default() };
    assert_eq!(decide(&policy(), &state, &poll(5, false, false)).scale_to, None);
}

#[test]
fn unreadable_replicas_change_nothing_but_the_condition() {
    let blind = Poll { replicas: None, ..poll(0, true, false) };
    let decision = decide(&policy(), &State::default(), &blind);
    assert_eq!(decision.scale_to, None);
    assert_eq!(decision.conditions, [Condition::ErrorGettingCurrentReplicas]);
}

#[test]
fn partly_failed_activity_is_not_renewed() {
    let mut state = active_ago(100);
    let decision = decide(&policy(), &state, &poll(2, true, true));
    assert_eq!(decision.conditions, [Condition::PartialTriggerError, Condition::ScalerActive]);
    assert_eq!(settle(&mut state, &decision, Outcome::Done), None);
    assert_eq!(state, active_ago(100));
}

#[test]
fn an_activation_counts_only_once_the_scale_is_written() {
    let mut state = State::default();
    let triggers = vec![metric("s0-redis-jobs")];
    let activity = Activity { is_active: true, is_error: false, active_triggers: triggers.clone() };
    let decision = decide(&policy(), &state, &Poll { activity, ..poll(0, true, false) });
    let (from, to) = (Replicas(0), Replicas(1));
    assert_eq!(
        settle(&mut state, &decision, Outcome::Failed),
        Some(Event::ActivationFailed { from, to })
    );
    assert_eq!(state.last_active, None);
    let event = settle(&mut state, &decision, Outcome::Done);
    assert_eq!(event, Some(Event::Activated { from, to, cause: Cause::Triggers(triggers) }));
    assert_eq!(state.last_active, Some(NOW));
    assert_eq!(
        event.map(|event| event.to_string()).unwrap_or_default(),
        "activated from 0 to 1 replicas because s0-redis-jobs is active"
    );
}

#[test]
fn a_failed_deactivation_is_a_warning_and_can_be_tried_again() {
    let mut state = active_ago(10_000);
    let decision = decide(&policy(), &state, &poll(4, false, false));
    let event = settle(&mut state, &decision, Outcome::Failed);
    assert!(event.is_some_and(|event| event.is_warning()));
    assert_eq!(decide(&policy(), &state, &poll(4, false, false)), decision);
}

#[test]
fn failed_readings_wait_for_a_fallback_that_asks_for_replicas() {
    let with = |replicas| ActivationPolicy {
        fallback: Some(Fallback {
            failure_threshold: 3,
            replicas: Replicas(replicas),
            behavior: FallbackBehavior::Static,
        }),
        ..policy()
    };
    let failed = poll(4, false, true);
    let decision = decide(&with(2), &active_ago(10_000), &failed);
    assert_eq!(decision.reason, Reason::AwaitingFallback { replicas: Replicas(2) });
    // Zero replicas are the user's own word.
    assert_eq!(decide(&with(0), &active_ago(10_000), &failed).scale_to, Some(Replicas(0)));
    let decision = decide(&policy(), &active_ago(10_000), &failed);
    assert_eq!(decision.reason, Reason::ReadingsFailed);
}

#[test]
fn a_forced_activation_gives_way_to_a_pause_of_scaling_out() {
    let forced = Pause { force_activation: true, ..Pause::default() };
    let paused = Pause { scale_out: true, ..forced.clone() };
    for (pause, expected) in [(forced, Some(Replicas(1))), (paused, None)] {
        let policy = ActivationPolicy { pause, ..policy() };
        let decision = decide(&policy, &State::default(), &poll(0, false, false));
        assert_eq!(decision.scale_to, expected);
        assert!(decision.conditions.contains(&Condition::ScalerActive));
    }
}

#[test]
fn the_next_poll_is_a_polling_interval_away() {
    let decision = decide(&policy(), &State::default(), &poll(0, false, false));
    assert_eq!(decision.wake_at, NOW + Duration::from_secs(30));
}

fn any_pause() -> impl Strategy<Value = Pause> {
    let replicas = prop_oneof![
        Just(PausedReplicas::Absent),
        any::<i32>().prop_map(PausedReplicas::Number),
        ".*".prop_map(PausedReplicas::Unreadable),
    ];
    (any::<Option<bool>>(), replicas, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(paused, replicas, scale_in, scale_out, force_activation)| Pause {
            paused,
            replicas,
            scale_in,
            scale_out,
            force_activation,
        },
    )
}

prop_compose! {
    fn any_policy()(
        min in 0..5_u32,
        idle in proptest::option::of(0..5_u32),
        cooldown_secs in 0..600_i64,
        fallback_replicas in proptest::option::of(0..3_u32),
        pause in any_pause(),
    ) -> ActivationPolicy {
        ActivationPolicy {
            min: Replicas(min),
            idle: idle.map(Replicas),
            cooldown_period: Duration::from_secs(cooldown_secs),
            fallback: fallback_replicas.map(|replicas| Fallback {
                failure_threshold: 3,
                replicas: Replicas(replicas),
                behavior: FallbackBehavior::Static,
            }),
            pause,
            ..policy()
        }
    }
}

proptest! {
    #[test]
    fn a_paused_object_never_scales(
        policy in any_policy(),
        replicas in 0..9_u32,
        is_active: bool,
        is_error: bool,
        ago in 0..1_000_i64,
    ) {
        prop_assume!(policy.pause.stops_scaling());
        let decision = decide(&policy, &active_ago(ago), &poll(replicas, is_active, is_error));
        prop_assert_eq!(decision.scale_to, None);
    }

    #[test]
    fn a_pause_in_one_direction_stops_that_direction(
        policy in any_policy(),
        replicas in 0..9_u32,
        is_active: bool,
        is_error: bool,
    ) {
        let decision = decide(&policy, &active_ago(1_000), &poll(replicas, is_active, is_error));
        let to = decision.scale_to.unwrap_or(Replicas(replicas));
        let is_raised = matches!(decision.reason, Reason::RaisedToMinimum { .. });
        prop_assert!(!policy.pause.scale_in || to >= Replicas(replicas));
        prop_assert!(!policy.pause.scale_out || is_raised || to <= Replicas(replicas));
    }

    #[test]
    fn a_failed_reading_without_a_fallback_never_scales_down(
        policy in any_policy(),
        replicas in 0..9_u32,
        is_active: bool,
        ago in 0..1_000_i64,
    ) {
        let policy = ActivationPolicy { fallback: None, ..policy };
        let decision = decide(&policy, &active_ago(ago), &poll(replicas, is_active, true));
        prop_assert!(decision.scale_to.is_none_or(|to| to >= Replicas(replicas)));
    }

    #[test]
    fn what_is_decided_is_the_idle_count_or_the_minimum(
        policy in any_policy(),
        replicas in 0..9_u32,
        is_active: bool,
        is_error: bool,
        ago in 0..1_000_i64,
    ) {
        let decision = decide(&policy, &active_ago(ago), &poll(replicas, is_active, is_error));
        if let Some(to) = decision.scale_to {
            prop_assert!(Some(to) == policy.idle || to == policy.min.max(Replicas(1)) || to == policy.min);
        }
    }
}
