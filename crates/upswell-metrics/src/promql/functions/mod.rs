//! The functions of PromQL, pure: numbers, windows and labels in, numbers and labels out.
//!
//! The evaluator looks a function up with [`find`] and runs it: over windows ([`Function::Range`]),
//! over single numbers ([`Function::Value`], [`Function::Date`]), or, for the ones that see a
//! whole vector, with the helpers of these rooms.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`rate`] | how fast a window rises: `rate`, `increase`, `delta`, `irate`, `idelta` |
//! | [`over_time`] | a window in one number: `sum_over_time`, `changes`, … |
//! | [`trend`] | where a window leads: `deriv`, `predict_linear`, smoothing |
//! | [`value`] | a number from a number: `abs`, `clamp`, `sin`, … |
//! | [`date`] | parts of a date in UTC |
//! | [`label`] | `label_replace`, `label_join`, the order of `sort_by_label` |
//! | [`histogram`] | quantiles and fractions of classic histograms |
//! | [`stats`] | compensated sums, means, quantiles, orders that aggregations need too |
//!
//! Behaviour: Prometheus 3.16, promql/functions.go and promql/quantile.go. On the way to the
//! answer every sum is in the same order as there, so that answers agree to the last digits.

pub(crate) mod date;
pub(crate) mod histogram;
pub(crate) mod label;
mod over_time;
mod rate;
pub(crate) mod stats;
mod trend;
mod value;

use crate::promql::EvalError;

/// The samples of one series in a range, staleness markers removed.
///
/// All instants are milliseconds since the epoch. `times` rises and is as long as `values`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// When the samples were taken.
    pub(crate) times: &'a [i64],
    /// Their values.
    pub(crate) values: &'a [f64],
    /// Left edge of the range, its offset applied.
    pub(crate) from: i64,
    /// Right edge of the range, its offset applied.
    pub(crate) to: i64,
    /// The instant of the evaluation, which an offset does not move.
    pub(crate) at: i64,
}

impl Window<'_> {
    /// Returns how long the range is, in seconds.
    fn range_secs(&self) -> f64 {
        secs_between(self.from, self.to)
    }
}

/// Returns the seconds from one instant to another; both in milliseconds.
fn secs_between(earlier: i64, later: i64) -> f64 {
    later.saturating_sub(earlier) as f64 / 1000.0
}

/// A function over a range of one series. `args` are its scalar arguments at this step, in their
/// order; `None`: no result at this step.
pub(crate) type RangeFn = fn(&Window<'_>, args: &[f64]) -> Option<f64>;

/// Judges the scalar arguments of a function at a step at which there are samples.
pub(crate) type CheckFn = fn(args: &[f64]) -> Result<(), EvalError>;

/// A function of one number. `args` are its scalar arguments at this step, in their order; those
/// that were left out are missing at the end. `None`: no result at this step.
pub(crate) type ValueFn = fn(value: f64, args: &[f64]) -> Option<f64>;

/// A part of a date; of seconds since the epoch.
pub(crate) type DateFn = fn(secs: f64) -> f64;

/// A number from numbers.
pub(crate) type ScalarFn = fn(args: &[f64]) -> f64;

/// What a function is and how it runs.
///
/// Unless it says otherwise a function drops the name of the metric.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Function {
    /// One number for each window of each series.
    Range {
        /// What it computes.
        call: RangeFn,
        /// Whether results keep the name of the metric.
        keeps_name: bool,
        /// Refuses arguments; the query fails then.
        check: Option<CheckFn>,
    },
    /// One number for each sample.
    Value {
        /// What it computes.
        call: ValueFn,
    },
    /// One number for each sample; without an argument, of the instant of the evaluation, as one
    /// series without labels.
    Date {
        /// What it computes.
        call: DateFn,
    },
    /// A scalar of scalars.
    Scalar {
        /// What it computes.
        call: ScalarFn,
    },
    /// `scalar`: the value of the only series; NaN if there is not exactly one.
    ScalarOf,
    /// `vector`: one series without labels.
    VectorOf,
    /// `time`: the instant of the evaluation, in seconds.
    Time,
    /// `timestamp`: when a sample was taken, in seconds.
    Timestamp,
    /// `absent`: 1 where a vector is empty.
    Absent,
    /// `absent_over_time`: 1 where no series has a sample in its window.
    AbsentOverTime,
    /// `sort`, `sort_desc`: keeps names; see [`stats::ascending`] and [`stats::descending`].
    Sort {
        /// Greatest first.
        descending: bool,
    },
    /// `sort_by_label`, `sort_by_label_desc`: keeps names; see [`label::compare`].
    SortByLabel {
        /// Last first.
        descending: bool,
    },
    /// `label_replace`: keeps names; see [`label::Replace`].
    LabelReplace,
    /// `label_join`: keeps names; see [`label::Join`].
    LabelJoin,
    /// `histogram_quantile`; see [`histogram::quantile`].
    HistogramQuantile,
    /// `histogram_fraction`; see [`histogram::fraction`].
    HistogramFraction,
    /// A function of native histograms only: of ordinary samples it has no result.
    NativeHistogram,
    /// `start`: first instant of the query, in seconds.
    Start,
    /// `end`: last instant of the query, in seconds.
    End,
    /// `step`: seconds between the steps of the query.
    Step,
    /// `range`: seconds from the first to the last instant of the query.
    Span,
}

/// Returns the function that has this name, experimental ones included.
pub(crate) fn find(name: &str) -> Option<Function> {
    let rooms = [rate::find, over_time::find, trend::find, value::find, date::find];
    rooms.iter().find_map(|find| find(name)).or_else(|| whole_vector(name))
}

/// Returns the functions that see more than one number or one window.
fn whole_vector(name: &str) -> Option<Function> {
    Some(match name {
        "scalar" => Function::ScalarOf,
        "vector" => Function::VectorOf,
        "time" => Function::Time,
        "timestamp" => Function::Timestamp,
        "absent" => Function::Absent,
        "absent_over_time" => Function::AbsentOverTime,
        "sort" => Function::Sort { descending: false },
        "sort_desc" => Function::Sort { descending: true },
        "sort_by_label" => Function::SortByLabel { descending: false },
        "sort_by_label_desc" => Function::SortByLabel { descending: true },
        "label_replace" => Function::LabelReplace,
        "label_join" => Function::LabelJoin,
        "histogram_quantile" => Function::HistogramQuantile,
        "histogram_fraction" => Function::HistogramFraction,
        "histogram_avg" | "histogram_count" | "histogram_sum" | "histogram_stddev"
        | "histogram_stdvar" => Function::NativeHistogram,
        "start" => Function::Start,
        "end" => Function::End,
        "step" => Function::Step,
        "range" => Function::Span,
        _ => return None,
    })
}

/// Returns a function over a range that drops names and takes any arguments.
fn over_range(call: RangeFn) -> Function {
    Function::Range { call, keeps_name: false, check: None }
}

/// Writes a number as `count_values` does: shortest digits that read back, never an exponent;
/// infinities are `+Inf` and `-Inf` (Go's `strconv.FormatFloat(value, 'f', -1, 64)`).
pub(crate) fn format_value(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    value.to_string()
}

#[cfg(test)]
mod tests;
