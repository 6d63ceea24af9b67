//! NodePool: what Karpenter may order.
//!
//! Source: Karpenter 1.14, pkg/apis/v1/nodepool.go, and its page "NodePools".

use upswell_manifests::kinds::NodePool;
use upswell_manifests::kinds::node_pool::{NodePoolSpec, NodeRequirement};
use upswell_manifests::settings::{Cloud, Machine, Settings, UsdPerHour};
use upswell_units::{Duration, Quantity, Spanned};

use super::condition::holds;
use super::label::{self, Labels};
use super::offer::{Manifest, NO_SCALE_DOWN, Offer, PODS_MAX, Taint, UNBOUNDED, Unknown};
use crate::cluster::{CapacityType, NodeManager, ScaleDown};
use crate::prepare::notes::Notes;

/// Returns what a pool of Karpenter offers: a pool for each capacity type, spot first as Karpenter
/// does, and in it each machine type, the cheapest first.
pub(super) fn manifest(pool: &NodePool, settings: &Settings, notes: &mut Notes) -> Manifest {
    let metadata = &pool.metadata;
    let name = format!("NodePool/{}", metadata.name());
    Manifest {
        pools: offers(&name, metadata.name(), &pool.spec, settings, notes),
        span: metadata.name.as_ref().map(|name| name.span),
        name,
    }
}

fn offers(
    pool: &str,
    name: &str,
    spec: &NodePoolSpec,
    settings: &Settings,
    notes: &mut Notes,
) -> Result<Vec<Vec<Offer>>, Unknown> {
    let requirements = Requirements(&spec.template.spec.requirements);
    let machines = machines(pool, spec, requirements, settings, notes)?;
    let zones = zones(pool, requirements, notes)?;
    let custom = custom_labels(pool, spec, requirements, notes);
    let mut capacities = capacities(requirements)?;
    if spec.replicas.is_some() {
        capacities.truncate(1);
    }
    if capacities.len() > 1 && !spec.limits.is_empty() {
        notes.leave_out(format!("{pool}: its limits hold for spot and on-demand nodes apart"));
    }
    let scale_down = scale_down(pool, spec, notes);
    let of_capacity = |capacity: CapacityType| {
        let of_machine = |machine: &Machine| {
            let (manager, nodes_min, nodes_max) = bounds(spec, machine);
            let is_fixed = manager == NodeManager::Fixed;
            Offer {
                pool: match capacities.len() {
                    1 => pool.to_owned(),
                    _ => format!("{pool} ({})", word(capacity)),
                },
                manager,
                capacity,
                gpus: machine.gpus.value,
                zones: zones.clone(),
                nodes_min,
                nodes_max,
                pods_max: PODS_MAX,
                weight: spec.weight.as_ref().map_or(0, |weight| weight.value),
                labels: Some(labels(name, capacity, machine, &custom)),
                taints: taints(spec),
                scale_down: if is_fixed { NO_SCALE_DOWN } else { scale_down },
                machine: machine.clone(),
            }
        };
        let mut offers: Vec<Offer> = machines.iter().map(of_machine).collect();
        offers.sort_by_key(|offer| (price(offer).is_none(), price(offer)));
        offers
    };
    Ok(capacities.iter().copied().map(of_capacity).collect())
}

fn price(offer: &Offer) -> Option<UsdPerHour> {
    match offer.capacity {
        CapacityType::Spot => offer.machine.spot_price.value,
        CapacityType::OnDemand => offer.machine.price.value,
    }
}

const fn word(capacity: CapacityType) -> &'static str {
    match capacity {
        CapacityType::Spot => "spot",
        CapacityType::OnDemand => "on-demand",
    }
}

/// The requirements of a pool.
#[derive(Clone, Copy)]
struct Requirements<'a>(&'a [NodeRequirement]);

impl<'a> Requirements<'a> {
    fn on(self, key: &str) -> impl Iterator<Item = &'a NodeRequirement> {
        self.0.iter().filter(move |requirement| requirement.key.value == key)
    }

    /// The values that `In` lists for a label; none where there is no `In`.
    fn listed(self, key: &str) -> Option<Vec<&'a str>> {
        let mut lists = self.on(key).filter(|requirement| requirement.operator.value == "In");
        lists.next().map(|list| list.values.iter().map(|value| value.value.as_str()).collect())
    }

    /// Whether all requirements on a label hold for a value. An operator that is not known holds.
    fn allow(self, key: &str, value: Option<&str>) -> bool {
        let holds = |due: &NodeRequirement| holds(&due.operator.value, &due.values, value);
        self.on(key).all(|due| holds(due) != Some(false))
    }
}

