//! What holds for every plan.

use proptest::prelude::*;
use upswell_engine::nodes::{
    BackOff, Node, NodeId, NodeMemory, NodeObservation, NodePolicy, NodeState, OrdersInFlight,
    PoolId, PoolPolicy, ScaleDown, ZoneId, plan, settle,
};
use upswell_units::Duration;

use super::given::{at, pool, seen};

fn pools() -> impl Strategy<Value = NodePolicy> {
    let pool_of = (0_u32..3, 0_u32..6, 1_u32..5, -1_i32..2, any::<bool>(), 1_usize..4).prop_map(
        |(nodes_min, more, pods_per_node, weight, is_priced, zones)| PoolPolicy {
            zones: (0..zones as u32).map(ZoneId).collect(),
            nodes_min,
            nodes_max: nodes_min + more,
            pods_per_node,
            weight,
            price_micro_usd_per_hour: is_priced.then_some(100_000),
            scale_down: ScaleDown {
                after: Duration::from_secs(60),
                after_add: Duration::from_secs(30),
                below: 0.7,
            },
            back_off: BackOff::KARPENTER,
            ..pool("p")
        },
    );
    let max_skew = prop_oneof![Just(None), (1_u32..3).prop_map(Some)];
    (prop::collection::vec(pool_of, 1..4), max_skew).prop_map(|(pools, max_skew)| {
        let zones = ["a", "b", "c"].map(str::to_owned).to_vec();
        NodePolicy { zones, pools, max_skew }
    })
}

/// Nodes within the bounds of their pools, some on their way out, and orders.
fn observed(policy: &NodePolicy) -> impl Strategy<Value = NodeObservation> + use<> {
    let policy = policy.clone();
    let raw = prop::collection::vec((0_u32..3, 0_u32..3, 0_u32..5, 0_u32..2, 0_u8..5), 0..12);
    (raw, 0_u32..40, 0_i64..200).prop_map(move |(raw, pending, now)| {
        let mut seen = seen(now, pending, Vec::new());
        let mut counts = vec![0; policy.pools.len()];
        for (id, (pool, zone, pods, ending, kind)) in (0..).zip(raw) {
            let id_of_pool = PoolId(pool % policy.pools.len() as u32);
            let of = &policy.pools[id_of_pool.0 as usize];
            if counts[id_of_pool.0 as usize] == of.nodes_max {
                continue;
            }
            counts[id_of_pool.0 as usize] += 1;
            let zone = of.zones[zone as usize % of.zones.len()];
            if kind == 0 {
                seen.orders.push(OrdersInFlight { pool: id_of_pool, zone, nodes: 1 });
                continue;
            }
            let state = match kind {
                1 => NodeState::Draining,
                2 => NodeState::Interrupted,
                _ => NodeState::Ready,
            };
            let pods = pods.min(of.pods_per_node);
            let ending_pods = ending.min(of.pods_per_node - pods);
            let id = NodeId(id);
            seen.nodes.push(Node { id, pool: id_of_pool, zone, pods, ending_pods, state });
        }
        seen
    })
}

fn cases() -> impl Strategy<Value = (NodePolicy, NodeObservation)> {
    pools().prop_flat_map(|policy| {
        let observed = observed(&policy);
        (Just(policy), observed)
    })
}

/// Nodes of a pool, ordered ones too.
fn nodes_of(seen: &NodeObservation, pool: PoolId) -> u32 {
    let ordered = seen.orders.iter().filter(|order| order.pool == pool);
    let nodes = seen.nodes.iter().filter(|node| node.pool == pool).count() as u32;
    nodes + ordered.map(|order| order.nodes).sum::<u32>()
}

/// Plans, and plans again after a minute with the same nodes, so that what is unneeded is ripe.
fn ripe(policy: &NodePolicy, seen: &NodeObservation) -> upswell_engine::nodes::NodePlan {
    let mut memory = NodeMemory::default();
    let first = plan(policy, &memory, seen);
    settle(&mut memory, &first);
    memory.last_order = None;
    let later = NodeObservation { now: seen.now + Duration::from_secs(60), ..seen.clone() };
    plan(policy, &memory, &later)
}

proptest! {
    #[test]
    fn limits_of_pools_hold((policy, seen) in cases()) {
        let plan = ripe(&policy, &seen);
        for (id, pool) in policy.pools() {
            let ordered: u32 =
                plan.orders.iter().filter(|order| order.pool == id).map(|order| order.nodes).sum();
            prop_assert!(nodes_of(&seen, id) + ordered <= pool.nodes_max.max(nodes_of(&seen, id)));
            let going = plan.removals.iter().filter(|removal| {
                seen.nodes.iter().any(|node| node.id == removal.node && node.pool == id)
            });
            let going = going.count() as u32;
            let staying = seen.nodes.iter()
                .filter(|node| node.pool == id && node.state == NodeState::Ready).count() as u32;
            prop_assert!(going == 0 || staying - going >= pool.nodes_min);
        }
    }

    #[test]
    fn pods_of_nodes_that_go_fit_on_nodes_that_stay((policy, seen) in cases()) {
        let plan = ripe(&policy, &seen);
        let goes = |node: &Node| plan.unneeded.iter().any(|(id, _)| *id == node.id);
        let pods: u32 = seen.nodes.iter().filter(|node| goes(node)).map(|node| node.pods).sum();
        let room: u32 = seen.nodes.iter()
            .filter(|node| node.state == NodeState::Ready && !goes(node))
            .map(|node| {
                let of = policy.pools[node.pool.0 as usize].pods_per_node;
                of - node.pods - node.ending_pods
            })
            .sum();
        prop_assert!(pods <= room, "{} pods, room for {}", pods, room);
    }

    #[test]
    fn more_pods_never_mean_fewer_nodes((policy, seen) in cases()) {
        let nodes = |pending_pods| {
            let seen = NodeObservation { pending_pods, ..seen.clone() };
            let plan = plan(&policy, &NodeMemory::default(), &seen);
            plan.orders.iter().map(|order| order.nodes).sum::<u32>()
        };
        prop_assert!(nodes(seen.pending_pods) <= nodes(seen.pending_pods + 1));
    }

    #[test]
    fn memory_that_was_saved_and_loaded_plans_the_same((policy, seen) in cases()) {
        let mut memory = NodeMemory::default();
        let first = plan(&policy, &memory, &seen);
        settle(&mut memory, &first);
        upswell_engine::nodes::fail(&policy, &mut memory, PoolId(0), ZoneId(0), at(0));
        let json = serde_json::to_string(&memory).unwrap();
        let loaded: NodeMemory = serde_json::from_str(&json).unwrap();
        let later = NodeObservation { now: seen.now + Duration::from_secs(60), ..seen };
        prop_assert_eq!(plan(&policy, &loaded, &later), plan(&policy, &memory, &later));
    }

    #[test]
    fn a_plan_stays_as_it_is_until_it_wakes((policy, seen) in cases(), later_s in 0_i64..400) {
        let mut memory = NodeMemory::default();
        let first = plan(&policy, &memory, &seen);
        settle(&mut memory, &first);
        let second = plan(&policy, &memory, &seen);
        let now = seen.now + Duration::from_secs(later_s);
        if second.wake_at.is_none_or(|wake_at| now < wake_at) {
            let later = plan(&policy, &memory, &NodeObservation { now, ..seen });
            prop_assert_eq!(later.orders, second.orders);
            prop_assert_eq!(later.removals, second.removals);
        }
    }
}
