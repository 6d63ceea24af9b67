//! The texts that parameters hold, read as KEDA reads them.
//!
//! Source: KEDA main at 8b4f083, scalersconfig/typed_config.go. Numbers are JSON numbers, so `05`,
//! `+5`, `.5` and `50m` are refused.

use upswell_units::Duration;

/// Reads a boolean, as Go's `strconv.ParseBool`.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Reads a whole JSON number.
pub(crate) fn integer(text: &str) -> Option<i64> {
    is_json_integer(text).then(|| text.parse().ok()).flatten()
}

/// Reads a JSON number that is finite in 64 bits.
pub(crate) fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = is_json_integer(whole) && are_digits(fraction) && are_digits(exponent);
    let value: f64 = is_number.then(|| text.parse().ok()).flatten()?;
    value.is_finite().then_some(value)
}

/// Reads a duration in Go's notation (`1m30s`) or in whole milliseconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    text.parse().ok().or_else(|| text.parse().ok().map(Duration::from_millis))
}

/// Splits at commas and trims the parts.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

/// Reads `key=value` pairs between commas; each must have exactly one `=`.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        (!value.contains('=')).then(|| (key.trim().to_owned(), value.trim().to_owned()))
    };
    list(text).map(pair).collect()
}

fn is_json_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    are_digits(digits) && (digits == "0" || !digits.starts_with('0'))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_json_integers() {
        for (text, value) in [("5", Some(5)), ("-0", Some(0)), ("-3", Some(-3)), ("0", Some(0))] {
            assert_eq!(integer(text), value, "{text}");
        }
        for text in ["", "05", "+5", "5.0", "1e2", "0x10", "1_000", "5,0", "9223372036854775808"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn floats_are_finite_json_numbers() {
        for (text, value) in [("0.5", 0.5), ("1e2", 100.0), ("-1.25E-2", -0.0125), ("7", 7.0)] {
            assert_eq!(float(text), Some(value), "{text}");
        }
        for text in ["", ".5", "5.", "+1", "NaN", "50m", "1e", "1e999", "0x1p3", "-"] {
            assert_eq!(float(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_go_texts_or_milliseconds() {
        for (text, millis) in [
            ("250", 250),
            ("5s", 5_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("0", 0),
            ("-5", -5),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5 s", "s", "1d", "1.2.3s", "-", "99999999999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn pairs_have_exactly_one_equals_sign() {
        assert_eq!(pairs("a=1, b = 2").map(|pairs| pairs.len()), Some(2));
        assert_eq!(pairs("a=1,b"), None);
        assert_eq!(pairs("a=1=2"), None);
    }
}
