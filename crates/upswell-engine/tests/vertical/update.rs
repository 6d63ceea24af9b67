//! One pass of the updater.

use std::collections::BTreeMap;

use upswell_engine::vertical::limit_range::LimitRanges;
use upswell_engine::vertical::pod::{
    ContainerStatus, ObservedContainers, Pod, Requirements, Termination,
};
use upswell_engine::vertical::policy::{
    ChangeRequirement, ContainerPolicy, EvictionRequirement, Policy, ScalingMode, UpdateMode,
    UpdatePolicy,
};
use upswell_engine::vertical::resources::{ContainerRecommendation, Resource, ResourceList};
use upswell_engine::vertical::update::{Observed, Pass, UpdateSettings, Verdict, pass};
use upswell_units::Duration;

use super::given::{HOUR, at, container, entry_for, list, owner, pod, policy, recommended};

fn pass_over(policy: &Policy, recommended: &ContainerRecommendation, pods: &[Pod]) -> Pass {
    pass_with(&UpdateSettings::default(), policy, recommended, pods)
}

fn pass_with(
    settings: &UpdateSettings,
    policy: &Policy,
    recommended: &ContainerRecommendation,
    pods: &[Pod],
) -> Pass {
    let observed = Observed {
        now: at(0),
        recommendations: Some(std::slice::from_ref(recommended)),
        limit_ranges: &LimitRanges::default(),
        pods,
        controllers: &BTreeMap::from([(owner(), pods.len() as u32)]),
    };
    pass(settings, policy, &observed)
}

/// Target 1 core and 1 GiB, between half and twice of that.
fn one_core() -> ContainerRecommendation {
    recommended(list("1", "1Gi"), list("500m", "512Mi"), list("2", "2Gi"))
}

fn requesting(requests: ResourceList) -> Pod {
    pod("app-0", vec![container("app", requests, list("", ""))])
}

/// The verdict on one pod under a default policy.
fn verdict(pod: Pod) -> Verdict {
    pass_over(&Policy::default(), &one_core(), &[pod]).reviews[0].verdict
}

#[test]
fn a_pod_outside_its_range_is_accepted_at_any_age() {
    for (requests, is_outside) in [
        (list("500m", "2Gi"), false),
        (list("499m", "1Gi"), true),
        (list("2001m", "1Gi"), true),
        (list("1", "2147483649"), true),
        // Without a request there is no telling, so it is set.
        (list("1", ""), true),
    ] {
        let young = Pod { started: Some(at(-60)), ..requesting(requests) };
        assert_eq!(verdict(young) == Verdict::OutsideRange, is_outside);
    }
}

#[test]
fn a_pod_within_its_range_must_be_old_and_far_enough_off() {
    let aged = |hours: i64, requests: ResourceList| Pod {
        started: Some(at(-hours * HOUR)),
        ..requesting(requests)
    };
    for (pod, expected) in [
        (aged(12, list("800m", "1Gi")), Verdict::Drifted { resource_diff: 0.25 }),
        (aged(11, list("800m", "1Gi")), Verdict::TooYoung { until: at(HOUR) }),
        (aged(12, list("1", "1Gi")), Verdict::TooSmall { resource_diff: 0.0 }),
        (Pod { started: None, ..aged(12, list("800m", "1Gi")) }, Verdict::NotStarted),
    ] {
        assert_eq!(verdict(pod), expected);
    }
}

/// A young pod whose container was killed after `secs`.
fn killed_after(secs: i64, requests: ResourceList) -> Pod {
    let mut pod = Pod { started: Some(at(-60)), ..requesting(requests) };
    let last_termination =
        Some(Termination { is_oom_kill: true, started: at(-1000), finished: at(secs - 1000) });
    pod.containers[0].status = Some(ContainerStatus { resources: None, last_termination });
    pod
}

#[test]
fn a_quick_oom_kill_is_accepted_if_it_changes_anything() {
    let drifted = || list("800m", "1Gi");
    assert_eq!(verdict(killed_after(599, drifted())), Verdict::QuickOom);
    assert!(!verdict(killed_after(600, drifted())).is_accepted());
    assert_eq!(verdict(killed_after(1, list("1", "1Gi"))), Verdict::QuickOomUnchanged);
    let unseen = Pod {
        observed_containers: ObservedContainers::parse("other"),
        ..killed_after(1, drifted())
    };
    assert!(!verdict(unseen).is_accepted());
    let off = policy(ContainerPolicy { mode: ScalingMode::Off, ..entry_for("app") });
    let pass = pass_over(&off, &one_core(), &[killed_after(1, drifted())]);
    assert!(!pass.reviews[0].verdict.is_accepted());
}

#[test]
fn the_policy_sets_its_own_oom_threshold_only_with_the_gate() {
    let update =
        UpdatePolicy { evict_after_oom: Some(Duration::from_secs(10)), ..UpdatePolicy::default() };
    let policy = Policy { update: Some(update), ..Policy::default() };
    for (per_vpa_config, is_accepted) in [(false, true), (true, false)] {
        let settings = UpdateSettings { per_vpa_config, ..UpdateSettings::default() };
        let pods = [killed_after(20, list("800m", "1Gi"))];
        let pass = pass_with(&settings, &policy, &one_core(), &pods);
        assert_eq!(pass.reviews[0].verdict.is_accepted(), is_accepted);
    }
}

