//! A query as it is evaluated: types checked, matchers compiled, constants folded.

use std::ops::Range;

use upswell_units::Duration;

use super::ValueType;
use super::functions::Function;
use crate::labels::{METRIC_NAME, Text};
use crate::matcher::{MatchOp, Matcher};

/// Which series a query reads, and from when.
#[derive(Clone, Debug)]
pub struct Selector {
    matchers: Vec<Matcher>,
    at: Range<usize>,
    /// Length of the range, in milliseconds; `None` for an instant vector.
    pub(crate) range_ms: Option<i64>,
    /// Looks that much further back.
    pub(crate) offset_ms: i64,
    pub(crate) anchor: Anchor,
}

impl Selector {
    pub(crate) fn new(matchers: Vec<Matcher>, at: Range<usize>) -> Self {
        Self { matchers, at, range_ms: None, offset_ms: 0, anchor: Anchor::Step }
    }

    /// The name that the metric must have, if only one will do.
    #[must_use]
    pub fn metric_name(&self) -> Option<&str> {
        let is_name = |m: &&Matcher| m.name == METRIC_NAME && m.op == MatchOp::Equal;
        self.matchers.iter().find(is_name).map(|matcher| &*matcher.value)
    }

    /// The conditions on its labels, the name of the metric among them.
    #[must_use]
    pub fn matchers(&self) -> &[Matcher] {
        &self.matchers
    }

    /// Where it stands: bytes of the query, name and braces.
    #[must_use]
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// The length of its range, if it has one.
    #[must_use]
    pub fn range(&self) -> Option<Duration> {
        self.range_ms.map(Duration::from_millis)
    }

    /// How much further back it looks; below zero: ahead.
    #[must_use]
    pub fn offset(&self) -> Duration {
        Duration::from_millis(self.offset_ms)
    }
}

/// The instant from which a selector or a subquery looks back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Anchor {
    /// The instant of the evaluation.
    Step,
    /// `@ start()`: the first instant of the query.
    Start,
    /// `@ end()`: its last one.
    End,
    /// `@ 1700000000`: this one, in milliseconds.
    Fixed(i64),
}

/// A part of a query.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Number(f64),
    Text(String),
    /// An instant vector: a selector of the query.
    Instant(usize),
    /// A range of samples as the answer.
    Samples(Source),
    Negative(Box<Unary>),
    /// A function over ranges.
    Window(Box<WindowCall>),
    /// Any other function.
    Call(Box<Call>),
    Aggregate(Box<Aggregate>),
    Binary(Box<Binary>),
}

impl Node {
    /// Returns what it yields.
    pub(crate) fn kind(&self) -> ValueType {
        match self {
            Self::Number(_) => ValueType::Scalar,
            Self::Text(_) => ValueType::String,
            Self::Samples(_) => ValueType::Matrix,
            Self::Negative(unary) => unary.operand.kind(),
            Self::Call(call) => match call.function {
                Function::Scalar { .. }
                | Function::ScalarOf
                | Function::Time
                | Function::Start
                | Function::End
                | Function::Step
                | Function::Span => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            Self::Binary(binary) => match (&binary.left, &binary.right) {
                (Side::Scalar(_), Side::Scalar(_)) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            Self::Instant(_) | Self::Window(_) | Self::Aggregate(_) => ValueType::Vector,
        }
    }

    /// Returns whether its answer at one instant has an order of its own.
    pub(crate) fn is_ordered(&self) -> bool {
        match self {
            Self::Call(call) => {
                matches!(call.function, Function::Sort { .. } | Function::SortByLabel { .. })
            }
            Self::Aggregate(aggregate) => matches!(
                aggregate.operation,
                Aggregation::Top | Aggregation::Bottom | Aggregation::Limit
            ),
            _ => false,
        }
    }
}

/// An operand whose sign changes.
#[derive(Clone, Debug)]
pub(crate) struct Unary {
    pub(crate) operand: Node,
    /// Whether series may be alike once the names of their metrics are gone.
    pub(crate) may_merge: bool,
}

/// Where ranges of samples come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A selector of the query.
    Selector(usize),
    Subquery(Box<Subquery>),
}

/// A query evaluated at the steps of a range.
#[derive(Clone, Debug)]
pub(crate) struct Subquery {
    pub(crate) inner: Node,
    pub(crate) range_ms: i64,
    /// `None`: the default of the evaluation.
    pub(crate) step_ms: Option<i64>,
    pub(crate) offset_ms: i64,
    pub(crate) anchor: Anchor,
}

/// A call of a function over ranges.
#[derive(Clone, Debug)]
pub(crate) struct WindowCall {
    pub(crate) function: Function,
    pub(crate) source: Source,
    /// The other arguments: scalars.
    pub(crate) args: Vec<Node>,
    /// See [`Unary::may_merge`].
    pub(crate) may_merge: bool,
}

/// A call of any other function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: Function,
    pub(crate) args: Vec<Node>,
    /// See [`Unary::may_merge`].
    pub(crate) may_merge: bool,
}

/// What an aggregation computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Sum,
    Average,
    Count,
    Minimum,
    Maximum,
    Group,
    Deviation,
    Variance,
    Quantile,
    CountValues,
    Top,
    Bottom,
    /// `limitk`
    Limit,
    /// `limit_ratio`
    LimitRatio,
}

/// Which labels make a group, or a match.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LabelSet {
    /// Whether only these labels count (`by`, `on`), or all but these and the name of the metric
    /// (`without`, `ignoring`).
    pub(crate) only: bool,
    /// Sorted.
    pub(crate) names: Vec<Text>,
}

impl LabelSet {
    /// Returns whether a label counts.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        let is_listed = self.names.iter().any(|listed| **listed == *name);
        is_listed == self.only && (self.only || name != METRIC_NAME)
    }
}

/// Series brought together in groups.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) operation: Aggregation,
    pub(crate) grouping: LabelSet,
    /// The k of `topk`, the q of `quantile`, the label of `count_values`.
    pub(crate) parameter: Option<Node>,
    pub(crate) operand: Node,
}

/// An operation on two operands.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) operator: Operator,
    pub(crate) left: Side,
    pub(crate) right: Side,
    /// Whether a comparison yields 0 or 1 rather than filters.
    pub(crate) yields_bool: bool,
    pub(crate) matching: Matching,
    /// See [`Unary::may_merge`].
    pub(crate) may_merge: bool,
}

/// One operand of two.
#[derive(Clone, Debug)]
pub(crate) enum Side {
    Scalar(Node),
    Vector(Node),
}

impl Side {
    pub(crate) fn node(&self) -> &Node {
        let (Self::Scalar(node) | Self::Vector(node)) = self;
        node
    }
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    Set(SetOperator),
}

/// An operator that makes a number of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
}

impl Arithmetic {
    #[inline]
    pub(crate) fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => libm::fmod(left, right),
            Self::Power => libm::pow(left, right),
            Self::Atan2 => libm::atan2(left, right),
        }
    }
}

/// An operator that compares two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    #[inline]
    #[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
    pub(crate) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// An operator on sets of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetOperator {
    And,
    Or,
    Unless,
}

/// How series of two vectors find each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matching {
    pub(crate) labels: LabelSet,
    pub(crate) cardinality: Cardinality,
    /// Labels that come from the side of which there is one.
    pub(crate) include: Vec<Text>,
    /// What stands for a missing left or right side.
    pub(crate) fill: (Option<f64>, Option<f64>),
}

/// How many series of a side may match one of the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cardinality {
    #[default]
    OneToOne,
    /// `group_left`
    ManyToOne,
    /// `group_right`
    OneToMany,
}
