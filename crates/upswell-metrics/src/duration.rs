//! Durations as Prometheus writes them.

use upswell_units::Duration;

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// It is empty.
    #[error("empty duration string")]
    Empty,
    /// It is not a row of numbers with units, from the largest to the smallest.
    #[error("not a valid duration string: {0:?}")]
    Invalid(String),
    /// Its unit is none.
    #[error("unknown unit {0:?}")]
    UnknownUnit(String),
    /// It is longer than 292 years.
    #[error("duration out of range")]
    TooLong,
}

/// Longest duration, in milliseconds: what Prometheus can hold in nanoseconds.
pub(crate) const MILLIS_MAX: i64 = i64::MAX / 1_000_000;

/// Units in milliseconds, in the order in which they must come: a year has 365 days.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Reads a duration as Prometheus writes it: `1h30m`, `15s`, `2d`, `0`.
///
/// Source: prometheus/common 0.72, model/time.go, `ParseDuration`.
///
/// # Errors
///
/// If a unit is missing, unknown, out of order or given twice, or the duration is longer than 292
/// years.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let invalid = || DurationError::Invalid(text.to_owned());
    let (mut millis, mut units, mut rest) = (0_i64, &UNITS[..], text);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        if number.is_empty() || unit.is_empty() {
            return Err(invalid());
        }
        let Some(index) = units.iter().position(|(name, _)| *name == unit) else {
            let is_known = UNITS.iter().any(|(name, _)| *name == unit);
            return Err(if is_known {
                invalid()
            } else {
                DurationError::UnknownUnit(unit.to_owned())
            });
        };
        let number: i64 = number.parse().map_err(|_| DurationError::TooLong)?;
        let part = number.checked_mul(units[index].1);
        let sum = part.and_then(|part| millis.checked_add(part));
        millis = sum.filter(|sum| *sum <= MILLIS_MAX).ok_or(DurationError::TooLong)?;
        units = &units[index + 1..];
        rest = after;
    }
    Ok(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_writes_them() {
        let millis = |text: &str| parse_duration(text).map(Duration::as_millis);
        for (text, expected) in [
            ("0", 0),
            ("0s", 0),
            ("15s", 15_000),
            ("1m30s", 90_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("1y", 31_536_000_000),
            ("1w", 604_800_000),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
        let invalid = |text: &str| DurationError::Invalid(text.to_owned());
        for (text, error) in [
            ("", DurationError::Empty),
            ("10", invalid("10")),
            ("s", invalid("s")),
            ("-1s", invalid("-1s")),
            ("1s1m", invalid("1s1m")),
            ("1s1s", invalid("1s1s")),
            ("1.5h", DurationError::UnknownUnit(".".to_owned())),
            ("1 s", DurationError::UnknownUnit(" s".to_owned())),
            ("300y", DurationError::TooLong),
            ("99999999999999999999s", DurationError::TooLong),
        ] {
            assert_eq!(millis(text), Err(error), "{text}");
        }
    }
}
