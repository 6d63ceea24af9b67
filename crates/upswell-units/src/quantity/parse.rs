//! Reads quantities: sign, decimal number, suffix; bounded work for texts of any length.

use std::str::FromStr;

use super::{BINARY_SUFFIXES, NANO, Notation, Quantity, SI_SUFFIXES, rescale};

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseQuantityError {
    /// There is no text.
    #[error("a quantity must not be empty: write a number with a suffix, e.g. \"500m\" or \"1Gi\"")]
    Empty,
    /// The text has no number at its start.
    #[error("`{0}` is not a quantity: write a number with a suffix, e.g. \"500m\" or \"1Gi\"")]
    NotANumber(String),
    /// What follows the number is no suffix.
    #[error("unknown suffix `{suffix}`: {mend}")]
    UnknownSuffix {
        /// What follows the number, cut if it is long.
        suffix: String,
        /// What to write instead.
        mend: &'static str,
    },
    /// The exponent after `e` does not fit 32 bits.
    #[error("the exponent of `{0}` is too large: at most nine digits make sense")]
    ExponentTooLarge(String),
}

/// A billionth is the finest amount that is kept.
const NANOS_PER_UNIT: u128 = 1_000_000_000;
/// Upstream reads numbers of up to this many digits as they stand and longer ones in billionths.
const DIGITS_AS_THEY_STAND_MAX: usize = 18;
/// Digits of an `i128` that cannot overflow; an amount that needs more is far beyond 64 bits.
const DIGITS_MAX: u32 = 38;

impl FromStr for Quantity {
    type Err = ParseQuantityError;

    /// Reads sign, decimal number and suffix; surrounding space is refused.
    ///
    /// As upstream, takes a suffix without a number (`m`) and a sign alone for zero.
    fn from_str(text: &str) -> Result<Self, ParseQuantityError> {
        if text.is_empty() {
            return Err(ParseQuantityError::Empty);
        }
        let written = Written::split(text);
        match Suffix::parse(written.suffix) {
            Some(Ok(Suffix::Decimal { exponent, notation })) => {
                written.decimal(exponent, notation).ok_or_else(|| not_a_number(text))
            }
            Some(Ok(Suffix::Binary { bits })) => Ok(written.binary(bits)),
            Some(Err(ExponentTooLarge)) => Err(ParseQuantityError::ExponentTooLarge(cut(text))),
            None if written.number_is_missing() => Err(not_a_number(text)),
            None => Err(ParseQuantityError::UnknownSuffix {
                suffix: cut(written.suffix),
                mend: mend_suffix(written.suffix),
            }),
        }
    }
}

/// A text, taken apart.
struct Written<'a> {
    text: &'a str,
    is_negative: bool,
    /// Digits before the point, without leading zeros.
    whole: &'a str,
    /// Digits after the point.
    fraction: &'a str,
    suffix: &'a str,
}

/// What stands behind the number.
enum Suffix {
    /// A power of ten.
    Decimal { exponent: i32, notation: Notation },
    /// A power of two.
    Binary { bits: u32 },
}

struct ExponentTooLarge;

impl Suffix {
    /// Reads a suffix; `None` if there is no such suffix.
    fn parse(suffix: &str) -> Option<Result<Self, ExponentTooLarge>> {
        if let Some((_, exponent)) = SI_SUFFIXES.iter().find(|(name, _)| *name == suffix) {
            return Some(Ok(Self::Decimal { exponent: *exponent, notation: Notation::DecimalSi }));
        }
        if let Some(index) = BINARY_SUFFIXES.iter().position(|name| *name == suffix) {
            return Some(Ok(Self::Binary { bits: 10 * (index as u32 + 1) }));
        }
        let exponent = suffix.strip_prefix(['e', 'E'])?;
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.parse().map_err(|_| ExponentTooLarge);
        let notation = Notation::DecimalExponent;
        Some(exponent.map(|exponent| Self::Decimal { exponent, notation }))
    }
}

