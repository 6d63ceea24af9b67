//! What becomes of one target: its labels, and the pages that it serves.
//!
//! ```text
//! Origin (monitor, pod, Service) -> target_labels -> Target::new (relabelings) -> labels, address
//!                                                                                  |
//! page -> exposition::parse -> target's labels, metric relabelings, limits  <- Session
//!                                            |
//!                                            v
//!                   store::Writer: samples, staleness markers, up, scrape_*
//! ```
//!
//! Nothing here does I/O: a world finds the targets and fetches the pages.

mod cache;
mod limits;
mod metadata;
mod report;
mod sample_labels;
mod session;
mod target;

pub use limits::Limits;
pub use metadata::Metadata;
pub use report::{Report, ScrapeError};
pub use sample_labels::sample_labels;
pub use session::{Options, Session};
pub use target::{Monitor, MonitorKind, Origin, Target, TargetError, target_labels};
