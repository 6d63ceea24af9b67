//! Text to documents: YAML 1.2 syntax (hence JSON too), YAML 1.1 types, every node with its span.
//!
//! ```text
//! text -> parse -> events (granit-parser) -> tree of nodes, aliases and merge keys expanded
//!                     |                          |
//!                     +------ problems: all of them, each with its place and its mend
//! ```
//!
//! A document with a syntax error is lost, and the ones after it are read. The work and the memory
//! for one text are bounded, see [`limits`].

mod hints;
pub mod limits;
mod load;
mod mapping;
mod node;
mod scalar;

pub(crate) use hints::{LOST_INDENTATION, SYNTAX, too_large};
pub use load::{Document, Parsed, parse};
pub use node::{Entry, Mapping, Node, Scalar, Style, Value};
pub use scalar::Resolved;
