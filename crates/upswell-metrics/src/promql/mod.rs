//! PromQL: parsed by `promql-parser`, evaluated here, over a [`Reader`](crate::store::Reader).
//!
//! ```text
//! text -> parse -> Query (a plan) -> instant, range -> Value, Series
//! ```
//!
//! | room | what it is for |
//! | --- | --- |
//! | `parse` | from a text to a plan, errors with their place |
//! | `plan` | what is evaluated |
//! | `functions` | what functions compute of numbers, windows and labels |
//! | `eval` | evaluation: one series after another, each over all steps |

mod answer;
mod emptiness;
mod eval;
mod functions;
mod parse;
mod plan;
mod query;

pub use answer::{EvalError, Series, Value, ValueType};
pub use eval::{Options, STEPS_MAX, Windows, instant, instant_while, range, range_while};
pub use parse::{parse, parse_as};
pub use plan::Selector;
pub use query::{Dialect, ParseError, Query};