/// Spot before on-demand; on-demand alone unless the pool says something.
fn capacities(requirements: Requirements<'_>) -> Result<Vec<CapacityType>, Unknown> {
    let key = label::KARPENTER_CAPACITY_TYPE;
    if requirements.on(key).next().is_none() {
        return Ok(vec![CapacityType::OnDemand]);
    }
    let all = [CapacityType::Spot, CapacityType::OnDemand];
    let allowed = all.into_iter().filter(|capacity| requirements.allow(key, Some(word(*capacity))));
    let allowed: Vec<_> = allowed.collect();
    let nothing = || Unknown(format!("its {key} is neither spot nor on-demand"));
    if allowed.is_empty() { Err(nothing()) } else { Ok(allowed) }
}

fn zones(
    pool: &str,
    requirements: Requirements<'_>,
    notes: &mut Notes,
) -> Result<Vec<String>, Unknown> {
    let listed = requirements.listed(label::ZONE);
    if listed.is_none() {
        let source = "a judgement: the requirements name no zones";
        notes.assume(&format!("zones of {pool}"), "zone-a, -b, -c", source);
    }
    let zones = listed.unwrap_or_else(|| vec!["zone-a", "zone-b", "zone-c"]);
    let zones = zones.into_iter().filter(|zone| requirements.allow(label::ZONE, Some(zone)));
    let zones: Vec<_> = zones.map(str::to_owned).collect();
    if zones.is_empty() {
        Err(Unknown("its requirements leave no zone".to_owned()))
    } else {
        Ok(zones)
    }
}

/// The machine types that meet the requirements: of those that are listed, or else of
/// `upswell.yaml`, or else of the table of the pool's cloud.
fn machines(
    pool: &str,
    spec: &NodePoolSpec,
    requirements: Requirements<'_>,
    settings: &Settings,
    notes: &mut Notes,
) -> Result<Vec<Machine>, Unknown> {
    let candidates: Vec<Machine> = match requirements.listed(label::INSTANCE_TYPE) {
        Some(listed) => {
            let unknown = listed.iter().filter(|name| settings.machine(name).is_none());
            let unknown: Vec<_> = unknown.copied().collect();
            if !unknown.is_empty() && unknown.len() < listed.len() {
                let names = unknown.join(", ");
                notes.leave_out(format!("{pool}, {names}: add them to `nodes` of upswell.yaml"));
            }
            listed.iter().filter_map(|name| settings.machine(name)).collect()
        }
        None if settings.nodes.is_empty() => {
            cloud(spec).into_iter().flat_map(Machine::all_known).collect()
        }
        None => settings.nodes.clone(),
    };
    let meets = |machine: &Machine| {
        let labels = label::of_machine(machine);
        let value = |key: &str| labels.get(key).map(String::as_str);
        label::OF_MACHINE.iter().all(|key| requirements.allow(key, value(key)))
    };
    let machines: Vec<_> = candidates.into_iter().filter(meets).collect();
    if machines.is_empty() {
        let why = "no machine type of known size meets its requirements; add one to `nodes` of \
                   upswell.yaml";
        return Err(Unknown(why.to_owned()));
    }
    Ok(machines)
}

/// Whose machines the pool orders, told by the API group of its class.
fn cloud(spec: &NodePoolSpec) -> Option<Cloud> {
    let group = spec.template.spec.node_class_ref.as_mapping()?.get("group")?.as_str()?;
    match group {
        "karpenter.k8s.aws" => Some(Cloud::Aws),
        "karpenter.azure.com" => Some(Cloud::Azure),
        "karpenter.k8s.gcp" => Some(Cloud::Gcp),
        _ => None,
    }
}

