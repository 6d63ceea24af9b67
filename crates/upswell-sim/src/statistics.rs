//! What a run is measured by: waits, latencies, replicas over time.

use hdrhistogram::Histogram;
use serde::Serialize;
use upswell_units::{Duration, Replicas, Timestamp};

/// Times are kept in microseconds with three significant digits.
const SIGNIFICANT_DIGITS: u8 = 3;
/// A longer time is counted as this one: about eleven days.
const TIME_MAX_MICROS: u64 = 1_000_000_000_000;

/// A distribution of times.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    histogram: Histogram<u64>,
    /// Exact, so that the mean is; a thousand million requests of a year need more than 64 bits.
    sum_nanos: i128,
}

/// Percentiles of a distribution of times, in milliseconds; `null` where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// The mean.
    pub mean_ms: Option<f64>,
    /// Half of all are at most this.
    pub p50_ms: Option<f64>,
    /// 95 of 100 are at most this.
    pub p95_ms: Option<f64>,
    /// 99 of 100 are at most this.
    pub p99_ms: Option<f64>,
    /// The largest.
    pub max_ms: Option<f64>,
}

impl Default for Times {
    fn default() -> Self {
        let histogram = Histogram::new_with_max(TIME_MAX_MICROS, SIGNIFICANT_DIGITS);
        let why = "the bounds are constants within what the histogram allows";
        Self { histogram: histogram.expect(why), sum_nanos: 0 }
    }
}

impl Times {
    /// Counts a time; a negative one as zero.
    pub(crate) fn record(&mut self, time: Duration) {
        let nanos = time.as_nanos().max(0);
        self.sum_nanos += i128::from(nanos);
        self.histogram.saturating_record((nanos as u64 / 1000).min(TIME_MAX_MICROS));
    }

    /// How many were counted.
    pub(crate) fn count(&self) -> u64 {
        self.histogram.len()
    }

    pub(crate) fn percentiles(&self) -> Percentiles {
        if self.histogram.is_empty() {
            return Percentiles::default();
        }
        let at = |quantile| {
            let micros = self.histogram.value_at_quantile(quantile).min(self.histogram.max());
            Some(micros as f64 / 1000.0)
        };
        Percentiles {
            mean_ms: Some(self.sum_nanos as f64 / self.count() as f64 / 1e6),
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: at(1.0),
        }
    }
}

/// A whole number over time: its extremes and its mean.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    value: u32,
    since: Timestamp,
    /// Value times nanoseconds so far; 25,000 replicas over a year need more than 64 bits.
    area: i128,
    min: u32,
    max: u32,
}

impl Level {
    pub(crate) fn new(value: Replicas, now: Timestamp) -> Self {
        Self { value: value.0, since: now, area: 0, min: value.0, max: value.0 }
    }

    pub(crate) fn set(&mut self, value: Replicas, now: Timestamp) {
        self.area = self.area_at(now);
        self.since = now;
        self.value = value.0;
        self.min = self.min.min(value.0);
        self.max = self.max.max(value.0);
    }

    pub(crate) fn extremes(&self) -> (Replicas, Replicas) {
        (Replicas(self.min), Replicas(self.max))
    }

    /// The value times hours from the start until `now`.
    pub(crate) fn hours(&self, now: Timestamp) -> f64 {
        self.area_at(now) as f64 / 3.6e12
    }

    fn area_at(&self, now: Timestamp) -> i128 {
        self.area + i128::from(self.value) * i128::from(now.since(self.since).as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact_to_three_digits() {
        let mut times = Times::default();
        assert_eq!(times.percentiles(), Percentiles::default());
        for millis in 1..=1000 {
            times.record(Duration::from_millis(millis));
        }
        let percentiles = times.percentiles();
        for (ours, exact) in [
            (percentiles.p50_ms, 500.0),
            (percentiles.p95_ms, 950.0),
            (percentiles.p99_ms, 990.0),
            (percentiles.max_ms, 1000.0),
        ] {
            let relative = (ours.unwrap() - exact).abs() / exact;
            assert!(relative < 1e-3, "{ours:?} for {exact}");
        }
        assert_eq!(percentiles.mean_ms, Some(500.5), "the mean is exact");
        times.record(Duration::MAX);
        times.record(Duration::from_secs(-1));
    }

    #[test]
    fn a_level_has_extremes_and_an_area() {
        let at = |minute: i64| Timestamp::from_secs(minute * 60);
        let mut level = Level::new(Replicas(3), at(0));
        level.set(Replicas(9), at(60));
        level.set(Replicas(1), at(90));
        assert_eq!(level.extremes(), (Replicas(1), Replicas(9)));
        assert!((level.hours(at(120)) - 8.0).abs() < 1e-9);
    }
}
