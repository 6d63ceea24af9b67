//! A rehearsal as one page: no network, no script, no font but the reader's own.
//!
//! The page is well-formed XML, so that a test can read it back. Colour never stands alone: lines
//! differ in their strokes, and every bar has its numbers beside it.

mod alerts;
mod chart;
mod charts;
mod escape;
mod headline;
mod numbers_table;
mod page;
mod premises;
mod surges;

pub use page::Html;
