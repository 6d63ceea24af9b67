//! Numbers as Go reads and prints them.

/// Reads a value as Prometheus does: Go's `ParseFloat` without hexadecimal digits, without `_`.
///
/// `inf` and `infinity` may have a sign, `nan` may not, in any case of letters. A number that is
/// too large for a double is refused; one that is too small is zero.
/// Source: Prometheus 3, model/textparse, parseFloat; Go, strconv/atof.go.
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    if let Some(small) = parse_digits(text) {
        return Some(small);
    }
    let text = std::str::from_utf8(text).ok()?;
    let value: f64 = text.parse().ok()?;
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    match value {
        // The pattern of Go's NaN, which is the one that Prometheus stores.
        _ if value.is_nan() => (!text.starts_with(['+', '-'])).then_some(NAN),
        _ if value.is_infinite() && has_digits => None,
        _ => Some(value),
    }
}

/// The ordinary NaN (prometheus/model/value, `NormalNaN`).
const NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0001);

/// Reads what most values are: some digits.
fn parse_digits(text: &[u8]) -> Option<f64> {
    // So that the sum is exact as an integer and as a double.
    const DIGITS_MAX: usize = 15;
    if text.is_empty() || text.len() > DIGITS_MAX {
        return None;
    }
    let mut sum = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum = sum * 10 + u64::from(digit);
    }
    Some(sum as f64)
}

/// Writes a value as Go's `%g` with the fewest digits that read back: `1e+06`, `0.25`, `+Inf`.
pub(super) fn write(value: f64, out: &mut String) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // strconv/ftoa.go, formatDigits: where the digits are the fewest, 6 decides, however many.
    if value == 0.0 || (-4..6).contains(&exponent) {
        out.push_str(&value.to_string());
        return;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    out.push_str(&format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()));
}

/// Writes a value as OpenMetrics has it in `le` and `quantile`: with `.0` where it is whole.
///
/// Source: Prometheus 3, model/labels/float.go.
pub(super) fn write_openmetrics(value: f64) -> String {
    let mut text = String::new();
    // Zero has no sign here.
    write(if value == 0.0 { 0.0 } else { value }, &mut text);
    if value.is_finite() && !text.contains(['e', '.']) {
        text.push_str(".0");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, value) in [
            ("0", Some(0.0)),
            ("42", Some(42.0)),
            ("999999999999999", Some(999_999_999_999_999.0)),
            ("9007199254740993", Some(9_007_199_254_740_992.0)),
            ("+1", Some(1.0)),
            ("-0.5e3", Some(-500.0)),
            ("1.", Some(1.0)),
            (".5", Some(0.5)),
            ("1E+5", Some(1e5)),
            ("1e-999", Some(0.0)),
            ("1e999", None),
            ("-1e999", None),
            ("iNf", Some(f64::INFINITY)),
            ("+Infinity", Some(f64::INFINITY)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("infi", None),
            ("+NaN", None),
            ("-nan", None),
            (".", None),
            ("", None),
            ("1_0", None),
            ("0x10", None),
            ("0x1p-3", None),
            ("1 ", None),
            ("true", None),
        ] {
            assert_eq!(parse(text.as_bytes()), value, "{text}");
        }
        assert_eq!(parse(b"nAn").map(f64::to_bits), Some(0x7ff8_0000_0000_0001));
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        for (value, text, openmetrics) in [
            (0.0, "0", "0.0"),
            (-0.0, "-0", "0.0"),
            (1.0, "1", "1.0"),
            (100_000.0, "100000", "100000.0"),
            (1e6, "1e+06", "1e+06"),
            (1_048_576.0, "1.048576e+06", "1.048576e+06"),
            (0.0001, "0.0001", "0.0001"),
            (0.000_012, "1.2e-05", "1.2e-05"),
            (1e21, "1e+21", "1e+21"),
            (5e-324, "5e-324", "5e-324"),
            (f64::INFINITY, "+Inf", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-Inf"),
            (f64::NAN, "NaN", "NaN"),
        ] {
            let mut written = String::new();
            write(value, &mut written);
            assert_eq!((written.as_str(), write_openmetrics(value).as_str()), (text, openmetrics));
        }
    }
}
