//! The ranking, and what of each run it keeps.

use std::cmp::Ordering;

use serde::Serialize;
use upswell_manifests::bundle::overrides::Grid;
use upswell_units::{Duration, Sources};

use crate::found::Fault;
use crate::outcome::{Assumption, Goal, Mode, Money, Nodes, Run, TrafficFacts};
use crate::prepare::Prepared;
use crate::summary::Summary;

/// Version of the JSON of a comparison; raised when a field changes its meaning.
pub const COMPARISON_VERSION: u32 = 1;

/// All combinations of a grid in all modes, over the same arrivals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// [`COMPARISON_VERSION`].
    pub version: u32,
    /// The seed of all draws: the same seed gives the same bytes.
    pub seed: u64,
    /// The traffic.
    pub traffic: TrafficFacts,
    /// What was changed.
    pub places: Vec<Place>,
    /// What all played combinations take for granted; what differs between them is left out.
    pub assumptions: Vec<Assumption>,
    /// What of the bundle plays no part in any played combination, and why.
    pub not_simulated: Vec<String>,
    /// What a cheaper run has less of.
    pub cost: Cost,
    /// What was played, the best one first: those that reached their goal by cost, then by
    /// the p95 of the latency; those that missed it by the share within it, then likewise. Of
    /// equal ones the one that changes less, then the one that comes first in the grid. Costs are
    /// equal if three significant digits are, so that nobody waits longer for a tenth of a percent.
    pub outcomes: Vec<Outcome>,
    /// Combinations that were not played, in the order of the grid.
    pub refused: Vec<Refusal>,
}

/// A place in the manifests with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Object and path, as they were given.
    pub name: String,
    /// The values, as they were given.
    pub values: Vec<String>,
    /// Position of the value that the manifests have by themselves, if it is among them.
    pub own: Option<usize>,
    /// What the manifests must say to have each value.
    pub lines: Vec<Line>,
}

/// A line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// `file:line:column` of what it replaces, or of the object that it joins.
    pub at: String,
    /// Its text, without the indentation.
    pub text: String,
}

/// What the ranking calls cheap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Dollars of the nodes: every node-hour of every run has a price.
    Usd,
    /// Replicas times hours.
    ReplicaHours,
}

/// One combination in one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Number of the combination in the grid, from 0; the last place changes fastest.
    pub combination: usize,
    /// Position of the value of each place.
    pub choices: Vec<usize>,
    /// Whether the manifests have all these values by themselves.
    pub is_as_written: bool,
    /// What was scaled, what was aimed at, and what became of it.
    #[serde(flatten)]
    pub played: Played,
}

/// What is kept of a run: no timeline and no decisions, so that a thousand runs fit in memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Played {
    /// Who scaled.
    pub mode: Mode,
    /// What was scaled.
    pub target: String,
    /// What to reach.
    pub goal: Option<Goal>,
    /// Whether it was reached; absent without a goal.
    pub reached: Option<bool>,
    /// What it came to.
    pub summary: Summary,
    /// The nodes under it; absent where the manifests have no pools.
    pub nodes: Option<Nodes>,
    /// What it cost; absent where no node has a price.
    pub money: Option<Money>,
    #[serde(skip)]
    pub(super) assumptions: Vec<Assumption>,
    #[serde(skip)]
    pub(super) not_simulated: Vec<String>,
}

/// A combination that the cluster refuses, or that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Number of the combination in the grid, from 0.
    pub combination: usize,
    /// Position of the value of each place.
    pub choices: Vec<usize>,
    /// Why.
    pub faults: Vec<Fault>,
}

/// What became of every combination in every mode.
#[derive(Debug)]
pub struct Trials {
    /// The modes.
    pub modes: Vec<Mode>,
    /// The first combination in all modes, then the second one, and so on.
    pub outcomes: Vec<Result<Played, Vec<Fault>>>,
    /// The seed of all draws.
    pub seed: u64,
    /// Where the traffic comes from.
    pub source: String,
    /// How long it lasts.
    pub span: Duration,
}

impl Played {
    /// Keeps what a comparison needs of a run.
    #[must_use]
    pub fn new(prepared: &Prepared, run: Run) -> Self {
        let Prepared { scenario, target, assumptions, not_simulated, .. } = prepared;
        let reached = run.reached(scenario.goal);
        let Run { mode, summary, nodes, money, .. } = run;
        Self {
            mode,
            target: target.to_string(),
            goal: scenario.goal,
            reached,
            summary,
            nodes,
            money,
            assumptions: assumptions.clone(),
            not_simulated: not_simulated.clone(),
        }
    }

    /// Dollars, if they are all that the run cost.
    fn usd(&self) -> Option<f64> {
        self.money.filter(|money| money.unpriced_hours <= 0.0).map(|money| money.usd)
    }
}

