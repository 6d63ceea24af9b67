//! Metrics without a server: series, what targets expose, PromQL, rules. Pure: no I/O, no clock.
//!
//! ```text
//! exposition::parse -> scrape::Session (relabel, up, staleness) -> store::Writer
//!                                                                       |
//!                    promql::{parse, instant, range}  <-  store::Reader +-> rules::Rules
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`duration`] | durations as Prometheus writes them |
//! | [`labels`] | [`Labels`]: the identity of a series |
//! | [`sample`] | [`Time`], [`Sample`], staleness markers |
//! | [`matcher`] | [`Matcher`]: which series are meant |
//! | [`store`] | series in memory: one writer, many readers |
//! | [`exposition`] | the text format and OpenMetrics |
//! | [`relabel`] | rules that change labels, or drop what has them |
//! | [`scrape`] | what becomes of a target and its pages: labels, `up`, staleness |
//! | [`promql`] | PromQL, parsed and evaluated |
//! | [`rules`] | recording and alerting rules |
//! | [`renamed`] | what became of names that upstream dropped |
//! | [`template`] | the templates of labels and annotations |

pub mod duration;
pub mod exposition;
pub mod labels;
pub mod matcher;
pub mod promql;
pub mod relabel;
pub mod renamed;
mod replacement;
pub mod rules;
pub mod sample;
pub mod scrape;
pub mod store;
pub mod template;

pub use labels::{Labels, LabelsBuilder};
pub use matcher::{MatchOp, Matcher};
pub use sample::{Sample, Time};
