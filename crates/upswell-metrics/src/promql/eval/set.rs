//! `and`, `or`, `unless`.

use super::groups::Groups;
use super::merged::{Merged, empty, is_empty};
use super::row::{Row, Sink};
use super::run::Run;
use super::{ABSENT, is_absent};
use crate::promql::EvalError;
use crate::promql::plan::{LabelSet, Node, SetOperator};

/// Which groups of a side have a value at which steps.
#[derive(Default)]
struct Presence {
    /// By number of the group.
    columns: Vec<Vec<f64>>,
}

impl Presence {
    fn add(&mut self, group: usize, values: &[f64]) {
        let count = values.len();
        self.columns.resize_with(self.columns.len().max(group + 1), || empty(count));
        for (present, value) in self.columns[group].iter_mut().zip(values) {
            if !is_absent(*value) {
                *present = 1.0;
            }
        }
    }

    /// Removes the values at the steps at which a group has a value, or has none.
    fn mask(&self, group: usize, values: &mut [f64], keeps_present: bool) {
        match self.columns.get(group) {
            Some(column) => {
                for (value, present) in values.iter_mut().zip(column) {
                    if is_absent(*present) == keeps_present {
                        *value = ABSENT;
                    }
                }
            }
            None if keeps_present => values.fill(ABSENT),
            None => {}
        }
    }
}

impl Run<'_> {
    /// Evaluates a set operation: series match by labels, many to many.
    pub(super) fn set(
        &self,
        operator: SetOperator,
        labels: &LabelSet,
        left: &Node,
        right: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        match operator {
            SetOperator::And => self.masked(labels, left, right, true, sink),
            SetOperator::Unless => self.masked(labels, left, right, false, sink),
            SetOperator::Or => self.union(labels, left, right, sink),
        }
    }

    /// Passes on the left side where the right one is present, or where it is not.
    fn masked(
        &self,
        labels: &LabelSet,
        left: &Node,
        right: &Node,
        keeps_present: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let (mut groups, presence) = self.presence(labels, right)?;
        self.vector(left, &mut |row| {
            let group = groups.number(row.labels, row.nameless, labels);
            presence.mask(group, row.values, keeps_present);
            self.budget.spend(row.values.len())?;
            if is_empty(row.values) { Ok(()) } else { sink(row) }
        })?;
        self.budget.release(presence.columns.len() * self.grid.count);
        Ok(())
    }

    fn presence(&self, labels: &LabelSet, node: &Node) -> Result<(Groups, Presence), EvalError> {
        let (mut groups, mut presence) = (Groups::default(), Presence::default());
        self.vector(node, &mut |row| {
            let group = groups.number(row.labels, row.nameless, labels);
            if group == presence.columns.len() {
                self.budget.hold(row.values.len())?;
            }
            presence.add(group, row.values);
            self.budget.spend(row.values.len())
        })?;
        Ok((groups, presence))
    }

    /// Passes on the left side, and the right one where the left one is not present.
    fn union(
        &self,
        labels: &LabelSet,
        left: &Node,
        right: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let (mut groups, mut presence) = (Groups::default(), Presence::default());
        let mut merged = Merged::default();
        self.vector(left, &mut |row| {
            let group = groups.number(row.labels, row.nameless, labels);
            if group == presence.columns.len() {
                self.budget.hold(row.values.len())?;
            }
            presence.add(group, row.values);
            merged.add(self, row.labels(), row.values)
        })?;
        self.vector(right, &mut |row: Row<'_>| {
            let group = groups.number(row.labels, row.nameless, labels);
            presence.mask(group, row.values, false);
            if is_empty(row.values) { Ok(()) } else { merged.add(self, row.labels(), row.values) }
        })?;
        self.budget.release(presence.columns.len() * self.grid.count);
        merged.emit(self, sink)
    }
}
