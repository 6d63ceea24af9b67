//! Instants and spans of time: integer nanoseconds, saturating, never read from a clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// An instant: nanoseconds since the Unix epoch, from 1677 to 2262.
///
/// Arithmetic saturates at both ends, so no input can make it panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A signed span of time in nanoseconds, up to about 292 years.
///
/// Displays in Go's notation (`1m30s`, `250ms`), as Kubernetes users write it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Duration(i64);

impl Timestamp {
    /// Earlier than every other instant.
    pub const MIN: Self = Self(i64::MIN);
    /// Later than every other instant.
    pub const MAX: Self = Self(i64::MAX);
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);

    /// Takes nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Takes milliseconds since the Unix epoch, saturating.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// Takes seconds since the Unix epoch, saturating.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(NANOS_PER_SECOND))
    }

    /// Returns nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Returns whole milliseconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(NANOS_PER_MILLI)
    }

    /// Returns how long `earlier` lies before this instant; negative if it lies after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// Returns the civil time in UTC, for people.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Takes a civil time, saturating outside 1677 to 2262.
    #[must_use]
    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        let nanos = timestamp.as_nanosecond();
        Self(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_jiff())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span.
    pub const MAX: Self = Self(i64::MAX);

    /// Takes nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Takes milliseconds, saturating.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// Takes seconds, saturating.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(NANOS_PER_SECOND))
    }

    /// Takes seconds with a fraction; rounds to the nanosecond, saturates, and takes NaN as zero.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        // A float-to-integer `as` saturates, and turns NaN into zero.
        Self((secs * NANOS_PER_SECOND as f64).round() as i64)
    }

    /// Returns nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Returns whole milliseconds, truncated toward zero.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0 / NANOS_PER_MILLI
    }

    /// Returns whole seconds, truncated toward zero.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0 / NANOS_PER_SECOND
    }

    /// Returns seconds with their fraction.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Returns this span `times` over, saturating.
    #[must_use]
    pub const fn times(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Duration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let nanos = self.0.unsigned_abs();
        let second = NANOS_PER_SECOND.unsigned_abs();
        if nanos == 0 {
            return f.write_str("0s");
        }
        if nanos < second {
            return match nanos {
                n if n >= 1_000_000 => write!(f, "{}ms", decimal(n, 1_000_000)),
                n if n >= 1_000 => write!(f, "{}µs", decimal(n, 1_000)),
                n => write!(f, "{n}ns"),
            };
        }
        let (hours, minutes) = (nanos / second / 3600, nanos / second / 60 % 60);
        let rest = nanos % (60 * second);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        if rest > 0 {
            write!(f, "{}s", decimal(rest, second))?;
        }
        Ok(())
    }
}

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDurationError {
    /// There is no number with a unit.
    #[error("a duration is a number with a unit, e.g. \"30s\", \"1m30s\" or \"250ms\"")]
    NotADuration,
    /// The unit is none of `ns`, `us`, `ms`, `s`, `m`, `h`.
    #[error("a duration has the units ns, us, ms, s, m and h, e.g. \"1m30s\"")]
    UnknownUnit,
    /// It does not fit 64 bits of nanoseconds.
    #[error("a duration has at most 292 years")]
    TooLong,
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    /// Reads Go's notation, as in `1m30s`, `1.5h` or `-250ms`; a bare number other than 0 is
    /// refused.
    ///
    /// Source: Go 1.25, time.ParseDuration.
    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if unsigned == "0" {
            return Ok(Self::ZERO);
        }
        if unsigned.is_empty() {
            return Err(ParseDurationError::NotADuration);
        }
        let (mut nanos, mut rest) = (0_i64, unsigned);
        while !rest.is_empty() {
            let part;
            (part, rest) = leading_part(rest)?;
            nanos = nanos.checked_add(part).ok_or(ParseDurationError::TooLong)?;
        }
        Ok(Self(if text.starts_with('-') { -nanos } else { nanos }))
    }
}

/// Reads one number with its unit; returns its nanoseconds and what follows.
fn leading_part(text: &str) -> Result<(i64, &str), ParseDurationError> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(ParseDurationError::NotADuration);
    }
    let unit_end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let unit_nanos: i64 = match unit {
        "ns" => 1,
        // Both the micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => NANOS_PER_MILLI,
        "s" => NANOS_PER_SECOND,
        "m" => 60 * NANOS_PER_SECOND,
        "h" => 3600 * NANOS_PER_SECOND,
        "" => return Err(ParseDurationError::NotADuration),
        _ => return Err(ParseDurationError::UnknownUnit),
    };
    let whole = if whole.is_empty() { Ok(0) } else { whole.parse::<i64>() };
    let whole = whole.ok().and_then(|whole| whole.checked_mul(unit_nanos));
    // Digits beyond the eighteenth are less than a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(fraction.len() as u32);
    let part = fraction.parse::<i128>().unwrap_or(0) * i128::from(unit_nanos) / scale;
    let nanos = whole.and_then(|whole| whole.checked_add(i64::try_from(part).ok()?));
    Ok((nanos.ok_or(ParseDurationError::TooLong)?, rest))
}

/// Writes `amount / unit` without trailing zeros; `unit` is a power of ten.
fn decimal(amount: u64, unit: u64) -> String {
    let (whole, fraction) = (amount / unit, amount % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{fraction:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_display_in_gos_notation() {
        for (millis, text) in [
            (0, "0s"),
            (250, "250ms"),
            (1_500, "1.5s"),
            (90_000, "1m30s"),
            (3_600_000, "1h"),
            (3_660_500, "1h1m0.5s"),
            (-300_000, "-5m"),
        ] {
            assert_eq!(Duration::from_millis(millis).to_string(), text);
        }
        assert_eq!(Duration::from_nanos(1_500).to_string(), "1.5µs");
    }

    #[test]
    fn durations_are_read_in_gos_notation() {
        for (text, nanos) in [
            ("0", Some(0)),
            ("30s", Some(30 * NANOS_PER_SECOND)),
            ("1m30s", Some(90 * NANOS_PER_SECOND)),
            ("1.5h", Some(5400 * NANOS_PER_SECOND)),
            ("-250ms", Some(-250 * NANOS_PER_MILLI)),
            (".5s", Some(NANOS_PER_SECOND / 2)),
            ("1µs", Some(1_000)),
            ("1ns2us", Some(2_001)),
            ("9223372036854775807ns", Some(i64::MAX)),
            ("9223372036854775808ns", None),
            ("300000000h", None),
            ("", None),
            ("-", None),
            ("30", None),
            ("s", None),
            ("1d", None),
            ("1s ", None),
            (".s", None),
        ] {
            let read = text.parse::<Duration>().ok().map(Duration::as_nanos);
            assert_eq!(read, nanos, "{text}");
        }
        let long = Duration::from_millis(5_025_250);
        assert_eq!(long.to_string().parse(), Ok(long));
    }

    #[test]
    fn arithmetic_saturates_instead_of_panicking() {
        assert_eq!(Timestamp::MAX + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - Duration::MAX - Duration::MAX, Timestamp::MIN);
        assert_eq!(Timestamp::MAX.since(Timestamp::MIN), Duration::MAX);
        assert_eq!(Duration::from_secs_f64(f64::NAN), Duration::ZERO);
        assert_eq!(Duration::from_secs_f64(f64::INFINITY), Duration::MAX);
    }
}
