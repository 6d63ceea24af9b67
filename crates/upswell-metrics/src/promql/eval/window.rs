//! Windows that slide over the samples of a series.

use super::grid::Grid;
use super::row::{Row, Sink};
use super::run::{Run, Scalars, unexpected_type};
use super::{ABSENT, is_absent};
use crate::labels::Labels;
use crate::promql::functions::{CheckFn, Function, RangeFn, Window};
use crate::promql::plan::{Source, Subquery, WindowCall};
use crate::promql::{EvalError, Series};
use crate::sample::{Sample, Time, millis};
use crate::store::Samples;

/// Where the window of each step lies.
#[derive(Clone, Copy)]
struct Frame {
    range_ms: i64,
    offset_ms: i64,
    /// The instant from which `@` looks back at every step.
    fixed: Option<i64>,
}

impl Frame {
    /// The edges of the window at an instant.
    fn edges(&self, at: i64) -> (i64, i64) {
        let to = self.fixed.unwrap_or(at).saturating_sub(self.offset_ms);
        (to.saturating_sub(self.range_ms), to)
    }
}

/// A series whose samples windows slide over.
struct Ranged<'r> {
    labels: &'r Labels,
    nameless: bool,
    /// Without staleness markers.
    samples: &'r Samples,
}

/// Who takes series of samples.
type RangedSink<'s> = dyn FnMut(Ranged<'_>) -> Result<(), EvalError> + 's;

/// Two ends of a window, which move ahead with it.
#[derive(Default)]
struct Cursor {
    start: usize,
    end: usize,
}

impl Cursor {
    /// Moves to the window from `first` to `to`, both within it, which is no earlier than the
    /// last one.
    fn advance(&mut self, times: &[i64], first: i64, to: i64) {
        while times.get(self.end).is_some_and(|time| *time <= to) {
            self.end += 1;
        }
        while self.start < self.end && times[self.start] < first {
            self.start += 1;
        }
    }
}

