//! Which node takes a pod.

use super::given::{World, model, pool, spot, zones};
use crate::cluster::{ClusterModel, Pool, ZoneSpread};

/// Pods that were not told to end, by zone.
fn by_zone(world: &World, zones: usize) -> Vec<u32> {
    let mut counts = vec![0; zones];
    for (_, node) in world.cluster.nodes.iter() {
        counts[node.zone.0 as usize] += node.active;
    }
    counts
}

fn in_three_zones(nodes: u32, zone_spread: ZoneSpread) -> ClusterModel {
    let pool =
        Pool { nodes_min: nodes, nodes_max: nodes, zones: zones(&["a", "b", "c"]), ..pool("p") };
    ClusterModel { zone_spread, ..model(vec![pool]) }
}

#[test]
fn the_pool_that_is_preferred_comes_first() {
    let preferred = Pool { preference: 80, nodes_min: 1, ..spot("spot") };
    let mut world =
        World::at_rest(&model(vec![Pool { nodes_min: 2, ..pool("on-demand") }, preferred]), 0);
    world.scale_to(5, 10);
    // The spot pool is cheaper, so that its node comes first.
    assert_eq!(world.pods_on_nodes(), [4, 1, 0]);
}

#[test]
fn the_emptiest_node_comes_first_then_the_oldest() {
    let small = Pool { nodes_min: 1, pods_per_node: 2, ..pool("small") };
    let mut world = World::at_rest(&model(vec![Pool { nodes_min: 2, ..pool("p") }, small]), 0);
    for (pods, expected) in [
        (1, [1, 0, 0]),
        (3, [1, 1, 1]),
        (5, [2, 2, 1]),
        (6, [3, 2, 1]),
        (7, [3, 3, 1]),
        (8, [3, 3, 2]),
    ] {
        world.scale_to(pods, 10);
        assert_eq!(world.pods_on_nodes(), expected);
    }
}

#[test]
fn a_preferred_spread_fills_the_zone_with_the_fewest_pods() {
    // Two nodes in `a`, one in each other zone.
    for (spread, expected) in [(ZoneSpread::None, [4, 2, 2]), (ZoneSpread::Prefer, [3, 3, 2])] {
        let world = World::at_rest(&in_three_zones(4, spread), 8);
        assert_eq!(by_zone(&world, 3), expected);
    }
    // It is a preference: all find room.
    let world = World::at_rest(&in_three_zones(4, ZoneSpread::Prefer), 16);
    assert_eq!(by_zone(&world, 3), [8, 4, 4]);
}

#[test]
fn a_required_spread_leaves_pods_without_a_node() {
    for (max_skew, expected, pending) in [(1, [5, 4, 4], 3), (2, [6, 4, 4], 2), (9, [8, 4, 4], 0)] {
        let spread = ZoneSpread::Require { max_skew };
        let world = World::at_rest(&in_three_zones(4, spread), 16);
        assert_eq!((by_zone(&world, 3), world.cluster.pending().0), (expected.to_vec(), pending));
    }
}

#[test]
fn pods_that_wait_take_room_in_order_of_age_as_soon_as_there_is_some() {
    let full = Pool { nodes_max: 1, ..pool("p") };
    let mut world = World::busy(&model(vec![full]), 4);
    world.scale_to(6, 10);
    assert_eq!(world.counts(), (6, 4, 2));
    let ids = |world: &World| {
        let bound = world.pods().into_iter().filter(|(_, pod)| pod.scheduled.is_some());
        bound.map(|(id, _)| id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(&world), [0, 1, 2, 3]);
    // One of the four ends by itself, as after an eviction.
    let node = world.node_ids()[0];
    let first = world.pods()[0].0;
    let grace = world.cluster.model.grace;
    world.cluster.end(first, grace, super::given::at(20), &mut world.desk);
    let replica = world.desk.draining()[0];
    world.desk.end(replica);
    world.cluster.drained(replica, super::given::at(20));
    assert_eq!(ids(&world), [1, 2, 3, 4]);
    assert_eq!(world.cluster.nodes.get(node).unwrap().pods.len(), 4);
}
