//! Aggregations: series brought together in groups.

use std::collections::BTreeMap;

use super::fold::{self, Column};
use super::groups::Groups;
use super::is_absent;
use super::merged::empty;
use super::row::{Row, Rows, Sink};
use super::run::{Run, unexpected_type};
use crate::promql::EvalError;
use crate::promql::functions::{format_value, stats};
use crate::promql::plan::{Aggregate, Aggregation, LabelSet, Node};

/// A cell of a group takes up to this many times the memory of a number.
const CELLS_PER_STEP: usize = 5;

impl Run<'_> {
    /// Evaluates an aggregation.
    pub(super) fn aggregate(
        &self,
        aggregate: &Aggregate,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let Aggregate { operation, grouping, parameter, operand } = aggregate;
        let make = match operation {
            Aggregation::Sum => fold::column::<stats::Sum>,
            Aggregation::Average => fold::column::<stats::Mean>,
            Aggregation::Count => fold::column::<fold::Count>,
            Aggregation::Minimum => fold::column::<fold::Minimum>,
            Aggregation::Maximum => fold::column::<fold::Maximum>,
            Aggregation::Group => fold::column::<fold::Group>,
            Aggregation::Deviation => fold::column::<fold::Deviation>,
            Aggregation::Variance => fold::column::<fold::Variance>,
            Aggregation::Quantile
            | Aggregation::CountValues
            | Aggregation::Top
            | Aggregation::Bottom
            | Aggregation::Limit
            | Aggregation::LimitRatio => {
                let parameter = parameter.as_ref().ok_or_else(unexpected_type)?;
                return self.with_parameter(*operation, grouping, parameter, operand, sink);
            }
        };
        self.folded(grouping, make, operand, sink)
    }

    fn with_parameter(
        &self,
        operation: Aggregation,
        grouping: &LabelSet,
        parameter: &Node,
        operand: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        match (operation, parameter) {
            (Aggregation::CountValues, Node::Text(label)) => {
                self.count_values(label, grouping, operand, sink)
            }
            (Aggregation::Quantile, _) => {
                let q = self.scalar(parameter)?;
                self.quantile(&q, grouping, operand, sink)
            }
            _ => {
                let parameter = self.scalar(parameter)?;
                self.rank(operation, &parameter, grouping, operand, sink)
            }
        }
    }

    /// Evaluates an aggregation that takes one value after another: no series is held.
    fn folded(
        &self,
        grouping: &LabelSet,
        make: fn(usize) -> Box<dyn Column>,
        operand: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let mut groups = Groups::default();
        let mut columns: Vec<Box<dyn Column>> = Vec::new();
        let cells = self.grid.count * CELLS_PER_STEP;
        self.vector(operand, &mut |row| {
            let number = groups.number(row.labels, row.nameless, grouping);
            if number == columns.len() {
                self.budget.hold(cells)?;
                columns.push(make(self.grid.count));
            }
            columns[number].add(row.values);
            self.budget.spend(row.values.len())
        })?;
        for (labels, column) in groups.into_labels().iter().zip(columns) {
            self.budget.release(cells);
            sink(Row { labels, nameless: false, values: &mut column.get() })?;
        }
        Ok(())
    }

    fn quantile(
        &self,
        q: &[f64],
        grouping: &LabelSet,
        operand: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let (groups, rows) = self.grouped(grouping, operand)?;
        let mut present = Vec::new();
        for (labels, rows) in groups.into_labels().iter().zip(rows) {
            let mut values = empty(self.grid.count);
            self.budget.spend(rows.len() * values.len())?;
            for (step, value) in values.iter_mut().enumerate() {
                present.clear();
                let at_step = rows.iter().map(|(_, values)| values[step]);
                present.extend(at_step.filter(|value| !is_absent(*value)));
                if !present.is_empty() {
                    *value = stats::quantile(q[step], &mut present);
                }
            }
            self.budget.release(rows.len() * values.len());
            sink(Row { labels, nameless: false, values: &mut values })?;
        }
        Ok(())
    }

    fn count_values(
        &self,
        label: &str,
        grouping: &LabelSet,
        operand: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        if !self.names().allow(label) {
            return Err(EvalError(format!("invalid label name {label:?}")));
        }
        // `without` this very label counts all values together.
        let is_kept = grouping.only || grouping.keeps(label);
        let mut groups = Groups::default();
        let mut counts: BTreeMap<(usize, String), Vec<f64>> = BTreeMap::new();
        self.vector(operand, &mut |row| {
            // The label of the value takes the place of one that has its name.
            let labels = row.labels.edit().remove(label).clone().build();
            let number = groups.number(&labels, row.nameless, grouping);
            for (step, value) in row.values.iter().enumerate().filter(|(_, v)| !is_absent(**v)) {
                let text = if is_kept { format_value(*value) } else { String::new() };
                let key = (number, text);
                if !counts.contains_key(&key) {
                    self.budget.hold(self.grid.count)?;
                }
                let column = counts.entry(key).or_insert_with(|| empty(self.grid.count));
                let before = if is_absent(column[step]) { 0.0 } else { column[step] };
                column[step] = before + 1.0;
            }
            self.budget.spend(row.values.len())
        })?;
        let groups = groups.into_labels();
        for ((number, text), mut values) in counts {
            self.budget.release(values.len());
            let labels = groups[number].edit().set(label, text).clone().build();
            sink(Row { labels: &labels, nameless: false, values: &mut values })?;
        }
        Ok(())
    }

    /// Reads all series of an operand, group by group.
    pub(super) fn grouped(
        &self,
        grouping: &LabelSet,
        operand: &Node,
    ) -> Result<(Groups, Vec<Rows>), EvalError> {
        let mut groups = Groups::default();
        let mut rows: Vec<Rows> = Vec::new();
        self.vector(operand, &mut |row| {
            self.budget.hold(row.values.len())?;
            let number = groups.number(row.labels, row.nameless, grouping);
            if number == rows.len() {
                rows.push(Vec::new());
            }
            rows[number].push((row.labels(), std::mem::take(row.values)));
            Ok(())
        })?;
        Ok((groups, rows))
    }
}
