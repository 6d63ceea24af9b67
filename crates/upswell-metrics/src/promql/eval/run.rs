//! The walk over a plan.

use super::budget::Budget;
use super::grid::Grid;
use super::is_absent;
use super::merged::Merged;
use super::options::{Options, Windows};
use super::row::{Row, Sink};
use crate::promql::functions::label::Names;
use crate::promql::plan::{Anchor, Node, Selector};
use crate::promql::{Dialect, EvalError, Query};
use crate::store::Reader;

/// An evaluation of a query, or of one of its subqueries.
#[derive(Clone, Copy)]
pub(super) struct Run<'q> {
    pub(super) query: &'q Query,
    pub(super) reader: &'q Reader,
    pub(super) options: &'q Options,
    pub(super) budget: &'q Budget<'q>,
    /// The instants of the query itself.
    pub(super) of_query: Grid,
    /// The instants at which this is evaluated: of a subquery those within its range.
    pub(super) grid: Grid,
}

impl Run<'_> {
    /// Evaluates what yields a vector: passes its rows to `sink`, none of them empty.
    pub(super) fn vector(&self, node: &Node, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        self.budget.spend(1)?;
        match node {
            Node::Instant(selector) => self.instant(self.selector(*selector), sink),
            Node::Window(call) => self.window_call(call, sink),
            Node::Call(call) => self.call(call, sink),
            Node::Aggregate(aggregate) => self.aggregate(aggregate, sink),
            Node::Binary(binary) => self.binary(binary, sink),
            Node::Negative(unary) => self.distinct(unary.may_merge, sink, &mut |sink| {
                self.vector(&unary.operand, &mut |row| {
                    for value in row.values.iter_mut().filter(|value| !is_absent(**value)) {
                        *value = -*value;
                    }
                    sink(Row { nameless: true, ..row })
                })
            }),
            Node::Number(_) | Node::Text(_) | Node::Samples(_) => Err(unexpected_type()),
        }
    }

    /// Evaluates what yields a scalar: a number for each step.
    pub(super) fn scalar(&self, node: &Node) -> Result<Vec<f64>, EvalError> {
        self.budget.spend(self.grid.count)?;
        match node {
            Node::Number(number) => Ok(vec![*number; self.grid.count]),
            Node::Negative(unary) => {
                let mut values = self.scalar(&unary.operand)?;
                values.iter_mut().for_each(|value| *value = -*value);
                Ok(values)
            }
            Node::Binary(binary) => self.scalar_binary(binary),
            Node::Call(call) => self.scalar_call(call),
            Node::Instant(_)
            | Node::Window(_)
            | Node::Aggregate(_)
            | Node::Text(_)
            | Node::Samples(_) => Err(unexpected_type()),
        }
    }

    /// Evaluates several scalars.
    pub(super) fn scalars(&self, nodes: &[Node]) -> Result<Scalars, EvalError> {
        let is_constant = nodes.iter().all(|node| matches!(node, Node::Number(_)));
        let columns = nodes.iter().map(|node| self.scalar(node)).collect::<Result<_, _>>()?;
        Ok(Scalars { columns, is_constant })
    }

    /// Passes rows on; brings those together whose labels are alike, if that can be.
    pub(super) fn distinct(
        &self,
        may_merge: bool,
        sink: &mut Sink<'_>,
        produce: &mut dyn FnMut(&mut Sink<'_>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        if !may_merge {
            return produce(sink);
        }
        let mut merged = Merged::default();
        produce(&mut |row| merged.add(self, row.labels(), row.values))?;
        merged.emit(self, sink)
    }

    pub(super) fn selector(&self, index: usize) -> &Selector {
        &self.query.selectors[index]
    }

    /// The instant that an anchor fixes, if it does.
    pub(super) fn fixed(&self, anchor: Anchor) -> Option<i64> {
        match anchor {
            Anchor::Step => None,
            Anchor::Start => Some(self.of_query.start),
            Anchor::End => Some(self.of_query.last()),
            Anchor::Fixed(at) => Some(at),
        }
    }

    /// The earliest instant of a window that starts at `edge`.
    pub(super) fn first_within(&self, edge: i64) -> i64 {
        match self.options.windows {
            Windows::LeftOpen => edge.saturating_add(1),
            Windows::LeftClosed => edge,
        }
    }

    /// Which names of labels are valid.
    pub(super) fn names(&self) -> Names {
        match self.query.dialect {
            Dialect::Prometheus2 => Names::Legacy,
            Dialect::Prometheus3 | Dialect::Experimental => Names::Utf8,
        }
    }
}

/// The error that a plan does not fit its types; the parser lets none through.
pub(super) fn unexpected_type() -> EvalError {
    EvalError("unexpected type of an operand".to_owned())
}

/// Scalar arguments of a function at every step.
pub(super) struct Scalars {
    columns: Vec<Vec<f64>>,
    /// Whether they are the same at every step.
    pub(super) is_constant: bool,
}

impl Scalars {
    /// Writes the arguments at a step.
    #[inline]
    pub(super) fn at(&self, step: usize, into: &mut Vec<f64>) {
        if self.is_constant && into.len() == self.columns.len() {
            return;
        }
        into.clear();
        into.extend(self.columns.iter().map(|column| column[step]));
    }
}
