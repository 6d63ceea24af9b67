//! What queries yield.

use crate::labels::Labels;
use crate::sample::{Sample, Time};

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

/// An answer at one instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Scalar(Sample),
    /// A text.
    String(Time, String),
    /// A sample of each series; sorted where the query sorts, else in order of the labels.
    Vector(Vec<(Labels, Sample)>),
    /// Samples of each series, in order of the labels.
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

/// Why a query has no answer: Prometheus's `execution`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);
