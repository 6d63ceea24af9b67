//! What follows a dot: fields, labels, methods.

use jiff::civil::DateTime;

use crate::template::civil;
use crate::template::value::Value;

/// Takes a field of a value, or calls a method of it that needs nothing.
pub(super) fn field(value: &Value, name: &str) -> Result<Value, String> {
    let taken = match value {
        // What is not there has no fields either, as with a label of a label that is not there.
        Value::Nil => Some(Value::Nil),
        Value::Labels(labels) => Some(Value::text(labels.get(name))),
        Value::Args(args) => Some(args.values.get(name).cloned().unwrap_or(Value::Nil)),
        Value::Series(series) => match name {
            "Labels" => Some(Value::Labels(series.labels.clone())),
            "Value" => Some(Value::Float(series.value)),
            _ => None,
        },
        Value::Data(given) => match name {
            "Labels" => Some(Value::Labels(given.labels.clone())),
            "Value" => Some(Value::Float(given.value)),
            "ExternalLabels" => Some(Value::Labels(given.external_labels.clone())),
            "ExternalURL" => Some(Value::Text(given.external_url.clone())),
            _ => None,
        },
        Value::Time(millis) => of_time(*millis, name),
        Value::Duration(nanos) => of_duration(*nanos, name),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Vector(_) => {
            None
        }
    };
    taken.ok_or_else(|| format!("can't evaluate field {name} in type {}", value.type_name()))
}

/// Calls a method with arguments; only an instant has one.
pub(super) fn method(value: &Value, name: &str, arguments: &[Value]) -> Result<Value, String> {
    match (value, name, arguments) {
        (Value::Time(millis), "Format", [Value::Text(layout)]) => {
            Ok(Value::text(civil::format_as(*millis, layout)))
        }
        (Value::Time(_), "Format", [_]) => Err("Format takes a layout in quotes".to_owned()),
        _ => Err(format!("{name} is not a method but has arguments")),
    }
}

/// Methods of Go's `time.Time` that rules use; months and weekdays are their names.
fn of_time(millis: i64, name: &str) -> Option<Value> {
    let time: DateTime = civil::civil(millis);
    let number = match name {
        "Year" => i64::from(time.year()),
        "Day" => i64::from(time.day()),
        "Hour" => i64::from(time.hour()),
        "Minute" => i64::from(time.minute()),
        "Second" => i64::from(time.second()),
        "Nanosecond" => i64::from(time.subsec_nanosecond()),
        "YearDay" => i64::from(time.day_of_year()),
        "Unix" => millis.div_euclid(1000),
        "UnixMilli" => millis,
        "UnixNano" => millis.saturating_mul(1_000_000),
        "Month" => return Some(Value::text(civil::month(time))),
        "Weekday" => return Some(Value::text(civil::weekday(time))),
        "String" => return Some(Value::text(civil::display(millis))),
        "UTC" => return Some(Value::Time(millis)),
        _ => return None,
    };
    Some(Value::Int(number))
}

/// Methods of Go's `time.Duration` that rules use.
fn of_duration(nanos: i64, name: &str) -> Option<Value> {
    let of = |unit: f64| Some(Value::Float(nanos as f64 / unit));
    match name {
        "Hours" => of(3.6e12),
        "Minutes" => of(6e10),
        "Seconds" => of(1e9),
        "Milliseconds" => Some(Value::Int(nanos / 1_000_000)),
        "Microseconds" => Some(Value::Int(nanos / 1000)),
        "Nanoseconds" => Some(Value::Int(nanos)),
        "String" => Some(Value::text(civil::display_duration(nanos))),
        _ => None,
    }
}
