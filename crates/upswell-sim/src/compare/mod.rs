//! What a grid of values came to: every combination in every mode, the best one first.
//!
//! ```text
//! Grid + trials (in the order of the grid) -> Comparison: ranked outcomes, refusals -> text
//! ```

mod comparison;
mod text;

#[cfg(test)]
mod tests;

pub use comparison::{
    COMPARISON_VERSION, Comparison, Cost, Line, Outcome, Place, Played, Refusal, Trials,
};
