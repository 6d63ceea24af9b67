//! What became of a page.

use crate::exposition::PageError;

/// What became of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Samples of the page; of a broken one, those before the fault.
    pub samples_scraped: u64,
    /// Samples that the metric relabelings have left.
    pub samples_after_relabeling: u64,
    /// Series that the page before did not have.
    pub series_added: u64,
    /// Samples that the store refused because their series is further on.
    pub out_of_order: u64,
    /// Samples of a series that has another value at that instant.
    pub duplicate: u64,
    /// Samples older than the store keeps, or from more than ten minutes ahead.
    pub out_of_bounds: u64,
    /// Samples of new series that the store has no room for.
    pub no_room: u64,
    /// Why nothing of the page was taken, if so.
    pub error: Option<ScrapeError>,
}

/// Why nothing of a page was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScrapeError {
    /// The page is broken, or one of its series breaks a limit.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Too many samples.
    #[error("{samples} samples after relabelling, the limit is {limit}")]
    SampleLimit {
        /// Samples that the metric relabelings have left.
        samples: u64,
        /// The limit.
        limit: u64,
    },
}
