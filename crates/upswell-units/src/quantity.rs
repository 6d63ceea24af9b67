//! Kubernetes quantities, exact: `500m`, `1.5Gi`, `12e6`.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::amount::{Bytes, MilliUnits, Millicores};

mod parse;

pub use parse::ParseQuantityError;

/// A Kubernetes quantity: an exact decimal number that remembers how it was written.
///
/// Comparison looks at the amount alone: `1000m` equals `1`. [`fmt::Display`] gives the canonical
/// form, in the notation the quantity was written in: `1.5Gi` becomes `1536Mi`, `0.1` becomes
/// `100m`. Nothing finer than a billionth is kept; what is finer rounds away from zero.
/// Source: Kubernetes 1.36, apimachinery/pkg/api/resource.
///
/// ```
/// # use upswell_units::Quantity;
/// let quantity: Quantity = "1.5Gi".parse()?;
/// assert_eq!(quantity.value(), 1_610_612_736);
/// assert_eq!(quantity.to_string(), "1536Mi");
/// # Ok::<(), upswell_units::quantity::ParseQuantityError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quantity {
    /// The amount is `significand` × 10^`exponent`.
    significand: i128,
    /// From -9 up.
    exponent: i32,
    notation: Notation,
    /// The spelling, where upstream takes it for canonical already and prints it back unchanged.
    spelling: Option<Box<str>>,
}

/// How a quantity is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Powers of 1000 by suffix: `500m`, `12M`.
    DecimalSi,
    /// Powers of 1024 by suffix: `64Mi`.
    BinarySi,
    /// Powers of ten by exponent: `12e6`.
    DecimalExponent,
}

const NANO: i32 = -9;
const MILLI: i32 = -3;
const SI_SUFFIXES: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// Suffixes of 1024^1, 1024^2, ...
const BINARY_SUFFIXES: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self::from_units(0, Notation::DecimalSi);

    /// Takes an amount in whole units.
    #[must_use]
    pub const fn from_units(units: i64, notation: Notation) -> Self {
        Self { significand: units as i128, exponent: 0, notation, spelling: None }
    }

    /// Takes an amount in thousandths, in decimal notation.
    #[must_use]
    pub const fn from_milli(milli: i64) -> Self {
        Self {
            significand: milli as i128,
            exponent: MILLI,
            notation: Notation::DecimalSi,
            spelling: None,
        }
    }

    /// Changes how it is written, not the amount.
    #[must_use]
    pub fn with_notation(self, notation: Notation) -> Self {
        Self { notation, spelling: None, ..self }
    }

    /// Adds exactly, in this quantity's notation.
    ///
    /// A sum that needs more than 38 digits keeps the larger amount, which it can hardly differ
    /// from.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        if other.is_zero() {
            return self.clone();
        }
        if self.is_zero() {
            return other.clone();
        }
        let exponent = self.exponent.min(other.exponent);
        let significand = |of: &Self| {
            let power = 10_i128.checked_pow(of.exponent.abs_diff(exponent))?;
            of.significand.checked_mul(power)
        };
        let sum =
            significand(self).zip(significand(other)).and_then(|(one, two)| one.checked_add(two));
        let Some(significand) = sum else {
            let larger = if self.is_above_magnitude_of(other) { self } else { other };
            return larger.clone().with_notation(self.notation);
        };
        Self { significand, exponent, notation: self.notation, spelling: None }
    }

    fn is_above_magnitude_of(&self, other: &Self) -> bool {
        let magnitude = |of: &Self| (of.significand.unsigned_abs(), of.exponent);
        !other.is_zero()
            && compare_magnitudes(magnitude(self), magnitude(other)) == Ordering::Greater
    }

    /// Returns thousandths, rounded away from zero, saturating.
    #[must_use]
    pub fn milli_value(&self) -> i64 {
        self.scaled(MILLI)
    }

    /// Returns whole units, rounded away from zero, saturating.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.scaled(0)
    }

    /// Returns the float nearest to the significand, times ten to the exponent.
    ///
    /// This is not always the float nearest to the amount: `0.3` gives `0.30000000000000004`, as
    /// upstream has it. Infinite beyond the range of floats.
    /// Source: Kubernetes 1.36, resource.Quantity, AsApproximateFloat64.
    #[must_use]
    pub fn approximate_f64(&self) -> f64 {
        if self.exponent == 0 || self.is_zero() {
            return self.significand as f64;
        }
        // Parsing gives the float nearest to the power of ten; `powi` is off by a digit.
        let power: f64 = format!("1e{}", self.exponent).parse().unwrap_or(f64::INFINITY);
        self.significand as f64 * power
    }

    /// Returns whether the amount is zero.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.significand == 0
    }

    /// Returns whether the amount is below zero.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.significand < 0
    }

    /// Returns how it is written.
    #[must_use]
    pub const fn notation(&self) -> Notation {
        self.notation
    }

    /// The amount in units of 10^`exponent`, rounded away from zero, saturating.
    fn scaled(&self, exponent: i32) -> i64 {
        let (magnitude, is_negative) = (self.significand.unsigned_abs(), self.is_negative());
        let scaled = rescale(magnitude, i64::from(self.exponent) - i64::from(exponent), false);
        let scaled = scaled.unwrap_or(u128::MAX);
        if is_negative {
            i64::try_from(scaled).map_or(i64::MIN, |value| -value)
        } else {
            i64::try_from(scaled).unwrap_or(i64::MAX)
        }
    }

    /// The amount in whole units, if it is whole.
    fn whole(&self) -> Option<i128> {
        if self.exponent >= 0 {
            let power = 10_i128.checked_pow(self.exponent.unsigned_abs())?;
            return self.significand.checked_mul(power);
        }
        let power = 10_i128.pow(self.exponent.unsigned_abs());
        (self.significand % power == 0).then_some(self.significand / power)
    }
}