impl Run<'_> {
    /// Evaluates a function over ranges.
    pub(super) fn window_call(
        &self,
        call: &WindowCall,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let WindowCall { function, source, args, may_merge } = call;
        match function {
            Function::Range { call, keeps_name, check } => {
                let args = self.scalars(args)?;
                let over = Over { call: *call, check: *check, args: &args };
                self.distinct(*may_merge, sink, &mut |sink| {
                    self.over_windows(source, &over, *keeps_name, sink)
                })
            }
            Function::AbsentOverTime => self.absent_over_time(source, sink),
            _ => Err(unexpected_type()),
        }
    }

    fn over_windows(
        &self,
        source: &Source,
        over: &Over<'_>,
        keeps_name: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let frame = self.frame(source);
        let mut values = Vec::new();
        self.ranges(source, frame, &mut |series| {
            values.clear();
            self.slide(series.samples, frame, over, &mut values)?;
            if values.iter().all(|value| is_absent(*value)) {
                return Ok(());
            }
            let nameless = series.nameless || !keeps_name;
            sink(Row { labels: series.labels, nameless, values: &mut values })
        })
    }

    /// Appends what a function says of the window of each step.
    fn slide(
        &self,
        samples: &Samples,
        frame: Frame,
        over: &Over<'_>,
        values: &mut Vec<f64>,
    ) -> Result<(), EvalError> {
        let (mut cursor, mut args) = (Cursor::default(), Vec::new());
        values.reserve(self.grid.count);
        for (step, at) in self.grid.instants().enumerate() {
            let (from, to) = frame.edges(at);
            cursor.advance(&samples.times, self.first_within(from), to);
            let within = cursor.start..cursor.end;
            self.budget.spend(within.len() + 1)?;
            if within.is_empty() {
                values.push(ABSENT);
                continue;
            }
            over.args.at(step, &mut args);
            if let Some(check) = over.check {
                check(&args)?;
            }
            let times = &samples.times[within.clone()];
            let window = Window { times, values: &samples.values[within], from, to, at };
            values.push((over.call)(&window, &args).unwrap_or(ABSENT));
        }
        Ok(())
    }

    /// Evaluates `absent_over_time`: 1 where no series has a sample.
    fn absent_over_time(&self, source: &Source, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        let frame = self.frame(source);
        let mut values = vec![1.0; self.grid.count];
        self.ranges(source, frame, &mut |series| {
            let mut cursor = Cursor::default();
            for (value, at) in values.iter_mut().zip(self.grid.instants()) {
                let (from, to) = frame.edges(at);
                cursor.advance(&series.samples.times, self.first_within(from), to);
                if cursor.start < cursor.end {
                    *value = ABSENT;
                }
            }
            self.budget.spend(values.len())
        })?;
        let labels = match source {
            Source::Selector(index) => self.labels_of_absence(self.selector(*index)),
            Source::Subquery(_) => Labels::empty(),
        };
        self.emit_absence(&labels, values, sink)
    }

    /// Evaluates a range of samples as the answer at one instant.
    pub(super) fn matrix(&self, source: &Source) -> Result<Vec<Series>, EvalError> {
        let frame = self.frame(source);
        let (from, to) = frame.edges(self.grid.start);
        let mut all = Vec::new();
        self.ranges(source, frame, &mut |series| {
            let mut cursor = Cursor::default();
            cursor.advance(&series.samples.times, self.first_within(from), to);
            let within = cursor.start..cursor.end;
            self.budget.hold(within.len())?;
            if within.is_empty() {
                return Ok(());
            }
            let sample = |i: usize| Sample {
                at: Time(series.samples.times[i]),
                value: series.samples.values[i],
            };
            let labels =
                if series.nameless { series.labels.without_name() } else { series.labels.clone() };
            all.push(Series { labels, samples: within.map(sample).collect() });
            Ok(())
        })?;
        all.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(all)
    }

    fn frame(&self, source: &Source) -> Frame {
        match source {
            Source::Selector(index) => {
                let selector = self.selector(*index);
                Frame {
                    range_ms: selector.range_ms.unwrap_or(0),
                    offset_ms: selector.offset_ms,
                    fixed: self.fixed(selector.anchor),
                }
            }
            Source::Subquery(subquery) => Frame {
                range_ms: subquery.range_ms,
                offset_ms: subquery.offset_ms,
                fixed: self.fixed(subquery.anchor),
            },
        }
    }

    /// Passes on the series of a source with all samples that its windows need.
    fn ranges(
        &self,
        source: &Source,
        frame: Frame,
        sink: &mut RangedSink<'_>,
    ) -> Result<(), EvalError> {
        let (from, _) = frame.edges(self.grid.start);
        let (_, to) = frame.edges(self.grid.last());
        match source {
            Source::Selector(index) => {
                if self.grid.count == 0 {
                    return Ok(());
                }
                let matchers = self.selector(*index).matchers();
                let from = Time(self.first_within(from));
                let mut samples = Samples::default();
                for series in self.reader.select(matchers, from, Time(to)) {
                    samples.clear();
                    series.read(&mut samples);
                    remove_markers(&mut samples);
                    let count = samples.times.len();
                    self.budget.hold(count)?;
                    sink(Ranged { labels: series.labels(), nameless: false, samples: &samples })?;
                    self.budget.release(count);
                }
                Ok(())
            }
            Source::Subquery(subquery) => self.subquery(subquery, from, to, sink),
        }
    }

    /// Evaluates a subquery at its steps, which are multiples of its step since the epoch.
    fn subquery(
        &self,
        subquery: &Subquery,
        from: i64,
        to: i64,
        sink: &mut RangedSink<'_>,
    ) -> Result<(), EvalError> {
        let step = subquery.step_ms.unwrap_or_else(|| millis(self.options.default_step)).max(1);
        let first = self.first_within(from);
        let start = match first.rem_euclid(step) {
            0 => first,
            past => first.saturating_add(step - past),
        };
        let count = if start > to || self.grid.count == 0 {
            0
        } else {
            let steps = to.saturating_sub(start) / step;
            usize::try_from(steps).map_or(usize::MAX, |steps| steps.saturating_add(1))
        };
        self.budget.hold(count)?;
        let grid = Grid { start, step, count };
        let inner = Run { grid, ..*self };
        let mut samples = Samples::default();
        inner.vector(&subquery.inner, &mut |row| {
            samples.clear();
            for (at, value) in grid.instants().zip(row.values.iter()) {
                if !is_absent(*value) {
                    samples.times.push(at);
                    samples.values.push(*value);
                }
            }
            self.budget.spend(count)?;
            sink(Ranged { labels: row.labels, nameless: row.nameless, samples: &samples })
        })?;
        self.budget.release(count);
        Ok(())
    }
}

/// A function over windows, with its arguments.
struct Over<'o> {
    call: RangeFn,
    check: Option<CheckFn>,
    args: &'o Scalars,
}

/// Removes staleness markers, of which most series have none.
fn remove_markers(samples: &mut Samples) {
    if !samples.values.iter().any(|value| is_absent(*value)) {
        return;
    }
    let Samples { times, values } = samples;
    let mut kept = 0;
    for index in 0..values.len() {
        if !is_absent(values[index]) {
            times[kept] = times[index];
            values[kept] = values[index];
            kept += 1;
        }
    }
    times.truncate(kept);
    values.truncate(kept);
}
