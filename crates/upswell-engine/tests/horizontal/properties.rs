//! What holds for every input.

use proptest::collection::vec;
use proptest::prelude::*;
use upswell_engine::horizontal::{
    History, HorizontalDecision, Recommendation, ReplicaCount, ScaleEvent, ScaleEvents,
    stabilize_default, stabilize_rules,
};
use upswell_engine::observation::{Pod, PodPhase, Reading, Run};
use upswell_engine::policy::{
    Allowance, Behavior, Percent, ScalingPolicy, SelectPolicy, SubmittedRules,
};
use upswell_units::{Duration, Replicas};

use super::build::*;

fn submitted_rules() -> impl Strategy<Value = SubmittedRules> {
    let allowance = prop_oneof![
        (1..40_u32).prop_map(|pods| Allowance::Pods(Replicas(pods))),
        (1..300_i32).prop_map(|percent| Allowance::Percent(Percent(percent))),
    ];
    let policy = (allowance, 1..1800_i64).prop_map(|(allowance, secs)| ScalingPolicy {
        allowance,
        period: Duration::from_secs(secs),
    });
    let select =
        prop_oneof![Just(SelectPolicy::Max), Just(SelectPolicy::Min), Just(SelectPolicy::Disabled)];
    let fields = (
        proptest::option::of(0..3600_i64),
        proptest::option::of(select),
        proptest::option::of(vec(policy, 1..4)),
    );
    fields.prop_map(|(window, select_policy, policies)| SubmittedRules {
        stabilization_window: window.map(Duration::from_secs),
        select_policy,
        policies,
        tolerance: None,
    })
}

fn any_behavior() -> impl Strategy<Value = Behavior> {
    (submitted_rules(), submitted_rules()).prop_map(|(up, down)| Behavior::with_defaults(up, down))
}

fn recommendations() -> impl Strategy<Value = Vec<Recommendation>> {
    vec((0..200_i32, 0..4000_i64), 0..30).prop_map(|entries| recommended(&entries))
}

fn scale_events() -> impl Strategy<Value = ScaleEvents> {
    let events = || {
        let event = (1..50_u32, 0..2000_i64).prop_map(|(change, age)| ScaleEvent {
            change: Replicas(change),
            at: NOW - Duration::from_secs(age),
            is_outdated: false,
        });
        vec(event, 0..6)
    };
    (events(), events()).prop_map(|(up, down)| ScaleEvents { up, down })
}

/// A target of a queue and CPU, somewhere in its life.
fn any_target() -> impl Strategy<Value = Target> {
    let memory = (proptest::option::of(recommendations()), scale_events());
    let behavior = proptest::option::of(any_behavior());
    (1..50_u32, 0..150_u32, 0..250_u32, behavior, memory).prop_map(
        |(min, more, replicas, behavior, (recommendations, scale_events))| {
            let metrics = vec![queue(10), cpu_utilization(50)];
            let mut target = Target::new(policy(metrics, min, min + more), replicas);
            target.policy.behavior = behavior;
            target.history = History { recommendations, scale_events, ..History::default() };
            target
        },
    )
}

fn readings(target: &Target, jobs: i64, usage: i64) -> Vec<Reading> {
    vec![external(jobs), alike(target.replicas.0, usage)]
}

fn end_of(decision: &HorizontalDecision, target: &Target) -> Replicas {
    decision.desired.unwrap_or(target.replicas)
}

/// Each pod ready, starting or without a sample.
fn pods_and_samples() -> impl Strategy<Value = Vec<(Pod, Option<i64>)>> {
    let usage = || 0..3000_i64;
    let pod = prop_oneof![
        4 => usage().prop_map(|usage| (ready_pod(), Some(usage))),
        1 => usage().prop_map(|usage| (starting_pod(), Some(usage))),
        1 => Just((ready_pod(), None)),
        1 => Just((Pod { phase: PodPhase::Pending, ..ready_pod() }, None)),
    ];
    vec(pod, 1..25)
}

