//! Aggregations that pick series: `topk`, `bottomk`, `limitk`, `limit_ratio`.

use std::cmp::Ordering;

use super::groups::hash_of;
use super::row::{Row, Rows, Sink};
use super::run::Run;
use super::{ABSENT, is_absent};
use crate::labels::Labels;
use crate::promql::EvalError;
use crate::promql::functions::stats;
use crate::promql::plan::{Aggregation, LabelSet, Node};

impl Run<'_> {
    pub(super) fn rank(
        &self,
        operation: Aggregation,
        parameter: &[f64],
        grouping: &LabelSet,
        operand: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        if operation != Aggregation::LimitRatio {
            check_counts(parameter)?;
        } else if parameter.iter().any(|ratio| ratio.is_nan()) {
            return Err(EvalError("ratio value is NaN".to_owned()));
        }
        let (_, groups) = self.grouped(grouping, operand)?;
        let mut picked = Vec::new();
        for mut rows in groups {
            self.budget.spend(rows.len() * self.grid.count)?;
            let mut order: Vec<usize> = (0..rows.len()).collect();
            for (step, parameter) in parameter.iter().enumerate() {
                picked.clear();
                picked.extend((0..rows.len()).filter(|row| !is_absent(rows[*row].1[step])));
                pick(operation, *parameter, step, &rows, &mut picked);
                if self.grid.count == 1 {
                    order.clone_from(&picked);
                }
                keep_only(&mut rows, step, &mut picked);
            }
            self.budget.release(rows.len() * self.grid.count);
            for row in order {
                let (labels, values) = &mut rows[row];
                if !values.iter().all(|value| is_absent(*value)) {
                    sink(Row { labels, nameless: false, values })?;
                }
            }
        }
        Ok(())
    }
}

/// Refuses a k that is no number of series.
fn check_counts(counts: &[f64]) -> Result<(), EvalError> {
    // A k below one everywhere picks nothing, and is not looked at.
    if counts.iter().all(|count| *count < 1.0) {
        return Ok(());
    }
    let bound = i64::MAX as f64;
    let error = |message: String| Err(EvalError(message));
    for count in counts {
        if count.is_nan() {
            return error("parameter value is NaN".to_owned());
        }
        if *count >= bound {
            return error(format!("scalar value {count} overflows int64"));
        }
        if *count <= -bound {
            return error(format!("scalar value {count} underflows int64"));
        }
    }
    Ok(())
}

/// Leaves of the series present at a step the ones that an aggregation picks, best first.
fn pick(
    operation: Aggregation,
    parameter: f64,
    step: usize,
    rows: &Rows,
    present: &mut Vec<usize>,
) {
    let value = |row: usize| rows[row].1[step];
    // Among equals the series that comes first.
    let highest = |a: &usize, b: &usize| stats::descending(value(*a), value(*b)).then(a.cmp(b));
    let lowest = |a: &usize, b: &usize| stats::ascending(value(*a), value(*b)).then(a.cmp(b));
    let count = if parameter >= 1.0 { (parameter as usize).min(present.len()) } else { 0 };
    match operation {
        Aggregation::Top => pick_first(present, count, highest),
        Aggregation::Bottom => pick_first(present, count, lowest),
        Aggregation::LimitRatio => present.retain(|row| is_sampled(&rows[*row].0, parameter)),
        _ => present.truncate(count),
    }
}

/// Leaves the first ones by an order, sorted.
fn pick_first(items: &mut Vec<usize>, count: usize, order: impl Fn(&usize, &usize) -> Ordering) {
    if count < items.len() {
        if count > 0 {
            items.select_nth_unstable_by(count - 1, &order);
        }
        items.truncate(count);
    }
    items.sort_unstable_by(&order);
}

/// Returns whether a share of all series has this one; below zero: the other share.
///
/// By a hash of its labels, so that it is always the same ones; not the hash of Prometheus, whose
/// ones are others.
fn is_sampled(labels: &Labels, ratio: f64) -> bool {
    let place = hash_of(labels) as f64 / u64::MAX as f64;
    let ratio = ratio.clamp(-1.0, 1.0);
    if ratio >= 0.0 { place < ratio } else { place >= 1.0 + ratio }
}

/// Removes the values at a step of all series but those picked.
fn keep_only(rows: &mut Rows, step: usize, picked: &mut [usize]) {
    picked.sort_unstable();
    let mut next = picked.iter().peekable();
    for (row, (_, values)) in rows.iter_mut().enumerate() {
        if next.next_if(|picked| **picked == row).is_none() {
            values[step] = ABSENT;
        }
    }
}
