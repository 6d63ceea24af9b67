//! What targets expose: the text format 0.0.4 and OpenMetrics 1.0, read and written.
//!
//! ```text
//! page -> parse -> Entry::Series (raw text, value, time) -> Series::labels, if the text is new
//!              \-> Entry::{Type, Help, Unit}
//! ```
//!
//! What is accepted, and what it means, is what Prometheus 3 accepts (model/textparse), with
//! exceptions that [`parse`] lists. Reading copies nothing: an entry points into its page.

mod cursor;
mod entry;
mod format;
mod label_set;
mod number;
mod openmetrics;
mod parser;
mod series;
mod text;
mod write;

pub use entry::{Entry, Exemplar, LabelFault, MetricType, Series};
pub use format::{ACCEPT, Format, TEXT_CONTENT_TYPE};
pub use parser::{PageError, Parser, parse};
pub(crate) use series::shown;
pub use write::{write_help, write_series, write_type};
