//! What a rehearsal came to, for people: text for a terminal, a page for everyone else.
//!
//! ```text
//! Rehearsal --> table (rows of numbers), verdict (what they mean), series (over time)
//!                      |                                |
//!                      v                                v
//!               text: Layout -> lines            html: one file, charts as SVG
//! ```
//!
//! Both print the same rows and the same verdict, and neither leaves an assumption out.

mod alerts;
mod decisions;
mod html;
mod numbers;
mod premises;
mod series;
mod surges;
mod table;
mod text;
mod verdict;

pub use html::Html;
pub(crate) use numbers::{count, moment, of, percent, time, usd};
pub(crate) use premises::traffic_in_words;
pub use text::{Layout, Text};
pub(crate) use verdict::goal_in_words;
