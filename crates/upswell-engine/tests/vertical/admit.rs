//! What a pod allows, and the patch it gets.

use proptest::prelude::*;
use upswell_engine::vertical::admit::{Admission, PatchValue, admit};
use upswell_engine::vertical::limit_range::{LimitRange, LimitRangeItem, LimitRanges, LimitScope};
use upswell_engine::vertical::policy::{
    ContainerPolicy, ControlledValues, Policy, UpdateMode, UpdatePolicy,
};
use upswell_engine::vertical::resources::{Resource, ResourceList};

use super::given::{container, entry_for, list, pod, policy, recommended, texts};

/// Admits a pod with one container `app`.
fn admit_one(
    policy: &Policy,
    ranges: &LimitRanges,
    target: ResourceList,
    requests: ResourceList,
    limits: ResourceList,
) -> Admission {
    let pod = pod("new", vec![container("app", requests, limits)]);
    let recommended = [recommended(target, list("", ""), list("", ""))];
    admit(policy, Some(&recommended), ranges, &pod)
}

fn in_scope(scope: LimitScope, min: ResourceList, max: ResourceList) -> LimitRanges {
    let named = |list: ResourceList| (!list.is_empty()).then_some(list);
    let limits = LimitRange { min: named(min), max: named(max), default: None };
    LimitRanges::combine(&[LimitRangeItem { scope, limits }])
}

fn remarks(admission: &Admission) -> Vec<String> {
    admission.remarks.values().flatten().map(ToString::to_string).collect()
}

#[test]
fn limits_keep_their_proportion_to_requests() {
    for (requests, limits, target, new_limits) in [
        (list("1", "1Gi"), list("2", "3Gi"), list("500m", "2Gi"), "1 6Gi"),
        (list("100m", ""), list("250m", ""), list("33m", ""), "82m"),
        (list("1", "1Gi"), list("1", "1Gi"), list("7m", "5"), "7m 5"),
        // A container with a limit alone has it for a request, too.
        (list("", ""), list("2", ""), list("300m", ""), "300m"),
        // No limit stays none, and no recommendation leaves the limit alone.
        (list("1", "1Gi"), list("", "2Gi"), list("500m", "2Gi"), "4Gi"),
        (list("1", "1Gi"), list("2", "2Gi"), list("500m", ""), "1"),
        (list("1m", ""), list("9E", ""), list("100", ""), "9223372036854775807m"),
    ] {
        let (policy, ranges) = (Policy::default(), LimitRanges::default());
        let admission = admit_one(&policy, &ranges, target, requests, limits);
        assert_eq!(texts(admission.computed[0].limits.as_ref()), new_limits);
    }
}

#[test]
fn requests_only_leaves_limits_alone_and_stays_below_them() {
    let entry =
        ContainerPolicy { controlled_values: ControlledValues::RequestsOnly, ..entry_for("app") };
    let admission = admit_one(
        &policy(entry),
        &LimitRanges::default(),
        list("3", "1Gi"),
        list("1", "1Gi"),
        list("2", "4Gi"),
    );
    assert_eq!(texts(admission.admitted[0].requests.as_ref()), "2 1Gi");
    assert_eq!(texts(admission.admitted[0].limits.as_ref()), "2 4Gi");
    assert_eq!(remarks(&admission), ["cpu capped to container limit"]);
}

#[test]
fn a_limit_range_for_containers_bounds_the_request_by_what_the_limit_may_be() {
    for (min, max, requests, limits, request) in [
        // The limit is twice the request: at most 1 means at most 500m.
        (list("", ""), list("1", ""), list("1", ""), list("2", ""), "500m"),
        (list("", ""), list("1", ""), list("", ""), list("2", ""), "1"),
        // Without a limit a maximum bounds nothing.
        (list("", ""), list("1", ""), list("1", ""), list("", ""), "3"),
        // The request must reach the minimum itself.
        (list("4", ""), list("", ""), list("1", ""), list("2", ""), "4"),
        // The maximum is applied last.
        (list("4", ""), list("2", ""), list("1", ""), list("2", ""), "1"),
    ] {
        let ranges = in_scope(LimitScope::Container, min, max);
        let admission = admit_one(&Policy::default(), &ranges, list("3", ""), requests, limits);
        assert_eq!(texts(admission.computed[0].requests.as_ref()), request);
    }
}

#[test]
fn the_policy_has_the_last_word_over_a_limit_range() {
    let entry = ContainerPolicy { min_allowed: list("2", ""), ..entry_for("app") };
    let ranges = in_scope(LimitScope::Container, list("", ""), list("1", ""));
    let (requests, limits) = (list("1", ""), list("1", ""));
    let admission = admit_one(&policy(entry), &ranges, list("3", ""), requests, limits);
    assert_eq!(texts(admission.computed[0].requests.as_ref()), "2");
    assert_eq!(
        remarks(&admission),
        [
            "cpu capped to fit Max in container LimitRange",
            "cpu capped to minAllowed",
            "memory: limit NOT set since originalLimit is nil or 0",
        ]
    );
}

