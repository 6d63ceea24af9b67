//! What holds whatever happens.

use std::collections::BTreeMap;

use proptest::prelude::*;
use upswell_units::{Duration, Replicas, Timestamp};

use super::given::{Desk, World, at, model, pool, spot, zones};
use crate::cluster::{
    CapacityType, Cluster, ClusterModel, DisruptionBudget, Interruptions, NodeManager, Pool,
    ScaleDown, Served, Startup, ZoneSpread,
};
use crate::random::Distribution;

fn times(median_s: i64) -> Distribution {
    let median = Duration::from_secs(median_s);
    Distribution::LogNormal { median, p95: median.times(3) }
}

fn pools() -> impl Strategy<Value = Vec<Pool>> {
    let managers = prop_oneof![
        Just(NodeManager::ClusterAutoscaler),
        Just(NodeManager::Karpenter),
        Just(NodeManager::Fixed),
    ];
    let numbers = (0_u32..3, 0_u32..6, 1_u32..5, 1_usize..4, 0_i32..2);
    let of_cloud = (any::<bool>(), 0.0..0.5_f64, 0_i64..60);
    let pool = (managers, numbers, of_cloud).prop_map(
        |(manager, (nodes_min, more, pods_per_node, in_zones, preference), cloud)| {
            let (is_spot, stock_out, notice_s) = cloud;
            Pool {
                manager,
                zones: zones(&["a", "b", "c"][..in_zones]),
                nodes_min,
                nodes_max: nodes_min + more,
                pods_per_node,
                preference,
                provisioning: times(60),
                stock_out,
                notice: Duration::from_secs(notice_s),
                scale_down: ScaleDown {
                    after: Duration::from_secs(60),
                    after_add: Duration::from_secs(30),
                    below: 0.6,
                },
                ..if is_spot { spot("s") } else { pool("p") }
            }
        },
    );
    prop::collection::vec(pool, 0..4)
}

fn models() -> impl Strategy<Value = ClusterModel> {
    let spread = prop_oneof![
        Just(ZoneSpread::None),
        Just(ZoneSpread::Prefer),
        (1_u32..3).prop_map(|max_skew| ZoneSpread::Require { max_skew }),
    ];
    let budget = prop_oneof![
        Just(None),
        (0_u32..3).prop_map(|max| Some(DisruptionBudget::MaxUnavailable(Replicas(max)))),
        (0_u32..101).prop_map(|min| Some(DisruptionBudget::MinAvailablePercent(min))),
    ];
    (pools(), spread, budget, 0.0..20.0_f64, 0.0..1.0_f64).prop_map(
        |(pools, zone_spread, disruption_budget, per_node_hour, zone_share)| ClusterModel {
            startup: Startup { image: times(20), start: times(5), readiness: times(1) },
            zone_spread,
            disruption_budget,
            interruptions: Interruptions::Rate { per_node_hour, zone_share },
            ..model(pools)
        },
    )
}

/// Pauses, replicas that are asked for, and how many draining replicas end by themselves.
type Script = Vec<(i64, u32, usize)>;

fn scripts() -> impl Strategy<Value = Script> {
    prop::collection::vec((1_i64..400, 0_u32..30, 0_usize..3), 1..10)
}

/// Nodes that are paid for, by pool.
fn billed(cluster: &Cluster) -> BTreeMap<usize, i128> {
    let mut counts = BTreeMap::new();
    for (_, node) in cluster.nodes.iter().filter(|(_, node)| node.billed_from.is_some()) {
        *counts.entry(node.pool.0 as usize).or_insert(0) += 1;
    }
    counts
}

/// What must be so at every instant.
fn check(cluster: &Cluster) {
    let pods: Vec<_> = cluster.pods().collect();
    let count = |is_counted: &dyn Fn(&crate::cluster::Pod) -> bool| {
        Replicas(pods.iter().filter(|(_, pod)| is_counted(pod)).count() as u32)
    };
    assert_eq!(cluster.active(), count(&|pod| !pod.deleted));
    assert_eq!(cluster.ready(), count(&|pod| !pod.deleted && pod.ready.is_some()));
    assert_eq!(cluster.pending(), count(&|pod| pod.scheduled.is_none()));
    assert!(pods.is_sorted_by_key(|(id, _)| *id));
    let mut nodes_of_pools = vec![0_u32; cluster.model.pools.len()];
    let mut on_nodes = 0;
    for (id, node) in cluster.nodes.iter() {
        let pool = &cluster.model.pools[node.pool.0 as usize];
        nodes_of_pools[node.pool.0 as usize] += 1;
        assert!(node.pods.len() as u32 <= pool.pods_per_node, "a node has room for its pods");
        on_nodes += node.pods.len();
        let of_node = pods.iter().filter(|(_, pod)| pod.node == Some(id));
        assert!(of_node.clone().map(|(pod, _)| *pod).eq(node.pods.iter().copied()));
        assert_eq!(of_node.filter(|(_, pod)| !pod.deleted).count() as u32, node.active);
    }
    for (pool, nodes) in cluster.model.pools.iter().zip(nodes_of_pools) {
        let max = if pool.manager == NodeManager::Fixed { pool.nodes_min } else { pool.nodes_max };
        assert!(nodes <= max, "{nodes} nodes of {max}");
    }
    if cluster.model.pools.is_empty() {
        assert_eq!(on_nodes, 0);
    } else {
        assert_eq!(on_nodes, count(&|pod| pod.scheduled.is_some()).0 as usize);
    }
    let running: Vec<_> = cluster.nodes.iter().filter(|(_, node)| node.is_running()).collect();
    assert_eq!(cluster.nodes() as usize, running.len());
    let is_spot = |pool: u32| cluster.model.pools[pool as usize].capacity == CapacityType::Spot;
    let spot = running.iter().filter(|(_, node)| is_spot(node.pool.0));
    assert_eq!(cluster.nodes_spot() as usize, spot.count());
}

