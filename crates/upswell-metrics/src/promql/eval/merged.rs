//! Rows brought together by their labels.

use hashbrown::HashTable;

use super::groups::hash_of;
use super::row::{Row, Rows, Sink};
use super::run::Run;
use super::{ABSENT, is_absent};
use crate::labels::Labels;
use crate::promql::EvalError;

/// Rows whose labels differ: those that are alike become one, if they never meet at a step.
#[derive(Default)]
pub(super) struct Merged {
    numbers: HashTable<usize>,
    rows: Rows,
}

impl Merged {
    /// Takes the column of a series, and counts it as held.
    ///
    /// # Errors
    ///
    /// If there is a value with the same labels at the same step, or too much is held.
    pub(super) fn add(
        &mut self,
        run: &Run<'_>,
        labels: Labels,
        values: &mut Vec<f64>,
    ) -> Result<(), EvalError> {
        let rows = &mut self.rows;
        let hash = hash_of(&labels);
        if let Some(number) = self.numbers.find(hash, |number| rows[*number].0 == labels) {
            return overlay(&mut rows[*number].1, values);
        }
        run.budget.hold(values.len())?;
        self.numbers.insert_unique(hash, rows.len(), |number| hash_of(&rows[*number].0));
        rows.push((labels, std::mem::take(values)));
        Ok(())
    }

    /// Returns the rows in the order in which they were first met; they stay counted.
    pub(super) fn into_rows(self) -> Rows {
        self.rows
    }

    /// Passes the rows on, and counts them as released.
    pub(super) fn emit(self, run: &Run<'_>, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        for (labels, mut values) in self.rows {
            run.budget.release(values.len());
            sink(Row { labels: &labels, nameless: false, values: &mut values })?;
        }
        Ok(())
    }
}

/// Puts the values of one column where another one has none.
fn overlay(onto: &mut [f64], values: &[f64]) -> Result<(), EvalError> {
    for (own, value) in onto.iter_mut().zip(values) {
        if is_absent(*value) {
            continue;
        }
        if !is_absent(*own) {
            let message = "vector cannot contain metrics with the same labelset";
            return Err(EvalError(message.to_owned()));
        }
        *own = *value;
    }
    Ok(())
}

/// Returns whether a column has no value at all.
pub(super) fn is_empty(values: &[f64]) -> bool {
    values.iter().all(|value| is_absent(*value))
}

/// A column without a value.
pub(super) fn empty(count: usize) -> Vec<f64> {
    vec![ABSENT; count]
}
