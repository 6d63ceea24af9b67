//! The numbers of the runs side by side, in sections of rows.

use upswell_units::Duration;

use super::numbers::{count, percent, seconds, time, usd};
use crate::outcome::{Money, Nodes, Periods, Rehearsal, Run};
use crate::statistics::Percentiles;
use crate::summary::Summary;

/// Rows about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) rows: Vec<Row>,
}

/// One number of every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) cells: Vec<String>,
}

/// What a run has to say in a row. A row in which no run has anything to say is left out.
enum Cell {
    /// The run has no such number.
    Absent,
    /// It did not happen.
    Never,
    Text(String),
}

/// A row: its label, and what it shows of a run.
type RowOf = (&'static str, fn(&Run) -> Cell);

/// The sections with all rows that have something to say.
pub(super) fn sections(rehearsal: &Rehearsal) -> Vec<Section> {
    let parts = [
        ("Requests", REQUESTS),
        ("Times", TIMES),
        ("Replicas", REPLICAS),
        ("Nodes", NODES),
        ("Money", MONEY),
        ("Periods", PERIODS),
    ];
    let sections = parts.into_iter().map(|(title, rows)| {
        let rows = rows.iter().filter_map(|row| shown(row, &rehearsal.runs));
        Section { title, rows: rows.collect() }
    });
    sections.filter(|section| !section.rows.is_empty()).collect()
}

/// A percentile is at least what is shown, if more requests than lie above it have no answer: it
/// may lie among them, and they count with the age they had.
pub(super) fn is_lower_bound(quantile: f64, unanswered: u64, requests: u64) -> bool {
    unanswered > 0 && unanswered as f64 > (1.0 - quantile) * requests as f64
}

fn shown((label, cell): &RowOf, runs: &[Run]) -> Option<Row> {
    let cells: Vec<Cell> = runs.iter().map(cell).collect();
    let says_something = cells.iter().any(|cell| matches!(cell, Cell::Text(_)));
    let text = |cell| match cell {
        Cell::Absent => "-".to_owned(),
        Cell::Never => "0".to_owned(),
        Cell::Text(text) => text,
    };
    says_something.then(|| Row { label, cells: cells.into_iter().map(text).collect() })
}

const REQUESTS: &[RowOf] = &[
    ("requests", |run| Cell::Text(count(run.summary.requests))),
    ("completed", |run| Cell::Text(count(run.summary.completed))),
    ("unfinished at the end", |run| often(run.summary.unfinished)),
    ("  in the queue", |run| often(run.summary.queued)),
    ("  in service", |run| often(run.summary.in_flight)),
    ("  backing off at the client", |run| often(run.summary.backing_off)),
    ("lost", |run| often(run.summary.lost)),
    ("timed out", |run| often(run.summary.timed_out)),
    ("retries", |run| often(run.summary.retries)),
    ("given back, served again", |run| often(run.summary.requeued)),
    ("waits for provider's limit", |run| often(run.summary.throttled)),
];

const TIMES: &[RowOf] = &[
    ("queue wait p50", |run| wait(&run.summary, 0.5, run.summary.queue_wait.p50_ms)),
    ("queue wait p95", |run| wait(&run.summary, 0.95, run.summary.queue_wait.p95_ms)),
    ("queue wait p99", |run| wait(&run.summary, 0.99, run.summary.queue_wait.p99_ms)),
    ("first token p50", |run| first_token(&run.summary.time_to_first_token, |p| p.p50_ms)),
    ("first token p95", |run| first_token(&run.summary.time_to_first_token, |p| p.p95_ms)),
    ("latency p50", |run| latency(&run.summary, 0.5, run.summary.latency.p50_ms)),
    ("latency p95", |run| latency(&run.summary, 0.95, run.summary.latency.p95_ms)),
    ("latency p99", |run| latency(&run.summary, 0.99, run.summary.latency.p99_ms)),
    ("latency max", |run| latency(&run.summary, 1.0, run.summary.latency.max_ms)),
    ("unanswered, at their age", |run| often(run.summary.censored)),
    ("within the goal", |run| {
        run.summary.within_goal.map_or(Cell::Absent, |share| Cell::Text(percent(share)))
    }),
];

const REPLICAS: &[RowOf] = &[
    ("replicas, fewest to most", |run| {
        Cell::Text(format!("{} to {}", run.summary.replicas_min, run.summary.replicas_max))
    }),
    ("replicas, mean", |run| Cell::Text(format!("{:.1}", run.summary.replicas_mean))),
    ("replica-hours", |run| Cell::Text(format!("{:.2}", run.summary.replica_hours))),
    ("scale-ups", |run| often(run.summary.scale_ups)),
    ("scale-downs", |run| often(run.summary.scale_downs)),
];

const NODES: &[RowOf] = &[
    ("nodes, fewest to most", |run| of_nodes(run, |nodes| range(nodes.min, nodes.max))),
    ("nodes, mean", |run| of_nodes(run, |nodes| Cell::Text(format!("{:.1}", nodes.mean)))),
    ("node-hours on demand", |run| of_nodes(run, |nodes| hours(nodes.on_demand_hours))),
    ("node-hours spot", |run| of_nodes(run, |nodes| hours(nodes.spot_hours))),
    ("nodes ordered", |run| of_nodes(run, |nodes| often(nodes.ordered))),
    ("orders out of stock", |run| of_nodes(run, |nodes| often(nodes.stock_outs))),
    ("nodes given back", |run| of_nodes(run, |nodes| often(nodes.removed))),
    ("spot nodes taken away", |run| of_nodes(run, |nodes| often(nodes.interrupted))),
    ("  pods on them", |run| of_nodes(run, |nodes| often(nodes.interrupted_pods))),
    ("  requests killed in service", |run| {
        of_nodes(run, |nodes| often(nodes.interrupted_requests))
    }),
    ("longest without a node", |run| of_nodes(run, |nodes| lasting(nodes.longest_pending_s))),
];

const MONEY: &[RowOf] = &[
    ("cost", |run| of_money(run, |money| Cell::Text(usd(money.usd)))),
    ("  on demand", |run| of_money(run, |money| dollars(money.on_demand_usd))),
    ("  spot", |run| of_money(run, |money| dollars(money.spot_usd))),
    ("  idle, of it", |run| of_money(run, |money| dollars(money.idle_usd))),
    ("per 1,000 requests", |run| of_money(run, |money| maybe(money.per_1000_requests_usd))),
    ("per million tokens", |run| of_money(run, |money| maybe(money.per_million_tokens_usd))),
    ("all on demand it were", |run| {
        of_money(run, |money| Cell::Text(usd(money.all_on_demand_usd)))
    }),
    ("saved by spot", |run| of_money(run, |money| Cell::Text(percent(money.saved)))),
    ("node-hours without a price", |run| of_money(run, |money| hours(money.unpriced_hours))),
];

const PERIODS: &[RowOf] = &[
    ("decides replicas every", |run| every(run, |periods| periods.horizontal)),
    ("decides activation every", |run| every(run, |periods| periods.activation)),
    ("looks at nodes every", |run| every(run, |periods| periods.nodes)),
    ("samples CPU, memory every", |run| every(run, |periods| periods.resource_metrics)),
    ("failed formula is an error", |run| whether(run, |periods| periods.strict_formulas)),
    ("one read serves both", |run| whether(run, |periods| periods.shared_reads)),
];

fn often(number: u64) -> Cell {
    if number == 0 { Cell::Never } else { Cell::Text(count(number)) }
}

fn wait(summary: &Summary, quantile: f64, millis: Option<f64>) -> Cell {
    let waiting = summary.queued + summary.backing_off;
    bounded(millis, is_lower_bound(quantile, waiting, summary.requests))
}

fn latency(summary: &Summary, quantile: f64, millis: Option<f64>) -> Cell {
    bounded(millis, is_lower_bound(quantile, summary.censored, summary.requests))
}

fn bounded(millis: Option<f64>, is_lower_bound: bool) -> Cell {
    match millis {
        None => Cell::Absent,
        Some(_) if is_lower_bound => Cell::Text(format!(">= {}", time(millis))),
        Some(_) => Cell::Text(time(millis)),
    }
}

fn first_token(percentiles: &Percentiles, at: fn(&Percentiles) -> Option<f64>) -> Cell {
    at(percentiles).map_or(Cell::Absent, |millis| Cell::Text(time(Some(millis))))
}

fn of_nodes(run: &Run, cell: fn(&Nodes) -> Cell) -> Cell {
    run.nodes.as_ref().map_or(Cell::Absent, cell)
}

fn of_money(run: &Run, cell: fn(&Money) -> Cell) -> Cell {
    run.money.as_ref().map_or(Cell::Absent, cell)
}

fn range(fewest: u32, most: u32) -> Cell {
    Cell::Text(format!("{} to {}", count(u64::from(fewest)), count(u64::from(most))))
}

fn hours(hours: f64) -> Cell {
    if hours > 0.0 { Cell::Text(format!("{hours:.2}")) } else { Cell::Never }
}

fn lasting(lasted_s: f64) -> Cell {
    if lasted_s > 0.0 { Cell::Text(seconds(lasted_s)) } else { Cell::Never }
}

fn dollars(amount: f64) -> Cell {
    if amount > 0.0 { Cell::Text(usd(amount)) } else { Cell::Never }
}

fn maybe(amount: Option<f64>) -> Cell {
    amount.map_or(Cell::Absent, |amount| Cell::Text(usd(amount)))
}

fn every(run: &Run, period: fn(&Periods) -> Duration) -> Cell {
    run.periods.map_or(Cell::Absent, |periods| Cell::Text(period(&periods).to_string()))
}

fn whether(run: &Run, answer: fn(&Periods) -> bool) -> Cell {
    let text = |periods| if answer(&periods) { "yes" } else { "no" };
    run.periods.map_or(Cell::Absent, |periods| Cell::Text(text(periods).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_lower_bound_if_it_may_lie_among_those_without_an_answer() {
        for (quantile, unanswered, is_bound) in [
            (0.5, 0, false),
            (0.5, 500, false),
            (0.5, 501, true),
            (0.95, 49, false),
            (0.95, 51, true),
            (1.0, 1, true),
            (1.0, 0, false),
        ] {
            assert_eq!(is_lower_bound(quantile, unanswered, 1000), is_bound, "{quantile}");
        }
    }
}
