//! Amounts that must not be mixed up: replicas, metric values, CPU, memory.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of replicas of a scale target.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Replicas(pub u32);

/// A metric value, or its target, in thousandths of its unit: a queue of 7 jobs is 7000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MilliUnits(pub i64);

/// CPU in thousandths of a core.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millicores(pub i64);

/// Memory in bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bytes(pub i64);

impl Replicas {
    /// No replica.
    pub const ZERO: Self = Self(0);
}

impl fmt::Display for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl MilliUnits {
    /// Takes a float in whole units; truncates toward zero to thousandths, as KEDA 2.20 does.
    ///
    /// Returns `None` for NaN and for values beyond 64 bits.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        let milli = (value * 1000.0).trunc();
        // 2^63 itself is not representable as i64, hence the strict bound above.
        (milli >= i64::MIN as f64 && milli < i64::MAX as f64).then_some(Self(milli as i64))
    }

    /// Takes whole units, saturating.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units.saturating_mul(1000))
    }

    /// Returns whole units with their fraction.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl fmt::Display for MilliUnits {
    /// Decimal, without trailing zeros: `2.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:03}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl fmt::Display for Millicores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.0)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milli_units_display_without_trailing_zeros() {
        for (milli, text) in [(0, "0"), (2_500, "2.5"), (-1, "-0.001"), (7_000, "7")] {
            assert_eq!(MilliUnits(milli).to_string(), text);
        }
    }

    #[test]
    fn floats_truncate_to_thousandths_or_are_refused() {
        assert_eq!(MilliUnits::from_f64(0.0019), Some(MilliUnits(1)));
        assert_eq!(MilliUnits::from_f64(-0.0019), Some(MilliUnits(-1)));
        assert_eq!(MilliUnits::from_f64(f64::NAN), None);
        assert_eq!(MilliUnits::from_f64(f64::INFINITY), None);
        assert_eq!(MilliUnits::from_f64(1e19), None);
    }
}
