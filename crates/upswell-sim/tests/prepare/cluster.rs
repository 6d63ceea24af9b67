//! Start-up, spread, budget, and the losses of spot nodes.

use upswell_sim::{DisruptionBudget, Interruptions, Loss, ZoneSpread};
use upswell_units::{Duration, Replicas};

use crate::given::{assumed, one_zone, plain, prepared, prepared_with, settings, with_rules};

fn budget(name: &str, bound: &str, app: &str) -> String {
    format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}}}\nspec:\n  \
         {bound}\n  selector: {{matchLabels: {{app: {app}}}}}\n---\n"
    )
}

#[test]
fn the_budget_of_the_pods_bounds_voluntary_disruptions() {
    use DisruptionBudget::{
        MaxUnavailable, MaxUnavailablePercent, MinAvailable, MinAvailablePercent,
    };
    for (bound, due) in [
        ("maxUnavailable: 10%", Some(MaxUnavailablePercent(10))),
        ("maxUnavailable: 2", Some(MaxUnavailable(Replicas(2)))),
        ("minAvailable: 80%", Some(MinAvailablePercent(80))),
        ("minAvailable: 3", Some(MinAvailable(Replicas(3)))),
        ("unhealthyPodEvictionPolicy: AlwaysAllow", None),
    ] {
        let prepared = prepared(&[&plain("cpu: 1"), &budget("a", bound, "worker")]);
        assert_eq!(prepared.scenario.cluster.disruption_budget, due, "{bound}");
        assert_eq!(prepared.not_simulated, Vec::<String>::new());
    }
}

#[test]
fn a_budget_of_other_pods_does_not_count_and_two_of_the_same_refuse_everything() {
    let (one, two) =
        (budget("a", "maxUnavailable: 1", "worker"), budget("b", "maxUnavailable: 2", "worker"));
    let other = budget("c", "maxUnavailable: 3", "other");
    let beside = prepared(&[&plain("cpu: 1"), &other, &one]);
    let due = DisruptionBudget::MaxUnavailable(Replicas(1));
    assert_eq!(beside.scenario.cluster.disruption_budget, Some(due));
    assert_eq!(beside.not_simulated, ["PodDisruptionBudget/c: it is about other pods"]);
    let both = prepared(&[&plain("cpu: 1"), &one, &two]);
    let none = DisruptionBudget::MaxUnavailable(Replicas::ZERO);
    assert_eq!(both.scenario.cluster.disruption_budget, Some(none));
    assert_eq!(assumed(&both, "evictions").as_deref(), Some("none"));
}

fn spread(constraints: &[(i32, &str, &str, &str)]) -> String {
    let lines = constraints.iter().map(|(skew, key, otherwise, app)| {
        format!(
            "      - {{maxSkew: {skew}, topologyKey: {key}, whenUnsatisfiable: {otherwise}, \
             labelSelector: {{matchLabels: {{app: {app}}}}}}}\n"
        )
    });
    let lines: String = lines.collect();
    with_rules(&format!("      topologySpreadConstraints:\n{lines}"))
}

#[test]
fn constraints_on_zones_spread_the_pods() {
    const ZONE: &str = "topology.kubernetes.io/zone";
    const HOST: &str = "kubernetes.io/hostname";
    let (prefer, require) = ("ScheduleAnyway", "DoNotSchedule");
    let nodes = one_zone("pool", "");
    for (constraints, due, left_out) in [
        (&[(1, ZONE, prefer, "worker")][..], ZoneSpread::Prefer, 0),
        (&[(3, ZONE, require, "worker")], ZoneSpread::Require { max_skew: 3 }, 0),
        (
            &[
                (3, ZONE, require, "worker"),
                (2, ZONE, require, "worker"),
                (1, ZONE, prefer, "worker"),
            ],
            ZoneSpread::Require { max_skew: 2 },
            0,
        ),
        (&[(1, HOST, prefer, "worker")], ZoneSpread::None, 0),
        (&[(1, HOST, require, "worker")], ZoneSpread::None, 1),
        (&[(1, ZONE, require, "other")], ZoneSpread::None, 1),
    ] {
        let prepared = prepared(&[&spread(constraints), &nodes]);
        assert_eq!(prepared.scenario.cluster.zone_spread, due, "{constraints:?}");
        assert_eq!(prepared.not_simulated.len(), left_out, "{constraints:?}");
    }
    let unsaid = prepared(&[&with_rules(""), &nodes]);
    assert_eq!(unsaid.scenario.cluster.zone_spread, ZoneSpread::Prefer, "the scheduler's own");
}

#[test]
fn spot_nodes_are_lost_as_the_settings_say() {
    let spot = one_zone("spot", ", spot: true");
    let written = settings("spot: {interruptionsPerHour: 0.5, zoneShare: 0.25, notice: 7s}\n");
    let written = prepared(&[&plain("cpu: 1"), &spot, &written]);
    let rate = Interruptions::Rate { per_node_hour: 0.5, zone_share: 0.25 };
    assert_eq!(written.scenario.cluster.interruptions, rate);
    assert_eq!(written.scenario.cluster.pools[0].notice, Duration::from_secs(7));
    let never = settings("spot: {interruptionsPerHour: 0}\n");
    let never = prepared(&[&plain("cpu: 1"), &spot, &never]);
    assert_eq!(never.scenario.cluster.interruptions, Interruptions::None);
    let assumed_rate = prepared(&[&plain("cpu: 1"), &spot]);
    let rate = Interruptions::Rate { per_node_hour: 0.02, zone_share: 0.5 };
    assert_eq!(assumed_rate.scenario.cluster.interruptions, rate);
}

#[test]
fn without_spot_nodes_nothing_is_lost_nor_assumed_of_it() {
    let prepared = prepared(&[&plain("cpu: 1"), &one_zone("pool", "")]);
    assert_eq!(prepared.scenario.cluster.interruptions, Interruptions::None);
    assert!(prepared.assumptions.iter().all(|assumption| !assumption.what.contains("loss")));
}

#[test]
fn a_recording_replaces_the_rate() {
    let recorded = Interruptions::Recorded(vec![Loss { at: Duration::from_secs(60), share: 0.5 }]);
    let manifests = [plain("cpu: 1"), one_zone("spot", ", spot: true")];
    let manifests: Vec<_> = manifests.iter().map(String::as_str).collect();
    let prepared =
        prepared_with(&manifests, Some(recorded.clone())).expect("a node takes the pods");
    assert_eq!(
        assumed(&prepared, "losses of spot nodes").as_deref(),
        Some("as recorded, 1 of them")
    );
    assert_eq!(prepared.scenario.cluster.interruptions, recorded);
}

#[test]
fn a_recording_without_spot_nodes_is_named() {
    let manifests = [plain("cpu: 1"), one_zone("pool", "")];
    let manifests: Vec<_> = manifests.iter().map(String::as_str).collect();
    let recorded = Interruptions::Recorded(vec![Loss { at: Duration::ZERO, share: 1.0 }]);
    let prepared = prepared_with(&manifests, Some(recorded)).expect("a node takes the pods");
    assert_eq!(prepared.scenario.cluster.interruptions, Interruptions::None);
    assert_eq!(prepared.not_simulated, ["the recorded losses of nodes: no pool is spot"]);
}

#[test]
fn the_grace_is_that_of_the_pods() {
    let prepared = prepared(&[&with_rules("      terminationGracePeriodSeconds: 15\n")]);
    assert_eq!(prepared.scenario.cluster.grace, Duration::from_secs(15));
}
