//! PromQL: parsed by `promql-parser`, evaluated here, over a [`Reader`].

#[expect(dead_code, reason = "the evaluator that calls them comes next")]
mod functions;

use std::ops::Range;

use upswell_units::Duration;

use crate::labels::Labels;
use crate::sample::{Sample, Time};
use crate::store::Reader;

/// A query that was parsed and type-checked.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
}

impl Query {
    /// The query as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a query yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// One number for each instant.
    Scalar,
    /// Series, one sample each for each instant.
    Vector,
    /// Series with a range of samples.
    Matrix,
    /// A text.
    String,
}

/// Why a text is no query: Prometheus's `bad_data`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong, for people.
    pub message: String,
    /// Where: bytes of the text, as near as can be told.
    pub at: Range<usize>,
    /// How to mend it, where that can be said.
    pub help: Option<String>,
}

/// Why a query has no answer: Prometheus's `execution`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);

/// Which samples a window of `d` that ends at `t` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Windows {
    /// `t-d < at <= t`: Prometheus 3.
    #[default]
    LeftOpen,
    /// `t-d <= at <= t`: Prometheus 2.
    LeftClosed,
}

/// How queries are parsed and evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How old the newest sample of a series may be in an instant vector.
    pub lookback: Duration,
    /// Prometheus 3's windows or those of 2.
    pub windows: Windows,
    /// Step of subqueries that name none.
    pub default_step: Duration,
    /// Most samples that one query may hold at a time.
    pub samples_max: u64,
}

impl Default for Options {
    /// Those of Prometheus 3: 5 min, left-open, 1 min, 50,000,000.
    fn default() -> Self {
        Self {
            lookback: Duration::from_secs(300),
            windows: Windows::LeftOpen,
            default_step: Duration::from_secs(60),
            samples_max: 50_000_000,
        }
    }
}

/// An answer at one instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Scalar(Sample),
    /// A text.
    String(Time, String),
    /// A sample of each series; sorted where the query sorts, else in order of the labels.
    Vector(Vec<(Labels, Sample)>),
    /// Samples of each series.
    Matrix(Vec<Series>),
}

/// A series with its samples, in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: Labels,
    /// Its samples.
    pub samples: Vec<Sample>,
}

/// Parses a query as Prometheus 3 does.
///
/// # Errors
///
/// If the text is no query, or its types do not fit.
pub fn parse(text: &str) -> Result<Query, ParseError> {
    Ok(Query { text: text.to_owned() })
}

/// Answers a query at one instant.
///
/// # Errors
///
/// If evaluation fails: labels that match more than once, too many samples.
pub fn instant(_: &Query, _: &Reader, _: Time, _: &Options) -> Result<Value, EvalError> {
    Err(EvalError("not there yet".to_owned()))
}

/// Answers a query at `start`, `start + step`, … up to `end`.
///
/// # Errors
///
/// As [`instant`]; and for a query that yields a range of samples or a text, a step that is not
/// above zero, or more than 11,000 steps.
pub fn range(
    _: &Query,
    _: &Reader,
    _: Time,
    _: Time,
    _: Duration,
    _: &Options,
) -> Result<Vec<Series>, EvalError> {
    Err(EvalError("not there yet".to_owned()))
}
