//! The exponential buckets of usage histograms.

use serde::{Deserialize, Serialize};

/// A bucketing scheme: buckets grow by a twentieth each, so a percentile is off by 5 % at most.
///
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/util/histogram_options.go` and
/// `recommender/model/aggregations_config.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Buckets {
    /// In cores: from 0.01 to 1000.
    Cpu,
    /// In bytes: from 10 MB to 1 TB.
    Memory,
}

impl Buckets {
    /// How many buckets there are, the open-ended last one included.
    pub const COUNT: usize = 176;
    /// Index of the last bucket, which has no end.
    pub const LAST: usize = Self::COUNT - 1;
    /// A bucket that weighs less counts as empty.
    pub const EPSILON: f64 = 0.0001;

    /// How much larger each bucket is than the one before it.
    const RATIO: f64 = 1.05;

    /// Returns where a bucket starts, in cores or bytes; buckets after the last start with it.
    #[must_use]
    pub fn start(self, bucket: usize) -> f64 {
        let bucket = bucket.min(Self::LAST);
        // In this order, because the last digit decides on which side a whole byte falls.
        self.first_size() * (power(Self::RATIO, bucket) - 1.0) / (Self::RATIO - 1.0)
    }

    /// Returns the bucket that holds a value, in cores or bytes.
    ///
    /// What is negative or not a number falls into the first bucket.
    #[must_use]
    pub fn find(self, value: f64) -> usize {
        if value < self.first_size() {
            return 0;
        }
        let grown = value * (Self::RATIO - 1.0) / self.first_size() + 1.0;
        // A float-to-integer `as` truncates and saturates, and turns NaN into zero.
        ((grown.ln() / Self::RATIO.ln()) as usize).min(Self::LAST)
    }

    const fn first_size(self) -> f64 {
        match self {
            Self::Cpu => 0.01,
            Self::Memory => 1e7,
        }
    }
}

/// Raises by repeated squaring from the lowest bit up.
///
/// `f64::powi` leaves its last digit to the platform, and `powf` gives other ones than upstream.
fn power(base: f64, exponent: usize) -> f64 {
    let (mut result, mut square, mut bits) = (1.0, base, exponent);
    while bits > 0 {
        if bits % 2 == 1 {
            result *= square;
        }
        square *= square;
        bits /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_fall_on_the_side_of_a_byte_that_upstream_has() {
        assert_eq!(Buckets::Memory.start(2) as i64, 20_499_999);
        assert_eq!(Buckets::Memory.start(4) as i64, 43_101_249);
        assert_eq!(Buckets::Cpu.start(0), 0.0);
        assert_eq!(Buckets::Cpu.start(1), 0.01);
        assert_eq!(Buckets::Cpu.start(usize::MAX), Buckets::Cpu.start(Buckets::LAST));
    }

    #[test]
    fn every_value_has_a_bucket() {
        for (value, bucket) in [
            (0.0, 0),
            (-3.0, 0),
            (0.009_999, 0),
            (0.010_001, 1),
            (f64::NAN, 0),
            (f64::INFINITY, Buckets::LAST),
            (5e3, Buckets::LAST),
        ] {
            assert_eq!(Buckets::Cpu.find(value), bucket, "{value}");
        }
        for bucket in 0..Buckets::LAST {
            let middle =
                f64::midpoint(Buckets::Memory.start(bucket), Buckets::Memory.start(bucket + 1));
            assert_eq!(Buckets::Memory.find(middle), bucket);
        }
    }
}
