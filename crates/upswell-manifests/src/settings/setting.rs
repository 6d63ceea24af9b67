//! Values that are either written or assumed.

use std::fmt;

use upswell_units::{Diagnostic, Duration, Span, Spanned};

use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::{Node, Value};

/// A value, and whether the user wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user wrote it here.
    Written(Span),
    /// It is a default with this source.
    Assumed(&'static str),
}

/// A default that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The field of `upswell.yaml` that would say otherwise.
    pub setting: String,
    /// What is assumed.
    pub value: String,
    /// Why.
    pub source: &'static str,
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, source } = self;
        write!(f, "{setting}: {value} ({source})")
    }
}

impl<T> Setting<T> {
    /// Takes a default and its source.
    pub(super) const fn assumed(value: T, source: &'static str) -> Self {
        Self { value, origin: Origin::Assumed(source) }
    }

    /// Takes what the user wrote, if so.
    pub(super) fn set(&mut self, written: Option<Spanned<T>>) {
        if let Some(Spanned { value, span }) = written {
            *self = Self { value, origin: Origin::Written(span) };
        }
    }

    /// Changes the value and keeps its origin.
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: f(self.value), origin: self.origin }
    }
}

impl<T> Setting<Option<T>> {
    /// Takes what the user wrote, if so.
    pub(super) fn set_some(&mut self, written: Option<Spanned<T>>) {
        self.set(written.map(|written| written.map(Some)));
    }
}

impl<T: fmt::Display> Setting<T> {
    /// Returns the assumption, unless the user wrote the value.
    pub(super) fn assumption(&self, setting: impl Into<String>) -> Option<Assumption> {
        let Origin::Assumed(source) = self.origin else { return None };
        Some(Assumption { setting: setting.into(), value: self.value.to_string(), source })
    }
}

/// What varies: log-normal through these two points; equal ones are a constant.
///
/// Written as `{median: 250ms, p95: 700ms}`, or as one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread<T = Duration> {
    /// Half of the values are smaller.
    pub median: T,
    /// 95 % of the values are smaller; not below the median.
    pub p95: T,
}

impl<T: fmt::Display + PartialEq> fmt::Display for Spread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, p95 } = self;
        if median == p95 {
            return median.fmt(f);
        }
        write!(f, "median {median}, 95 % within {p95}")
    }
}

impl<T> Decode for Spread<T>
where
    T: Decode + Copy + PartialOrd + fmt::Display + Default,
{
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let (median, p95) = if let Value::Scalar(_) = node.value {
            let median: Spanned<T> = Decode::decode(node, problems)?;
            (median, median)
        } else {
            let mut object = Object::new(node, problems)?;
            let (median, p95) = (object.required("median"), object.optional("p95"));
            object.finish();
            let median: Spanned<T> = median?;
            (median, p95.unwrap_or(median))
        };
        let zero = T::default();
        if median.value < zero {
            problems.push(below_zero(median.span));
            return None;
        }
        if p95.value < median.value {
            let message = format!("`p95` {} is below the median {}", p95.value, median.value);
            problems.push(
                Diagnostic::error("out-of-range", message)
                    .at(p95.span, "below the median")
                    .also_at(median.span, "the median")
                    .help("95 of 100 are within `p95`, half of them within `median`"),
            );
            return None;
        }
        // What is log-normal is never zero, so it has no such median.
        if median.value == zero && p95.value > zero {
            problems.push(
                Diagnostic::error("out-of-range", "what varies has a median above zero")
                    .at(median.span, "zero")
                    .help("write the median, or one value for a constant"),
            );
            return None;
        }
        Some(Self { median: median.value, p95: p95.value })
    }
}

/// Reads a duration that may be zero.
pub(super) fn duration(
    object: &mut Object<'_, '_>,
    name: &'static str,
) -> Option<Spanned<Duration>> {
    let duration: Spanned<Duration> = object.optional(name)?;
    if duration.value < Duration::ZERO {
        object.report(below_zero(duration.span));
        return None;
    }
    Some(duration)
}

fn below_zero(span: Span) -> Diagnostic {
    Diagnostic::error("out-of-range", "a time must not be below zero")
        .at(span, "below zero")
        .help("write e.g. 2s")
}

/// Reads a duration above zero.
pub(super) fn positive(
    object: &mut Object<'_, '_>,
    name: &'static str,
) -> Option<Spanned<Duration>> {
    let duration: Spanned<Duration> = object.optional(name)?;
    if duration.value > Duration::ZERO {
        return Some(duration);
    }
    object.report(not_above_zero(name, duration.span));
    None
}

/// Reads a number above zero.
pub(super) fn above_zero(object: &mut Object<'_, '_>, name: &'static str) -> Option<Spanned<f64>> {
    let number: Spanned<f64> = object.optional(name)?;
    if number.value > 0.0 {
        return Some(number);
    }
    object.report(not_above_zero(name, number.span));
    None
}

/// Reads a number from zero to `max`; `what` says what it is.
pub(super) fn up_to(
    object: &mut Object<'_, '_>,
    name: &'static str,
    max: f64,
    what: &str,
) -> Option<Spanned<f64>> {
    let number: Spanned<f64> = object.optional(name)?;
    if (0.0..=max).contains(&number.value) {
        return Some(number);
    }
    object.report(
        Diagnostic::error("out-of-range", format!("`{name}` {} is not {what}", number.value))
            .at(number.span, format!("not from 0 to {max}"))
            .help("correct it, or leave it out for the default"),
    );
    None
}

/// Reads a whole number above zero.
pub(super) fn count(object: &mut Object<'_, '_>, name: &'static str) -> Option<Spanned<u32>> {
    let number: Spanned<u32> = object.optional(name)?;
    if number.value > 0 {
        return Some(number);
    }
    object.report(not_above_zero(name, number.span));
    None
}

fn not_above_zero(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("out-of-range", format!("`{name}` must be above zero"))
        .at(span, "not above zero")
        .help("correct it, or leave it out for the default")
}
