//! The way of a pod to readiness, and to its end.

use upswell_units::{Duration, Replicas};

use super::given::{MINUTE, World, at, fixed, model, pool};
use crate::cluster::{ClusterModel, Pod, Pool};

fn seconds(pod: &Pod) -> [Option<i64>; 3] {
    [pod.scheduled, pod.pulled, pod.ready].map(|instant| Some(instant?.since(at(0)).as_secs()))
}

#[test]
fn pods_at_rest_are_ready_for_long_and_their_images_are_cached() {
    let mut world = World::at_rest(&model(vec![pool("p")]), 6);
    assert_eq!(world.counts(), (6, 6, 0));
    assert_eq!(world.desk.open_replicas(), 6);
    assert!(world.pods().iter().all(|(_, pod)| seconds(pod) == [Some(-3600); 3]));
    assert_eq!(world.pods_on_nodes(), [3, 3]);
    // Two more find the image on both nodes.
    world.scale_to(8, 100);
    world.until(105);
    assert_eq!(world.counts(), (8, 8, 0));
}

#[test]
fn without_pools_every_pod_is_bound_at_once_and_pulls() {
    let mut world = World::at_rest(&model(Vec::new()), 1);
    world.scale_to(3, 100);
    world.until(124);
    assert_eq!(world.counts(), (3, 1, 0));
    world.until(125);
    assert_eq!(world.counts(), (3, 3, 0));
    for (_, pod) in &world.pods()[1..] {
        assert_eq!(seconds(pod), [Some(100), Some(120), Some(125)]);
    }
    assert!(!world.cluster.needs_looks());
    assert_eq!(world.cluster.close(at(200), &Default::default()), (None, None));
}

#[test]
fn a_pod_without_room_waits_for_a_look_a_node_an_image_and_its_start() {
    let mut world = World::at_rest(&model(vec![pool("p")]), 4);
    world.scale_to(5, 101);
    assert_eq!(world.counts(), (5, 4, 1));
    world.until(10 * MINUTE);
    let (_, pod) = world.pods()[4];
    assert_eq!(pod.created, at(101));
    // The look at 110 s orders, the node comes after 60 s.
    assert_eq!(seconds(&pod), [Some(170), Some(190), Some(195)]);
    assert_eq!(world.cluster.take_ready(), [(pod, Replicas(5))]);
    assert_eq!(world.cluster.take_ready(), [], "taken once");
    assert_eq!(world.close(10 * MINUTE).longest_pending_s, 69.0);
}

#[test]
fn the_first_pod_on_a_node_pulls_and_its_neighbours_wait_for_the_same_pull() {
    let mut world = World::at_rest(&model(vec![pool("p")]), 0);
    world.scale_to(1, 1);
    world.until(80);
    world.scale_to(2, 85);
    world.scale_to(3, 95);
    world.until(150);
    let instants: Vec<_> = world.pods().iter().map(|(_, pod)| seconds(pod)).collect();
    assert_eq!(
        instants,
        [
            [Some(70), Some(90), Some(95)],
            [Some(85), Some(90), Some(95)],
            [Some(95), Some(95), Some(100)],
        ]
    );
}

#[test]
fn an_idle_pod_is_gone_at_once_and_a_busy_one_when_it_has_ended_or_its_grace_is_over() {
    let mut idle = World::at_rest(&model(Vec::new()), 3);
    idle.scale_to(1, 10);
    assert_eq!(idle.pods().len(), 1);

    let mut busy = World::busy(&model(Vec::new()), 3);
    busy.scale_to(1, 10);
    assert_eq!((busy.counts(), busy.pods().len()), ((1, 1, 0), 3));
    let ended = busy.desk.draining()[0];
    busy.desk.end(ended);
    busy.cluster.drained(ended, at(20));
    busy.until(39);
    assert_eq!((busy.pods().len(), busy.desk.killed), (2, 0));
    busy.until(40);
    assert_eq!((busy.pods().len(), busy.desk.killed), (1, 1));
}

