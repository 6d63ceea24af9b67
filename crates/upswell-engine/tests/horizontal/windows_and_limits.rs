//! Windows, policies, minimum and maximum.

use upswell_engine::horizontal::{
    Bounds, LimitReason, ReplicaCount, ScaleEvents, limit_default, limit_rules,
    record_recommendation, stabilize_default, stabilize_rules,
};
use upswell_engine::policy::{
    Allowance, Behavior, Controller, ScalingRules, SelectPolicy, SubmittedRules,
};
use upswell_units::{Duration, Replicas};

use super::build::*;

const FIVE_MINUTES: Duration = Duration::from_secs(300);

fn bounds(min: u32, max: u32) -> Bounds {
    Bounds { min: Replicas(min), max: Replicas(max) }
}

#[test]
fn without_behavior_the_highest_of_the_window_stands() {
    let cases = [
        (3, vec![], 3),
        (3, vec![(9, 60), (5, 120)], 9),
        (3, vec![(9, 300)], 9),
        (3, vec![(9, 301)], 3),
        (12, vec![(9, 60)], 12),
    ];
    for (proposal, known, expected) in cases {
        let known = recommended(&known);
        let got = stabilize_default(&known, FIVE_MINUTES, ReplicaCount(proposal), NOW);
        assert_eq!(got.replicas.0, expected, "{proposal} after {known:?}");
    }
}

#[test]
fn a_hold_ends_when_the_last_that_holds_leaves_the_window() {
    let known = recommended(&[(9, 200), (9, 100), (5, 10)]);
    let got = stabilize_default(&known, FIVE_MINUTES, ReplicaCount(3), NOW);
    let hold = got.hold.expect("nine holds three");
    assert_eq!((hold.is_scale_up, hold.until), (false, NOW + Duration::from_secs(200)));
}

#[test]
fn with_behavior_each_direction_has_its_window_and_its_edge_is_outside() {
    let behavior = behavior(rules(60, &[]), rules(300, &[]));
    let cases = [
        // Up: the lowest of the last minute, and never below what there is.
        (10, 20, vec![(14, 30)], 14),
        (10, 20, vec![(14, 60)], 20),
        (10, 20, vec![(4, 30)], 10),
        // Down: the highest of the last five minutes, and never above what there is.
        (10, 2, vec![(6, 299)], 6),
        (10, 2, vec![(6, 300)], 2),
        (10, 2, vec![(30, 100)], 10),
        (10, 10, vec![(4, 10), (30, 10)], 10),
    ];
    for (current, proposal, known, expected) in cases {
        let (known, proposal) = (recommended(&known), ReplicaCount(proposal));
        let current = Replicas(current);
        let got = stabilize_rules(&known, &behavior, Duration::ZERO, current, proposal, NOW);
        assert_eq!(got.replicas.0, expected, "{current} to {proposal} after {known:?}");
        assert_eq!(got.hold.is_some(), got.replicas != proposal);
    }
}

#[test]
fn a_down_window_not_set_is_the_controllers_in_whole_seconds() {
    let behavior = Behavior::with_defaults(SubmittedRules::default(), SubmittedRules::default());
    let known = recommended(&[(8, 99)]);
    for (window_ms, expected) in [(99_900, 2), (100_000, 8)] {
        let window = Duration::from_millis(window_ms);
        let current = Replicas(10);
        let got = stabilize_rules(&known, &behavior, window, current, ReplicaCount(2), NOW);
        assert_eq!(got.replicas.0, expected);
    }
}

#[test]
fn a_new_recommendation_takes_the_place_of_the_last_obsolete_one() {
    let mut known = recommended(&[(1, 400), (2, 350), (3, 300), (4, 10)]);
    let new = recommended(&[(7, 0)])[0];
    record_recommendation(&mut known, new, NOW - FIVE_MINUTES);
    assert_eq!(known, recommended(&[(1, 400), (7, 0), (3, 300), (4, 10)]));
    record_recommendation(&mut known, new, NOW - Duration::from_secs(500));
    assert_eq!(known.len(), 5);
}

#[test]
fn without_behavior_one_tick_doubles_or_goes_to_four() {
    let controller = Controller::default();
    let cases = [
        (1, 50, 4, LimitReason::ScaleUpLimit),
        (3, 50, 6, LimitReason::ScaleUpLimit),
        (60, 500, 100, LimitReason::TooManyReplicas),
        (10, 1, 2, LimitReason::TooFewReplicas),
        (10, 15, 15, LimitReason::DesiredWithinRange),
        (10, 20, 20, LimitReason::DesiredWithinRange),
    ];
    for (current, desired, expected, reason) in cases {
        let desired = ReplicaCount(desired);
        let got = limit_default(Replicas(current), desired, bounds(2, 100), &controller);
        assert_eq!((got.replicas.0, got.reason), (expected, reason));
    }
}

fn with_select(select: SelectPolicy, policies: &[(Allowance, i64)]) -> SubmittedRules {
    SubmittedRules { select_policy: Some(select), ..rules(0, policies) }
}

