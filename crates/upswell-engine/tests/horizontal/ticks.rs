//! Whole ticks: what wins, what holds, what stops.

use upswell_engine::horizontal::Reason;
use upswell_engine::horizontal::{ConditionType, HorizontalDecision, decide};
use upswell_engine::observation::{ApiError, SelectorError};
use upswell_engine::policy::{HorizontalPolicy, SubmittedRules, Tolerance};
use upswell_units::{Duration, Replicas};

use super::build::*;

/// The conditions of the target as `Type=Status/Reason`.
fn conditions(target: &Target) -> Vec<String> {
    let conditions = target.history.status.conditions.iter();
    conditions
        .map(|(kind, condition)| format!("{kind}={:?}/{}", condition.status, condition.reason))
        .collect()
}

fn reasons(decision: &HorizontalDecision) -> Vec<String> {
    decision.reasons.iter().map(ToString::to_string).collect()
}

fn two_queues(max: u32) -> HorizontalPolicy {
    policy(vec![queue(10), queue(20)], 1, max)
}

#[test]
fn the_metric_that_asks_for_most_wins() {
    let mut target = Target::new(two_queues(100), 10);
    let decision = target.tick(vec![external(120), external(360)]);
    assert_eq!(decision.desired, Some(Replicas(18)));
    assert_eq!(
        reasons(&decision),
        [
            "external metric queue_jobs asks for 12, no more than another metric",
            "external metric queue_jobs asks for 18",
        ]
    );
    assert_eq!(
        conditions(&target),
        [
            "AbleToScale=True/SucceededRescale",
            "ScalingActive=True/ValidMetricFound",
            "ScalingLimited=False/DesiredWithinRange",
        ]
    );
}

#[test]
fn a_failed_metric_stops_scaling_down_and_not_scaling_up() {
    let mut target = Target::new(two_queues(100), 10);
    let decision = target.tick(vec![failed(), external(40)]);
    assert_eq!((decision.desired, target.replicas), (None, Replicas(10)));
    assert!(decision.has_failed);
    assert!(decision.reasons.contains(&Reason::ScaleDownRefused {
        proposed: Replicas(2),
        current: Replicas(10),
        failed: 1,
    }));
    assert!(
        conditions(&target).contains(&"ScalingActive=False/FailedGetExternalMetric".to_owned())
    );
    let decision = target.tick(vec![failed(), external(400)]);
    assert_eq!((decision.desired, decision.has_failed), (Some(Replicas(20)), true));
}

#[test]
fn when_no_metric_can_be_read_nothing_changes() {
    let mut target = Target::new(two_queues(100), 10);
    let _ = target.tick(vec![external(100), external(100)]);
    let before = target.history.clone();
    for readings in [vec![failed(), failed()], vec![]] {
        let decision = target.tick(readings);
        assert_eq!((decision.desired, decision.rescale), (None, None));
        assert_eq!(decision.reasons.last(), Some(&Reason::NoMetricReadable));
    }
    assert_eq!(target.history.recommendations, before.recommendations);
    assert_eq!(target.history.status.desired_replicas, before.status.desired_replicas);
}

#[test]
fn a_policy_without_metrics_changes_nothing() {
    let mut target = Target::new(policy(vec![], 1, 10), 5);
    let decision = target.tick(vec![]);
    assert_eq!((decision.desired, decision.has_failed), (None, true));
}

#[test]
fn an_unreadable_scale_stops_the_tick() {
    let target = Target::new(two_queues(100), 10);
    let mut observation = target.observe(vec![external(400), external(400)]);
    observation.scale = Err(ApiError::new("no such deployment"));
    let decision = decide(&target.policy, &target.controller, &target.history, &observation);
    assert_eq!((decision.current, decision.desired), (None, None));
    assert_eq!(decision.first_recommendation, None);
    assert_eq!(
        reasons(&decision),
        ["the scale of the target could not be read: no such deployment"]
    );
}

#[test]
fn an_ambiguous_selector_stops_even_external_metrics() {
    let target = Target::new(two_queues(100), 10);
    let mut observation = target.observe(vec![external(400), external(400)]);
    let others = vec!["other".to_owned()];
    for (error, event) in [
        (SelectorError::Ambiguous { others }, "AmbiguousSelector"),
        (SelectorError::Missing, "SelectorRequired"),
        (SelectorError::Invalid("a in (".to_owned()), "InvalidSelector"),
    ] {
        observation.pods = Err(error.clone());
        let decision = decide(&target.policy, &target.controller, &target.history, &observation);
        assert_eq!((decision.desired, decision.has_failed), (None, true));
        assert_eq!(decision.events[0].reason.as_str(), event);
        assert_eq!(reasons(&decision), [error.to_string()]);
    }
}

#[test]
fn replicas_out_of_bounds_go_back_without_asking_the_metrics() {
    for (replicas, expected) in [(1, 5), (200, 100)] {
        let mut target = Target::new(policy(vec![queue(10)], 5, 100), replicas);
        let decision = target.tick(vec![failed()]);
        assert_eq!((decision.desired, decision.metrics.len()), (Some(Replicas(expected)), 0));
        assert_eq!(decision.recommendation, None);
        assert!(!decision.has_failed);
    }
}

