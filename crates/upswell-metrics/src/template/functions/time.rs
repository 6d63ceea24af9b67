//! Instants and durations.

use crate::duration;
use crate::template::civil;
use crate::template::format::float::general;
use crate::template::functions::humanize::{no_time, number};
use crate::template::functions::{Result, text_of};
use crate::template::value::Value;

const NANOS_PER_SECOND: f64 = 1e9;

/// Takes seconds since the epoch; what is finer than milliseconds is cut off.
fn time_of(seconds: f64) -> std::result::Result<i64, String> {
    let nanos = seconds * NANOS_PER_SECOND;
    if !nanos.is_finite() || nanos.abs() > i64::MAX as f64 {
        return Err(no_time(seconds));
    }
    Ok(nanos as i64 / 1_000_000)
}

pub(super) fn to_time(values: &[Value]) -> Result {
    let seconds = number(&values[0])?;
    if !seconds.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    time_of(seconds).map(Value::Time)
}

pub(super) fn humanize(values: &[Value]) -> Result {
    let seconds = number(&values[0])?;
    if !seconds.is_finite() {
        return Ok(Value::text(general(seconds, 4)));
    }
    time_of(seconds).map(|millis| Value::text(civil::display(millis)))
}

pub(super) fn to_duration(values: &[Value]) -> Result {
    Ok(Value::Duration((number(&values[0])? * NANOS_PER_SECOND) as i64))
}

/// Reads Prometheus's notation, with a minus in front or none; yields seconds.
pub(super) fn parse_duration(values: &[Value]) -> Result {
    let text = text_of(values, 0);
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |text| (-1.0, text));
    let duration = duration::parse_duration(text).map_err(|error| error.to_string())?;
    // Adding zero takes the sign off a zero.
    Ok(Value::Float(sign * duration.as_secs_f64() + 0.0))
}