impl Cost {
    /// Dollars compare only where nobody's nodes are for free.
    fn of(outcomes: &[Outcome]) -> Self {
        let is_priced = |outcome: &Outcome| outcome.played.usd().is_some();
        if outcomes.iter().all(is_priced) { Self::Usd } else { Self::ReplicaHours }
    }

    fn amount(self, played: &Played) -> f64 {
        match self {
            Self::Usd => to_three_digits(played.usd().unwrap_or(f64::INFINITY)),
            Self::ReplicaHours => to_three_digits(played.summary.replica_hours),
        }
    }
}

impl Comparison {
    /// Ranks the trials of a grid; its places lie in the sources.
    #[must_use]
    pub fn new(trials: Trials, grid: &Grid, sources: &Sources) -> Self {
        let Trials { modes, outcomes: trials, seed, source, span } = trials;
        let (mut outcomes, mut refused) = (Vec::new(), Vec::<Refusal>::new());
        for (position, trial) in trials.into_iter().enumerate() {
            let combination = position / modes.len().max(1);
            let choices = grid.choices(combination);
            match trial {
                Ok(played) => {
                    let is_as_written = changes(grid, &choices) == 0;
                    outcomes.push(Outcome { combination, choices, is_as_written, played });
                }
                // It is refused in all modes alike.
                Err(_) if refused.last().is_some_and(|last| last.combination == combination) => {}
                Err(faults) => refused.push(Refusal { combination, choices, faults }),
            }
        }
        // The arrivals of all runs are the same.
        let summary = outcomes.first().map(|outcome| &outcome.played.summary);
        let traffic = TrafficFacts {
            source,
            requests: summary.map_or(0, |summary| summary.requests),
            span_s: span.as_secs_f64(),
            busiest_second: summary.map_or(0, |summary| summary.busiest_second),
        };
        let cost = Cost::of(&outcomes);
        let assumptions = shared(&outcomes, |played| &played.assumptions);
        let not_simulated = shared(&outcomes, |played| &played.not_simulated);
        outcomes.sort_by(|left, right| {
            let changes = |outcome: &Outcome| changes(grid, &outcome.choices);
            by_rank(cost, &left.played, &right.played)
                .then_with(|| changes(left).cmp(&changes(right)))
        });
        Self {
            version: COMPARISON_VERSION,
            seed,
            traffic,
            places: places(grid, sources),
            assumptions,
            not_simulated,
            cost,
            outcomes,
            refused,
        }
    }

    /// Returns the best of all outcomes; absent where nothing was played.
    #[must_use]
    pub fn best(&self) -> Option<&Outcome> {
        self.outcomes.first()
    }
}

fn places(grid: &Grid, sources: &Sources) -> Vec<Place> {
    let place = |axis: &upswell_manifests::bundle::overrides::Axis| {
        let changes = (0..axis.texts.len()).map(|choice| axis.change(choice));
        Place {
            name: axis.name.to_string(),
            values: axis.texts.clone(),
            own: axis.own,
            lines: changes
                .map(|change| Line { at: sources.location(change.at), text: change.line })
                .collect(),
        }
    };
    grid.axes().iter().map(place).collect()
}

/// How many values the manifests do not have by themselves.
fn changes(grid: &Grid, choices: &[usize]) -> usize {
    grid.axes().iter().zip(choices).filter(|(axis, choice)| axis.own != Some(**choice)).count()
}

/// Orders the better one first.
fn by_rank(cost: Cost, left: &Played, right: &Played) -> Ordering {
    let goal = |played: &Played| match played.reached {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    };
    // Among those that reached it, more than enough is no merit.
    let missing = |played: &Played| match played.reached {
        Some(false) => 1.0 - played.summary.within_goal.unwrap_or(0.0),
        _ => 0.0,
    };
    let latency = |played: &Played| played.summary.latency.p95_ms.unwrap_or(f64::INFINITY);
    goal(left)
        .cmp(&goal(right))
        .then_with(|| missing(left).total_cmp(&missing(right)))
        .then_with(|| cost.amount(left).total_cmp(&cost.amount(right)))
        .then_with(|| latency(left).total_cmp(&latency(right)))
}

fn to_three_digits(amount: f64) -> f64 {
    format!("{amount:.2e}").parse().unwrap_or(amount)
}

/// What all outcomes have, in the order of the first one.
fn shared<T: Clone + PartialEq>(outcomes: &[Outcome], list: fn(&Played) -> &Vec<T>) -> Vec<T> {
    let Some((first, rest)) = outcomes.split_first() else { return Vec::new() };
    let is_everywhere =
        |item: &&T| rest.iter().all(|outcome| list(&outcome.played).contains(*item));
    list(&first.played).iter().filter(is_everywhere).cloned().collect()
}