#[test]
fn the_selected_policy_bounds_the_change() {
    use LimitReason::{DesiredWithinRange, ScaleDownLimit, ScaleUpLimit, TooFewReplicas};
    let policies = [(in_pods(4), 60), (percent(10), 60)];
    let cases = [
        // From 80 down: ten percent are eight pods and so more than four.
        (SelectPolicy::Max, 80, 10, 72, ScaleDownLimit),
        (SelectPolicy::Min, 80, 10, 76, ScaleDownLimit),
        (SelectPolicy::Disabled, 80, 10, 80, ScaleDownLimit),
        // A percentage is rounded so that something happens.
        (SelectPolicy::Max, 39, 10, 35, ScaleDownLimit),
        (SelectPolicy::Max, 5, 1, 2, TooFewReplicas),
        (SelectPolicy::Max, 80, 200, 88, ScaleUpLimit),
        (SelectPolicy::Min, 80, 200, 84, ScaleUpLimit),
        (SelectPolicy::Disabled, 80, 200, 80, ScaleUpLimit),
        (SelectPolicy::Min, 3, 200, 4, ScaleUpLimit),
        (SelectPolicy::Max, 80, 80, 80, DesiredWithinRange),
    ];
    for (select, current, desired, expected, reason) in cases {
        let rules = || with_select(select, &policies);
        let behavior = behavior(rules(), rules());
        let (current, desired) = (Replicas(current), ReplicaCount(desired));
        let events = ScaleEvents::default();
        let got = limit_rules(&behavior, &events, current, desired, bounds(2, 500), NOW);
        assert_eq!((got.replicas.0, got.reason), (expected, reason), "{select:?} {current}");
    }
}

#[test]
fn steps_of_the_period_are_spent_in_both_directions() {
    let one_a_minute = || rules(0, &[(in_pods(10), 60)]);
    let behavior = behavior(one_a_minute(), one_a_minute());
    let at = |secs| NOW - Duration::from_secs(secs);
    let limit = |events: &ScaleEvents, current, desired: i32| {
        let (current, desired) = (Replicas(current), ReplicaCount(desired));
        limit_rules(&behavior, events, current, desired, bounds(0, 500), NOW).replicas.0
    };
    let mut events = ScaleEvents::default();
    events.record(Replicas(20), Replicas(26), at(30), Duration::from_secs(60));
    // Six of ten are spent.
    assert_eq!(limit(&events, 26, 100), 30);
    // Ten below the twenty of a minute ago.
    assert_eq!(limit(&events, 26, 0), 10);
    events.record(Replicas(26), Replicas(23), at(20), Duration::from_secs(60));
    assert_eq!(limit(&events, 23, 100), 30);
    // A step exactly as old as the period is over.
    let mut over = ScaleEvents::default();
    over.record(Replicas(20), Replicas(26), at(60), Duration::from_secs(60));
    assert_eq!(limit(&over, 26, 100), 36);
    // More is spent than a policy since tightened allows: nothing goes up, and nothing down for it.
    let mut overspent = ScaleEvents::default();
    overspent.record(Replicas(5), Replicas(20), at(30), Duration::from_secs(60));
    assert_eq!(limit(&overspent, 20, 100), 20);
}

#[test]
fn an_outdated_step_makes_room_for_the_next() {
    let minute = Duration::from_secs(60);
    let at = |secs| NOW - Duration::from_secs(secs);
    let mut events = ScaleEvents::default();
    for (from, to, age) in [(1, 2, 300), (2, 4, 200), (4, 8, 30), (8, 9, 0)] {
        events.record(Replicas(from), Replicas(to), at(age), minute);
    }
    // The second took the place of the first and the third that of the second; it is still young.
    let changes: Vec<u32> = events.up.iter().map(|event| event.change.0).collect();
    assert_eq!(changes, [4, 1]);
    events.record(Replicas(9), Replicas(3), NOW, minute);
    assert_eq!((events.up.len(), events.down[0].change), (2, Replicas(6)));
}

#[test]
fn defaulting_fills_in_each_field_alone() {
    let written =
        SubmittedRules { select_policy: Some(SelectPolicy::Min), ..SubmittedRules::default() };
    let Behavior { scale_up, scale_down } = Behavior::with_defaults(written.clone(), written);
    let allowances = |rules: &ScalingRules| -> Vec<Allowance> {
        rules.policies.iter().map(|policy| policy.allowance).collect()
    };
    assert_eq!(scale_up.select_policy, SelectPolicy::Min);
    assert_eq!(scale_up.stabilization_window, Some(Duration::ZERO));
    assert_eq!(allowances(&scale_up), [in_pods(4), percent(100)]);
    assert_eq!(scale_down.stabilization_window, None);
    assert_eq!(allowances(&scale_down), [percent(100)]);
    assert_eq!(scale_down.longest_period(), Duration::from_secs(15));
}
