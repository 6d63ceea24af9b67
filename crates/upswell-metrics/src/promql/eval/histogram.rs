//! Functions of classic histograms.

use super::groups::Groups;
use super::is_absent;
use super::merged::empty;
use super::row::{Row, Sink};
use super::run::Run;
use crate::labels::METRIC_NAME;
use crate::promql::EvalError;
use crate::promql::functions::histogram::{self, Bucket};
use crate::promql::plan::Node;

/// The label that holds the upper bound of a bucket.
const BOUND: &str = "le";

/// The series of one bucket.
struct BucketRow {
    bound: f64,
    counts: Vec<f64>,
}

impl Run<'_> {
    pub(super) fn histogram_quantile(
        &self,
        q: &Node,
        vector: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let q = self.scalar(q)?;
        let mut of_step =
            |step: usize, buckets: &mut [Bucket]| histogram::quantile(q[step], buckets);
        self.of_histograms(vector, &mut of_step, sink)
    }

    pub(super) fn histogram_fraction(
        &self,
        (lower, upper): (&Node, &Node),
        vector: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let (lower, upper) = (self.scalar(lower)?, self.scalar(upper)?);
        let mut of_step = |step: usize, buckets: &mut [Bucket]| {
            histogram::fraction(lower[step], upper[step], buckets)
        };
        self.of_histograms(vector, &mut of_step, sink)
    }

    /// Brings buckets together by all labels but their bound, and passes on what a function says
    /// of those present at each step.
    fn of_histograms(
        &self,
        vector: &Node,
        of_step: &mut dyn FnMut(usize, &mut [Bucket]) -> f64,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let mut groups = Groups::default();
        let mut rows: Vec<Vec<BucketRow>> = Vec::new();
        self.vector(vector, &mut |row| {
            let Some(bound) = histogram::parse_bound(row.labels.get(BOUND)) else {
                return Ok(());
            };
            self.budget.hold(row.values.len())?;
            let is_gone = |name: &str| name == BOUND || (row.nameless && name == METRIC_NAME);
            let number = groups.number_by(row.labels, &|name| !is_gone(name));
            if number == rows.len() {
                rows.push(Vec::new());
            }
            rows[number].push(BucketRow { bound, counts: std::mem::take(row.values) });
            Ok(())
        })?;
        let mut buckets = Vec::new();
        for (labels, rows) in groups.into_labels().iter().zip(rows) {
            let mut values = empty(self.grid.count);
            self.budget.spend(rows.len() * values.len())?;
            for (step, value) in values.iter_mut().enumerate() {
                let bucket = |row: &BucketRow| Bucket { le: row.bound, count: row.counts[step] };
                buckets.clear();
                buckets.extend(rows.iter().map(bucket).filter(|bucket| !is_absent(bucket.count)));
                if !buckets.is_empty() {
                    *value = of_step(step, &mut buckets);
                }
            }
            self.budget.release(rows.len() * values.len());
            sink(Row { labels, nameless: true, values: &mut values })?;
        }
        Ok(())
    }
}
