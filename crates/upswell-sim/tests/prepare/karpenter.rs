//! Pools of Karpenter.

use upswell_sim::{CapacityType, NodeManager};
use upswell_units::Duration;

use crate::given::{karpenter, plain, pool, pools, prepared, refusals, settings, with_rules};

const BOTH: &str = "karpenter.sh/capacity-type, operator: In, values: [on-demand, spot]";
const TYPES: &str =
    "node.kubernetes.io/instance-type, operator: In, values: [m6i.2xlarge, m6i.xlarge, c6i.xlarge]";
const ZONES: &str = "topology.kubernetes.io/zone, operator: In, values: [us-east-1a, us-east-1b]";

#[test]
fn a_pool_of_both_capacity_types_is_two_pools_spot_first() {
    let pools = pools(&[&plain("cpu: 1"), &karpenter(&[BOTH, TYPES, ZONES], "  weight: 7\n")]);
    let [spot, on_demand] = &pools[..] else { panic!("two pools: {pools:?}") };
    assert_eq!((spot.capacity, on_demand.capacity), (CapacityType::Spot, CapacityType::OnDemand));
    assert_eq!(spot.name, "NodePool/pool (spot)");
    assert_eq!(on_demand.name, "NodePool/pool (on-demand)");
    assert!(spot.price < on_demand.price && spot.on_demand_price == on_demand.price);
    for pool in &pools {
        assert_eq!((pool.manager, pool.weight), (NodeManager::Karpenter, 7));
        assert_eq!(pool.zones, ["us-east-1a", "us-east-1b"]);
        assert_eq!((pool.nodes_min, pool.nodes_max), (0, u32::MAX), "no limit");
        assert_eq!(pool.notice, Duration::from_secs(120), "AWS");
    }
}

#[test]
fn on_demand_alone_is_what_a_pool_without_the_requirement_orders() {
    let pool = pool(&[&plain("cpu: 1"), &karpenter(&[TYPES], "")]);
    assert_eq!((pool.capacity, pool.name.as_str()), (CapacityType::OnDemand, "NodePool/pool"));
}

#[test]
fn the_cheapest_type_that_the_pod_fits_is_ordered() {
    for (requests, machine_type) in [
        ("cpu: 1, memory: 1Gi", "c6i.xlarge"),
        ("cpu: 1, memory: 10Gi", "m6i.xlarge"),
        ("cpu: 5, memory: 1Gi", "m6i.2xlarge"),
    ] {
        let pool = pool(&[&plain(requests), &karpenter(&[TYPES], "")]);
        assert_eq!(pool.machine_type, machine_type, "{requests}");
    }
    let none = refusals(&[&plain("cpu: 50"), &karpenter(&[TYPES], "")]);
    assert_eq!(
        none,
        ["a pod asks for 50000m CPU, and its nodes have 7910m for pods: 42090m short"]
    );
}

#[test]
fn requirements_on_machines_choose_from_the_table_of_the_cloud() {
    for (requirement, machine_type) in [
        ("kubernetes.io/arch, operator: In, values: [arm64]", "m7g.xlarge"),
        ("karpenter.k8s.aws/instance-category, operator: In, values: [m]", "m7g.xlarge"),
        ("karpenter.k8s.aws/instance-family, operator: NotIn, values: [m7g, c6i]", "m5.xlarge"),
        ("karpenter.k8s.aws/instance-cpu, operator: Gt, values: ['4']", "m6i.2xlarge"),
        ("karpenter.k8s.aws/instance-gpu-count, operator: Exists", "g4dn.xlarge"),
        ("node.kubernetes.io/instance-type, operator: NotIn, values: [m7g.xlarge]", "c6i.xlarge"),
    ] {
        let pool = pool(&[&plain("cpu: 1"), &karpenter(&[requirement], "")]);
        assert_eq!(pool.machine_type, machine_type, "{requirement}");
    }
    let own = settings("nodes: [{machineType: own, cpu: 8, memory: 8Gi}]\n");
    let pool = pool(&[&plain("cpu: 1"), &karpenter(&[], ""), &own]);
    assert_eq!(pool.machine_type, "own", "what the file lists comes before the table");
}

