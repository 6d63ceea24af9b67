//! ContainerNodePool: a node pool of GKE.
//!
//! Source: Config Connector, CRD containernodepools of August 2026; GKE "About cluster
//! autoscaling", "About node pools", "Spot VMs", "Run GPUs".

use upswell_manifests::kinds::ContainerNodePool;
use upswell_manifests::kinds::container_node_pool::{ContainerNodePoolSpec, NodeConfig, NodeTaint};
use upswell_manifests::settings::{Machine, Settings};
use upswell_units::Spanned;

use super::label::{self, Labels};
use super::offer::{
    CLUSTER_AUTOSCALER_SCALE_DOWN, Manifest, NO_SCALE_DOWN, Offer, PODS_MAX, Taint, Unknown,
};
use crate::cluster::{CapacityType, NodeManager};
use crate::prepare::notes::Notes;

/// GKE's machine type where a pool names none.
const MACHINE_TYPE: &str = "e2-medium";

/// Returns what a pool of GKE offers.
pub(super) fn manifest(
    pool: &ContainerNodePool,
    settings: &Settings,
    notes: &mut Notes,
) -> Manifest {
    let metadata = &pool.metadata;
    let name = format!("ContainerNodePool/{}", metadata.name());
    Manifest {
        pools: offer(&name, metadata.name(), &pool.spec, settings, notes)
            .map(|offer| vec![vec![offer]]),
        span: metadata.name.as_ref().map(|name| name.span),
        name,
    }
}

fn offer(
    pool: &str,
    name: &str,
    spec: &ContainerNodePoolSpec,
    settings: &Settings,
    notes: &mut Notes,
) -> Result<Offer, Unknown> {
    let config = spec.node_config.as_ref();
    let machine_type = config.and_then(|config| config.machine_type.as_ref());
    let machine_type = machine_type.map_or(MACHINE_TYPE, |name| name.value.as_str());
    let machine = settings.machine(machine_type).ok_or_else(|| unknown_machine(machine_type))?;
    let is = |flag: Option<&Spanned<bool>>| flag.is_some_and(|flag| flag.value);
    let is_preemptible = is(config.and_then(|config| config.preemptible.as_ref()));
    let is_spot = is_preemptible || is(config.and_then(|config| config.spot.as_ref()));
    if is_preemptible {
        notes.leave_out(format!("{pool}: the end of preemptible machines after 24 hours"));
    }
    let zones = zones(pool, spec, notes);
    let (manager, nodes_min, nodes_max) = bounds(spec, zones.len())?;
    let added = config.map_or(0, |config| {
        let counts = config.guest_accelerators.iter().map(|gpus| gpus.count.value);
        counts.fold(0, u32::saturating_add)
    });
    let gpus = added.max(machine.gpus.value);
    Ok(Offer {
        pool: pool.to_owned(),
        manager,
        capacity: if is_spot { CapacityType::Spot } else { CapacityType::OnDemand },
        gpus,
        zones,
        nodes_min,
        nodes_max,
        pods_max: spec.max_pods_per_node.as_ref().map_or(PODS_MAX, |most| most.value),
        weight: 0,
        labels: Some(labels(name, config, &machine, is_spot, is_preemptible)),
        taints: taints(config, gpus),
        scale_down: match manager {
            NodeManager::Fixed => NO_SCALE_DOWN,
            _ => CLUSTER_AUTOSCALER_SCALE_DOWN,
        },
        machine,
    })
}

/// A machine type of which neither the file nor the table knows the size.
fn unknown_machine(machine_type: &str) -> Unknown {
    Unknown(format!("the size of a {machine_type} is not known; add it to `nodes` of upswell.yaml"))
}

/// The zones of the pool's nodes. A region has three for a pool, of which the manifest names none.
fn zones(pool: &str, spec: &ContainerNodePoolSpec, notes: &mut Notes) -> Vec<String> {
    if !spec.node_locations.is_empty() {
        return spec.node_locations.iter().map(|zone| zone.value.clone()).collect();
    }
    let location = spec.location.as_ref().map_or("region", |location| location.value.as_str());
    if is_zone(location) {
        return vec![location.to_owned()];
    }
    let source = format!("three zones of {location}; `nodeLocations` would say which");
    notes.assume(&format!("zones of {pool}"), format!("{location}-a, -b, -c"), &source);
    ["a", "b", "c"].map(|zone| format!("{location}-{zone}")).into()
}

/// A zone is a region and a letter: `us-central1-a`.
fn is_zone(location: &str) -> bool {
    let last = location.rsplit_once('-').map(|(_, last)| last);
    last.is_some_and(|last| last.len() == 1 && last.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Who keeps the pool, its fewest and its most nodes over all zones.
fn bounds(spec: &ContainerNodePoolSpec, zones: usize) -> Result<(NodeManager, u32, u32), Unknown> {
    let count = |written: &Option<Spanned<u32>>| written.as_ref().map(|count| count.value);
    let zones = u32::try_from(zones).unwrap_or(u32::MAX);
    let in_all = |of_a_zone: u32| of_a_zone.saturating_mul(zones);
    let Some(autoscaling) = &spec.autoscaling else {
        let nodes = count(&spec.node_count).or(count(&spec.initial_node_count)).unwrap_or(0);
        return Ok((NodeManager::Fixed, in_all(nodes), in_all(nodes)));
    };
    let autoscaling = &autoscaling.value;
    let min = count(&autoscaling.total_min_node_count)
        .or(count(&autoscaling.min_node_count).map(in_all))
        .unwrap_or(0);
    let max = count(&autoscaling.total_max_node_count)
        .or(count(&autoscaling.max_node_count).map(in_all))
        .ok_or_else(|| Unknown("its autoscaling has no maximum".to_owned()))?;
    Ok((NodeManager::ClusterAutoscaler, min.min(max), max))
}

fn labels(
    name: &str,
    config: Option<&NodeConfig>,
    machine: &Machine,
    is_spot: bool,
    is_preemptible: bool,
) -> Labels {
    let mut labels = label::of_machine(machine);
    let mut add = |key: &str, value: &str| drop(labels.insert(key.to_owned(), value.to_owned()));
    add(label::GKE_NODE_POOL, name);
    add(label::GKE_PROVISIONING, if is_spot { "spot" } else { "standard" });
    if is_preemptible {
        add(label::GKE_PREEMPTIBLE, "true");
    } else if is_spot {
        add(label::GKE_SPOT, "true");
    }
    let Some(config) = config else { return labels };
    if let Some(gpus) = config.guest_accelerators.first() {
        add(label::GKE_ACCELERATOR, &gpus.accelerator_type.value);
    }
    for (key, value) in &config.labels {
        add(key, &value.value);
    }
    labels
}

/// The taints of the manifest, and the one that GKE puts on nodes with GPUs.
fn taints(config: Option<&NodeConfig>, gpus: u32) -> Vec<Taint> {
    let written = config.map(|config| &config.taints[..]).unwrap_or_default();
    let written = written.iter().map(|NodeTaint { key, value, effect }| Taint {
        key: key.value.clone(),
        value: value.value.clone(),
        effect: match effect.value.as_str() {
            "NO_EXECUTE" => "NoExecute",
            "PREFER_NO_SCHEDULE" => "PreferNoSchedule",
            _ => "NoSchedule",
        },
    });
    let of_gpus = (gpus > 0).then(|| Taint {
        key: "nvidia.com/gpu".to_owned(),
        value: "present".to_owned(),
        effect: "NoSchedule",
    });
    written.chain(of_gpus).collect()
}
