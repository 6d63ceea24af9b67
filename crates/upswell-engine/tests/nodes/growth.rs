//! Nodes that are ordered.

use upswell_engine::nodes::{
    Node, NodeMemory, NodeObservation, NodeState, OrdersInFlight, PoolId, PoolPolicy, Reason,
    ZoneId, fail, plan,
};

use super::given::{MINUTE, at, node, orders, policy, pool, seen, spread};

fn grown(policy: &upswell_engine::nodes::NodePolicy, pending: u32) -> Vec<(u32, u32, u32)> {
    orders(&plan(policy, &NodeMemory::default(), &seen(0, pending, Vec::new())))
}

#[test]
fn pods_without_room_get_just_enough_nodes() {
    let policy = policy(vec![pool("p")]);
    for (pending, nodes) in [(1, 1), (4, 1), (5, 2), (399, 100), (4000, 100)] {
        assert_eq!(grown(&policy, pending), [(0, 0, nodes)], "{pending}");
    }
    assert_eq!(grown(&policy, 0), vec![]);
}

#[test]
fn the_pool_of_highest_weight_grows_first_then_the_cheapest_then_the_first_by_name() {
    let named = |name: &str, weight, price: Option<i64>, pods_per_node| PoolPolicy {
        weight,
        price_micro_usd_per_hour: price,
        pods_per_node,
        nodes_max: 1,
        ..pool(name)
    };
    for (pools, expected) in [
        ([named("a", 0, Some(10), 4), named("b", 1, Some(99), 4)], 1),
        ([named("a", 0, Some(99), 4), named("b", 0, Some(10), 4)], 1),
        // 60 for eight pods is less than 40 for four.
        ([named("a", 0, Some(40), 4), named("b", 0, Some(60), 8)], 1),
        ([named("a", 0, None, 4), named("b", 0, Some(99), 4)], 1),
        ([named("b", 0, Some(10), 4), named("a", 0, Some(10), 4)], 1),
    ] {
        let policy = policy(pools.to_vec());
        assert_eq!(grown(&policy, 1), [(expected, 0, 1)]);
        // The other one follows once it is full.
        assert_eq!(grown(&policy, 9).len(), 2);
    }
}

#[test]
fn what_was_ordered_counts_as_room_to_come() {
    let policy = policy(vec![pool("p")]);
    let in_flight = |nodes| vec![OrdersInFlight { pool: PoolId(0), zone: ZoneId(0), nodes }];
    for (pending, ordered, expected) in
        [(8, 2, vec![]), (9, 2, vec![(0, 0, 1)]), (400, 99, vec![(0, 0, 1)]), (999, 100, vec![])]
    {
        let seen = NodeObservation { orders: in_flight(ordered), ..seen(0, pending, Vec::new()) };
        assert_eq!(orders(&plan(&policy, &NodeMemory::default(), &seen)), expected, "{pending}");
    }
}

#[test]
fn zones_of_a_pool_stay_in_balance() {
    let policy = spread(u32::MAX);
    let in_zone = |id, zone| Node { zone: ZoneId(zone), ..node(id, 4) };
    let nodes = vec![in_zone(1, 0), in_zone(2, 0), in_zone(3, 1)];
    let plan = plan(&policy, &NodeMemory::default(), &seen(0, 24, nodes));
    assert_eq!(orders(&plan), [(0, 2, 3), (0, 1, 2), (0, 0, 1)]);
}

#[test]
fn nodes_that_go_hold_their_place_under_the_maximum_and_take_no_pods() {
    let policy = policy(vec![PoolPolicy { nodes_max: 2, ..pool("p") }]);
    for state in [NodeState::Draining, NodeState::Interrupted] {
        let nodes = vec![Node { state, ..node(1, 0) }];
        let plan = plan(&policy, &NodeMemory::default(), &seen(0, 8, nodes));
        assert_eq!(orders(&plan), [(0, 0, 1)], "{state:?}");
        assert_eq!(plan.held, [Reason::PoolFull { pool: "p".to_owned(), max: 2 }]);
    }
}

