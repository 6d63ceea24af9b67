//! A rehearsal on a terminal: first what it rests on, last the answer, where eyes end up.

mod alerts;
mod columns;
mod decisions;
mod layout;
mod numbers_table;
mod premises;
mod rehearsal;
mod surges;
mod timeline;
mod verdict;
mod wrap;

pub use layout::Layout;
pub use rehearsal::Text;
