//! Nodes that are ordered and given back.

use upswell_units::{Duration, Replicas};

use super::given::{HOUR, MINUTE, World, at, fixed, model, pool, spot};
use crate::cluster::node::NodePhase;
use crate::cluster::{ClusterModel, DisruptionBudget, NodeManager, Pool, ScaleDown};

#[test]
fn empty_nodes_go_ten_at_a_time_after_ten_minutes() {
    let mut world = World::at_rest(&model(vec![pool("p")]), 100);
    // The look at 60 s finds them empty.
    world.scale_to(0, 59);
    world.until(11 * MINUTE - 1);
    assert_eq!(world.cluster.nodes(), 25);
    for (secs, nodes) in [(11 * MINUTE, 15), (11 * MINUTE + 10, 5), (11 * MINUTE + 20, 0)] {
        world.until(secs);
        assert_eq!(world.cluster.nodes(), nodes);
    }
    let nodes = world.close(HOUR);
    assert_eq!((nodes.min, nodes.max, nodes.ordered, nodes.removed), (0, 25, 0, 25));
}

#[test]
fn karpenter_gathers_pods_for_a_second_and_orders_without_a_scan() {
    let manager = NodeManager::Karpenter;
    let mut world = World::at_rest(&model(vec![Pool { manager, ..pool("p") }]), 4);
    for tenth in 0..8 {
        let now = at(101) + Duration::from_millis(tenth * 800);
        world.play(now, |_, _| ());
        world.cluster.scale_to(Replicas(5 + tenth as u32), now, &mut world.desk);
    }
    // The last pod came at 106.6 s.
    world.play(at(107), |_, _| ());
    assert_eq!(world.nodes_of(0, NodePhase::Ordered), 0);
    world.play(at(107) + Duration::from_millis(600), |_, _| ());
    assert_eq!(world.nodes_of(0, NodePhase::Ordered), 2);
}

#[test]
fn a_pool_that_is_out_of_stock_is_left_for_the_next_one() {
    let empty = Pool { stock_out: 1.0, weight: 1, ..spot("spot") };
    let mut world = World::at_rest(&model(vec![empty, pool("on-demand")]), 0);
    world.scale_to(4, 5);
    world.until(39);
    assert_eq!(world.nodes_of(0, NodePhase::Ordered), 1);
    // Noticed 30 s after the look at 10 s, and the look at 40 s asks the other pool.
    world.until(40);
    assert_eq!(
        (world.nodes_of(0, NodePhase::Ordered), world.nodes_of(1, NodePhase::Ordered)),
        (0, 1)
    );
    world.until(4 * MINUTE);
    assert_eq!(world.counts(), (4, 4, 0));
    let nodes = world.close(4 * MINUTE);
    assert_eq!((nodes.ordered, nodes.stock_outs, nodes.spot_hours), (2, 1, 0.0));
    assert_eq!(nodes.on_demand_hours, 200.0 / 3600.0);
}

#[test]
fn a_node_that_takes_a_quarter_of_an_hour_is_given_up() {
    let slow = Pool { provisioning: fixed(901), weight: 1, ..pool("slow") };
    let mut world = World::at_rest(&model(vec![slow, pool("p")]), 0);
    world.scale_to(1, 5);
    world.until(910);
    assert_eq!(
        (world.nodes_of(0, NodePhase::Ordered), world.nodes_of(1, NodePhase::Ordered)),
        (0, 1)
    );
    let nodes = world.close(910);
    assert_eq!((nodes.stock_outs, nodes.on_demand_hours), (1, 0.25), "its machine cost all along");
}

#[test]
fn a_little_used_node_is_drained_and_its_pods_move() {
    let quick = ScaleDown { after: Duration::from_secs(60), after_add: Duration::ZERO, below: 0.7 };
    let mut world = World::busy(&model(vec![Pool { scale_down: quick, ..pool("p") }]), 10);
    assert_eq!(world.pods_on_nodes(), [4, 3, 3]);
    world.scale_to(7, 1);
    world.until(99);
    assert_eq!((world.pods_on_nodes(), world.desk.killed), (vec![1, 3, 3], 3));
    // Since the look at 40 s it holds one pod; it goes at 100 s.
    world.until(100);
    assert_eq!(world.nodes_of(0, NodePhase::Draining), 1);
    assert_eq!(world.cluster.active(), Replicas(7), "evicted pods are replaced at once");
    world.until(10 * MINUTE);
    assert_eq!((world.cluster.nodes(), world.counts()), (2, (7, 7, 0)));
}

#[test]
fn a_disruption_budget_is_kept_while_a_node_drains() {
    let quick = ScaleDown { after: Duration::from_secs(60), after_add: Duration::ZERO, below: 1.0 };
    let budget = DisruptionBudget::MaxUnavailable(Replicas(1));
    let big = Pool { pods_per_node: 10, scale_down: quick, nodes_min: 1, ..pool("p") };
    let model = ClusterModel { disruption_budget: Some(budget), ..model(vec![big]) };
    let mut world = World::busy(&model, 14);
    world.scale_to(9, 1);
    let mut fewest = u32::MAX;
    world.play(at(20 * MINUTE), |cluster, _| fewest = fewest.min(cluster.ready().0));
    assert_eq!((world.cluster.nodes(), world.counts()), (1, (9, 9, 0)));
    assert_eq!(fewest, 8);

    let strict = DisruptionBudget::MinAvailablePercent(100);
    let model = ClusterModel { disruption_budget: Some(strict), ..model };
    let mut world = World::busy(&model, 14);
    world.scale_to(9, 1);
    world.until(20 * MINUTE);
    assert_eq!(world.cluster.nodes(), 2);
}

#[test]
fn a_pool_keeps_its_minimum_and_a_fixed_one_all_its_nodes() {
    let fixed = Pool { manager: NodeManager::Fixed, nodes_min: 3, ..pool("fixed") };
    let kept = Pool { nodes_min: 2, weight: -1, ..pool("kept") };
    let mut world = World::at_rest(&model(vec![fixed, kept]), 40);
    assert_eq!(world.pods_on_nodes().len(), 10);
    world.scale_to(0, 1);
    world.until(HOUR);
    let left = [0, 1].map(|pool| world.nodes_of(pool, NodePhase::Ready));
    assert_eq!(left, [3, 2]);
}

#[test]
fn nobody_needs_to_look_at_nodes_that_stay() {
    let fixed = |pool| Pool { manager: NodeManager::Fixed, nodes_min: 1, ..pool };
    for (pools, needs_looks) in [
        (vec![fixed(pool("p"))], false),
        (vec![fixed(spot("p"))], true),
        (vec![fixed(pool("p")), pool("q")], true),
    ] {
        assert_eq!(World::at_rest(&model(pools), 0).cluster.needs_looks(), needs_looks);
    }
}

#[test]
fn a_pool_without_zones_or_room_is_a_pool_of_one_zone_and_one_pod_a_node() {
    let odd = Pool { zones: Vec::new(), pods_per_node: 0, nodes_max: 3, ..pool("p") };
    let world = World::at_rest(&model(vec![odd]), 5);
    assert_eq!((world.cluster.nodes(), world.counts()), (3, (5, 3, 2)));
}