impl<'a> Written<'a> {
    fn split(text: &'a str) -> Self {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, rest) = unsigned.split_at(digits_at_start(unsigned));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits_at_start(rest)),
            None => ("", rest),
        };
        let is_negative = text.starts_with('-');
        Self { text, is_negative, whole: whole.trim_start_matches('0'), fraction, suffix }
    }

    /// How many digits upstream counts: an absent whole part is one zero.
    fn whole_len(&self) -> usize {
        self.whole.len().max(1)
    }

    /// The quantity with a decimal suffix; `None` if there is no number where one is needed.
    fn decimal(&self, exponent: i32, notation: Notation) -> Option<Quantity> {
        let digits = Digits::read(self.whole.bytes().chain(self.fraction.bytes()));
        let scale = i64::from(exponent) - self.fraction.len() as i64;
        let digits_len = self.whole_len().saturating_add(self.fraction.len());
        if digits_len <= DIGITS_AS_THEY_STAND_MAX && scale >= i64::from(NANO) {
            let spelling = self.reads_as_canonical(scale).then(|| self.text.into());
            let significand = self.signed(digits.significand);
            return Some(Quantity { significand, exponent: scale as i32, notation, spelling });
        }
        if self.number_is_missing() {
            return None;
        }
        let scale = scale.saturating_add(digits.dropped as i64);
        let shift = scale.saturating_sub(i64::from(NANO));
        let (magnitude, exponent) = match rescale(digits.significand, shift, digits.is_inexact) {
            Some(nanos) if i128::try_from(nanos).is_ok() => (nanos, NANO),
            // Too large for billionths: keeps its own exponent, rounded up at its last digit.
            _ => (
                digits.significand.saturating_add(u128::from(digits.is_inexact)),
                i32::try_from(scale).unwrap_or(i32::MAX),
            ),
        };
        let significand = self.signed(magnitude);
        Some(Quantity { significand, exponent, notation, spelling: None })
    }

    /// The quantity with a suffix of 2^`bits`: at most 2^63 - 1 in magnitude.
    ///
    /// Digits of the fraction after the twentieth round up.
    fn binary(&self, bits: u32) -> Quantity {
        let notation = Notation::BinarySi;
        let whole = Digits::read(self.whole.bytes());
        let bound = i64::MAX as u128;
        if whole.dropped > 0 || whole.significand > bound >> bits {
            let significand = self.signed(bound);
            return Quantity { significand, exponent: 0, notation, spelling: None };
        }
        let units = whole.significand << bits;
        let digits_len_max = 14 - (bits * 3 / 10) as i64;
        if self.fraction.is_empty() && self.whole_len() as i64 <= digits_len_max {
            // Upstream's quick test for a canonical number: not divisible by eight.
            let spelling = (!whole.significand.is_multiple_of(8)).then(|| self.text.into());
            return Quantity { significand: self.signed(units), exponent: 0, notation, spelling };
        }
        let kept = self.fraction.len().min(FRACTION_DIGITS_MAX);
        let (kept, dropped) = self.fraction.split_at(kept);
        let fraction = Digits::read(kept.bytes()).significand << bits;
        let is_inexact = dropped.bytes().any(|digit| digit != b'0');
        let shift = -i64::from(NANO) - kept.len() as i64;
        // Below 10^20 × 2^60 × 10^-11 the product with a power of ten fits.
        let fraction_nanos = rescale(fraction, shift, is_inexact).unwrap_or(u128::MAX);
        let nanos = (units * NANOS_PER_UNIT).saturating_add(fraction_nanos);
        if nanos > bound * NANOS_PER_UNIT {
            let significand = self.signed(bound);
            return Quantity { significand, exponent: 0, notation, spelling: None };
        }
        let is_below_one = nanos < NANOS_PER_UNIT && nanos > 0;
        let notation = if is_below_one { Notation::DecimalSi } else { notation };
        Quantity { significand: self.signed(nanos), exponent: NANO, notation, spelling: None }
    }

    /// Whether upstream's quick test takes a decimal for canonical, and so prints it back.
    fn reads_as_canonical(&self, scale: i64) -> bool {
        let mut last = self.whole.bytes().chain(self.fraction.bytes()).rev().take(3);
        let ends_in_thousands =
            self.whole.len() + self.fraction.len() >= 3 && last.all(|digit| digit == b'0');
        scale % 3 == 0 && !self.whole.is_empty() && !ends_in_thousands
    }

    /// Whether there is neither a digit before the point nor one after it.
    fn number_is_missing(&self) -> bool {
        let unsigned = self.text.strip_prefix(['+', '-']).unwrap_or(self.text);
        digits_at_start(unsigned) == 0 && self.fraction.is_empty()
    }

    fn signed(&self, magnitude: u128) -> i128 {
        let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
        if self.is_negative { -magnitude } else { magnitude }
    }
}

/// With so many digits, a fraction times 2^60 still fits 128 bits.
const FRACTION_DIGITS_MAX: usize = 20;

/// The leading digits of a number of any length.
struct Digits {
    significand: u128,
    /// How many further digits there are.
    dropped: usize,
    /// Whether one of them is not zero.
    is_inexact: bool,
}

impl Digits {
    fn read(digits: impl Iterator<Item = u8>) -> Self {
        let mut read = Self { significand: 0, dropped: 0, is_inexact: false };
        for digit in digits {
            if read.significand < 10_u128.pow(DIGITS_MAX - 1) {
                read.significand = read.significand * 10 + u128::from(digit - b'0');
            } else {
                read.dropped += 1;
                read.is_inexact |= digit != b'0';
            }
        }
        read
    }
}

fn digits_at_start(text: &str) -> usize {
    text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len())
}

fn not_a_number(text: &str) -> ParseQuantityError {
    ParseQuantityError::NotANumber(cut(text))
}

/// Cuts what an error quotes.
fn cut(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 40;
    text.chars().take(QUOTED_CHARS_MAX).collect()
}

/// Says what to write instead of a wrong suffix.
fn mend_suffix(suffix: &str) -> &'static str {
    if suffix.starts_with(char::is_whitespace) || suffix.ends_with(char::is_whitespace) {
        return "leave out the space";
    }
    match suffix {
        "K" | "kb" | "kB" | "KB" | "ki" | "KiB" => "write k for 1000 or Ki for 1024",
        "mi" | "mb" | "MB" | "MiB" => "write M for a million or Mi for 1024 Ki",
        "g" | "gi" | "gb" | "GB" | "GiB" => "write G for a billion or Gi for 1024 Mi",
        "e" => "write an exponent after e, as in 1e3, or E for 10^18",
        _ => "use one of n u m k M G T P E Ki Mi Gi Ti Pi Ei, an exponent such as e3, or none",
    }
}
