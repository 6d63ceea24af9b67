//! Nodes that the cloud takes.

use upswell_units::{Duration, Replicas};

use super::given::{Desk, HOUR, MINUTE, World, at, fixed, model, pool, spot, zones};
use crate::cluster::node::NodePhase;
use crate::cluster::{ClusterModel, Interruptions, Loss, NodeManager, Pool};

fn recorded(losses: &[(i64, f64)], pools: Vec<Pool>) -> ClusterModel {
    let losses = losses.iter().map(|&(secs, share)| Loss { at: Duration::from_secs(secs), share });
    ClusterModel { interruptions: Interruptions::Recorded(losses.collect()), ..model(pools) }
}

/// A pool whose cloud replaces at once what it takes.
fn replaced(nodes: u32) -> Pool {
    Pool {
        manager: NodeManager::Fixed,
        nodes_min: nodes,
        provisioning: fixed(0),
        notice: Duration::ZERO,
        ..spot("spot")
    }
}

#[test]
fn pods_of_an_interrupted_node_get_a_notice_and_are_replaced_at_once() {
    let model = recorded(&[(100, 1.0)], vec![spot("spot"), Pool { nodes_min: 2, ..pool("p") }]);
    let mut world = World::busy(&model, 10);
    // Two nodes on demand hold eight pods, one spot node the others: it is the cheapest.
    assert_eq!(world.nodes_of(0, NodePhase::Ready), 1);
    world.until(99);
    let spot_pods = world.cluster.nodes.iter().find(|(_, node)| node.pool.0 == 0).unwrap().1.active;
    world.until(100);
    assert_eq!(world.nodes_of(0, NodePhase::Interrupted), 1);
    assert_eq!(world.cluster.active(), Replicas(10), "replaced at once");
    assert_eq!(world.cluster.ready(), Replicas(10 - spot_pods));
    world.until(114);
    assert_eq!((world.desk.killed, world.cluster.nodes()), (0, 3));
    world.until(115);
    assert_eq!((world.desk.killed, world.cluster.nodes()), (spot_pods, 2));
    world.until(10 * MINUTE);
    assert_eq!(world.counts(), (10, 10, 0));
    let nodes = world.close(10 * MINUTE);
    assert_eq!((nodes.interrupted, nodes.removed), (1, 0));
    assert_eq!(nodes.interrupted_pods, u64::from(spot_pods));
    assert_eq!(nodes.interrupted_requests, u64::from(spot_pods * 3));
}

#[test]
fn a_grace_that_is_shorter_than_the_notice_ends_a_pod_and_not_its_node() {
    let patient = Pool { notice: Duration::from_secs(120), ..spot("spot") };
    let mut world = World::busy(&recorded(&[(100, 1.0)], vec![patient]), 4);
    world.until(130);
    assert_eq!((world.desk.killed, world.nodes_of(0, NodePhase::Interrupted)), (4, 1));
    world.until(220);
    assert_eq!(world.nodes_of(0, NodePhase::Interrupted), 0);
}

#[test]
fn a_pod_that_ends_anyway_has_no_more_time_than_the_notice() {
    let mut world = World::busy(&recorded(&[(100, 1.0)], vec![spot("spot")]), 4);
    world.scale_to(0, 99);
    world.until(114);
    assert_eq!(world.desk.killed, 0);
    world.until(115);
    assert_eq!((world.desk.killed, world.pods().len()), (4, 0));
}

#[test]
fn recorded_losses_take_their_share_rounded_up_and_at_least_one() {
    let losses = [(100, 0.25), (200, 0.0), (300, 0.5), (400, 1.0), (500, f64::NAN)];
    let pool = Pool { nodes_min: 10, nodes_max: 10, provisioning: fixed(800), ..spot("spot") };
    let mut world = World::at_rest(&recorded(&losses, vec![pool]), 0);
    for (secs, nodes) in [(100, 7), (200, 6), (300, 3), (400, 0), (500, 0)] {
        world.until(secs + 15);
        assert_eq!(world.cluster.nodes(), nodes, "{secs}");
    }
}

#[test]
fn nodes_on_demand_are_never_taken() {
    let interruptions = Interruptions::Rate { per_node_hour: 100.0, zone_share: 0.5 };
    let pool = Pool { nodes_min: 10, ..pool("p") };
    let mut world = World::at_rest(&ClusterModel { interruptions, ..model(vec![pool]) }, 40);
    world.until(24 * HOUR);
    assert_eq!(world.close(24 * HOUR).interrupted, 0);
}

#[test]
fn nodes_are_taken_at_their_rate_alone_or_with_their_zone() {
    for zone_share in [0.0, 0.5, 1.0] {
        let interruptions = Interruptions::Rate { per_node_hour: 0.2, zone_share };
        let pool = Pool { zones: zones(&["a", "b", "c"]), ..replaced(90) };
        let mut world = World::at_rest(&ClusterModel { interruptions, ..model(vec![pool]) }, 0);
        let hours = 400;
        let mut most_at_once = 0;
        let mut before = (at(0), 0);
        world.play(at(hours * HOUR), |cluster, now| {
            let interrupted = cluster.ledger.interrupted;
            if now > before.0 {
                most_at_once = most_at_once.max(interrupted - before.1);
                before = (now, interrupted);
            }
        });
        let nodes = world.close(hours * HOUR);
        let per_node_hour = nodes.interrupted as f64 / nodes.spot_hours;
        // 7200 losses are expected, by zone 240 times 15 of 30 nodes, with a deviation of 6.5 %.
        let tolerance = if zone_share == 0.0 { 0.04 } else { 0.2 };
        assert!((per_node_hour / 0.2 - 1.0).abs() < tolerance, "{zone_share}: {per_node_hour}");
        assert_eq!(most_at_once > 8, zone_share > 0.0, "{zone_share}: {most_at_once} at once");
    }
}

#[test]
fn more_pods_shift_no_interruption() {
    let interruptions = Interruptions::Rate { per_node_hour: 0.5, zone_share: 0.3 };
    let model = ClusterModel { interruptions, ..model(vec![replaced(20)]) };
    let losses = |pods: u32| {
        let mut world = World::with(&model, pods, 3, Desk::default());
        world.cluster.scale_to(Replicas(2 * pods), at(0), &mut world.desk);
        let mut interrupted = Vec::new();
        for secs in (0..24 * HOUR).step_by(10) {
            world.until(secs);
            interrupted.push(world.cluster.ledger.interrupted);
        }
        interrupted
    };
    let few = losses(1);
    assert!(few.last() > Some(&50));
    assert_eq!(few, losses(30));
}

#[test]
fn an_absurd_rate_is_played_to_its_end() {
    for per_node_hour in [1e12, f64::INFINITY, f64::NAN, -1.0] {
        let interruptions = Interruptions::Rate { per_node_hour, zone_share: 0.5 };
        let mut world =
            World::at_rest(&ClusterModel { interruptions, ..model(vec![spot("s")]) }, 4);
        world.until(10 * MINUTE);
        assert_eq!(world.cluster.active(), Replicas(4));
    }
}