proptest! {
    #[test]
    fn limits_always_hold(target in any_target(), jobs in 0..10_000_i64, usage in 0..5000_i64) {
        let decision = target.decide(readings(&target, jobs, usage));
        let end = end_of(&decision, &target);
        let bounds = target.policy.min_replicas..=target.policy.max_replicas;
        let is_off = target.replicas == Replicas::ZERO;
        prop_assert!(is_off || bounds.contains(&end), "{end} not in {bounds:?}");
    }

    #[test]
    fn a_failed_reading_never_scales_down(target in any_target(), jobs in 0..10_000_i64) {
        for readings in [vec![external(jobs), failed()], vec![failed(), failed()], vec![]] {
            let end = end_of(&target.decide(readings), &target);
            // Only the maximum does, and looks at no metric.
            prop_assert!(end >= target.replicas.min(target.policy.max_replicas));
        }
    }

    #[test]
    fn more_load_never_means_fewer_replicas(
        target in any_target(),
        jobs in 0..10_000_i64,
        usage in 0..5000_i64,
        (more_jobs, more_usage) in (0..3000_i64, 0..3000_i64),
    ) {
        let less = target.decide(readings(&target, jobs, usage));
        let more = target.decide(readings(&target, jobs + more_jobs, usage + more_usage));
        prop_assert!(end_of(&more, &target) >= end_of(&less, &target));
    }

    #[test]
    fn more_usage_never_proposes_fewer_where_all_replicas_have_pods(
        mut all in pods_and_samples(),
        target in 1..200_i32,
        (which, more) in (any::<prop::sample::Index>(), 0..3000_i64),
    ) {
        let ask_all = |all: &[(Pod, Option<i64>)]| {
            let pods: Vec<Run<Pod>> = all.iter().map(|(pod, _)| Run::one(pod.clone())).collect();
            let values: Vec<Option<i64>> = all.iter().map(|(_, value)| *value).collect();
            ask(&cpu_utilization(target), all.len() as u32, &pods, &samples(&values))
        };
        let before = ask_all(&all);
        let pod = which.index(all.len());
        all[pod].1 = all[pod].1.map(|usage| usage + more);
        match (before, ask_all(&all)) {
            (Ok(before), Ok(after)) => prop_assert!(after.replicas >= before.replicas),
            (before, after) => prop_assert_eq!(before.is_err(), after.is_err()),
        }
    }

    #[test]
    fn without_behavior_nothing_in_the_window_is_undershot(
        known in recommendations(), proposal in 0..200_i32, window in 0..4000_i64,
    ) {
        let window = Duration::from_secs(window);
        let got = stabilize_default(&known, window, ReplicaCount(proposal), NOW);
        let in_window = |entry: &&Recommendation| NOW.since(entry.at) <= window;
        prop_assert!(got.replicas.0 >= proposal);
        for entry in known.iter().filter(in_window) {
            prop_assert!(got.replicas >= entry.replicas);
        }
        prop_assert!(got.hold.is_none_or(|hold| hold.until >= NOW));
    }

    #[test]
    fn with_behavior_no_step_crosses_its_window(
        known in recommendations(),
        behavior in any_behavior(),
        current in 0..200_u32,
        proposal in 0..200_i32,
    ) {
        let (default, current) = (Duration::from_secs(300), Replicas(current));
        let proposal = ReplicaCount(proposal);
        let got = stabilize_rules(&known, &behavior, default, current, proposal, NOW);
        let within = |window: Option<Duration>| {
            let window = window.unwrap_or(default);
            known.iter().filter(move |entry| NOW.since(entry.at) < window)
        };
        if got.replicas > current.into() {
            let mut lows = within(behavior.scale_up.stabilization_window);
            prop_assert!(lows.all(|low| got.replicas <= low.replicas));
            prop_assert!(got.replicas <= proposal);
        } else if got.replicas < current.into() {
            let mut highs = within(behavior.scale_down.stabilization_window);
            prop_assert!(highs.all(|high| got.replicas >= high.replicas));
            prop_assert!(got.replicas >= proposal);
        }
    }

    #[test]
    fn a_restart_in_the_middle_changes_nothing(
        mut target in any_target(),
        loads in vec((0..3000_i64, 0..2000_i64), 1..12),
    ) {
        for (jobs, usage) in loads {
            let saved = serde_json::to_string(&target.history).unwrap();
            target.history = serde_json::from_str(&saved).unwrap();
            prop_assert_eq!(serde_json::to_string(&target.history).unwrap(), saved);
            let decision = target.tick(readings(&target, jobs, usage));
            let recorded = serde_json::to_string(&decision).unwrap();
            prop_assert_eq!(serde_json::from_str::<HorizontalDecision>(&recorded).unwrap(), decision);
        }
    }

    #[test]
    fn memory_stays_bounded(mut target in any_target(), jobs in vec(0..3000_i64, 300)) {
        let held = |target: &Target| {
            let recommendations = target.history.recommendations.as_deref().unwrap_or_default();
            recommendations.len()
        };
        let before = held(&target);
        for jobs in jobs {
            let _ = target.tick(readings(&target, jobs, 500));
        }
        // The longest window has an hour, a tick 15 s.
        prop_assert!(held(&target) <= before + 3600 / 15 + 2);
    }
}