#[test]
fn a_pod_that_is_taken_back_before_it_is_ready_never_opens() {
    let mut world = World::at_rest(&model(vec![pool("p")]), 4);
    for (created, taken_back) in [(100, 101), (200, 275), (300, 392)] {
        world.scale_to(8, created);
        world.scale_to(4, taken_back);
        assert_eq!(world.counts(), (4, 4, 0));
    }
    world.until(10 * MINUTE);
    assert_eq!(world.desk.open_replicas(), 4);
}

#[test]
fn pods_without_a_node_end_first_then_those_that_are_not_ready_then_young_ones() {
    // Two nodes of two, the second one with one pod; later a third one, and pods without a node.
    let small = Pool { pods_per_node: 2, nodes_max: 3, ..pool("p") };
    let mut world = World::at_rest(&model(vec![small]), 3);
    world.scale_to(4, 100);
    world.until(MINUTE * 3);
    world.scale_to(8, 200);
    world.until(275);
    // 0 and 2 are on the first node, 1 and 3 on the second, 4 and 5 pull on the third, and 6 and 7
    // wait.
    assert_eq!(world.counts(), (8, 4, 2));
    let mut gone = Vec::new();
    for left in (0..8).rev() {
        let before = world.pods();
        world.cluster.scale_to(Replicas(left), at(275), &mut world.desk);
        let after: Vec<_> = world.pods().iter().map(|(id, _)| *id).collect();
        gone.extend(before.iter().position(|(id, _)| !after.contains(id)).map(|p| before[p].0.0));
    }
    assert_eq!(gone, [7, 6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn of_ready_pods_those_that_share_a_node_with_more_of_them_end_first() {
    let preferred = Pool { preference: 1, nodes_min: 1, nodes_max: 1, ..pool("preferred") };
    let mut world = World::at_rest(&model(vec![preferred, pool("other")]), 5);
    world.scale_to(4, 10);
    // The newest, number 4, is alone on its node.
    let left: Vec<_> = world.pods().iter().map(|(id, _)| id.0).collect();
    assert_eq!(left, [0, 1, 2, 4]);
}

#[test]
fn ages_are_told_apart_in_powers_of_two_only() {
    let mut world = World::at_rest(&model(Vec::new()), 0);
    for (replicas, secs) in [(1, 0), (2, 100), (3, 2000)] {
        world.scale_to(replicas, secs);
    }
    // Ready since 25, 125 and 2025 s: at 3000 s the first two are of one class.
    world.scale_to(2, 3000);
    let left = |world: &World| world.pods().iter().map(|(id, _)| id.0).collect::<Vec<_>>();
    assert_eq!(left(&world), [0, 1]);
    world.scale_to(1, 3001);
    assert_eq!(left(&world), [0]);
}

#[test]
fn whatever_is_asked_for_there_is_a_bound() {
    let mut world = World::at_rest(&model(Vec::new()), 0);
    world.scale_to(u32::MAX, 0);
    assert_eq!(world.cluster.active(), crate::cluster::life::ROOM);
    let greedy = Pool { nodes_min: u32::MAX, ..pool("p") };
    assert_eq!(World::at_rest(&model(vec![greedy]), 1).cluster.nodes(), 200_000);
}

#[test]
fn twenty_five_thousand_pods_find_six_thousand_nodes() {
    let big = Pool { nodes_max: 10_000, ..pool("p") };
    let mut world = World::at_rest(&model(vec![big]), 1000);
    world.scale_to(25_000, 10);
    world.until(10 * MINUTE);
    assert_eq!(world.counts(), (25_000, 25_000, 0));
    assert_eq!(world.cluster.nodes(), 6250);
    world.scale_to(1000, 10 * MINUTE);
    assert_eq!(world.counts(), (1000, 1000, 0));
}

#[test]
fn a_start_without_any_time_is_ready_in_the_same_instant() {
    let mut model = model(Vec::new());
    model.startup.image = fixed(0);
    (model.startup.start, model.startup.readiness) = (fixed(0), fixed(0));
    let ClusterModel { startup, .. } = &model;
    assert_eq!(startup.start, crate::random::Distribution::Fixed(Duration::ZERO));
    let mut world = World::at_rest(&model, 0);
    world.scale_to(2, 50);
    world.until(50);
    assert_eq!(world.counts(), (2, 2, 0));
}
