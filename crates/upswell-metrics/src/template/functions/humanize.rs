//! Numbers for people.

use crate::template::format::float::{general, shortest};
use crate::template::functions::Result;
use crate::template::value::Value;

/// Digits that these functions show.
const DIGITS: usize = 4;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const LARGE_1024: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

/// Reads a number: a text may hold one.
pub(super) fn number(value: &Value) -> std::result::Result<f64, String> {
    match value {
        Value::Float(value) => Ok(*value),
        Value::Int(value) => Ok(*value as f64),
        Value::Text(text) => {
            let number = text.parse().ok();
            // Rust reads 1e999 as infinite; Go refuses it.
            let is_fine = |number: &f64| number.is_finite() || !text.contains(char::is_numeric);
            let number = number.filter(is_fine);
            number.ok_or_else(|| format!("{text:?} is no number"))
        }
        other => Err(format!("can't convert {} to float", other.type_name())),
    }
}

pub(super) fn humanize(values: &[Value]) -> Result {
    let value = number(&values[0])?;
    let (value, prefix) = match value.abs() {
        _ if value == 0.0 || !value.is_finite() => (value, ""),
        size if size >= 1.0 => shrink(value, 1000.0, LARGE),
        _ => grow(value),
    };
    Ok(Value::text(format!("{}{prefix}", general(value, DIGITS))))
}

pub(super) fn humanize_1024(values: &[Value]) -> Result {
    let value = number(&values[0])?;
    let (value, prefix) = match value.abs() {
        size if size <= 1.0 || !size.is_finite() => (value, ""),
        _ => shrink(value, 1024.0, LARGE_1024),
    };
    Ok(Value::text(format!("{}{prefix}", general(value, DIGITS))))
}

pub(super) fn percentage(values: &[Value]) -> Result {
    let value = number(&values[0])?;
    Ok(Value::text(format!("{}%", general(value * 100.0, DIGITS))))
}

/// Seconds as days, hours, minutes and seconds, or as a fraction of one.
pub(super) fn duration(values: &[Value]) -> Result {
    let value = number(&values[0])?;
    if !value.is_finite() {
        return Ok(Value::text(general(value, DIGITS)));
    }
    if value == 0.0 {
        return Ok(Value::text(format!("{}s", general(value, DIGITS))));
    }
    if value.abs() < 1.0 {
        let (value, prefix) = grow(value);
        return Ok(Value::text(format!("{}{prefix}s", general(value, DIGITS))));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    let whole = value as i64;
    let (days, hours) = (whole / 86_400, whole / 3600 % 24);
    let (minutes, seconds) = (whole / 60 % 60, whole % 60);
    Ok(Value::text(match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{}s", general(value, DIGITS)),
        (0, 0, _) => format!("{sign}{minutes}m {seconds}s"),
        (0, _, _) => format!("{sign}{hours}h {minutes}m {seconds}s"),
        _ => format!("{sign}{days}d {hours}h {minutes}m {seconds}s"),
    }))
}

/// Divides until the number is below `base`, or prefixes run out.
fn shrink(mut value: f64, base: f64, prefixes: [&'static str; 8]) -> (f64, &'static str) {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < base {
            break;
        }
        (value, prefix) = (value / base, next);
    }
    (value, prefix)
}

/// Multiplies until the number is at least one, or prefixes run out.
fn grow(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        (value, prefix) = (value * 1000.0, next);
    }
    (value, prefix)
}

/// Says that a number is none for a clock.
pub(super) fn no_time(value: f64) -> String {
    format!("{} cannot be represented as a nanoseconds timestamp", shortest(value))
}
