//! The templates of labels and annotations: Go's `text/template` with Prometheus's functions.
//!
//! ```text
//! Template::parse: lex -> parse -> tree          Template::expand: run -> text
//!                             |                            |
//!                         literal                 field, functions, format
//! ```
//!
//! What rules use is here: actions, pipelines, variables, `if`, `with`, `range`, `define`,
//! `template`, `block`, comments, trim markers, the functions of Go and Prometheus. A template is
//! text of users: how deep it nests, how many steps it takes and how much it writes is bounded.
//!
//! Not as in Go: a vector prints its series where Go prints addresses; `%b`, `%x` and `#` of doubles
//! and complex numbers are missing; a variable that is set before it was declared is an error of
//! the text, not of its expansion.
//!
//! | module | what it is for |
//! | --- | --- |
//! | `expand` | [`Template`]: parsed once, expanded for every alert |
//! | `lex`, `parse`, `pipeline`, `tree`, `literal` | text to tree |
//! | `run`, `call`, `field`, `value` | tree to text |
//! | `functions` | a line for each function |
//! | `format`, `civil` | numbers, texts, instants as Go writes them |
//!
//! Sources: Go 1.26, text/template; Prometheus 3.16, template/template.go.

mod call;
mod civil;
mod expand;
mod field;
mod format;
mod functions;
mod lex;
mod literal;
mod parse;
mod pipeline;
mod run;
mod tree;
mod value;

pub use expand::{Data, ExpandError, Querier, Template, TemplateError};
pub(crate) use functions::table_link;