#[test]
fn limits_count_whole_machines() {
    for (limits, most) in [
        ("cpu: 100", 25),
        ("cpu: 100, memory: 100Gi", 6),
        ("cpu: 7", 1),
        ("nodes: 3", 3),
        ("nvidia.com/gpu: 8", u32::MAX),
    ] {
        let types = "node.kubernetes.io/instance-type, operator: In, values: [m6i.xlarge]";
        let pool =
            pool(&[&plain("cpu: 1"), &karpenter(&[types], &format!("  limits: {{{limits}}}\n"))]);
        assert_eq!(pool.nodes_max, most, "{limits}");
    }
    let none = refusals(&[&plain("cpu: 1"), &karpenter(&[TYPES], "  limits: {cpu: 3}\n")]);
    assert_eq!(none, ["it may have no nodes"]);
}

#[test]
fn consolidation_says_which_nodes_go_and_when() {
    for (disruption, after, below) in [
        ("", Duration::ZERO, 1.0),
        ("  disruption: {consolidateAfter: 5m}\n", Duration::from_secs(300), 1.0),
        (
            "  disruption: {consolidateAfter: 30s, consolidationPolicy: WhenEmpty}\n",
            Duration::from_secs(30),
            0.0,
        ),
        ("  disruption: {consolidateAfter: Never}\n", Duration::MAX, 1.0),
    ] {
        let scale_down = pool(&[&plain("cpu: 1"), &karpenter(&[TYPES], disruption)]).scale_down;
        assert_eq!((scale_down.after, scale_down.below), (after, below), "{disruption}");
        assert_eq!(scale_down.after_add, Duration::ZERO);
    }
}

#[test]
fn limits_of_a_pool_of_both_capacity_types_are_not_shared_and_the_report_says_so() {
    let limited = karpenter(&[BOTH, TYPES], "  limits: {cpu: 40}\n");
    let prepared = prepared(&[&plain("cpu: 1"), &limited]);
    let most: Vec<_> = prepared.scenario.cluster.pools.iter().map(|pool| pool.nodes_max).collect();
    assert_eq!(most, [10, 10]);
    let due = "NodePool/pool: its limits hold for spot and on-demand nodes apart";
    assert_eq!(prepared.not_simulated, [due]);
}

#[test]
fn a_pool_with_replicas_keeps_them() {
    let pool = pool(&[&plain("cpu: 1"), &karpenter(&[BOTH, TYPES], "  replicas: 3\n")]);
    assert_eq!((pool.manager, pool.nodes_min, pool.nodes_max), (NodeManager::Fixed, 3, 3));
}

#[test]
fn a_requirement_with_one_value_is_a_label_and_any_other_is_named() {
    let team = "team, operator: In, values: [llm]";
    let odd = "example.com/rack, operator: NotIn, values: [r1]";
    let worker = with_rules("      nodeSelector: {team: llm, karpenter.sh/nodepool: pool}\n");
    let prepared = prepared(&[&worker, &karpenter(&[team, odd, TYPES], "")]);
    assert_eq!(prepared.scenario.cluster.pools.len(), 1);
    let due = "NodePool/pool: its requirement on example.com/rack, taken to be met";
    assert_eq!(prepared.not_simulated, [due]);
}

#[test]
fn what_is_not_known_of_a_pool_is_said() {
    let reserved = "karpenter.sh/capacity-type, operator: In, values: [reserved]";
    let unknown = "node.kubernetes.io/instance-type, operator: In, values: [x9.huge]";
    let nowhere = "topology.kubernetes.io/zone, operator: In, values: []";
    for (requirement, due) in [
        (reserved, "its karpenter.sh/capacity-type is neither spot nor on-demand"),
        (
            unknown,
            "no machine type of known size meets its requirements; add one to `nodes` of upswell.yaml",
        ),
        (nowhere, "its requirements leave no zone"),
    ] {
        let prepared = prepared(&[&plain("cpu: 1"), &karpenter(&[requirement], "")]);
        assert!(prepared.scenario.cluster.pools.is_empty());
        assert_eq!(prepared.not_simulated, [format!("NodePool/pool: {due}")]);
    }
    let some = "node.kubernetes.io/instance-type, operator: In, values: [x9.huge, m5.xlarge]";
    let some = prepared(&[&plain("cpu: 1"), &karpenter(&[some], "")]);
    assert_eq!(some.not_simulated, ["NodePool/pool, x9.huge: add them to `nodes` of upswell.yaml"]);
    assert_eq!(some.scenario.cluster.pools[0].machine_type, "m5.xlarge");
}
