//! The decimal texts in which metric values and targets are served.

use upswell_units::MilliUnits;

/// Returns a metric value as the external metrics API serves it: at most three decimals.
///
/// Rounds half to even in the decimal expansion of the float. Negative, infinite and undefined
/// values become `0`. Source: KEDA main at 8b4f083, `quantityFromFloat64`; releases up to 2.20
/// truncate instead.
#[must_use]
pub fn metric_quantity(value: f64) -> String {
    if !value.is_finite() || value <= 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns the same value in thousandths; saturates beyond 64 bits.
#[must_use]
pub fn metric_milli_units(value: f64) -> MilliUnits {
    if !value.is_finite() || value <= 0.0 {
        return MilliUnits(0);
    }
    let digits = format!("{value:.3}").replace('.', "");
    MilliUnits(digits.parse().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_served_with_three_decimals_and_never_negative() {
        for (value, text, milli) in [
            (7.0, "7", 7_000),
            (100.0, "100", 100_000),
            (0.0625, "0.062", 62),
            (0.0004, "0", 0),
            (-10.0, "0", 0),
            (f64::NAN, "0", 0),
            (f64::INFINITY, "0", 0),
            (1e16, "10000000000000000", i64::MAX),
        ] {
            assert_eq!(metric_quantity(value), text);
            assert_eq!(metric_milli_units(value), MilliUnits(milli));
        }
    }
}
