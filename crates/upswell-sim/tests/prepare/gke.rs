//! Pools of GKE, and the machines of `upswell.yaml` where there are none.

use upswell_sim::{CapacityType, Distribution, NodeManager, ScaleDown};
use upswell_units::Duration;

use crate::given::{
    assumed, gke, one_zone, plain, pool, pools, prepared, prepared_with, refusals, settings,
    with_rules,
};

#[test]
fn the_example_has_two_pools_of_four_pods_a_node_and_prefers_spot() {
    let manifests = [
        include_str!("../../../../examples/llm-worker/core/deployment.yaml"),
        "---\n",
        include_str!("../../../../examples/llm-worker/core/poddisruptionbudget.yaml"),
        "---\n",
        include_str!("../../../../examples/llm-worker/nodes-gke/on-demand.yaml"),
        "---\n",
        include_str!("../../../../examples/llm-worker/nodes-gke/spot.yaml"),
        "---\n",
        include_str!("../../../../examples/llm-worker/upswell.yaml"),
    ];
    let pools = pools(&manifests);
    let [on_demand, spot] = &pools[..] else { panic!("two pools: {pools:?}") };
    assert_eq!(
        (on_demand.name.as_str(), on_demand.preference),
        ("ContainerNodePool/llm-worker-ondemand", 0)
    );
    assert_eq!((spot.name.as_str(), spot.preference), ("ContainerNodePool/llm-worker-spot", 100));
    assert_eq!((spot.nodes_min, spot.nodes_max, on_demand.nodes_max), (1, 30, 34));
    assert_eq!(spot.zones, ["us-central1-a", "us-central1-b", "us-central1-c"]);
    assert_eq!(spot.notice, Duration::from_secs(15), "GKE's ordinary pods");
    let price = |price: Option<upswell_manifests::settings::UsdPerHour>| {
        price.map(upswell_manifests::settings::UsdPerHour::as_micro_usd)
    };
    assert_eq!((price(spot.price), price(spot.on_demand_price)), (Some(92_100), Some(194_200)));
    for pool in [on_demand, spot] {
        assert_eq!(pool.pods_per_node, 4, "3920m / 900m");
        assert_eq!(pool.manager, NodeManager::ClusterAutoscaler);
        let ten_minutes = Duration::from_secs(600);
        let scale_down = ScaleDown { after: ten_minutes, after_add: ten_minutes, below: 0.5 };
        assert_eq!(pool.scale_down, scale_down);
        let (median, p95) = (Duration::from_secs(75), Duration::from_secs(180));
        assert_eq!(pool.provisioning, Distribution::LogNormal { median, p95 });
    }
}

#[test]
fn bounds_count_in_all_or_in_each_zone() {
    let region = "location: us-central1";
    let in_two = "location: us-central1, nodeLocations: [us-central1-b, us-central1-f]";
    for (spec, due) in [
        ("autoscaling: {totalMinNodeCount: 2, totalMaxNodeCount: 7}", (2, 7)),
        ("autoscaling: {minNodeCount: 2, maxNodeCount: 7}", (6, 21)),
        ("autoscaling: {maxNodeCount: 7}", (0, 21)),
        ("initialNodeCount: 1, autoscaling: {maxNodeCount: 4294967295}", (0, u32::MAX)),
        ("nodeCount: 2", (6, 6)),
        ("initialNodeCount: 1", (3, 3)),
    ] {
        let pool = pool(&[
            &plain("cpu: 100m"),
            &gke("pool", &format!("{region}, {spec}, nodeConfig: {{machineType: e2-standard-4}}")),
        ]);
        assert_eq!((pool.nodes_min, pool.nodes_max), due, "{spec}");
        let is_fixed = !spec.contains("autoscaling");
        assert_eq!(pool.manager == NodeManager::Fixed, is_fixed, "{spec}");
    }
    let machine = "nodeCount: 2, nodeConfig: {machineType: e2-standard-4}";
    let two = pool(&[&plain("cpu: 100m"), &gke("pool", &format!("{in_two}, {machine}"))]);
    assert_eq!((two.zones.len(), two.nodes_max), (2, 4));
    let one = format!("location: europe-west4-a, {machine}");
    let one = pool(&[&plain("cpu: 100m"), &gke("pool", &one)]);
    assert_eq!((one.zones, one.nodes_max), (vec!["europe-west4-a".to_owned()], 2));
}

#[test]
fn the_zones_of_a_region_are_an_assumption_and_those_of_the_manifest_are_not() {
    let region =
        gke("pool", "location: asia-east1, nodeCount: 1, nodeConfig: {machineType: e2-standard-4}");
    let region = prepared(&[&plain("cpu: 1"), &region]);
    let what = "zones of ContainerNodePool/pool";
    assert_eq!(assumed(&region, what).as_deref(), Some("asia-east1-a, -b, -c"));
    assert_eq!(assumed(&prepared(&[&plain("cpu: 1"), &one_zone("pool", "")]), what), None);
}

