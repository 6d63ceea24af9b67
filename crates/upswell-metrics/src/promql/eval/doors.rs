//! Where callers come in.

use upswell_units::Duration;

use super::budget::Budget;
use super::grid::Grid;
use super::is_absent;
use super::merged::Merged;
use super::options::Options;
use super::run::Run;
use crate::labels::Labels;
use crate::promql::plan::Node;
use crate::promql::{EvalError, Query, Series, Value, ValueType};
use crate::sample::{Sample, Time, millis};
use crate::store::Reader;

/// Most steps of a range query: Prometheus's bound, one a minute for a week.
pub const STEPS_MAX: usize = 11_000;

/// Answers a query at one instant.
///
/// # Errors
///
/// If evaluation fails: labels that match more than once, too many samples.
pub fn instant(
    query: &Query,
    reader: &Reader,
    at: Time,
    options: &Options,
) -> Result<Value, EvalError> {
    instant_while(query, reader, at, options, &|| true)
}

/// As [`instant`], and stops when `proceed`, which it asks now and then, says no.
///
/// # Errors
///
/// As [`instant`], and if it was stopped.
pub fn instant_while(
    query: &Query,
    reader: &Reader,
    at: Time,
    options: &Options,
    proceed: &dyn Fn() -> bool,
) -> Result<Value, EvalError> {
    let budget = Budget::new(options.samples_max, proceed);
    let grid = Grid { start: at.0, step: 1, count: 1 };
    let run = Run { query, reader, options, budget: &budget, of_query: grid, grid };
    match (&query.plan, query.kind()) {
        (Node::Text(text), _) => Ok(Value::String(at, text.clone())),
        (Node::Samples(source), _) => run.matrix(source).map(Value::Matrix),
        (plan, ValueType::Scalar) => {
            let value = run.scalar(plan)?.first().copied().unwrap_or(f64::NAN);
            Ok(Value::Scalar(Sample { at, value }))
        }
        (plan, _) => {
            let mut merged = Merged::default();
            run.vector(plan, &mut |row| merged.add(&run, row.labels(), row.values))?;
            let rows = merged.into_rows().into_iter();
            let mut vector: Vec<(Labels, Sample)> =
                rows.map(|(labels, values)| (labels, Sample { at, value: values[0] })).collect();
            if !plan.is_ordered() {
                vector.sort_by(|(a, _), (b, _)| a.cmp(b));
            }
            Ok(Value::Vector(vector))
        }
    }
}

/// Answers a query at `start`, `start + step`, … up to `end`: series in order of their labels.
///
/// # Errors
///
/// As [`instant`]; and for a query that yields a range of samples or a text, a step that is not
/// above zero, or more than [`STEPS_MAX`] steps.
pub fn range(
    query: &Query,
    reader: &Reader,
    start: Time,
    end: Time,
    step: Duration,
    options: &Options,
) -> Result<Vec<Series>, EvalError> {
    range_while(query, reader, (start, end, step), options, &|| true)
}

/// As [`range`], and stops when `proceed`, which it asks now and then, says no.
///
/// # Errors
///
/// As [`range`], and if it was stopped.
pub fn range_while(
    query: &Query,
    reader: &Reader,
    (start, end, step): (Time, Time, Duration),
    options: &Options,
    proceed: &dyn Fn() -> bool,
) -> Result<Vec<Series>, EvalError> {
    let grid = grid(start, end, step)?;
    if grid.count == 0 {
        return Ok(Vec::new());
    }
    let budget = Budget::new(options.samples_max, proceed);
    let run = Run { query, reader, options, budget: &budget, of_query: grid, grid };
    match query.kind() {
        ValueType::String | ValueType::Matrix => {
            let message = "a range query must yield a scalar or an instant vector";
            Err(EvalError(message.to_owned()))
        }
        ValueType::Scalar => {
            let values = run.scalar(&query.plan)?;
            Ok(vec![series(Labels::empty(), &values, grid)])
        }
        ValueType::Vector => {
            let mut merged = Merged::default();
            run.vector(&query.plan, &mut |row| merged.add(&run, row.labels(), row.values))?;
            let rows = merged.into_rows().into_iter();
            let mut all: Vec<Series> =
                rows.map(|(labels, values)| series(labels, &values, grid)).collect();
            all.sort_by(|a, b| a.labels.cmp(&b.labels));
            Ok(all)
        }
    }
}

/// The instants of a range query.
fn grid(start: Time, end: Time, step: Duration) -> Result<Grid, EvalError> {
    let step_ms = millis(step);
    if step_ms <= 0 {
        return Err(EvalError("the step must be at least a millisecond".to_owned()));
    }
    if end < start {
        return Ok(Grid { start: start.0, step: step_ms, count: 0 });
    }
    let steps = end.millis_since(start) / step_ms;
    match usize::try_from(steps) {
        Ok(steps) if steps <= STEPS_MAX => {
            Ok(Grid { start: start.0, step: step_ms, count: steps + 1 })
        }
        _ => Err(EvalError(format!("more than {STEPS_MAX} steps; take a longer step"))),
    }
}

/// Makes a series of a column.
fn series(labels: Labels, values: &[f64], grid: Grid) -> Series {
    let present = grid.instants().zip(values).filter(|(_, value)| !is_absent(**value));
    let samples = present.map(|(at, value)| Sample { at: Time(at), value: *value }).collect();
    Series { labels, samples }
}
