//! A chart of block characters: each series a row, stock above Upswell on one scale.

use std::fmt;

use super::layout::Ink;
use super::rehearsal::Text;
use crate::outcome::Run;
use crate::report::numbers::{moment, short, time_step};
use crate::report::series::{Series, end_s, largest, resample};

/// Where a row's chart starts, behind its names.
const CHART_AT: usize = 28;

/// Room for the largest value behind a row.
const MOST_WIDTH: usize = 9;

/// Characters between two marks of the axis, at least.
const MARK_WIDTH: f64 = 12.0;

/// An eighth of the scale each. Nothing is blank, and anything above nothing is seen.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The rows that each run has.
const ROWS: [(&str, Series, Ink); 4] = [
    ("queue", Series::Queued, Ink::Waiting),
    ("replicas wanted", Series::Wanted, Ink::Demand),
    ("replicas ready", Series::Ready, Ink::Serving),
    ("nodes", Series::Nodes, Ink::Nodes),
];

impl Text<'_> {
    pub(super) fn write_timeline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = &self.rehearsal.runs;
        let Some(first) = runs.first().filter(|run| run.timeline.len() > 1) else {
            return Ok(());
        };
        let columns = self.layout.width() - CHART_AT - MOST_WIDTH;
        let end_s = end_s(runs);
        let column = moment((end_s / columns as f64).max(1.0));
        let key = format!("a column is {column}: most arrivals, queue, nodes; fewest ready in it");
        writeln!(f, "\n{}{key}", self.head("Timeline"))?;
        // The arrivals are the same in every run.
        let arrivals = [first];
        self.write_rows(
            f,
            ("arrivals a second", Series::Arrivals, Ink::Demand),
            &arrivals,
            columns,
        )?;
        let has_nodes = runs.iter().any(|run| run.nodes.is_some());
        for row in ROWS.iter().filter(|row| has_nodes || row.1 != Series::Nodes) {
            self.write_rows(f, *row, &runs.iter().collect::<Vec<_>>(), columns)?;
        }
        writeln!(f, "{:CHART_AT$}{}", "", axis(end_s, columns))
    }

    fn write_rows(
        &self,
        f: &mut fmt::Formatter<'_>,
        (label, series, ink): (&str, Series, Ink),
        runs: &[&Run],
        columns: usize,
    ) -> fmt::Result {
        let end_s = end_s(&self.rehearsal.runs);
        let scale = series.most(&self.rehearsal.runs);
        for (number, run) in runs.iter().enumerate() {
            let spans = series.spans(run);
            let blocks: String = resample(&spans, end_s, columns, series.pick())
                .map(|value| block(value.unwrap_or(0.0), scale))
                .collect();
            let label = if number == 0 { label } else { "" };
            let mode = if runs.len() > 1 { run.mode.as_str() } else { "" };
            let most = format!("{:>MOST_WIDTH$}", short(largest(spans)));
            writeln!(f, "  {label:<17} {mode:<7} {}{most}", self.layout.paint(ink, blocks))?;
        }
        Ok(())
    }
}

fn block(value: f64, scale: f64) -> char {
    if value <= 0.0 || scale <= 0.0 {
        return BLOCKS[0];
    }
    // A float-to-integer `as` saturates, so that no input leaves the table.
    let eighths = (value / scale * 8.0).round() as usize;
    BLOCKS[eighths.clamp(1, 8)]
}

/// The marks below a chart: the moment stands where its mark is.
fn axis(end_s: f64, columns: usize) -> String {
    let step = time_step(end_s, (columns as f64 / MARK_WIDTH).max(1.0));
    let mut line = String::with_capacity(columns);
    let mut at_s = 0.0;
    while at_s <= end_s {
        let column = (at_s / end_s * columns as f64).round() as usize;
        let mark = format!("|{}", moment(at_s));
        if column + mark.len() > columns {
            break;
        }
        let gap = column.saturating_sub(line.chars().count());
        line.extend(std::iter::repeat_n(' ', gap));
        line.push_str(&mark);
        at_s += step;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_blank_and_little_is_seen() {
        for (value, scale, expected) in
            [(0.0, 10.0, ' '), (0.01, 10.0, '▁'), (5.0, 10.0, '▄'), (10.0, 10.0, '█')]
        {
            assert_eq!(block(value, scale), expected, "{value} of {scale}");
        }
        assert_eq!(block(1.0, 0.0), ' ');
        assert_eq!(block(f64::INFINITY, 1.0), '█');
    }

    #[test]
    fn marks_stand_at_their_moments() {
        assert_eq!(axis(600.0, 60), "|0s         |2m         |4m         |6m         |8m");
    }
}