#[test]
fn spot_and_preemptible_machines_can_be_taken_away() {
    for (config, capacity) in [
        ("", CapacityType::OnDemand),
        (", spot: false", CapacityType::OnDemand),
        (", spot: true", CapacityType::Spot),
        (", preemptible: true", CapacityType::Spot),
    ] {
        let pool = pool(&[&plain("cpu: 1"), &one_zone("pool", config)]);
        assert_eq!(pool.capacity, capacity, "{config}");
    }
}

#[test]
fn a_spot_pool_without_a_price_cannot_come_first_and_the_report_says_so() {
    let sized = settings("nodes: [{machineType: n2-standard-4x, cpu: 4, memory: 16Gi}]\n");
    let spot = one_zone("pool", ", spot: true").replace("n2-standard-4", "n2-standard-4x");
    let prepared = prepared(&[&plain("cpu: 1"), &spot, &sized]);
    assert_eq!(prepared.scenario.cluster.pools[0].price, None);
    let due = "ContainerNodePool/pool: its place before dearer nodes, for its price is not known";
    assert_eq!(prepared.not_simulated, [due]);
}

#[test]
fn stock_outs_follow_the_capacity_type() {
    let settings =
        settings("nodes: [{machineType: n2-standard-4, stockOut: 0.05, spotStockOut: 0.1}]\n");
    let (on_demand, spot) = (one_zone("a", ""), one_zone("b", ", spot: true"));
    let pools = pools(&[&plain("cpu: 1"), &on_demand, &spot, &settings]);
    assert_eq!((pools[0].stock_out, pools[1].stock_out), (0.05, 0.1));
}

#[test]
fn the_most_pods_of_a_node_bound_it_too() {
    let pool_of = |most: &str| {
        let spec = format!(
            "location: a-b, nodeCount: 1{most}, nodeConfig: {{machineType: e2-standard-4}}"
        );
        pool(&[&plain("cpu: 1m"), &gke("pool", &spec)]).pods_per_node
    };
    assert_eq!(pool_of(""), 110, "the kubelet's own");
    assert_eq!(pool_of(", maxPodsPerNode: 8"), 8);
}

#[test]
fn without_a_pool_the_first_machine_of_the_settings_makes_one() {
    let settings = settings("nodes:\n- {machineType: m5.xlarge}\n- {machineType: g5.xlarge}\n");
    let pool = pool(&[&plain("cpu: 900m"), &settings]);
    assert_eq!((pool.name.as_str(), pool.pods_per_node), ("nodes[m5.xlarge]", 4));
    assert_eq!((pool.nodes_min, pool.nodes_max), (0, u32::MAX));
    assert_eq!(
        (pool.manager, pool.capacity),
        (NodeManager::ClusterAutoscaler, CapacityType::OnDemand)
    );
}

#[test]
fn nodes_that_no_manifest_describes_have_the_labels_that_the_pods_ask_for() {
    let settings = settings("nodes: [{machineType: n2-standard-4}]\n");
    let asking = with_rules("      nodeSelector: {disk: ssd}\n");
    assert_eq!(pool(&[&asking, &settings]).pods_per_node, 4);
    assert_eq!(refusals(&[&asking, &settings, &one_zone("pool", "")]).len(), 1);
    let large = prepared_with(&[&plain("cpu: 50"), &settings], None);
    assert_eq!(large.expect_err("it is too large all the same").len(), 1);
}

#[test]
fn without_any_node_nodes_are_not_simulated_and_the_report_says_how_to_add_them() {
    let prepared = prepared(&[&plain("cpu: 900m")]);
    assert!(prepared.scenario.cluster.pools.is_empty());
    let mut assumptions = prepared.assumptions.iter();
    let nodes = assumptions.find(|assumption| assumption.what == "nodes").unwrap();
    assert!(nodes.source.contains("`nodes` in upswell.yaml"), "{nodes:?}");
}

#[test]
fn a_machine_of_unknown_size_is_left_out_with_its_mend() {
    let unknown = one_zone("odd", "").replace("n2-standard-4", "n9-giga-7");
    let due = "ContainerNodePool/odd: the size of a n9-giga-7 is not known; add it to `nodes` of \
               upswell.yaml";
    let alone = prepared(&[&plain("cpu: 1"), &unknown]);
    assert_eq!(alone.not_simulated, [due]);
    assert!(alone.scenario.cluster.pools.is_empty());
    assert_eq!(assumed(&alone, "nodes").as_deref(), Some("room for 200,000 pods"));
    let beside = prepared(&[&plain("cpu: 1"), &unknown, &one_zone("known", "")]);
    assert_eq!(beside.not_simulated, [due]);
    assert_eq!(beside.scenario.cluster.pools.len(), 1);
    let sized = settings("nodes: [{machineType: n9-giga-7, cpu: 8, memory: 8Gi}]\n");
    assert_eq!(pool(&[&plain("cpu: 1"), &unknown, &sized]).pods_per_node, 7, "7910m");
}