#[test]
fn scaling_down_waits_for_the_window() {
    let mut target = Target::new(policy(vec![queue(10)], 1, 100), 10);
    assert_eq!(target.run(15, &[external(100)]), 10);
    let decision = target.tick(vec![external(10)]);
    assert_eq!(
        reasons(&decision)[1],
        "the stabilization window holds 10 instead of 1 until 1970-01-12T13:51:40Z"
    );
    // The last recommendation of ten was at 0 s and counts up to and including 300 s.
    assert_eq!(target.run(270, &[external(10)]), 10);
    assert_eq!(target.run(15, &[external(10)]), 10);
    assert_eq!(target.run(15, &[external(10)]), 1);
}

#[test]
fn policies_spread_scaling_down_over_time() {
    let ten_percent_a_minute = rules(0, &[(percent(10), 60)]);
    let behavior = behavior(SubmittedRules::default(), ten_percent_a_minute);
    let mut target = Target::new(policy(vec![queue(10)], 10, 100), 80).with_behavior(behavior);
    // Before the first tick eighty are recommended: no window keeps them.
    for expected in [72, 64, 57, 51] {
        assert_eq!(target.run(60, &[external(0)]), expected);
    }
}

#[test]
fn the_default_rules_double_every_fifteen_seconds() {
    let behavior = behavior(SubmittedRules::default(), SubmittedRules::default());
    let mut target = Target::new(policy(vec![queue(1)], 1, 100), 1).with_behavior(behavior);
    let replicas: Vec<u32> = (0..6).map(|_| target.run(15, &[external(1000)])).collect();
    assert_eq!(replicas, [5, 10, 20, 40, 80, 100]);
}

#[test]
fn a_tolerance_of_its_own_holds_where_the_gate_is_on() {
    let tolerant = SubmittedRules { tolerance: Some(Tolerance(0.5)), ..SubmittedRules::default() };
    let behavior = behavior(tolerant, SubmittedRules::default());
    let mut target = Target::new(policy(vec![queue(10)], 1, 100), 10).with_behavior(behavior);
    let decision = target.decide(vec![external(150)]);
    assert_eq!(decision.desired, Some(Replicas(10)));
    assert_eq!(
        reasons(&decision),
        ["external metric queue_jobs is within tolerance of its target at 10"]
    );
    target.controller.gates.configurable_tolerance = false;
    assert_eq!(target.decide(vec![external(150)]).desired, Some(Replicas(15)));
}

/// Three replicas that may go to zero at once, but not in the first tick, which remembers them.
fn zero_target() -> Target {
    let mut target = Target::new(policy(vec![queue(10)], 0, 100), 3);
    target.controller.gates.scale_to_zero = true;
    target.controller.downscale_stabilization = Duration::ZERO;
    let _ = target.tick(vec![external(30)]);
    target
}

#[test]
fn a_zero_of_its_own_is_left_again() {
    let mut target = zero_target();
    let _ = target.tick(vec![external(0)]);
    assert_eq!(target.replicas, Replicas(0));
    assert!(target.history.status.is_true(ConditionType::ScaledToZero));
    assert_eq!(target.run(60, &[external(0)]), 0);
    assert_eq!(target.run(15, &[external(25)]), 3);
    assert!(!target.history.status.is_true(ConditionType::ScaledToZero));
}

#[test]
fn a_zero_of_somebody_else_is_left_alone() {
    let mut target = zero_target();
    target.replicas = Replicas(0);
    let decision = target.tick(vec![external(500)]);
    assert_eq!(decision.reasons, [Reason::ScalingDisabled]);
    assert_eq!((decision.desired, decision.has_failed), (Some(Replicas(0)), false));
    // Nor does the autoscaler's own zero count any more, once the gate is off.
    let mut target = zero_target();
    let _ = target.tick(vec![external(0)]);
    target.controller.gates.scale_to_zero = false;
    assert_eq!(target.tick(vec![external(500)]).reasons, [Reason::ScalingDisabled]);
    assert!(!target.history.status.conditions.contains_key(&ConditionType::ScaledToZero));
}

#[test]
fn from_its_own_zero_a_raised_minimum_is_met_at_once() {
    let mut target = zero_target();
    let _ = target.tick(vec![external(0)]);
    target.policy.min_replicas = Replicas(8);
    assert_eq!(target.run(15, &[external(0)]), 8);
}

#[test]
fn zero_needs_a_metric_that_outlives_the_pods() {
    let mut target = zero_target();
    target.policy.metrics = vec![cpu_utilization(50)];
    let _ = target.tick(vec![alike(3, 0)]);
    assert_eq!(target.replicas, Replicas(0));
    assert!(!target.history.status.is_true(ConditionType::ScaledToZero));
}

#[test]
fn a_decision_says_when_it_wants_to_be_asked_again() {
    let target = Target::new(two_queues(10), 1);
    let decision = target.decide(vec![external(1), external(1)]);
    assert_eq!(decision.wake_at, NOW + Duration::from_secs(15));
}
