//! What lines can ask for: gauges at a moment, facts of the whole run.

use upswell_engine::horizontal::Outcome;
use upswell_sim::{DemandToReady, Percentiles, Run, Summary, Surge};

use crate::words::{Unit, Words, unknown};

/// What has a value at every moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gauge {
    /// Replicas that were asked for.
    Desired,
    /// Replicas that take requests.
    Ready,
    /// Requests that wait.
    Queued,
    /// Requests in service.
    InFlight,
    /// Replicas that wait for a node.
    Pending,
    /// Nodes.
    Nodes,
    /// Spot nodes.
    Spot,
}

/// What a run came to, as one number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fact {
    /// How many.
    Count(fn(&Run) -> u64),
    /// Something else; nothing where the run has no such number.
    Number(Unit, fn(&Run) -> Option<f64>),
    /// A percentile of a distribution of times.
    Time(fn(&Summary) -> Percentiles, fn(&Percentiles) -> Option<f64>),
    /// A part of the way to a replica at the slowest surge.
    Part(SurgeWay, fn(&DemandToReady) -> f64),
}

/// A distribution of times, by name.
type Times = (&'static str, fn(&Summary) -> Percentiles);
/// A percentile, by name.
type Rank = (&'static str, fn(&Percentiles) -> Option<f64>);
/// What a surge waited for.
type SurgeWay = fn(&Surge) -> Option<DemandToReady>;
/// A part of the way to a replica, by name.
type Part = (&'static str, fn(&DemandToReady) -> f64);

const GAUGES: [(&str, Gauge); 7] = [
    ("desired", Gauge::Desired),
    ("ready", Gauge::Ready),
    ("queued", Gauge::Queued),
    ("in-flight", Gauge::InFlight),
    ("pending", Gauge::Pending),
    ("nodes", Gauge::Nodes),
    ("spot", Gauge::Spot),
];

const FACTS: [(&str, Fact); 21] = [
    ("requests", Fact::Count(|run| run.summary.requests)),
    ("completed", Fact::Count(|run| run.summary.completed)),
    ("unfinished", Fact::Count(|run| run.summary.unfinished)),
    ("lost", Fact::Count(|run| run.summary.lost)),
    ("timed-out", Fact::Count(|run| run.summary.timed_out)),
    ("retries", Fact::Count(|run| run.summary.retries)),
    ("throttled", Fact::Count(|run| run.summary.throttled)),
    ("requeued", Fact::Count(|run| run.summary.requeued)),
    ("writes", Fact::Count(writes)),
    ("ups", Fact::Count(|run| run.summary.scale_ups)),
    ("downs", Fact::Count(|run| run.summary.scale_downs)),
    ("surges", Fact::Count(|run| run.surges.len() as u64)),
    ("interrupted", Fact::Number(Unit::Count, |run| Some(run.nodes.as_ref()?.interrupted as f64))),
    ("stock-outs", Fact::Number(Unit::Count, |run| Some(run.nodes.as_ref()?.stock_outs as f64))),
    (
        "longest-pending",
        Fact::Number(Unit::Time, |run| Some(run.nodes.as_ref()?.longest_pending_s * 1000.0)),
    ),
    ("replica-hours", Fact::Number(Unit::Hours, |run| Some(run.summary.replica_hours))),
    ("within", Fact::Number(Unit::Share, |run| run.summary.within_goal)),
    ("cost", Fact::Number(Unit::Usd, |run| Some(run.money?.usd))),
    ("saved", Fact::Number(Unit::Share, |run| Some(run.money?.saved))),
    ("first-ready", Fact::Part(first, |way| way.total_s)),
    ("enough-ready", Fact::Part(enough, |way| way.total_s)),
];

const TIMES: [Times; 3] = [
    ("wait", |summary| summary.queue_wait),
    ("latency", |summary| summary.latency),
    ("first-token", |summary| summary.time_to_first_token),
];

const WAYS: [(&str, SurgeWay); 2] = [("first-ready", first), ("enough-ready", enough)];

const PARTS: [Part; 4] = [
    ("decision", |way| way.decision_s),
    ("node", |way| way.node_s),
    ("image", |way| way.image_s),
    ("start", |way| way.start_s),
];

const RANKS: [Rank; 5] = [
    ("mean", |times| times.mean_ms),
    ("p50", |times| times.p50_ms),
    ("p95", |times| times.p95_ms),
    ("p99", |times| times.p99_ms),
    ("max", |times| times.max_ms),
];

/// Every word of this file.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let gauges = GAUGES.iter().map(|(name, _)| *name);
    let facts = FACTS.iter().map(|(name, _)| *name);
    let times = TIMES.iter().map(|(name, _)| *name);
    let ranks = RANKS.iter().map(|(name, _)| *name);
    gauges.chain(facts).chain(times).chain(ranks).chain(PARTS.iter().map(|(name, _)| *name))
}

impl Gauge {
    pub(crate) fn read(words: &mut Words<'_>) -> Result<Self, String> {
        find(words.take("what to look at")?, &GAUGES)
    }
}

impl Fact {
    pub(crate) fn read(words: &mut Words<'_>) -> Result<Self, String> {
        let word = words.take("a fact")?;
        if let Some((_, rank)) = RANKS.iter().find(|(name, _)| *name == word) {
            return Ok(Self::Time(find(words.take("what time")?, &TIMES)?, *rank));
        }
        let Some((_, part)) = PARTS.iter().find(|(name, _)| *name == word) else {
            return find(word, &FACTS);
        };
        Ok(Self::Part(find(words.take("`first-ready` or `enough-ready`")?, &WAYS)?, *part))
    }

    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Count(_) => Unit::Count,
            Self::Number(unit, _) => unit,
            Self::Time(..) | Self::Part(..) => Unit::Time,
        }
    }

    /// Returns the number, if the run has it.
    pub(crate) fn of(self, run: &Run) -> Option<f64> {
        match self {
            Self::Count(count) => Some(count(run) as f64),
            Self::Number(_, number) => number(run),
            Self::Time(times, rank) => rank(&times(&run.summary)),
            Self::Part(way, part) => slowest(run, way).map(|way| part(&way) * 1000.0),
        }
    }
}

/// Finds what a word names.
fn find<T: Copy>(word: &str, known: &[(&'static str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        unknown(word, &names)
    })
}

fn writes(run: &Run) -> u64 {
    let is_write = |outcome: &Outcome| *outcome == Outcome::ScaleWritten;
    run.decisions.iter().filter(|timed| is_write(&timed.record.outcome)).count() as u64
}

const fn first(surge: &Surge) -> Option<DemandToReady> {
    surge.first
}

const fn enough(surge: &Surge) -> Option<DemandToReady> {
    surge.enough
}

/// The way at the surge that waited longest; nothing if one waited in vain or there is none.
fn slowest(run: &Run, way: SurgeWay) -> Option<DemandToReady> {
    let ways: Option<Vec<DemandToReady>> = run.surges.iter().map(way).collect();
    ways?.into_iter().max_by(|a, b| a.total_s.total_cmp(&b.total_s))
}