/// Labels that the pool itself gives its nodes. A requirement with one value is such a label.
fn custom_labels(
    pool: &str,
    spec: &NodePoolSpec,
    requirements: Requirements<'_>,
    notes: &mut Notes,
) -> Labels {
    let written = spec.template.metadata.iter().flat_map(|metadata| &metadata.labels);
    let mut labels: Labels =
        written.map(|(key, value)| (key.clone(), value.value.clone())).collect();
    for NodeRequirement { key, operator, values, min_values: _ } in requirements.0 {
        let key = key.value.as_str();
        let is_read = label::OF_MACHINE.contains(&key)
            || matches!(key, label::ZONE | label::KARPENTER_CAPACITY_TYPE);
        match (operator.value.as_str(), &values[..]) {
            _ if is_read => {}
            ("In", [value]) if !key.contains("karpenter.") => {
                labels.insert(key.to_owned(), value.value.clone());
            }
            _ => notes.leave_out(format!("{pool}: its requirement on {key}, taken to be met")),
        }
    }
    labels
}

fn labels(name: &str, capacity: CapacityType, machine: &Machine, custom: &Labels) -> Labels {
    let mut labels = label::of_machine(machine);
    labels.extend(custom.clone());
    labels.insert(label::KARPENTER_NODE_POOL.to_owned(), name.to_owned());
    labels.insert(label::KARPENTER_CAPACITY_TYPE.to_owned(), word(capacity).to_owned());
    labels
}

/// Taints of ready nodes: those of the start are gone by then.
fn taints(spec: &NodePoolSpec) -> Vec<Taint> {
    let taints = spec.template.spec.taints.iter().map(|taint| Taint {
        key: taint.key.value.clone(),
        value: taint.value.as_ref().map_or(String::new(), |value| value.value.clone()),
        effect: match taint.effect.value.as_str() {
            "NoExecute" => "NoExecute",
            "PreferNoSchedule" => "PreferNoSchedule",
            _ => "NoSchedule",
        },
    });
    taints.collect()
}

/// Who keeps the pool, its fewest and its most nodes. Limits count whole machines, daemons and
/// what the cloud keeps included.
fn bounds(spec: &NodePoolSpec, machine: &Machine) -> (NodeManager, u32, u32) {
    if let Some(replicas) = &spec.replicas {
        let nodes = u32::try_from(replicas.value.max(0)).unwrap_or(UNBOUNDED);
        return (NodeManager::Fixed, nodes, nodes);
    }
    let nodes = |resource: &str, of_one: i64, amount: fn(&Quantity) -> i64| {
        let limit: Option<&Spanned<Quantity>> = spec.limits.get(resource);
        let limit = limit.filter(|_| of_one > 0);
        let nodes = limit.map(|limit| amount(&limit.value).max(0) / of_one);
        nodes.map_or(UNBOUNDED, |nodes| u32::try_from(nodes).unwrap_or(UNBOUNDED))
    };
    let most = [
        nodes("cpu", machine.cpu.value.0, Quantity::milli_value),
        nodes("memory", machine.memory.value.0, Quantity::value),
        nodes("nvidia.com/gpu", i64::from(machine.gpus.value), Quantity::value),
        nodes("nodes", 1, Quantity::value),
    ];
    (NodeManager::Karpenter, 0, most.into_iter().min().unwrap_or(UNBOUNDED))
}

/// A node that is empty goes after `consolidateAfter`; unless the policy is `WhenEmpty`, so does one
/// whose pods fit elsewhere, however full it is.
///
/// Karpenter also wants the move to be cheaper, which it is for like nodes.
fn scale_down(pool: &str, spec: &NodePoolSpec, notes: &mut Notes) -> ScaleDown {
    let disruption = spec.disruption.as_ref();
    let after = disruption.and_then(|disruption| disruption.consolidate_after.as_ref());
    let after = match after.map(|after| after.value.as_str()) {
        None => Duration::ZERO,
        Some("Never") => Duration::MAX,
        Some(text) => text.parse().unwrap_or_else(|_| {
            notes.leave_out(format!("{pool}: consolidateAfter {text}, taken for 0s"));
            Duration::ZERO
        }),
    };
    let policy = disruption.and_then(|disruption| disruption.consolidation_policy.as_ref());
    let is_empty_only = policy.is_some_and(|policy| policy.value == "WhenEmpty");
    if disruption.is_some_and(|disruption| !disruption.budgets.is_empty()) {
        notes.leave_out(format!("{pool}: its disruption budgets"));
    }
    ScaleDown { after, after_add: Duration::ZERO, below: if is_empty_only { 0.0 } else { 1.0 } }
}
