//! The pools of a bundle: what it offers, as far as the pods may use it.

use upswell_manifests::kinds::Object;
use upswell_manifests::settings::{Machine, Settings};
use upswell_units::{Diagnostic, Span};

use super::allocatable::{Allocatable, allocatable, source};
use super::offer::{CLUSTER_AUTOSCALER_SCALE_DOWN, Manifest, Offer, PODS_MAX, UNBOUNDED, Unknown};
use super::placement::{Place, is_alone_on_node, leave_out_rules, place};
use super::room::pods_per_node;
use super::{gke, karpenter};
use crate::cluster::{CapacityType, NodeManager, Pool, ROOM};
use crate::prepare::notes::{Notes, source as origin};
use crate::prepare::pods::{Demand, Pods};
use crate::prepare::worker::distribution;
use crate::report::count;

/// Returns the pools whose nodes take the pods; none where nothing is known of the nodes, which
/// then are not simulated.
///
/// # Errors
///
/// All nodes of the bundle are known, and none of them takes the pods.
pub(in crate::prepare) fn pools(
    settings: &Settings,
    objects: &[&Object],
    pods: &Pods<'_>,
    notes: &mut Notes,
) -> Result<Vec<Pool>, Box<Diagnostic>> {
    let manifests = manifests(settings, objects, notes);
    if manifests.is_empty() {
        let why = "no pool in the manifests, no `nodes` in upswell.yaml: add either for nodes and \
                   money";
        notes.assume("nodes", room(), why);
        return Ok(Vec::new());
    }
    let demand = pods.demand();
    let (mut pools, mut refused, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for Manifest { name, span, pools: offered } in manifests {
        match offered {
            Err(Unknown(why)) => unknown.push(format!("{name}: {why}")),
            Ok(offered) => {
                for alternatives in &offered {
                    match first_that_fits(alternatives, pods, &demand, settings) {
                        Ok((offer, pool)) => {
                            describe(offer, &pool, settings, notes);
                            pools.push(pool);
                        }
                        Err(why) => refused.push(Refused { pool: name.clone(), span, why }),
                    }
                }
            }
        }
    }
    if pools.is_empty() && unknown.is_empty() {
        return Err(Box::new(nothing_fits(pods, &refused)));
    }
    unknown.extend(refused.iter().map(|Refused { pool, why, .. }| format!("{pool}: {why}")));
    unknown.into_iter().for_each(|what| notes.leave_out(what));
    if pools.is_empty() {
        notes.assume("nodes", room(), "no pool can be simulated: see below");
        return Ok(pools);
    }
    notes.assume("daemons of a node", "none", "what they request is not subtracted");
    leave_out_rules(pods, notes);
    if !demand.others.is_empty() {
        let others = demand.others.join(", ");
        notes.leave_out(format!("{}: its requests of {others}", pods.workload));
    }
    Ok(pools)
}

/// What there is room for where nodes are not simulated.
fn room() -> String {
    format!("room for {} pods", count(u64::from(ROOM.0)))
}

/// What the manifests offer; where they have no pool, the first machine of `upswell.yaml`.
fn manifests(settings: &Settings, objects: &[&Object], notes: &mut Notes) -> Vec<Manifest> {
    let mut manifests = Vec::new();
    for object in objects {
        match object {
            Object::ContainerNodePool(pool) => manifests.push(gke::manifest(pool, settings, notes)),
            Object::NodePool(pool) => manifests.push(karpenter::manifest(pool, settings, notes)),
            _ => {}
        }
    }
    if manifests.is_empty() {
        manifests.extend(settings.nodes.first().map(|machine| of_settings(machine, notes)));
    }
    manifests
}

fn of_settings(machine: &Machine, notes: &mut Notes) -> Manifest {
    let name = format!("nodes[{}]", machine.machine_type);
    let value = format!("one pool of {}, on demand", machine.machine_type);
    let why = "the first of `nodes` in upswell.yaml: no pool in the manifests; its labels are \
               those that the pods ask for";
    notes.assume("nodes", value, why);
    let offer = Offer {
        pool: name.clone(),
        manager: NodeManager::ClusterAutoscaler,
        capacity: CapacityType::OnDemand,
        gpus: machine.gpus.value,
        zones: vec!["zone-a".to_owned()],
        nodes_min: 0,
        nodes_max: UNBOUNDED,
        pods_max: PODS_MAX,
        weight: 0,
        labels: None,
        taints: Vec::new(),
        scale_down: CLUSTER_AUTOSCALER_SCALE_DOWN,
        machine: machine.clone(),
    };
    Manifest { name, span: None, pools: Ok(vec![vec![offer]]) }
}

/// A pool that no pod may use.
struct Refused {
    pool: String,
    span: Option<Span>,
    why: String,
}

/// The first offer that takes the pods, or why the last one does not.
fn first_that_fits<'o>(
    alternatives: &'o [Offer],
    pods: &Pods<'_>,
    demand: &Demand,
    settings: &Settings,
) -> Result<(&'o Offer, Pool), String> {
    let mut refusal = "it offers no machine type".to_owned();
    for offer in alternatives {
        match fit(offer, pods, demand, settings) {
            Ok(pool) => return Ok((offer, pool)),
            Err(why) => refusal = why,
        }
    }
    Err(refusal)
}

