//! Why a formula is refused, and why it gives no value.

use thiserror::Error;

use super::{NESTING_MAX, STEPS_MAX, TEXT_BYTES_MAX, TREE_LEVELS_MAX, VALUE_NESTING_MAX};

/// Why a formula is refused before it is ever used.
///
/// `at` counts bytes from the start of the formula as the user wrote it.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FormulaError {
    /// There is no formula.
    #[error("a formula is missing")]
    Missing,
    /// The text is longer than a formula may be.
    #[error("the formula has {bytes} bytes, more than {TEXT_BYTES_MAX}")]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// Brackets, operators or calls nest deeper than a formula may.
    #[error("the formula nests deeper than {NESTING_MAX} brackets or {TREE_LEVELS_MAX} operators")]
    TooDeep {
        /// Where the limit is passed.
        at: usize,
    },
    /// The text is not of the language.
    #[error("{problem}")]
    Syntax {
        /// Where.
        at: usize,
        /// What is wrong.
        problem: String,
    },
    /// A name is neither a named trigger nor a function.
    #[error("`{name}` is neither a named trigger nor a function")]
    UnknownName {
        /// Where.
        at: usize,
        /// The name.
        name: String,
    },
    /// An operator or a function does not take what it is given.
    #[error("{problem}")]
    Type {
        /// Where.
        at: usize,
        /// What is wrong.
        problem: String,
    },
    /// A function of KEDA's language that a formula over numbers has no use for.
    #[error("`{name}` is not offered: a formula computes a number from numbers, without a clock")]
    Unsupported {
        /// Where.
        at: usize,
        /// The function or operator.
        name: String,
    },
    /// The formula fails when every trigger reads -1, which KEDA tries before it accepts one.
    #[error("with every trigger at -1: {0}")]
    DryRun(RunError),
}

impl FormulaError {
    pub(super) fn syntax(at: usize, problem: impl Into<String>) -> Self {
        Self::Syntax { at, problem: problem.into() }
    }

    pub(super) fn type_(at: usize, problem: impl Into<String>) -> Self {
        Self::Type { at, problem: problem.into() }
    }

    /// Moves the place from the text that was compiled to the text that the user wrote.
    pub(super) fn shifted(mut self, prefix_bytes: usize, text_bytes: usize) -> Self {
        match &mut self {
            Self::Syntax { at, .. }
            | Self::UnknownName { at, .. }
            | Self::Type { at, .. }
            | Self::Unsupported { at, .. }
            | Self::TooDeep { at } => *at = at.saturating_sub(prefix_bytes).min(text_bytes),
            Self::Missing | Self::TooLong { .. } | Self::DryRun(_) => {}
        }
        self
    }
}

/// Why a formula that was accepted gives no value for these readings.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RunError {
    /// An operator does not take these values.
    #[error("`{operator}` does not take {left} and {right}")]
    Operands {
        /// The operator.
        operator: &'static str,
        /// What stands on its left.
        left: &'static str,
        /// What stands on its right.
        right: &'static str,
    },
    /// A function or a prefix operator does not take this value.
    #[error("`{function}` does not take {found}")]
    Argument {
        /// The function.
        function: &'static str,
        /// What it was given.
        found: &'static str,
    },
    /// An array has no such element.
    #[error("index {index} is outside an array of {length}")]
    Index {
        /// The index.
        index: i64,
        /// Number of elements.
        length: usize,
    },
    /// A text is not a number.
    #[error("\"{text}\" is not a number")]
    NotANumber {
        /// The text.
        text: String,
    },
    /// `%` by zero.
    #[error("the remainder of a division by zero")]
    DivisionByZero,
    /// A reduction of no elements without a start value.
    #[error("`reduce` of an empty array needs a start value")]
    EmptyReduce,
    /// The formula does not end within its bounds of time and memory.
    #[error("the formula takes more than {STEPS_MAX} steps")]
    TooManySteps,
    /// Arrays nest deeper than a value may.
    #[error("a value nests deeper than {VALUE_NESTING_MAX} levels")]
    ValueTooDeep,
    /// The result is not a number.
    #[error("the result is {found}, not a number")]
    WrongResult {
        /// What it is.
        found: &'static str,
    },
    /// The result is infinite, not a number, or beyond what a metric can hold.
    #[error("the result {result} cannot be a metric value")]
    NotFinite {
        /// The result as text, such as `inf`.
        result: String,
    },
    /// The result is nil and there is no fallback to take instead.
    #[error("the result is nil and there is no fallback")]
    NilWithoutFallback,
    /// A trigger of the formula could not be read.
    #[error("trigger `{name}` could not be read")]
    ReadingFailed {
        /// The trigger's name in the formula.
        name: String,
    },
}
