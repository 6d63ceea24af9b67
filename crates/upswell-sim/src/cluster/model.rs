//! What a cluster is made of: the plain data that a scenario holds.

use serde::Serialize;
pub use upswell_engine::nodes::ScaleDown;
use upswell_manifests::settings::UsdPerHour;
use upswell_units::{Duration, Replicas};

use crate::random::Distribution;

/// Nodes, and the way of a pod from its creation to readiness and from its end signal to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterModel {
    /// Pools whose nodes take the workload's pods. None: there is room for every pod, and nothing
    /// has a price.
    pub pools: Vec<Pool>,
    /// From the binding of a pod to its readiness.
    pub startup: Startup,
    /// From the end signal of a pod to its kill.
    pub grace: Duration,
    /// How the scheduler spreads the pods over zones.
    pub zone_spread: ZoneSpread,
    /// Pods that a voluntary disruption may take from the workload at a time; no bound unless a
    /// PodDisruptionBudget says so.
    pub disruption_budget: Option<DisruptionBudget>,
    /// How spot nodes are lost.
    pub interruptions: Interruptions,
}

/// From the binding of a pod to its readiness: one part after the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Startup {
    /// Pull of the image; nothing on a node that has it.
    pub image: Distribution,
    /// Start of the process, until it could answer.
    pub start: Distribution,
    /// Until the readiness probe notices.
    pub readiness: Distribution,
}

/// How the scheduler spreads pods over zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ZoneSpread {
    /// Not at all.
    #[default]
    None,
    /// The zone with the fewest pods comes first (`ScheduleAnyway`).
    Prefer,
    /// Zones never differ by more pods than this (`DoNotSchedule`).
    Require {
        /// `maxSkew`.
        max_skew: u32,
    },
}

/// A PodDisruptionBudget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DisruptionBudget {
    /// So many pods may be unavailable.
    MaxUnavailable(Replicas),
    /// So many pods stay available.
    MinAvailable(Replicas),
    /// This part of the pods, in percent and rounded up, may be unavailable.
    MaxUnavailablePercent(u32),
    /// This part of the pods, in percent and rounded up, stays available.
    MinAvailablePercent(u32),
}

/// Like nodes of a cluster, of which somebody keeps as many as the pods need.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Name, as in `ContainerNodePool/llm-worker-spot`.
    pub name: String,
    /// Who keeps it.
    pub manager: NodeManager,
    /// Whether its nodes can be taken away.
    pub capacity: CapacityType,
    /// The machine type, as in `n2-standard-4`.
    pub machine_type: String,
    /// The zones of its nodes; at least one.
    pub zones: Vec<String>,
    /// Fewest nodes, over all zones.
    pub nodes_min: u32,
    /// Most nodes, over all zones.
    pub nodes_max: u32,
    /// Pods of the workload that fit on one node; at least one.
    pub pods_per_node: u32,
    /// Sum of the weights of the pods' preferred node affinities that its nodes meet.
    pub preference: i32,
    /// Pools of higher weight grow first; Karpenter's `weight`.
    pub weight: i32,
    /// Price of a node; unknown where no list has it.
    pub price: Option<UsdPerHour>,
    /// The price of the same machine on demand, to compare with.
    pub on_demand_price: Option<UsdPerHour>,
    /// From the order of a node to its readiness.
    pub provisioning: Distribution,
    /// Part of the orders that the cloud cannot serve, from 0 to 1.
    pub stock_out: f64,
    /// From the notice of an interruption to the kill of ordinary pods.
    pub notice: Duration,
    /// How nodes that are not needed go.
    pub scale_down: ScaleDown,
}

/// Who keeps a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeManager {
    /// The cluster autoscaler: looks every ten seconds.
    ClusterAutoscaler,
    /// Karpenter: gathers pending pods for a second.
    Karpenter,
    /// Nobody: the number of nodes stays at [`Pool::nodes_min`]; the cloud replaces what it takes.
    Fixed,
}

/// Whether nodes can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityType {
    /// They stay until they are given back.
    OnDemand,
    /// The cloud may take them, at a lower price.
    Spot,
}

/// How spot nodes are lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Interruptions {
    /// Never.
    None,
    /// At a rate.
    Rate {
        /// Losses of one node in an hour.
        per_node_hour: f64,
        /// Part of them in which half of the zone's spot nodes go at once, from 0 to 1.
        zone_share: f64,
    },
    /// As recorded, from the start of the run.
    Recorded(Vec<Loss>),
}

/// A recorded loss of nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// When, from the start.
    pub at: Duration,
    /// Part of the spot nodes that are lost, above 0 and at most 1.
    pub share: f64,
}
