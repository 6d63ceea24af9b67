//! Where the samples of rules go.

use crate::labels::Labels;
use crate::sample::Time;
use crate::store::{Refused, Writer};

/// Whoever takes the samples of rules: the store's writer, or a way to one that others write with
/// too and that need not wait while a rule is evaluated.
pub trait Sink {
    /// Appends a sample to the series with these labels; [`crate::sample::STALE`] ends it.
    ///
    /// # Errors
    ///
    /// As [`Writer::append`].
    fn append(&mut self, labels: &Labels, at: Time, value: f64) -> Result<(), Refused>;
}

impl Sink for Writer {
    fn append(&mut self, labels: &Labels, at: Time, value: f64) -> Result<(), Refused> {
        let series = self.series(labels);
        Self::append(self, series, at, value)
    }
}
