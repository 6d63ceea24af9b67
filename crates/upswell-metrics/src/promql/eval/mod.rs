//! Evaluation: one series after another, each over all steps at once.
//!
//! ```text
//! doors -> Run -> read      series of the store, windows over them
//!                 call      functions
//!                 aggregate groups of series
//!                 binary    operators; matching and set where both sides are vectors
//! ```
//!
//! A vector is a stream of rows: a series with a column of numbers, one for each step, and
//! [`ABSENT`] where it has none. A row lives in a buffer that the next one takes over, so that
//! nothing is held that an answer or a match does not need.

mod aggregate;
mod binary;
mod budget;
mod call;
mod doors;
mod fold;
mod grid;
mod groups;
mod histogram;
mod labels;
mod matching;
mod merged;
mod options;
mod rank;
mod read;
mod row;
mod run;
mod set;
mod window;

pub use doors::{STEPS_MAX, instant, instant_while, range, range_while};
pub use options::{Options, Windows};

use crate::sample::{STALE, is_stale};

/// Marks that a series has no value at a step: the staleness marker, which is never a value.
const ABSENT: f64 = STALE;

/// Returns whether a series has no value at a step.
#[inline]
fn is_absent(value: f64) -> bool {
    is_stale(value)
}
