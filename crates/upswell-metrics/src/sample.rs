//! Instants of samples, samples, and the marker that ends a series.

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Timestamp};

/// An instant as Prometheus holds it: whole milliseconds since the Unix epoch.
///
/// Arithmetic saturates.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Earlier than every sample.
    pub const MIN: Self = Self(i64::MIN);
    /// Later than every sample.
    pub const MAX: Self = Self(i64::MAX);

    /// Takes seconds since the epoch, rounded to the nearest millisecond; saturates.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1000.0).round() as i64)
    }

    /// Returns seconds since the epoch.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Returns the instant `milliseconds` later, saturating.
    #[must_use]
    pub const fn plus_millis(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Returns the milliseconds from `earlier` to here, saturating.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millis())
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        Self::from_millis(time.0)
    }
}

/// Returns whole milliseconds, rounded down.
#[must_use]
pub const fn millis(duration: Duration) -> i64 {
    duration.as_nanos().div_euclid(1_000_000)
}

/// A value of a series at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: Time,
    /// What; any double. NaN is an ordinary value, but for the one that [`is_stale`] knows.
    pub value: f64,
}

/// The bits of the NaN by which Prometheus marks that a series has ended
/// (prometheus/model/value, `StaleNaN`).
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The staleness marker.
pub const STALE: f64 = f64::from_bits(STALE_BITS);

/// Returns whether a value is the staleness marker; an ordinary NaN is not.
#[must_use]
pub const fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}