fn fit(
    offer: &Offer,
    pods: &Pods<'_>,
    demand: &Demand,
    settings: &Settings,
) -> Result<Pool, String> {
    let Place { zones, preference } = place(offer, pods, demand)?;
    let pods_per_node = pods_per_node(offer, demand)?;
    if offer.nodes_max == 0 {
        return Err("it may have no nodes".to_owned());
    }
    let machine = &offer.machine;
    let is_spot = offer.capacity == CapacityType::Spot;
    let (price, stock_out) = if is_spot {
        (&machine.spot_price, &machine.spot_stock_out)
    } else {
        (&machine.price, &machine.stock_out)
    };
    Ok(Pool {
        name: offer.pool.clone(),
        manager: offer.manager,
        capacity: offer.capacity,
        machine_type: machine.machine_type.clone(),
        zones,
        nodes_min: offer.nodes_min,
        nodes_max: offer.nodes_max,
        pods_per_node: if is_alone_on_node(pods) { 1 } else { pods_per_node },
        preference,
        weight: offer.weight,
        price: price.value,
        on_demand_price: machine.price.value,
        provisioning: distribution(machine.provisioning.value),
        stock_out: stock_out.value,
        notice: settings.spot.notice(machine.cloud()).value,
        scale_down: offer.scale_down,
    })
}

/// Notes what a pool was taken for.
fn describe(offer: &Offer, pool: &Pool, settings: &Settings, notes: &mut Notes) {
    let Offer { machine, capacity, pods_max, .. } = offer;
    let machine_type = &machine.machine_type;
    let word = match capacity {
        CapacityType::Spot => "spot",
        CapacityType::OnDemand => "on demand",
    };
    let nodes = match (pool.nodes_min, pool.nodes_max) {
        (min, UNBOUNDED) => format!("{} nodes or more", count(u64::from(min))),
        (min, max) if min == max => format!("{} nodes", count(u64::from(max))),
        (min, max) => format!("{} to {} nodes", count(u64::from(min)), count(u64::from(max))),
    };
    let Allocatable { cpu, memory } = allocatable(machine, *pods_max);
    let value = format!("{nodes}, {word}, {} pods on each", pool.pods_per_node);
    let why = source(machine.cloud());
    let why = format!("{machine_type}: {cpu} and {} MiB are {why}", memory.0 >> 20);
    notes.assume(&pool.name, value, &why);
    let (price, stock_out) = match capacity {
        CapacityType::Spot => (&machine.spot_price, &machine.spot_stock_out),
        CapacityType::OnDemand => (&machine.price, &machine.stock_out),
    };
    let shown = price.value.map_or_else(|| "unknown".to_owned(), |price| price.to_string());
    notes.assume(&format!("price of {machine_type}, {word}"), shown, origin(price.origin));
    notes.assume_setting(&format!("time to a new {machine_type}"), &machine.provisioning);
    notes.assume_setting(&format!("part of orders without stock, {word}"), stock_out);
    if *capacity == CapacityType::Spot {
        if price.value.is_none() {
            let first = "its place before dearer nodes, for its price is not known";
            notes.leave_out(format!("{}: {first}", pool.name));
        }
        let notice = settings.spot.notice(machine.cloud());
        notes.assume_setting("notice before a spot node goes", &notice);
    }
}

fn nothing_fits(pods: &Pods<'_>, refused: &[Refused]) -> Diagnostic {
    let message = format!("no node of the bundle takes the pods of {}", pods.workload);
    let mut problem = Diagnostic::error("no-node-fits", message);
    if let Some(span) = pods.span {
        problem = problem.at(span, "they would stay pending for ever");
    }
    let mut reasons = Vec::new();
    for Refused { pool, span, why } in refused {
        match span {
            Some(span) => problem = problem.also_at(*span, why),
            None => reasons.push(format!("{pool}: {why}")),
        }
    }
    let help = "change the pods or the pools, or add the pool that takes them";
    reasons.push(help.to_owned());
    problem.help(reasons.join("; "))
}
