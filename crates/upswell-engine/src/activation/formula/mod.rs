//! The language of `scalingModifiers.formula`: a number from the readings of named triggers.
//!
//! ```text
//! text -> token -> parse -> tree -> check (names and types) -> run on -1 -> Formula
//!                                                                             |
//!                                              readings by trigger name  -> run -> number or nil
//! ```
//!
//! It is the expr-lang of KEDA 2.20 (Go module v1.17) without what a number from numbers has no
//! use for: clock, JSON, regular expressions, text functions. Formulas are user input, so each
//! walk is bounded: [`TEXT_BYTES_MAX`] for the text, [`NESTING_MAX`] and [`TREE_LEVELS_MAX`] for
//! the tree, [`STEPS_MAX`] and [`VALUE_NESTING_MAX`] for a run.

mod arithmetic;
mod call;
mod check;
mod compiled;
mod error;
mod functions;
mod operand;
mod parse;
mod run;
mod signature;
mod token;
mod tree;
mod types;
mod value;

pub use compiled::{Formula, TriggerValues};
pub use error::{FormulaError, RunError};

/// Bytes a formula may have.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Levels of brackets, calls, prefixes and declarations a formula may have: the parser recurses.
pub const NESTING_MAX: usize = 50;

/// Levels of the tree, in which `a + b + c` has three: all later walks recurse.
pub const TREE_LEVELS_MAX: usize = 150;

/// Steps a run may take; a step visits a part of the formula or an element of a value.
pub const STEPS_MAX: usize = 200_000;

/// Levels of arrays and maps a value may have, which bounds recursion.
pub const VALUE_NESTING_MAX: usize = 16;
