//! The values that a template handles.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::labels::Labels;

/// A value; cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// None at all: Go's `nil`, and what is not there.
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// Labels of a series; one that is not there is empty.
    Labels(Labels),
    /// What `args` makes.
    Args(Arc<Args>),
    /// An answer of `query`.
    Vector(Arc<[Series]>),
    Series(Series),
    /// What the whole template is given: the first `.`, and `$`.
    Data(Arc<Given>),
    /// Milliseconds since the epoch: what `toTime` makes.
    Time(i64),
    /// Nanoseconds: what `toDuration` makes.
    Duration(i64),
}

/// A series and its value at the instant of the evaluation.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// What a template is given.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) labels: Labels,
    pub(super) value: f64,
    pub(super) external_labels: Labels,
    pub(super) external_url: Arc<str>,
}

/// Arguments by their names, `arg0` and so on.
#[derive(Debug)]
pub(super) struct Args {
    pub(super) values: BTreeMap<String, Value>,
    /// How deep arguments lie in arguments.
    pub(super) depth: usize,
}

impl Value {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Returns whether it counts as true: it is neither zero nor empty.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Labels(labels) => !labels.is_empty(),
            Self::Args(args) => !args.values.is_empty(),
            Self::Vector(vector) => !vector.is_empty(),
            // A pointer or a struct in Go.
            Self::Series(_) | Self::Data(_) | Self::Time(_) | Self::Duration(_) => true,
        }
    }

    /// Returns the name of its type in Prometheus.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Labels(_) => "map[string]string",
            Self::Args(_) => "map[string]interface {}",
            Self::Vector(_) => "template.queryResult",
            Self::Series(_) => "*template.sample",
            Self::Data(_) => "struct",
            Self::Time(_) => "*time.Time",
            Self::Duration(_) => "*time.Duration",
        }
    }

    /// Returns how deep arguments lie in arguments within it.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Args(args) => args.depth,
            _ => 0,
        }
    }
}