#[test]
fn a_limit_range_for_pods_scales_all_containers_alike() {
    for (min, max, app, sidecar) in [
        // Limits of 2 and 4 exceed 3: half of each.
        (list("", ""), list("3", ""), "500m", "1"),
        // Requests of 1 and 2 miss 6: twice each.
        (list("6", ""), list("", ""), "2", "4"),
        (list("1", ""), list("7", ""), "1", "2"),
    ] {
        let ranges = in_scope(LimitScope::Pod, min, max);
        let containers =
            ["app", "sidecar"].map(|name| container(name, list("1", ""), list("2", "")));
        let pod = pod("new", containers.to_vec());
        let mut both = [list("1", ""), list("2", "")]
            .map(|target| recommended(target, list("", ""), list("", "")));
        both[1].container = "sidecar".to_owned();
        let admission = admit(&Policy::default(), Some(&both), &ranges, &pod);
        let requests = admission.computed.iter().map(|of| texts(of.requests.as_ref()));
        assert_eq!(requests.collect::<Vec<_>>(), [app, sidecar]);
    }
}

#[test]
fn several_limit_ranges_combine_to_the_strictest() {
    let item = |min, max, default| LimitRangeItem {
        scope: LimitScope::Container,
        limits: LimitRange { min: Some(min), max: Some(max), default },
    };
    let combined = LimitRanges::combine(&[
        item(list("1", "1Gi"), list("4", ""), Some(list("2", "2Gi"))),
        item(list("2", ""), list("8", "8Gi"), Some(list("3", ""))),
        item(list("1500m", "2Gi"), list("6", "4Gi"), None),
    ]);
    let container = combined.container.expect("an entry for containers");
    assert_eq!(container.min, Some(list("2", "2Gi")));
    assert_eq!(container.max, Some(list("4", "4Gi")));
    assert_eq!(container.default, Some(list("3", "")));
    assert_eq!(combined.pod, None);
}

#[test]
fn patches_add_objects_that_are_missing_before_they_fill_them() {
    let pod = pod(
        "new",
        vec![
            container("app", list("", ""), list("", "")),
            container("app", list("1", ""), list("", "")),
            container("other", list("1", ""), list("", "")),
        ],
    );
    let recommended = [recommended(list("100m", "1Gi"), list("", ""), list("", ""))];
    let ranges = LimitRanges::default();
    let admission = admit(&Policy::default(), Some(&recommended), &ranges, &pod);
    let patches = admission.patches.iter().map(|patch| match &patch.value {
        PatchValue::Object => format!("{} {{}}", patch.path),
        PatchValue::Quantity(quantity) => format!("{} {quantity}", patch.path),
    });
    assert_eq!(
        patches.collect::<Vec<_>>(),
        [
            "/spec/containers/0/resources {}",
            "/spec/containers/0/resources/requests {}",
            "/spec/containers/0/resources/requests/cpu 100m",
            "/spec/containers/0/resources/requests/memory 1Gi",
            "/spec/containers/1/resources/requests/cpu 100m",
            "/spec/containers/1/resources/requests/memory 1Gi",
        ]
    );
}

#[test]
fn mode_off_changes_no_amount() {
    let update = UpdatePolicy { mode: UpdateMode::Off, ..UpdatePolicy::default() };
    let policy = Policy { update: Some(update), ..Policy::default() };
    let (requests, limits) = (list("1", "1Gi"), list("2", "2Gi"));
    let admission = admit_one(&policy, &LimitRanges::default(), list("3", "3Gi"), requests, limits);
    assert!(admission.patches.is_empty());
    assert_eq!(texts(admission.admitted[0].requests.as_ref()), "1 1Gi");
    assert_eq!(texts(admission.computed[0].limits.as_ref()), "6 6Gi");
}

proptest! {
    #[test]
    fn a_request_never_exceeds_its_limit(
        request in 1..10_000_i64, headroom in 0..10_000_i64, target in 1..100_000_i64,
    ) {
        let milli = |milli: i64| list(&format!("{milli}m"), "");
        let (policy, ranges) = (Policy::default(), LimitRanges::default());
        let (requests, limits) = (milli(request), milli(request + headroom));
        let admitted = admit_one(&policy, &ranges, milli(target), requests, limits).admitted;
        let [request, limit] = [&admitted[0].requests, &admitted[0].limits]
            .map(|list| list.as_ref().unwrap().get_or_zero(Resource::Cpu));
        prop_assert!(request <= limit);
    }

    #[test]
    fn the_policys_maximum_holds_whatever_a_limit_range_says(
        target in 1..10_000_i64, min in 0..10_000_i64, max in 0..10_000_i64, allowed in 1..10_000_i64,
    ) {
        let milli = |milli: i64| list(&format!("{milli}m"), "");
        let entry = ContainerPolicy { max_allowed: milli(allowed), ..entry_for("app") };
        for scope in [LimitScope::Container, LimitScope::Pod] {
            let ranges = in_scope(scope, milli(min), milli(max));
            let admission =
                admit_one(&policy(entry.clone()), &ranges, milli(target), milli(100), milli(300));
            let request = admission.computed[0].requests.as_ref().unwrap().get_or_zero(Resource::Cpu);
            prop_assert!(request.milli_value() <= allowed);
        }
    }

    #[test]
    fn no_amount_panics(amounts in prop::collection::vec(any::<i64>(), 12)) {
        let list = |cpu: i64, memory: i64| list(&format!("{cpu}m"), &memory.to_string());
        let named = |index: usize| list(amounts[index], amounts[index + 1]);
        for scope in [LimitScope::Container, LimitScope::Pod] {
            let ranges = in_scope(scope, named(0), named(2));
            let entry = ContainerPolicy {
                min_allowed: named(4), max_allowed: named(6), ..entry_for("app")
            };
            let _ = admit_one(&policy(entry), &ranges, named(8), named(10), named(3));
        }
    }
}