/// Plays a script, checks every instant, and returns nanoseconds of nodes that were paid for, by
/// pool, with the world at its end.
fn play(model: &ClusterModel, script: &Script, seed: u64) -> (BTreeMap<usize, i128>, World, i64) {
    let mut world = World::with(model, 5, seed, Desk::busy());
    let mut areas: BTreeMap<usize, i128> = BTreeMap::new();
    let mut last = at(0);
    // What is there before an event is what was there since the one before.
    let mut account = |cluster: &Cluster, now: Timestamp| {
        for (pool, nodes) in billed(cluster) {
            *areas.entry(pool).or_insert(0) += nodes * i128::from(now.since(last).as_nanos());
        }
        last = now;
    };
    let mut secs = 0;
    for &(pause, replicas, ending) in script {
        secs += pause;
        world.play(at(secs), |cluster, now| {
            check(cluster);
            account(cluster, now);
        });
        account(&world.cluster, at(secs));
        for id in world.desk.draining().into_iter().take(ending) {
            world.desk.end(id);
            world.cluster.drained(id, at(secs));
        }
        world.cluster.scale_to(Replicas(replicas), at(secs), &mut world.desk);
        check(&world.cluster);
        assert_eq!(world.cluster.active(), Replicas(replicas));
    }
    (areas, world, secs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn books_balance_at_every_instant_and_money_is_hours_times_price(
        model in models(), script in scripts(), seed in any::<u64>(),
    ) {
        let (areas, world, secs) = play(&model, &script, seed);
        let (_, money) = world.cluster.close(at(secs), &Served::default());
        let mut micro_usd = 0;
        for (pool, area) in areas {
            micro_usd += area * i128::from(model.pools[pool].price.unwrap().as_micro_usd());
        }
        let usd = micro_usd as f64 / 3.6e12 / 1e6;
        let ours = money.map_or(0.0, |money| money.usd);
        prop_assert!((ours - usd).abs() <= 1e-12 * usd, "{} for {}", ours, usd);
    }

    #[test]
    fn every_pod_ends(model in models(), script in scripts(), seed in any::<u64>()) {
        let (_, mut world, secs) = play(&model, &script, seed);
        world.cluster.scale_to(Replicas(0), at(secs), &mut world.desk);
        world.until(secs + 30);
        prop_assert_eq!(world.pods().len(), 0);
        prop_assert_eq!((world.desk.open_replicas(), world.desk.draining().len()), (0, 0));
        // And what nobody needs goes, but for the minimum and what the cloud takes meanwhile.
        world.cluster.model.interruptions = Interruptions::None;
        world.until(secs + 7200);
        for (pool, id) in model.pools.iter().zip(0..) {
            let nodes = world.cluster.nodes.iter().filter(|(_, node)| node.pool.0 == id).count();
            prop_assert!(nodes as u32 <= pool.nodes_min, "{} nodes", nodes);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes(
        model in models(), script in scripts(), seed in any::<u64>(),
    ) {
        let bytes = || {
            let (_, world, secs) = play(&model, &script, seed);
            let pods = format!("{:?}", world.pods());
            let (nodes, money) = world.cluster.close(at(secs), &Served::default());
            (pods, serde_json::to_string(&nodes).unwrap(), serde_json::to_string(&money).unwrap())
        };
        prop_assert_eq!(bytes(), bytes());
    }

    #[test]
    fn a_look_that_is_left_out_would_have_changed_nothing(
        model in models(), script in scripts(), seed in any::<u64>(),
    ) {
        let trace = |is_eager: bool| {
            let mut world = World::with(&model, 5, seed, Desk::default());
            let mut secs = 0;
            for &(pause, replicas, _) in &script {
                for _ in 0..pause {
                    secs += 1;
                    world.until(secs);
                    if is_eager {
                        world.cluster.planner.notice();
                    }
                }
                world.cluster.scale_to(Replicas(replicas), at(secs), &mut world.desk);
            }
            let pods = format!("{:?}", world.pods());
            let (nodes, _) = world.cluster.close(at(secs), &Served::default());
            (pods, nodes)
        };
        prop_assert_eq!(trace(true), trace(false));
    }
}
