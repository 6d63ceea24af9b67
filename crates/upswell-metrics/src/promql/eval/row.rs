//! Series as they pass through an evaluation.

use crate::labels::Labels;
use crate::promql::EvalError;

/// A series with its column.
pub(super) struct Row<'r> {
    pub(super) labels: &'r Labels,
    /// Whether the name of the metric is gone, though `labels` have it still: dropping it costs
    /// an allocation that an aggregation would waste.
    pub(super) nameless: bool,
    /// A value for each step, or [`super::ABSENT`]; the receiver may change or take it.
    pub(super) values: &'r mut Vec<f64>,
}

impl Row<'_> {
    /// Returns the labels as they are to be seen.
    pub(super) fn labels(&self) -> Labels {
        if self.nameless { self.labels.without_name() } else { self.labels.clone() }
    }
}

/// Series that are held, each with its column.
pub(super) type Rows = Vec<(Labels, Vec<f64>)>;

/// Who takes rows.
pub(super) type Sink<'s> = dyn FnMut(Row<'_>) -> Result<(), EvalError> + 's;
