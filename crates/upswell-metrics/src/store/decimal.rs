//! Doubles that were written as decimals, as whole numbers.
//!
//! Most values that targets expose had few digits before they became doubles. Such a value is
//! the double next to `mantissa / 10^scale`; mantissas of neighbours differ by small whole
//! numbers, where the bits of the doubles look random. After ALP (Afroozeh, Kuffó, Boncz: ALP:
//! Adaptive Lossless floating-Point Compression, SIGMOD 2023), which multiplies where we divide:
//! division rounds correctly, so that every decimal is found.

/// Most digits after the point that are looked for: no clock or quantity of Kubernetes is finer
/// than a billionth, and the powers of ten are exact.
pub(super) const SCALE_MAX: u8 = 9;

const POWERS: [f64; SCALE_MAX as usize + 1] = [1., 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Mantissas are below this: half of one can still be added without rounding.
const MANTISSA_END: i64 = 1 << 52;

/// Returns the mantissa that yields exactly the bits of `value` at this scale, if there is one.
pub(super) fn mantissa(value: f64, scale: u8) -> Option<i64> {
    let scaled = value * power(scale);
    // Rounds to the nearest without a call; what this gets wrong, the comparison refuses.
    let rounded = (scaled + 0.5_f64.copysign(scaled)) as i64;
    let fits = rounded.unsigned_abs() < MANTISSA_END as u64;
    (fits && double(rounded, scale).to_bits() == value.to_bits()).then_some(rounded)
}

/// Returns the double next to `mantissa / 10^scale`.
pub(super) fn double(mantissa: i64, scale: u8) -> f64 {
    let whole = mantissa as f64;
    if scale == 0 { whole } else { whole / power(scale) }
}

/// Returns the least scale from `from` on at which the value has a mantissa, and the mantissa.
pub(super) fn least_scale(value: f64, from: u8) -> Option<(u8, i64)> {
    (from..=SCALE_MAX).find_map(|scale| Some((scale, mantissa(value, scale)?)))
}

/// Returns what a mantissa becomes with `digits` more digits after the point.
///
/// It stands for the same double: both are the double next to the same number.
pub(super) fn with_digits(mantissa: i64, digits: u8) -> Option<i64> {
    let more = mantissa.checked_mul(10_i64.pow(u32::from(digits)))?;
    (more.unsigned_abs() < MANTISSA_END as u64).then_some(more)
}

/// Returns ten to the power of a scale.
pub(super) fn power(scale: u8) -> f64 {
    POWERS[usize::from(scale.min(SCALE_MAX))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_a_mantissa_where_a_decimal_of_that_scale_reads_as_it() {
        let table = [
            (0.0, 0, Some(0)),
            (-0.0, 0, None),
            (-7.0, 0, Some(-7)),
            (0.1, 0, None),
            (0.1, 1, Some(1)),
            (0.29, 2, Some(29)),
            (-1234.567, 3, Some(-1_234_567)),
            (0.1 + 0.2, 9, None),
            (1.0 / 3.0, 9, None),
            (4_503_599_627_370_495.0, 0, Some(4_503_599_627_370_495)),
            (4_503_599_627_370_496.0, 0, None),
            (f64::NAN, 0, None),
            (f64::INFINITY, 0, None),
            (f64::MIN_POSITIVE, 9, None),
        ];
        for (value, scale, expected) in table {
            assert_eq!(mantissa(value, scale), expected, "{value:?} at scale {scale}");
        }
    }

    #[test]
    fn more_digits_do_not_change_the_double() {
        for whole in (0..10_000).map(|step| step * 7919 - 30_000_000) {
            let more = with_digits(whole, 4).unwrap();
            assert_eq!(double(more, 6).to_bits(), double(whole, 2).to_bits());
        }
        assert_eq!(with_digits(1 << 50, 1), None);
    }
}
