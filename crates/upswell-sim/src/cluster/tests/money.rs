//! What nodes cost.

use upswell_units::{Duration, Timestamp};

use super::given::{HOUR, World, at, model, pool, spot};
use crate::cluster::{ClusterModel, Interruptions, Loss, NodeManager, Pool, Served};
use crate::outcome::Money;

/// Ten hours of a pool that stays, with replicas of four slots.
fn ten_hours(pools: Vec<Pool>, served: Served) -> Option<Money> {
    let mut world = World::at_rest(&model(pools), 8);
    world.until(10 * HOUR);
    world.cluster.close(at(10 * HOUR), &served).1
}

fn stays(pool: Pool, nodes: u32) -> Pool {
    Pool { manager: NodeManager::Fixed, nodes_min: nodes, ..pool }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-12 * other.abs().max(1.0)
}

#[test]
fn a_run_costs_its_node_hours() {
    let served = Served { completed: 4000, tokens: 2_000_000, slots: 4, busy_slot_hours: 120.0 };
    let money = ten_hours(vec![stays(pool("p"), 1), stays(spot("s"), 2)], served).unwrap();
    // $0.1942 and $0.0921 an hour.
    assert!(close(money.on_demand_usd, 1.942), "{money:?}");
    assert!(close(money.spot_usd, 1.842), "{money:?}");
    assert!(close(money.usd, 3.784), "{money:?}");
    assert!(close(money.all_on_demand_usd, 5.826), "{money:?}");
    assert!(close(money.saved, 1.0 - 3.784 / 5.826), "{money:?}");
    assert!(close(money.per_1000_requests_usd.unwrap(), 0.946), "{money:?}");
    assert!(close(money.per_million_tokens_usd.unwrap(), 1.892), "{money:?}");
    // Three nodes of four pods of four slots for ten hours: 480 slot-hours, of which 120 were busy.
    assert!(close(money.idle_usd, 3.784 * 0.75), "{money:?}");
    assert_eq!(money.unpriced_hours, 0.0);
}

#[test]
fn what_has_no_price_is_in_no_sum() {
    let unpriced = Pool { price: None, on_demand_price: None, ..stays(pool("u"), 2) };
    assert_eq!(ten_hours(vec![unpriced.clone()], Served::default()), None);
    let money = ten_hours(vec![unpriced, stays(pool("p"), 1)], Served::default()).unwrap();
    assert!(close(money.usd, 1.942), "{money:?}");
    assert_eq!((money.unpriced_hours, money.saved), (20.0, 0.0));
    assert_eq!((money.per_1000_requests_usd, money.per_million_tokens_usd), (None, None));
    let alone = Pool { on_demand_price: None, ..stays(spot("s"), 1) };
    assert_eq!(ten_hours(vec![alone], Served::default()).unwrap().saved, 0.0);
}

#[test]
fn a_node_costs_from_its_order_to_its_end() {
    let losses = vec![Loss { at: Duration::from_secs(HOUR), share: 1.0 }];
    let interruptions = Interruptions::Recorded(losses);
    let model = ClusterModel { interruptions, ..model(vec![spot("s")]) };
    let mut world = World::at_rest(&model, 4);
    world.until(2 * HOUR);
    // Until an hour and its notice; the next one from the look at an hour on.
    let (nodes, _) = world.cluster.close(at(2 * HOUR), &Served::default());
    assert_eq!(nodes.unwrap().spot_hours, (7200 + 15) as f64 / 3600.0);
}

#[test]
fn the_mean_counts_nodes_that_run() {
    let mut world = World::at_rest(&model(vec![pool("p")]), 4);
    world.scale_to(8, 1790);
    world.until(3600);
    // Ordered at 1800 s, ready at 1860 s.
    let (nodes, _) = world.cluster.close(at(3600), &Served::default());
    let nodes = nodes.unwrap();
    assert!(close(nodes.mean, 1.0 + 1740.0 / 3600.0), "{nodes:?}");
    assert!(close(nodes.on_demand_hours, 1.0 + 1800.0 / 3600.0), "{nodes:?}");
}

#[test]
fn a_run_without_any_time_costs_nothing() {
    let world = World::at_rest(&model(vec![pool("p")]), 4);
    let now: Timestamp = at(0);
    let (nodes, money) = world.cluster.close(now, &Served::default());
    assert_eq!((nodes.unwrap().mean, money.unwrap().usd), (0.0, 0.0));
}
