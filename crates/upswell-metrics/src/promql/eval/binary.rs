//! Binary operations: of scalars, and of a vector and a scalar.

use super::row::{Row, Sink};
use super::run::{Run, unexpected_type};
use super::{ABSENT, is_absent};
use crate::promql::EvalError;
use crate::promql::plan::{Binary, Node, Operator, Side};

/// What an operation makes of two numbers.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) operator: Operator,
    /// Whether a comparison yields 0 or 1 rather than filters.
    pub(super) yields_bool: bool,
}

impl Operation {
    /// Applies it; of a comparison that filters the left number remains, or nothing.
    #[inline]
    pub(super) fn apply(self, left: f64, right: f64) -> f64 {
        match self.operator {
            Operator::Arithmetic(operator) => operator.apply(left, right),
            Operator::Comparison(operator) => {
                let holds = operator.holds(left, right);
                match (self.yields_bool, holds) {
                    (true, _) => f64::from(holds),
                    (false, true) => left,
                    (false, false) => ABSENT,
                }
            }
            // Sets of series, not of numbers.
            Operator::Set(_) => ABSENT,
        }
    }

    /// Whether results lose the name of the metric.
    pub(super) fn drops_name(self) -> bool {
        self.yields_bool || matches!(self.operator, Operator::Arithmetic(_))
    }
}

impl Run<'_> {
    /// Evaluates an operation that yields a vector.
    pub(super) fn binary(&self, binary: &Binary, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        let operation = Operation { operator: binary.operator, yields_bool: binary.yields_bool };
        match (&binary.left, &binary.right, binary.operator) {
            (Side::Vector(left), Side::Vector(right), Operator::Set(operator)) => {
                self.set(operator, &binary.matching.labels, left, right, sink)
            }
            (Side::Vector(left), Side::Vector(right), _) => {
                self.matched(operation, &binary.matching, left, right, sink)
            }
            (Side::Vector(vector), Side::Scalar(scalar), _) => {
                self.distinct(binary.may_merge, sink, &mut |sink| {
                    self.with_scalar(operation, vector, scalar, false, sink)
                })
            }
            (Side::Scalar(scalar), Side::Vector(vector), _) => {
                self.distinct(binary.may_merge, sink, &mut |sink| {
                    self.with_scalar(operation, vector, scalar, true, sink)
                })
            }
            (Side::Scalar(_), Side::Scalar(_), _) => Err(unexpected_type()),
        }
    }

    /// Evaluates an operation of two scalars.
    pub(super) fn scalar_binary(&self, binary: &Binary) -> Result<Vec<f64>, EvalError> {
        // Scalars compare to 0 or 1 only.
        let operation = Operation { operator: binary.operator, yields_bool: true };
        let mut left = self.scalar(binary.left.node())?;
        let right = self.scalar(binary.right.node())?;
        for (left, right) in left.iter_mut().zip(&right) {
            *left = operation.apply(*left, *right);
        }
        Ok(left)
    }

    fn with_scalar(
        &self,
        operation: Operation,
        vector: &Node,
        scalar: &Node,
        is_swapped: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let scalars = self.scalar(scalar)?;
        // A filter keeps the value of the vector, whichever side that is on.
        let filters = is_swapped && !operation.drops_name();
        self.vector(vector, &mut |row| {
            self.budget.spend(row.values.len())?;
            let mut is_empty = true;
            for (value, scalar) in row.values.iter_mut().zip(&scalars) {
                if is_absent(*value) {
                    continue;
                }
                let (left, right) = if is_swapped { (*scalar, *value) } else { (*value, *scalar) };
                let result = operation.apply(left, right);
                *value = if filters && !is_absent(result) { *value } else { result };
                is_empty &= is_absent(result);
            }
            if is_empty {
                return Ok(());
            }
            sink(Row { nameless: row.nameless || operation.drops_name(), ..row })
        })
    }
}