/// Multiplies by 10^`shift`, rounded up; `None` if it does not fit.
///
/// `is_inexact` says that the true magnitude is a fraction of one above `magnitude`.
fn rescale(magnitude: u128, shift: i64, is_inexact: bool) -> Option<u128> {
    if magnitude == 0 && !is_inexact {
        return Some(0);
    }
    let power = u32::try_from(shift.unsigned_abs()).ok().and_then(|n| 10_u128.checked_pow(n));
    if shift >= 0 {
        return magnitude.checked_add(u128::from(is_inexact))?.checked_mul(power?);
    }
    let Some(power) = power else { return Some(1) };
    let rounds_up = is_inexact || !magnitude.is_multiple_of(power);
    Some(magnitude / power + u128::from(rounds_up))
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, the largest suffix that keeps the amount exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spelling) = &self.spelling {
            return f.write_str(spelling);
        }
        if self.is_zero() {
            return f.write_str("0");
        }
        match (self.notation, self.whole()) {
            (Notation::BinarySi, Some(whole)) if whole.unsigned_abs() >= 1024 => binary(whole, f),
            (Notation::DecimalExponent, _) => self.fmt_decimal(f, |exponent| match exponent {
                0 => String::new(),
                _ => format!("e{exponent}"),
            }),
            _ => self.fmt_decimal(f, |exponent| {
                let suffix = SI_SUFFIXES.iter().find(|(_, power)| *power == exponent);
                suffix.map_or_else(String::new, |(name, _)| (*name).to_owned())
            }),
        }
    }
}

/// Writes whole units with the largest power of 1024 that divides them.
fn binary(mut whole: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut suffix = "";
    for larger in BINARY_SUFFIXES {
        if whole % 1024 != 0 {
            break;
        }
        whole /= 1024;
        suffix = larger;
    }
    write!(f, "{whole}{suffix}")
}

impl Quantity {
    /// Writes a whole number with the largest exponent that is a multiple of three.
    fn fmt_decimal(
        &self,
        f: &mut fmt::Formatter<'_>,
        suffix: impl Fn(i32) -> String,
    ) -> fmt::Result {
        let (mut significand, mut exponent) = (self.significand, self.exponent);
        while significand % 10 == 0 && exponent < i32::MAX {
            significand /= 10;
            exponent += 1;
        }
        // Suffixes end at 10^18: what is larger keeps its zeros.
        let largest = match self.notation {
            Notation::DecimalExponent => exponent,
            _ => exponent.min(18),
        };
        let shown = largest - largest.rem_euclid(3);
        let zeros = "0".repeat((exponent - shown).unsigned_abs() as usize);
        write!(f, "{significand}{zeros}{}", suffix(shown))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        let (signum, others) = (self.significand.signum(), other.significand.signum());
        if signum != others || signum == 0 {
            return signum.cmp(&others);
        }
        let magnitudes = compare_magnitudes(
            (self.significand.unsigned_abs(), self.exponent),
            (other.significand.unsigned_abs(), other.exponent),
        );
        if signum < 0 { magnitudes.reverse() } else { magnitudes }
    }
}

/// Compares two magnitudes above zero, each a significand and an exponent of ten.
fn compare_magnitudes(one: (u128, i32), two: (u128, i32)) -> Ordering {
    if one.1 < two.1 {
        return compare_magnitudes(two, one).reverse();
    }
    let shift = i64::from(one.1) - i64::from(two.1);
    // What does not fit 128 bits is above everything that does.
    rescale(one.0, shift, false).map_or(Ordering::Greater, |one| one.cmp(&two.0))
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl TryFrom<String> for Quantity {
    type Error = ParseQuantityError;

    fn try_from(text: String) -> Result<Self, ParseQuantityError> {
        text.parse()
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.to_string()
    }
}

impl From<&Quantity> for MilliUnits {
    /// Rounds away from zero and saturates.
    fn from(quantity: &Quantity) -> Self {
        Self(quantity.milli_value())
    }
}

impl From<&Quantity> for Millicores {
    /// Rounds away from zero and saturates.
    fn from(quantity: &Quantity) -> Self {
        Self(quantity.milli_value())
    }
}

impl From<&Quantity> for Bytes {
    /// Rounds away from zero and saturates.
    fn from(quantity: &Quantity) -> Self {
        Self(quantity.value())
    }
}

impl From<Millicores> for Quantity {
    /// Decimal notation: `1500m`, `2`.
    fn from(millicores: Millicores) -> Self {
        Self::from_milli(millicores.0)
    }
}

impl From<Bytes> for Quantity {
    /// Binary notation: `64Mi`.
    fn from(bytes: Bytes) -> Self {
        Self::from_units(bytes.0, Notation::BinarySi)
    }
}
