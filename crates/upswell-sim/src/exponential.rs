//! e^x by a table and a short polynomial: a draw of every request needs one, and libm's costs as
//! much as all the rest of the draw.

use std::sync::LazyLock;

const STEPS: usize = 64;
/// Beyond, e^x is no normal number.
const EXPONENT_MAX: f64 = 700.0;

/// 2^(step / 64).
static POWERS: LazyLock<[f64; STEPS]> =
    LazyLock::new(|| std::array::from_fn(|step| libm::exp2(step as f64 / STEPS as f64)));

/// Returns e^x to twelve digits, the same on every machine; `x` is taken as at most 700 and at
/// least -700.
///
/// x = n × ln 2 / 64 + r, so that e^x = 2^(n / 64) × e^r with |r| <= 0.0055.
#[inline]
pub(crate) fn exp(x: f64) -> f64 {
    const STEPS_PER_UNIT: f64 = STEPS as f64 / std::f64::consts::LN_2;
    const UNITS_PER_STEP: f64 = std::f64::consts::LN_2 / STEPS as f64;
    /// Moves all n above zero, where a cast rounds down, and is a multiple of the steps.
    const OFFSET: i64 = 1 << 17;
    let x = x.clamp(-EXPONENT_MAX, EXPONENT_MAX);
    let steps = (x * STEPS_PER_UNIT + (OFFSET as f64 + 0.5)) as i64 - OFFSET;
    let rest = x - steps as f64 * UNITS_PER_STEP;
    let near_one =
        1.0 + rest * (1.0 + rest * (1.0 / 2.0 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0))));
    let whole = steps.div_euclid(STEPS as i64);
    let fraction = POWERS[steps.rem_euclid(STEPS as i64) as usize];
    // The exponent's field of a double; within bounds, as |whole| <= 1010.
    f64::from_bits(((1023 + whole) as u64) << 52) * fraction * near_one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_twelve_digits_everywhere() {
        for step in -70_000..=70_000 {
            let x = f64::from(step) * 0.01;
            let relative = exp(x) / libm::exp(x) - 1.0;
            assert!(relative.abs() < 1e-12, "{x}: {relative}");
        }
        assert_eq!(exp(0.0).to_bits(), 1.0_f64.to_bits());
        assert!(exp(f64::INFINITY) > 1e300 && exp(f64::NEG_INFINITY) < 1e-300);
        assert!(exp(f64::NAN).is_nan());
    }
}
