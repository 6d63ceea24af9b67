//! Nodes that are given back.

use upswell_engine::nodes::{
    Node, NodeId, NodeMemory, NodeObservation, NodePlan, NodePolicy, NodeState, PoolPolicy, Reason,
    RemovalsAtOnce, ScaleDown, ZoneId, plan, settle,
};
use upswell_units::Duration;

use super::given::{MINUTE, at, node, policy, pool, removed, seen, spread};

const NONE: [u64; 0] = [];

/// Plans now, and again once what is not needed now was not for ten minutes.
fn later(policy: &NodePolicy, nodes: &[Node]) -> NodePlan {
    let mut memory = NodeMemory::default();
    let first = plan(policy, &memory, &seen(0, 0, nodes.to_vec()));
    assert_eq!(removed(&first), NONE, "nothing goes at once");
    settle(&mut memory, &first);
    let early = plan(policy, &memory, &seen(10 * MINUTE - 1, 0, nodes.to_vec()));
    assert_eq!(removed(&early), NONE, "nor a second too early");
    plan(policy, &memory, &seen(10 * MINUTE, 0, nodes.to_vec()))
}

#[test]
fn an_empty_node_goes_after_its_time() {
    let plan = later(&policy(vec![pool("p")]), &[node(1, 4), node(2, 0)]);
    assert_eq!(removed(&plan), [2]);
    assert_eq!(plan.removals[0].reason, Reason::Empty { since: at(0) });
}

#[test]
fn a_node_that_was_needed_in_between_starts_again() {
    let policy = policy(vec![pool("p")]);
    let mut memory = NodeMemory::default();
    for (minute, pods, is_removed) in
        [(0, 0, false), (5, 2, false), (6, 0, false), (15, 0, false), (16, 0, true)]
    {
        let nodes = vec![node(1, pods), node(2, 4)];
        let plan = plan(&policy, &memory, &seen(minute * MINUTE, 0, nodes));
        assert_eq!(!plan.removals.is_empty(), is_removed, "minute {minute}");
        settle(&mut memory, &plan);
    }
}

#[test]
fn a_little_used_node_goes_only_if_others_have_room() {
    let policy = policy(vec![pool("p")]);
    for (pods, expected) in [
        (vec![1, 3], vec![1]),
        (vec![1, 4], vec![]),
        // Half of four is not below one half.
        (vec![2, 2], vec![]),
        // Of two that could go into one another, one stays.
        (vec![1, 1], vec![1]),
        // Both fit into the third, and go one after the other.
        (vec![1, 1, 2], vec![1]),
        // The pod of an empty node's neighbour does not need that node.
        (vec![0, 1, 3], vec![1, 2]),
    ] {
        let nodes: Vec<_> = (1..).zip(&pods).map(|(id, pods)| node(id, *pods)).collect();
        assert_eq!(removed(&later(&policy, &nodes)), expected, "{pods:?}");
    }
}

#[test]
fn pods_that_end_still_hold_their_node() {
    let policy = policy(vec![pool("p")]);
    let ending = Node { ending_pods: 2, ..node(1, 0) };
    assert_eq!(removed(&later(&policy, &[ending, node(2, 0)])), [2]);
}

#[test]
fn a_node_with_pods_stays_where_only_empty_ones_may_go() {
    let scale_down = ScaleDown { below: 0.0, ..pool("p").scale_down };
    let policy = policy(vec![PoolPolicy { scale_down, ..pool("p") }]);
    assert_eq!(removed(&later(&policy, &[node(1, 1), node(2, 1), node(3, 0)])), [3]);
}

#[test]
fn a_pool_keeps_its_minimum() {
    let policy = policy(vec![PoolPolicy { nodes_min: 2, ..pool("p") }]);
    let nodes: Vec<_> = (1..=3).map(|id| node(id, 0)).collect();
    assert_eq!(removed(&later(&policy, &nodes)), [1]);
    let leaving = Node { state: NodeState::Interrupted, ..node(3, 0) };
    assert_eq!(removed(&later(&policy, &[node(1, 0), node(2, 0), leaving])), NONE);
}

