//! How many pods of an owner may go.

use std::collections::BTreeMap;

use proptest::prelude::*;
use upswell_engine::vertical::eviction::EvictionBudget;
use upswell_engine::vertical::pod::{Owner, Pod};

use super::given::{owner, pod};

fn pods(running: usize, pending: usize) -> Vec<Pod> {
    (0..running + pending)
        .map(|index| Pod { is_pending: index >= running, ..pod(&format!("app-{index}"), vec![]) })
        .collect()
}

/// How many of the pods go if as many go as may.
fn evicted(pods: &[Pod], replicas: u32, min_replicas: u32, tolerance: f64) -> usize {
    let controllers = BTreeMap::from([(owner(), replicas)]);
    let all: Vec<&Pod> = pods.iter().collect();
    let mut budget = EvictionBudget::new(&all, &controllers, min_replicas, tolerance);
    let mut evicted = 0;
    for pod in pods {
        if budget.can_evict(pod) {
            budget.evict(pod);
            evicted += 1;
        }
    }
    evicted
}

#[test]
fn the_budget_follows_replicas_tolerance_and_minimum() {
    for (running, pending, replicas, min_replicas, tolerance, expected) in [
        // Half of four may be missing.
        (4, 0, 4, 2, 0.5, 2),
        (5, 0, 5, 2, 0.5, 2),
        // One is missing already.
        (3, 0, 4, 2, 0.5, 1),
        // No tolerance: one, and only if all run.
        (3, 0, 3, 2, 0.1, 1),
        (2, 0, 3, 2, 0.1, 0),
        // More run than are wanted.
        (5, 0, 3, 2, 0.0, 2),
        // Too few are there; pending ones count.
        (1, 0, 1, 2, 0.5, 0),
        (1, 1, 2, 2, 0.5, 1),
        (1, 0, 1, 1, 0.5, 1),
        // The pending ones may always go.
        (0, 3, 3, 2, 0.5, 3),
        (4, 2, 4, 2, 0.5, 4),
        // Scaled to zero, or everything may go.
        (3, 0, 0, 2, 0.5, 0),
        (4, 0, 4, 2, 1.0, 4),
    ] {
        let found = evicted(&pods(running, pending), replicas, min_replicas, tolerance);
        assert_eq!(found, expected, "{running} {pending} of {replicas}, tolerance {tolerance}");
    }
}

#[test]
fn pods_without_a_known_owner_stay() {
    let controllers = BTreeMap::from([(owner(), 3)]);
    let stray = Pod { owner: None, ..pod("stray", vec![]) };
    let kind_of = |kind: &str| Pod {
        owner: Some(Owner { kind: kind.to_owned(), name: "other".to_owned() }),
        ..pod("other", vec![])
    };
    for (pod, can_be_evicted) in
        [(stray, false), (kind_of("ReplicaSet"), false), (kind_of("Job"), true)]
    {
        let budget = EvictionBudget::new(&[&pod], &controllers, 1, 0.5);
        assert_eq!(budget.can_evict(&pod), can_be_evicted, "{:?}", pod.owner);
    }
}

proptest! {
    #[test]
    fn enough_replicas_are_always_left(
        running in 0..20_usize, replicas in 0..20_u32, tolerance in 0.0..1.0,
    ) {
        let evicted = evicted(&pods(running, 0), replicas, 2, tolerance);
        let may_be_missing = (f64::from(replicas) * tolerance) as usize;
        let left = running - evicted;
        prop_assert!(evicted <= 1 || left + may_be_missing >= replicas as usize);
    }
}