#[test]
fn what_the_kubelet_gave_counts_more_than_the_spec() {
    let mut pod = requesting(list("1", "1Gi"));
    let resources = Some(Requirements { requests: Some(list("4", "1Gi")), limits: None });
    pod.containers[0].status = Some(ContainerStatus { resources, last_termination: None });
    assert_eq!(verdict(pod), Verdict::OutsideRange);
}

#[test]
fn pods_that_need_more_go_first_then_those_that_change_most() {
    let requests = ["4", "100m", "3", "400m", "5"];
    let pods: Vec<Pod> = requests
        .iter()
        .enumerate()
        .map(|(index, cpu)| {
            pod(&format!("app-{index}"), vec![container("app", list(cpu, "1Gi"), list("", ""))])
        })
        .collect();
    let Pass { order, evicted, .. } = pass_over(&Policy::default(), &one_core(), &pods);
    let names = |pods: Vec<upswell_units::PodName>| {
        pods.into_iter().map(|name| name.0).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(order), "app-1 app-3 app-4 app-0 app-2");
    // Of five, two may be missing.
    assert_eq!(names(evicted), "app-1 app-3");
}

#[test]
fn only_modes_that_evict_evict() {
    let pods: Vec<Pod> = (0..2)
        .map(|index| Pod {
            name: upswell_units::PodName(format!("app-{index}")),
            ..requesting(list("4", "1Gi"))
        })
        .collect();
    for (mode, evicted) in [
        (UpdateMode::Recreate, 1),
        (UpdateMode::Auto, 1),
        (UpdateMode::Initial, 0),
        (UpdateMode::Off, 0),
        (UpdateMode::InPlaceOrRecreate, 0),
    ] {
        let update = UpdatePolicy { mode, ..UpdatePolicy::default() };
        let policy = Policy { update: Some(update), ..Policy::default() };
        assert_eq!(pass_over(&policy, &one_core(), &pods).evicted.len(), evicted, "{mode:?}");
    }
}

#[test]
fn deleted_pods_are_neither_reviewed_nor_counted() {
    let live = requesting(list("4", "1Gi"));
    let deleted = Pod { is_deleted: true, ..live.clone() };
    let pass = pass_over(&Policy::default(), &one_core(), &[live, deleted]);
    assert_eq!(pass.reviews.len(), 1);
    assert!(pass.evicted.is_empty(), "one live pod is below the minimum of two");
}

#[test]
fn eviction_requirements_must_all_hold_for_some_container() {
    use ChangeRequirement::{TargetHigherThanRequests, TargetLowerThanRequests};
    let requires = |resources: &[Resource], change| EvictionRequirement {
        resources: resources.to_vec(),
        change,
    };
    let either = [Resource::Cpu, Resource::Memory];
    for (requirements, requests, is_admitted) in [
        (vec![], list("1", "1Gi"), true),
        (vec![requires(&either, TargetHigherThanRequests)], list("2", "512Mi"), true),
        (vec![requires(&either[..1], TargetHigherThanRequests)], list("2", "512Mi"), false),
        (vec![requires(&either[..1], TargetHigherThanRequests)], list("1", "1Gi"), false),
        (
            vec![
                requires(&either[..1], TargetLowerThanRequests),
                requires(&either[1..], TargetHigherThanRequests),
            ],
            list("2", "512Mi"),
            true,
        ),
        (vec![requires(&[], TargetHigherThanRequests)], list("2", "2Gi"), false),
        // A container without both requests is always admitted.
        (vec![requires(&either[..1], TargetHigherThanRequests)], list("2", ""), true),
    ] {
        let update =
            UpdatePolicy { eviction_requirements: requirements, ..UpdatePolicy::default() };
        let policy = Policy { update: Some(update), ..Policy::default() };
        let pass = pass_over(&policy, &one_core(), &[requesting(requests)]);
        assert_eq!(pass.reviews[0].is_admitted, is_admitted);
    }
}

#[test]
fn a_pod_without_recommended_containers_is_admitted_only_without_an_update_policy() {
    let stranger = pod("app-0", vec![container("other", list("1", "1Gi"), list("", ""))]);
    for (update, is_admitted) in [(None, true), (Some(UpdatePolicy::default()), false)] {
        let policy = Policy { update, ..Policy::default() };
        let pass = pass_over(&policy, &one_core(), std::slice::from_ref(&stranger));
        assert_eq!(pass.reviews[0].is_admitted, is_admitted);
    }
}

#[test]
fn observed_containers_are_dns_labels_or_nothing_is_known() {
    for (value, is_sound) in [
        ("", true),
        ("app", true),
        ("app, side-car2", true),
        ("app,sidecar", false),
        ("App", false),
        ("-app", false),
        ("app, ", false),
        (&"a".repeat(64), false),
    ] {
        assert_eq!(ObservedContainers::parse(value).is_some(), is_sound, "{value}");
    }
}

#[test]
fn a_verdict_reads_as_a_sentence() {
    for (verdict, text) in [
        (Verdict::OutsideRange, "a request is outside its recommended range"),
        (Verdict::Drifted { resource_diff: 0.25 }, "its requests would change by 25 %"),
        (
            Verdict::TooYoung { until: at(0) },
            "it is within its recommended range and too young until 2026-01-01T00:00:00Z",
        ),
    ] {
        assert_eq!(verdict.to_string(), text);
    }
}