#[test]
fn a_pool_below_its_minimum_is_filled_and_serves_the_pods_first() {
    let policy = policy(vec![PoolPolicy { nodes_min: 3, ..pool("p") }]);
    let plan = plan(&policy, &NodeMemory::default(), &seen(0, 5, vec![node(1, 4)]));
    assert_eq!(orders(&plan), [(0, 0, 2)]);
    assert_eq!(plan.orders[0].reason, Reason::BelowMinimum { nodes: 1, min: 3 });
}

#[test]
fn a_pool_that_failed_waits_twice_as_long_each_time_and_the_next_one_grows() {
    let policy = policy(vec![PoolPolicy { weight: 1, ..pool("spot") }, pool("on-demand")]);
    let mut memory = NodeMemory::default();
    let (spot, zone) = (PoolId(0), ZoneId(0));
    let mut now = 0;
    for minutes in [5, 10, 20, 30, 30] {
        fail(&policy, &mut memory, spot, zone, at(now));
        // Another order of the same moment fails a little later.
        fail(&policy, &mut memory, spot, zone, at(now));
        let until = now + minutes * MINUTE;
        assert_eq!(memory.backed_off_until(spot, zone, at(until - 1)), Some(at(until)));
        let while_waiting = plan(&policy, &memory, &seen(until - 1, 1, Vec::new()));
        assert_eq!(orders(&while_waiting), [(1, 0, 1)]);
        let after = plan(&policy, &memory, &seen(until, 1, Vec::new()));
        assert_eq!(orders(&after), [(0, 0, 1)]);
        now = until;
    }
    fail(&policy, &mut memory, spot, zone, at(now + 4 * 60 * MINUTE));
    let until = now + 245 * MINUTE;
    assert_eq!(memory.backed_off_until(spot, zone, at(until - 1)), Some(at(until)), "forgotten");
}

#[test]
fn a_plan_that_waits_for_a_back_off_says_until_when() {
    let policy = policy(vec![PoolPolicy { nodes_min: 1, ..pool("p") }]);
    let mut memory = NodeMemory::default();
    fail(&policy, &mut memory, PoolId(0), ZoneId(0), at(0));
    let held = Reason::BackedOff { pool: "p".to_owned(), zone: "a".to_owned(), until: at(300) };
    for (pending, reasons) in [(1, vec![held]), (0, vec![])] {
        let plan = plan(&policy, &memory, &seen(10, pending, Vec::new()));
        assert_eq!((orders(&plan), plan.held), (vec![], reasons));
        assert_eq!(plan.wake_at, Some(at(300)));
    }
}

#[test]
fn a_required_spread_grows_the_zones_that_may_take_pods() {
    let policy = spread(1);
    let in_zone = |id, zone, pods| Node { zone: ZoneId(zone), ..node(id, pods) };
    let behind = Node { ending_pods: 2, ..in_zone(3, 2, 2) };
    let nodes = vec![in_zone(1, 0, 4), in_zone(2, 1, 4), behind];
    // Zone 2 is two behind, and its room is still held by pods that end.
    let spread = plan(&policy, &NodeMemory::default(), &seen(0, 6, nodes));
    assert_eq!(orders(&spread), [(0, 2, 1), (0, 0, 1), (0, 1, 1)]);

    let mut memory = NodeMemory::default();
    fail(&policy, &mut memory, PoolId(0), ZoneId(2), at(0));
    let behind = Node { ending_pods: 1, ..in_zone(3, 2, 3) };
    let full = vec![in_zone(1, 0, 4), in_zone(2, 1, 4), behind];
    let stuck = plan(&policy, &memory, &seen(1, 1, full));
    let forbidden = Reason::SpreadForbids { pool: "p".to_owned(), max_skew: 1 };
    assert!(stuck.orders.is_empty() && stuck.held.contains(&forbidden), "{stuck:?}");
}

#[test]
fn room_that_a_spread_kept_empty_is_filled_before_more_is_ordered() {
    let in_zone = |id, zone, pods| Node { zone: ZoneId(zone), ..node(id, pods) };
    // Zone 0 has room for three, and must wait for zone 1, which is full.
    let nodes = vec![in_zone(1, 0, 4), in_zone(2, 0, 1), in_zone(3, 1, 4)];
    let plan = plan(&spread(1), &NodeMemory::default(), &seen(0, 4, nodes));
    // The third zone comes into play with its first node, and then is the one behind.
    assert_eq!(orders(&plan), [(0, 2, 1)]);
}
