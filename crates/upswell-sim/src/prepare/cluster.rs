//! What is true of the whole cluster: how pods start, spread and are evicted, how spot nodes go.

use upswell_manifests::decode::IntOrString;
use upswell_manifests::kinds::pod::{self, TopologySpreadConstraint};
use upswell_manifests::kinds::pod_disruption_budget::PodDisruptionBudgetSpec;
use upswell_manifests::kinds::{Object, PodSpec};
use upswell_manifests::settings::{self, Settings};
use upswell_units::Replicas;

use super::nodes::label;
use super::notes::{Notes, name};
use super::pods::Pods;
use super::worker::distribution;
use crate::cluster::{
    CapacityType, ClusterModel, DisruptionBudget, Interruptions, Pool, Startup, ZoneSpread,
};

/// Makes the model of the cluster; a recorded loss of nodes replaces that of the settings.
pub(super) fn cluster(
    settings: &Settings,
    objects: &[&Object],
    pods: &Pods<'_>,
    pools: Vec<Pool>,
    recorded: Option<Interruptions>,
    notes: &mut Notes,
) -> ClusterModel {
    let spec = pods.spec();
    let grace =
        spec.map_or(pod::DEFAULT_TERMINATION_GRACE_PERIOD, PodSpec::termination_grace_period);
    let zone_spread = if pools.is_empty() { ZoneSpread::None } else { zone_spread(pods, notes) };
    ClusterModel {
        startup: startup(&settings.startup, notes),
        grace,
        zone_spread,
        disruption_budget: disruption_budget(objects, pods, notes),
        interruptions: interruptions(&settings.spot, &pools, recorded, notes),
        pools,
    }
}

fn startup(startup: &settings::Startup, notes: &mut Notes) -> Startup {
    let settings::Startup { image, start, readiness } = startup;
    notes.assume_setting("start-up: image", image);
    notes.assume_setting("start-up: process", start);
    notes.assume_setting("start-up: readiness", readiness);
    Startup {
        image: distribution(image.value),
        start: distribution(start.value),
        readiness: distribution(readiness.value),
    }
}

/// Returns how pods lie over zones.
///
/// A pod without constraints has the scheduler's own, which prefer an even spread.
/// Source: Kubernetes 1.36, plugins/podtopologyspread/plugin.go, systemDefaultConstraints.
fn zone_spread(pods: &Pods<'_>, notes: &mut Notes) -> ZoneSpread {
    let constraints = pods.spec().map(|spec| &spec.topology_spread_constraints[..]);
    let constraints = constraints.unwrap_or_default();
    if constraints.is_empty() {
        return ZoneSpread::Prefer;
    }
    let (mut spread, mut skew) = (ZoneSpread::None, None::<u32>);
    for constraint in constraints {
        let TopologySpreadConstraint { max_skew, topology_key, when_unsatisfiable, .. } =
            constraint;
        let is_required = when_unsatisfiable.value == "DoNotSchedule";
        if !pods.are_selected_by(constraint.label_selector.as_ref()) {
            notes.leave_out(format!("{}: its spread against other pods", pods.workload));
        } else if topology_key.value != label::ZONE {
            // The scheduler of the simulation fills nodes evenly only where nothing else counts.
            if is_required {
                let key = &topology_key.value;
                notes.leave_out(format!("{}: its spread over {key}", pods.workload));
            }
        } else if is_required {
            let this = u32::try_from(max_skew.value).unwrap_or(0).max(1);
            skew = Some(skew.map_or(this, |skew| skew.min(this)));
        } else {
            spread = ZoneSpread::Prefer;
        }
    }
    skew.map_or(spread, |max_skew| ZoneSpread::Require { max_skew })
}

/// Returns the one budget of the pods.
///
/// With two of them every eviction is refused: the API does not know which one counts.
/// Source: Kubernetes 1.36, registry/core/pod/storage/eviction.go.
fn disruption_budget(
    objects: &[&Object],
    pods: &Pods<'_>,
    notes: &mut Notes,
) -> Option<DisruptionBudget> {
    let mut found: Option<(&Object, Option<DisruptionBudget>)> = None;
    for object in objects {
        let Object::PodDisruptionBudget(budget) = object else { continue };
        let namespace = budget.metadata.namespace();
        let is_near =
            namespace.is_empty() || pods.namespace.is_empty() || namespace == pods.namespace;
        if !is_near || !pods.are_selected_by(budget.spec.selector.as_ref()) {
            notes.leave_out(format!("{}: it is about other pods", name(object)));
            continue;
        }
        if let Some((first, _)) = found {
            let what = format!("{} and {}", name(first), name(object));
            notes.assume(
                "evictions",
                "none",
                &format!("the API refuses them: {what} select the same pods"),
            );
            return Some(DisruptionBudget::MaxUnavailable(Replicas::ZERO));
        }
        found = Some((object, bound(&budget.spec)));
    }
    found.and_then(|(_, bound)| bound)
}

fn bound(spec: &PodDisruptionBudgetSpec) -> Option<DisruptionBudget> {
    use DisruptionBudget::{
        MaxUnavailable, MaxUnavailablePercent, MinAvailable, MinAvailablePercent,
    };
    let percent = |text: &str| text.strip_suffix('%')?.parse::<u32>().ok();
    let pods = |count: i32| Replicas(u32::try_from(count).unwrap_or(0));
    if let Some(max) = &spec.max_unavailable {
        return match &max.value {
            IntOrString::Int(count) => Some(MaxUnavailable(pods(*count))),
            IntOrString::String(text) => percent(text).map(MaxUnavailablePercent),
        };
    }
    match &spec.min_available.as_ref()?.value {
        IntOrString::Int(count) => Some(MinAvailable(pods(*count))),
        IntOrString::String(text) => percent(text).map(MinAvailablePercent),
    }
}

/// How spot nodes are lost, where there are any.
fn interruptions(
    spot: &settings::Spot,
    pools: &[Pool],
    recorded: Option<Interruptions>,
    notes: &mut Notes,
) -> Interruptions {
    if !pools.iter().any(|pool| pool.capacity == CapacityType::Spot) {
        if recorded.is_some() {
            notes.leave_out("the recorded losses of nodes: no pool is spot".to_owned());
        }
        return Interruptions::None;
    }
    if let Some(recorded) = recorded {
        let value = match &recorded {
            Interruptions::Recorded(losses) => format!("as recorded, {} of them", losses.len()),
            Interruptions::Rate { per_node_hour, .. } => format!("{per_node_hour} an hour"),
            Interruptions::None => "none".to_owned(),
        };
        notes.assume("losses of spot nodes", value, "the command line");
        return recorded;
    }
    let settings::Spot { interruptions_per_hour, zone_share, notice: _ } = spot;
    notes.assume_setting("losses of a spot node in an hour", interruptions_per_hour);
    notes.assume_setting("part of the losses that take half of a zone", zone_share);
    if interruptions_per_hour.value == 0.0 {
        return Interruptions::None;
    }
    Interruptions::Rate {
        per_node_hour: interruptions_per_hour.value,
        zone_share: zone_share.value,
    }
}
