//! A number from a number: rounding, limits, logarithms, angles.
//!
//! By `libm`, not by the machine's library, so that every machine has the same answers.

use std::f64::consts::PI;

use super::{Function, ValueFn};

/// Returns the function of this room that has this name.
pub(super) fn find(name: &str) -> Option<Function> {
    let scalar = match name {
        "pi" => Some(Function::Scalar { call: |_| PI }),
        "max_of" => Some(Function::Scalar {
            call: |args| args.iter().copied().fold(f64::NEG_INFINITY, max),
        }),
        "min_of" => {
            Some(Function::Scalar { call: |args| args.iter().copied().fold(f64::INFINITY, min) })
        }
        _ => None,
    };
    let value = || limits(name).or_else(|| powers(name)).or_else(|| angles(name));
    scalar.or_else(|| value().map(|call| Function::Value { call }))
}

/// Rounding, signs and limits.
fn limits(name: &str) -> Option<ValueFn> {
    Some(match name {
        "abs" => |value, _| Some(value.abs()),
        "ceil" => |value, _| Some(value.ceil()),
        "floor" => |value, _| Some(value.floor()),
        "round" => |value, args| Some(round(value, args.first().copied().unwrap_or(1.0))),
        "sgn" => |value, _| Some(sign(value)),
        "clamp" => |value, args| clamp(value, *args.first()?, *args.get(1)?),
        "clamp_min" => |value, args| clamp(value, *args.first()?, f64::INFINITY),
        "clamp_max" => |value, args| clamp(value, f64::NEG_INFINITY, *args.first()?),
        _ => return None,
    })
}

/// Powers and logarithms.
fn powers(name: &str) -> Option<ValueFn> {
    Some(match name {
        "exp" => |value, _| Some(libm::exp(value)),
        "sqrt" => |value, _| Some(value.sqrt()),
        "ln" => |value, _| Some(libm::log(value)),
        "log2" => |value, _| Some(libm::log2(value)),
        "log10" => |value, _| Some(libm::log10(value)),
        _ => return None,
    })
}

/// Circular and hyperbolic functions; angles in radians.
fn angles(name: &str) -> Option<ValueFn> {
    Some(match name {
        "deg" => |value, _| Some(value * (180.0 / PI)),
        "rad" => |value, _| Some(value * (PI / 180.0)),
        "sin" => |value, _| Some(libm::sin(value)),
        "cos" => |value, _| Some(libm::cos(value)),
        "tan" => |value, _| Some(libm::tan(value)),
        "asin" => |value, _| Some(libm::asin(value)),
        "acos" => |value, _| Some(libm::acos(value)),
        "atan" => |value, _| Some(libm::atan(value)),
        "sinh" => |value, _| Some(libm::sinh(value)),
        "cosh" => |value, _| Some(libm::cosh(value)),
        "tanh" => |value, _| Some(libm::tanh(value)),
        "asinh" => |value, _| Some(libm::asinh(value)),
        "acosh" => |value, _| Some(libm::acosh(value)),
        "atanh" => |value, _| Some(libm::atanh(value)),
        _ => return None,
    })
}

/// Rounds to the nearest multiple; halves go up.
fn round(value: f64, to_nearest: f64) -> f64 {
    // Times the inverse, as Prometheus does: 0.1 has fewer faulty digits as 10.
    let inverse = 1.0 / to_nearest;
    (value * inverse + 0.5).floor() / inverse
}

/// Returns -1 or 1; zero and NaN as they are.
fn sign(value: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else if value > 0.0 {
        1.0
    } else {
        value
    }
}

/// Brings a value between two limits; `None` if they are the wrong way round.
fn clamp(value: f64, lower: f64, upper: f64) -> Option<f64> {
    (upper >= lower || lower.is_nan() || upper.is_nan()).then(|| max(lower, min(upper, value)))
}

/// Returns the greater; +Inf if either is, else NaN if either is (Go's `math.Max`).
fn max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        return f64::INFINITY;
    }
    if a.is_nan() || b.is_nan() { f64::NAN } else { libm::fmax(a, b) }
}

/// Returns the lesser; -Inf if either is, else NaN if either is (Go's `math.Min`).
fn min(a: f64, b: f64) -> f64 {
    -max(-a, -b)
}
