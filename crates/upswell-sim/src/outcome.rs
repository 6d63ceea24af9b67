//! What a rehearsal hands out: versioned, the same for JSON and for people.

use serde::Serialize;
use upswell_engine::record::Record;
use upswell_units::{Duration, Replicas};

use crate::found::Found;
use crate::summary::Summary;

/// Version of the JSON that a rehearsal prints; raised when a field changes its meaning.
pub const VERSION: u32 = 1;

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
    /// The runs, stock first.
    pub runs: Vec<Run>,
}

/// The traffic of a rehearsal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrafficFacts {
    /// Where it comes from.
    pub source: String,
    /// How many requests.
    pub requests: usize,
    /// From the start to the last arrival, in seconds.
    pub span_s: f64,
    /// Most arrivals in a whole second.
    pub busiest_second: usize,
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
    /// The run at even steps.
    pub timeline: Vec<Point>,
    /// What was decided: every write, and every change of reason.
    pub decisions: Vec<TimedRecord>,
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
    pub queued: usize,
    /// Requests in service.
    pub in_flight: usize,
    /// Replicas that were asked for.
    pub wanted: Replicas,
    /// Replicas that take requests.
    pub ready: Replicas,
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
