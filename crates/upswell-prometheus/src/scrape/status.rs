//! How a target does.

use std::collections::BTreeMap;

use upswell_metrics::Time;
use upswell_metrics::scrape::{Metadata, ScrapeError};
use upswell_units::Duration;

use super::{FetchError, ScrapeTarget};

/// How a target does.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// The target.
    pub target: ScrapeTarget,
    /// When it was scraped last.
    pub scraped_at: Option<Time>,
    /// How long that took.
    pub duration: Duration,
    /// Why that failed, if it did.
    pub error: Option<TargetError>,
    /// What it says of its metrics, by name.
    pub metadata: BTreeMap<String, Metadata>,
}

/// Why nothing was taken of a target's page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There was no page.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The page is broken or breaks a limit.
    #[error(transparent)]
    Page(#[from] ScrapeError),
}
