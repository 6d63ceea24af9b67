//! Series of the store as rows of an instant vector.

use super::grid::Grid;
use super::row::{Row, Sink};
use super::run::Run;
use super::{ABSENT, is_absent};
use crate::promql::EvalError;
use crate::promql::plan::Selector;
use crate::sample::{Time, millis};
use crate::store::{Samples, Selected};

/// What is read off the newest sample of a series.
#[derive(Clone, Copy, PartialEq)]
enum Reads {
    Value,
    /// Seconds since the epoch.
    Instant,
}

impl Run<'_> {
    /// Evaluates an instant selector.
    pub(super) fn instant(
        &self,
        selector: &Selector,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        self.newest(selector, Reads::Value, sink)
    }

    /// Evaluates an instant selector; its values are when the samples were taken.
    pub(super) fn timestamps(
        &self,
        selector: &Selector,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        self.newest(selector, Reads::Instant, sink)
    }

    fn newest(
        &self,
        selector: &Selector,
        reads: Reads,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let fixed = self.fixed(selector.anchor);
        let lookback = millis(self.options.lookback);
        // What `@` fixes is looked up once.
        let grid = fixed.map_or(self.grid, |at| Grid { start: at, step: 1, count: 1 });
        let shifted = Grid { start: grid.start.saturating_sub(selector.offset_ms), ..grid };
        let (mut samples, mut values) = (Samples::default(), Vec::new());
        for series in self.select_newest(selector, shifted, lookback) {
            samples.clear();
            series.read(&mut samples);
            self.budget.spend(samples.times.len() + self.grid.count)?;
            values.clear();
            self.look_up(&samples, shifted, lookback, reads, &mut values);
            if fixed.is_some() {
                values.resize(self.grid.count, values[0]);
            }
            if values.iter().all(|value| is_absent(*value)) {
                continue;
            }
            sink(Row { labels: series.labels(), nameless: false, values: &mut values })?;
        }
        Ok(())
    }

    /// Returns the series of a selector that have samples for a grid.
    pub(super) fn select(&self, selector: &Selector, grid: Grid, reach_ms: i64) -> Vec<Selected> {
        if grid.count == 0 {
            return Vec::new();
        }
        let from = self.first_within(grid.start.saturating_sub(reach_ms));
        self.reader.select(selector.matchers(), Time(from), Time(grid.last()))
    }

    /// As [`Run::select`]; of a grid of one step the newest samples are enough.
    fn select_newest(&self, selector: &Selector, grid: Grid, reach_ms: i64) -> Vec<Selected> {
        if grid.count != 1 {
            return self.select(selector, grid, reach_ms);
        }
        let from = self.first_within(grid.start.saturating_sub(reach_ms));
        self.reader.select_newest(selector.matchers(), Time(from), Time(grid.start))
    }

    /// Appends the newest sample of each step that is not too old.
    fn look_up(
        &self,
        samples: &Samples,
        grid: Grid,
        lookback_ms: i64,
        reads: Reads,
        values: &mut Vec<f64>,
    ) {
        let mut next = 0;
        values.extend(grid.instants().map(|at| {
            while samples.times.get(next).is_some_and(|time| *time <= at) {
                next += 1;
            }
            let oldest = self.first_within(at.saturating_sub(lookback_ms));
            let Some(newest) = next.checked_sub(1).filter(|i| samples.times[*i] >= oldest) else {
                return ABSENT;
            };
            // A staleness marker is what marks absence, too.
            let value = samples.values[newest];
            match reads {
                Reads::Instant if !is_absent(value) => samples.times[newest] as f64 / 1000.0,
                _ => value,
            }
        }));
    }
}
