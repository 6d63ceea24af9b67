//! The instants of an evaluation.

/// Instants at equal distances; in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) start: i64,
    pub(super) step: i64,
    /// How many instants; at least one at the top, perhaps none in a subquery.
    pub(super) count: usize,
}

impl Grid {
    /// Returns one instant.
    pub(super) fn at(&self, index: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(index as i64))
    }

    /// Returns all instants in order.
    pub(super) fn instants(self) -> impl ExactSizeIterator<Item = i64> {
        (0..self.count).map(move |index| self.at(index))
    }

    /// Returns the last instant, the start if there is none.
    pub(super) fn last(&self) -> i64 {
        self.at(self.count.saturating_sub(1))
    }
}
