//! What a rehearsal hands out: versioned, the same for JSON and for people.

use serde::Serialize;
use upswell_engine::record::Record;
use upswell_units::{Duration, Replicas};

use crate::alerts::{Alert, ExpectationOutcome};
use crate::exporters::AlertHistory;
use crate::found::Found;
use crate::summary::Summary;

/// Version of the JSON that a rehearsal prints; raised when a field changes its meaning.
pub const VERSION: u32 = 3;

/// One or two runs over the same arrivals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rehearsal {
    /// [`VERSION`].
    pub version: u32,
    /// The seed of all draws: the same seed gives the same bytes.
    pub seed: u64,
    /// What was scaled.
    pub target: String,
    /// What was found in the manifests.
    pub found: Found,
    /// The traffic.
    pub traffic: TrafficFacts,
    /// What to reach, if `upswell.yaml` says so.
    pub goal: Option<Goal>,
    /// What was taken for granted, and whence.
    pub assumptions: Vec<Assumption>,
    /// What of the bundle plays no part in the runs, and why.
    pub not_simulated: Vec<String>,
    /// The alerts of the bundle, in the order of their rules.
    pub alerts: Vec<Alert>,
    /// What was expected of them, and what came; none without `--expect`.
    pub expectations: Vec<ExpectationOutcome>,
    /// The runs, stock first.
    pub runs: Vec<Run>,
}

/// The traffic of a rehearsal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrafficFacts {
    /// Where it comes from.
    pub source: String,
    /// How many requests.
    pub requests: u64,
    /// How long it lasts, in seconds.
    pub span_s: f64,
    /// Most arrivals in one second.
    pub busiest_second: u64,
}

/// What to reach: a share of the requests answered within a latency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// From arrival to answer, in milliseconds.
    #[serde(rename = "latency_ms", serialize_with = "as_millis")]
    pub latency: Duration,
    /// Share of the requests, from 0 to 1.
    pub share: f64,
}

/// Something that a rehearsal takes for granted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assumption {
    /// What it is about.
    pub what: String,
    /// What is taken.
    pub value: String,
    /// Where that comes from.
    pub source: String,
}

/// Who scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Kubernetes' HPA and KEDA with their periods.
    Stock,
    /// Upswell's own loop.
    Upswell,
}

/// One way through the traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Who scaled.
    pub mode: Mode,
    /// How often what is read and decided: all in which the modes differ. Absent where nobody
    /// scales.
    pub periods: Option<Periods>,
    /// What it came to.
    pub summary: Summary,
    /// What the fleet did at each surge of the traffic.
    pub surges: Vec<Surge>,
    /// The nodes under it; absent where the manifests have no pools.
    pub nodes: Option<Nodes>,
    /// What it cost; absent where no node has a price.
    pub money: Option<Money>,
    /// The run at even steps.
    pub timeline: Vec<Point>,
    /// What was decided: every write, and every change of reason.
    pub decisions: Vec<TimedRecord>,
    /// What became of the alerts of the bundle, in the order of their rules.
    pub alerts: Vec<AlertHistory>,
    /// What became of the samples of all series.
    pub samples: Samples,
}

/// What became of the samples that exporters and rules gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Samples {
    /// Those that were written: only of series that a trigger, an autoscaler or a rule selects.
    pub written: u64,
    /// Those that were dropped before their time, or not taken, because memory was full: alerts
    /// and triggers that need them saw less than they would have.
    pub lost: u64,
}

/// A decision with its time in the run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimedRecord {
    /// Seconds from the start.
    pub t_s: f64,
    /// Why, in one sentence.
    pub why: String,
    /// The decision.
    #[serde(flatten)]
    pub record: Record,
}

/// How often a loop reads and decides. The two modes differ in this table and in nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Periods {
    /// Between two horizontal decisions, in milliseconds.
    #[serde(rename = "horizontal_ms", serialize_with = "as_millis")]
    pub horizontal: Duration,
    /// Between two activation decisions, in milliseconds.
    #[serde(rename = "activation_ms", serialize_with = "as_millis")]
    pub activation: Duration,
    /// Between two looks at the nodes of the cluster autoscaler, in milliseconds.
    #[serde(rename = "nodes_ms", serialize_with = "as_millis")]
    pub nodes: Duration,
    /// Between two scrapes of CPU and memory, in milliseconds.
    #[serde(rename = "resource_metrics_ms", serialize_with = "as_millis")]
    pub resource_metrics: Duration,
    /// Whether one read serves all decisions of the same instant.
    pub shared_reads: bool,
    /// Whether a formula that gives no value counts as a failed reading. KEDA calls the object
    /// inactive, which may scale it to zero while the demand is unknown.
    pub strict_formulas: bool,
}