#[test]
fn no_more_go_at_once_than_may() {
    let nodes: Vec<_> = (1..=30).map(|id| node(id, 0)).collect();
    for (removals_at_once, expected) in
        [(RemovalsAtOnce::CLUSTER_AUTOSCALER, 10), (RemovalsAtOnce::KARPENTER, 3)]
    {
        let policy = policy(vec![PoolPolicy { removals_at_once, ..pool("p") }]);
        let plan = later(&policy, &nodes);
        assert_eq!(plan.removals.len(), expected);
        assert_eq!(plan.held, [Reason::EnoughAtOnce { nodes: 30 - expected as u32 }]);
    }
}

#[test]
fn one_node_with_pods_goes_at_a_time() {
    let policy = policy(vec![pool("p")]);
    let draining = Node { state: NodeState::Draining, ..node(3, 1) };
    let nodes = [node(1, 1), node(2, 0), draining, node(4, 2)];
    assert_eq!(removed(&later(&policy, &nodes)), [2]);
}

#[test]
fn nothing_goes_for_a_while_after_an_order_but_its_time_counts() {
    let policy = policy(vec![pool("p")]);
    let mut memory = NodeMemory::default();
    let first = plan(&policy, &memory, &seen(0, 0, vec![node(1, 0)]));
    settle(&mut memory, &first);
    memory.last_order = Some(at(5 * MINUTE));
    let held = plan(&policy, &memory, &seen(12 * MINUTE, 0, vec![node(1, 0)]));
    assert_eq!(removed(&held), NONE);
    assert_eq!(held.held, [Reason::DelayedAfterAdd { nodes: 1, until: at(15 * MINUTE) }]);
    assert_eq!(held.wake_at, Some(at(15 * MINUTE)));
    let after = plan(&policy, &memory, &seen(15 * MINUTE, 0, vec![node(1, 0)]));
    assert_eq!(removed(&after), [1]);
}

#[test]
fn a_plan_that_orders_gives_nothing_back() {
    let policy = policy(vec![pool("p"), PoolPolicy { nodes_min: 1, ..pool("q") }]);
    let memory = NodeMemory {
        unneeded_since: [(NodeId(1), at(0))].into(),
        last_order: None,
        failures: Vec::new(),
    };
    let plan = plan(&policy, &memory, &seen(20 * MINUTE, 0, vec![node(1, 0), node(2, 4)]));
    assert_eq!((plan.orders.len(), plan.removals.len()), (1, 0));
    assert_eq!(plan.unneeded, [(NodeId(1), at(0))], "its time goes on");
}

#[test]
fn a_disruption_budget_protects_pods_and_not_empty_nodes() {
    let policy = policy(vec![pool("p")]);
    for (allowed, expected) in [(Some(0), vec![2]), (Some(1), vec![2, 1]), (None, vec![2, 1])] {
        let observation = NodeObservation {
            disruptions_allowed: allowed,
            ..seen(20 * MINUTE, 0, vec![node(1, 1), node(2, 0), node(3, 2)])
        };
        let memory = NodeMemory {
            unneeded_since: [(NodeId(1), at(0)), (NodeId(2), at(0))].into(),
            ..NodeMemory::default()
        };
        assert_eq!(removed(&plan(&policy, &memory, &observation)), expected, "{allowed:?}");
    }
}

#[test]
fn pods_that_must_be_spread_move_within_their_zone() {
    let policy = spread(1);
    let in_zone = |id, zone, pods| Node { zone: ZoneId(zone), ..node(id, pods) };
    let apart = [in_zone(1, 0, 1), in_zone(2, 1, 2)];
    assert_eq!(removed(&later(&policy, &apart)), NONE);
    let together = [in_zone(1, 0, 1), in_zone(2, 0, 2)];
    assert_eq!(removed(&later(&policy, &together)), [1]);
}

#[test]
fn a_plan_says_when_time_alone_changes_it() {
    let policy = policy(vec![pool("p")]);
    let memory = NodeMemory::default();
    let idle = plan(&policy, &memory, &seen(0, 0, vec![node(1, 0)]));
    assert_eq!(idle.wake_at, Some(at(0) + Duration::from_secs(10 * MINUTE)));
    let busy = plan(&policy, &memory, &seen(0, 0, vec![node(1, 4)]));
    assert_eq!(busy.wake_at, None);
}
