//! Values of PromQL as JSON, as Prometheus writes them (util/jsonutil, web/api/v1/json_codec.go):
//! written by hand, because an answer may hold millions of samples.

use std::io::Write;

use upswell_metrics::promql::{Series, Value};
use upswell_metrics::{Labels, Sample, Time};

use super::answer::Failure;

/// Largest answer: what a browser can still take, and twenty of them at a time leave a machine.
const BYTES_MAX: usize = 256 << 20;

/// Encodes the answer of a query: `resultType` and `result`.
///
/// # Errors
///
/// If it is too large.
pub(super) fn query_data(value: &Value) -> Result<Vec<u8>, Failure> {
    let mut json = Vec::new();
    match value {
        Value::Scalar(sample) => {
            json.extend(br#"{"resultType":"scalar","result":"#);
            push_sample(&mut json, *sample);
        }
        Value::String(at, text) => {
            json.extend(br#"{"resultType":"string","result":["#);
            push_time(&mut json, *at);
            json.push(b',');
            push_text(&mut json, text);
            json.push(b']');
        }
        Value::Vector(samples) => {
            json.extend(br#"{"resultType":"vector","result":["#);
            push_list(&mut json, samples, |json, (labels, sample)| {
                push_metric(json, labels);
                json.extend(br#","value":"#);
                push_sample(json, *sample);
                json.push(b'}');
            })?;
            json.push(b']');
        }
        Value::Matrix(series) => return matrix_data(series),
    }
    json.push(b'}');
    Ok(json)
}

/// Encodes the answer of a range query.
///
/// # Errors
///
/// If it is too large.
pub(super) fn matrix_data(series: &[Series]) -> Result<Vec<u8>, Failure> {
    let mut json = br#"{"resultType":"matrix","result":["#.to_vec();
    push_list(&mut json, series, |json, Series { labels, samples }| {
        push_metric(json, labels);
        json.extend(br#","values":["#);
        for (index, sample) in samples.iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            push_sample(json, *sample);
        }
        json.extend(b"]}");
    })?;
    json.extend(b"]}");
    Ok(json)
}

/// Appends items with commas between them, until that is too much.
fn push_list<T>(
    json: &mut Vec<u8>,
    items: &[T],
    push: impl Fn(&mut Vec<u8>, &T),
) -> Result<(), Failure> {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        push(json, item);
        if json.len() > BYTES_MAX {
            let mib = BYTES_MAX >> 20;
            let message = format!("the answer is larger than {mib} MiB: ask for fewer series");
            return Err(Failure::execution(message));
        }
    }
    Ok(())
}

/// Appends an object's start with its labels.
fn push_metric(json: &mut Vec<u8>, labels: &Labels) {
    json.extend(br#"{"metric":{"#);
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        push_text(json, name);
        json.push(b':');
        push_text(json, value);
    }
    json.push(b'}');
}

fn push_sample(json: &mut Vec<u8>, Sample { at, value }: Sample) {
    json.push(b'[');
    push_time(json, at);
    json.extend(b",\"");
    push_number(json, value);
    json.extend(b"\"]");
}

/// Appends seconds with at most three decimals.
fn push_time(json: &mut Vec<u8>, Time(ms): Time) {
    let sign = if ms < 0 { "-" } else { "" };
    let (secs, rest) = (ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000);
    let written = match rest {
        0 => write!(json, "{sign}{secs}"),
        _ => write!(json, "{sign}{secs}.{rest:03}"),
    };
    infallible(&written);
}

/// Appends the shortest decimal that reads back to the same double, with an exponent where Go's
/// JSON has one.
fn push_number(json: &mut Vec<u8>, value: f64) {
    let size = value.abs();
    if value.is_finite() && size != 0.0 && !(1e-6..1e21).contains(&size) {
        return json.extend(exponent_form(value).into_bytes());
    }
    let written = match value {
        f64::INFINITY => write!(json, "+Inf"),
        f64::NEG_INFINITY => write!(json, "-Inf"),
        _ if value.is_nan() => write!(json, "NaN"),
        _ => write!(json, "{value}"),
    };
    infallible(&written);
}

/// Writes a number as Go's `%e` with the fewest digits: `1.5e-07`.
pub(super) fn exponent_form(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// Appends a JSON string.
fn push_text(json: &mut Vec<u8>, text: &str) {
    infallible(&serde_json::to_writer(json, text));
}

/// Writing to memory does not fail.
fn infallible<E>(written: &Result<(), E>) {
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them_in_json() {
        let table = [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-07"),
            (-1e-100, "-1e-100"),
            (123_456_789.25, "123456789.25"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in table {
            let mut json = Vec::new();
            push_number(&mut json, value);
            assert_eq!(String::from_utf8(json).unwrap(), text);
        }
        assert_eq!(exponent_form(1.0), "1e+00");
        assert_eq!(exponent_form(f64::NEG_INFINITY), "-Inf");
    }

    #[test]
    fn times_have_three_decimals_or_none() {
        let table =
            [(0, "0"), (1, "0.001"), (-1500, "-1.500"), (1_700_000_000_040, "1700000000.040")];
        for (ms, text) in table {
            let mut json = Vec::new();
            push_time(&mut json, Time(ms));
            assert_eq!(String::from_utf8(json).unwrap(), text);
        }
    }

    #[test]
    fn texts_are_escaped() {
        let value = Value::String(Time(0), "a\"\\\n".to_owned());
        let json = String::from_utf8(query_data(&value).unwrap()).unwrap();
        assert_eq!(json, r#"{"resultType":"string","result":[0,"a\"\\\n"]}"#);
    }
}
