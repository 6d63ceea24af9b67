//! Scraping: the pages of targets, fetched on time and within bounds.
//!
//! ```text
//! Discovery -> Scraper: one task for each target
//!                schedule: when -> fetch: GET, unpacked, cut where it is too large or too slow
//!                                    -> upswell_metrics::scrape::Session -> store::Writer
//! ```
//!
//! A target harms no other: each has its own task, its own connection, its own bounds on time and
//! size, and the one writer of the store is taken only while a whole page is appended.

mod discovery;
mod fetch;
mod job;
mod schedule;
mod scraper;
mod status;
mod worker;

pub use discovery::{Discovery, Fixed};
pub use fetch::FetchError;
pub use job::{Job, JobSettings, ScrapeTarget};
pub use scraper::{Scraper, SharedWriter};
pub use status::{TargetError, TargetStatus};
