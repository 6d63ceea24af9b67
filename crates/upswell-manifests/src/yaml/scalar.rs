//! The type of a bare scalar, as Kubernetes reads it.
//!
//! Kubernetes reads manifests with sigs.k8s.io/yaml, a fork of go-yaml v2, that is with the
//! *YAML 1.1* rules for bare scalars: `yes`, `on` and `n` are booleans, `0777` is octal, `1_000` is
//! a number. kubectl hands the outcome to the API server as JSON without knowing the schema, so an
//! environment variable `value: on` is refused there. Source: sigs.k8s.io/yaml v1.6,
//! goyaml.v2/resolve.go.

/// What a scalar is, apart from its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Boolean(bool),
    /// Decimal, or with the prefix `0x`, `0o`, `0b` or a bare `0` for octal; underscores ignored.
    Integer(i128),
    /// With a point or an exponent, or beyond 128 bits; also `.inf` and `.nan`.
    Float(f64),
    /// Everything else, dates included.
    String,
}

/// Digits that an integer of 64 bits can have in base two, sign and prefix included: longer texts
/// are no integer that any field takes.
const INTEGER_CHARS_MAX: usize = 67;

/// Returns the type of a bare scalar.
pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Boolean(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Boolean(false)
        }
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => resolve_number(text),
    }
}

fn resolve_number(text: &str) -> Resolved {
    // A first underscore is no digit, and go-yaml does not look further.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Resolved::String;
    }
    // go-yaml ignores underscores only where a sign or a digit comes first.
    let plain = if text.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    if let Some(integer) = integer(&plain) {
        return Resolved::Integer(integer);
    }
    if is_decimal_float(&plain) {
        return plain.parse().map_or(Resolved::String, Resolved::Float);
    }
    Resolved::String
}

fn integer(text: &str) -> Option<i128> {
    if text.len() > INTEGER_CHARS_MAX {
        return None;
    }
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// Matches `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` and nothing else.
fn is_decimal_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digit = !whole.is_empty() || (!fraction.is_empty() && mantissa.starts_with('.'));
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    has_digit && digits(whole) && digits(fraction) && exponent_is_good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_scalars_have_the_types_of_yaml_1_1() {
        use Resolved::{Boolean, Float, Integer, Null, String};
        for (text, resolved) in [
            ("", Null),
            ("~", Null),
            ("NULL", Null),
            ("nil", String),
            ("yes", Boolean(true)),
            ("y", Boolean(true)),
            ("On", Boolean(true)),
            ("oN", String),
            ("off", Boolean(false)),
            ("N", Boolean(false)),
            ("4", Integer(4)),
            ("-4", Integer(-4)),
            ("+4", Integer(4)),
            ("0777", Integer(511)),
            ("0o17", Integer(15)),
            ("0x1F", Integer(31)),
            ("0b101", Integer(5)),
            ("1_000", Integer(1000)),
            ("_1", String),
            ("08", Float(8.0)),
            ("1.5", Float(1.5)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            (".", String),
            ("1e3", Float(1000.0)),
            ("1e", String),
            ("1.2.3", String),
            ("500m", String),
            ("1Gi", String),
            ("2026-11-23", String),
            ("12:30", String),
            ("-", String),
            ("--1", String),
            ("+-1", String),
            ("0x-1", String),
            ("18446744073709551615", Integer(18_446_744_073_709_551_615)),
            (".inf", Float(f64::INFINITY)),
            ("inf", String),
            ("NaN", String),
        ] {
            assert_eq!(resolve(text), resolved, "{text}");
        }
        assert!(matches!(resolve(".nan"), Float(value) if value.is_nan()));
    }
}