/// The run at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Seconds from the start.
    pub t_s: f64,
    /// Arrivals since the point before.
    pub arrivals: u64,
    /// Requests that wait.
    pub queued: u64,
    /// Requests in service.
    pub in_flight: u64,
    /// Replicas that were asked for.
    pub wanted: Replicas,
    /// Replicas that take requests.
    pub ready: Replicas,
    /// Replicas that wait for a node.
    pub pending: Replicas,
    /// Requests answered since the point before.
    pub completed: u64,
    /// Nodes that run; zero where the manifests have no pools.
    pub nodes: u32,
    /// Those of them that are spot.
    pub nodes_spot: u32,
}

/// A rate of at least twice the median of the ten minutes before, and what it took to meet it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Surge {
    /// When it began, in seconds from the start.
    pub t_s: f64,
    /// Median arrivals a second in the ten minutes before.
    pub rate_before: f64,
    /// Most arrivals a second in it, over ten seconds.
    pub rate: f64,
    /// Replicas that were ready when it began.
    pub ready_before: Replicas,
    /// Replicas that carry its rate: arrivals a second times seconds of service over slots.
    pub needed: Replicas,
    /// Until the first replica more was ready; absent if there was none in the run.
    pub first: Option<DemandToReady>,
    /// Until enough replicas were ready; absent if that was never so.
    pub enough: Option<DemandToReady>,
}

/// Where the time went from the start of a surge to a replica that helps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DemandToReady {
    /// All of it, in seconds; the sum of the parts.
    pub total_s: f64,
    /// Until the replica was asked for. Where a surge goes on growing, the time until it had
    /// grown so far is in it.
    pub decision_s: f64,
    /// Until it was on a node.
    pub node_s: f64,
    /// Until its image was there.
    pub image_s: f64,
    /// Until it was ready.
    pub start_s: f64,
}

/// The nodes of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nodes {
    /// Fewest nodes at any time.
    pub min: u32,
    /// Mean nodes over the run.
    pub mean: f64,
    /// Most nodes at any time.
    pub max: u32,
    /// Nodes times hours, on demand.
    pub on_demand_hours: f64,
    /// Nodes times hours, spot.
    pub spot_hours: f64,
    /// Nodes that were ordered.
    pub ordered: u64,
    /// Orders that the cloud could not serve.
    pub stock_outs: u64,
    /// Nodes that were given back.
    pub removed: u64,
    /// Spot nodes that the cloud took.
    pub interrupted: u64,
    /// Pods on them.
    pub interrupted_pods: u64,
    /// Requests that were in service in pods that were killed.
    pub interrupted_requests: u64,
    /// The pods that found no node for longest, in seconds.
    pub longest_pending_s: f64,
}

/// What the nodes of a run cost, in US dollars.
///
/// A node costs from its order's fulfilment to its end, by the second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Money {
    /// All of it.
    pub usd: f64,
    /// Of it, for nodes on demand.
    pub on_demand_usd: f64,
    /// Of it, for spot nodes.
    pub spot_usd: f64,
    /// For a thousand answered requests.
    pub per_1000_requests_usd: Option<f64>,
    /// For a million tokens, prompt and output, of answered requests.
    pub per_million_tokens_usd: Option<f64>,
    /// Of it, for slots that served nothing.
    pub idle_usd: f64,
    /// What the same node-hours cost on demand.
    pub all_on_demand_usd: f64,
    /// Part of that which spot saved, from 0 to 1.
    pub saved: f64,
    /// Node-hours whose price is not known; they are in no sum.
    pub unpriced_hours: f64,
}

impl Mode {
    /// Returns the name that `--as` takes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Upswell => "upswell",
        }
    }
}

impl Run {
    /// Returns whether the run reached the goal; absent without one.
    #[must_use]
    pub fn reached(&self, goal: Option<Goal>) -> Option<bool> {
        Some(self.summary.within_goal? >= goal?.share)
    }
}

fn as_millis<S: serde::Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(duration.as_millis())
}
