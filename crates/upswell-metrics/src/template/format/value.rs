//! Values of all types.

use crate::template::civil;
use crate::template::format::Buffer;
use crate::template::format::spec::Spec;
use crate::template::value::{Series, Value};

/// Writes values with spaces between those that are no texts; `print`.
pub(in crate::template) fn print(values: &[Value]) -> Result<String, String> {
    let mut buffer = Buffer::default();
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !after_text {
            buffer.push(' ');
        }
        write(&mut buffer, value, 'v', Spec::default());
        after_text = is_text;
    }
    buffer.finish()
}

/// Writes values with spaces between them and a newline after them; `println`.
pub(in crate::template) fn println(values: &[Value]) -> Result<String, String> {
    let mut buffer = Buffer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            buffer.push(' ');
        }
        write(&mut buffer, value, 'v', Spec::default());
    }
    buffer.push('\n');
    buffer.finish()
}

/// Writes values as [`print`] does, each as an action would write it; for escapes.
pub(in crate::template) fn printed(values: &[Value]) -> Result<String, String> {
    let values: Vec<Value> = values.iter().map(indirected).collect();
    let mut buffer = Buffer::default();
    let mut after_text = true;
    for value in &values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !after_text {
            buffer.push(' ');
        }
        write_action(&mut buffer, value);
        after_text = is_text;
    }
    buffer.finish()
}

/// Writes the value of an action.
pub(in crate::template) fn written(value: &Value) -> Result<String, String> {
    let mut buffer = Buffer::default();
    write_action(&mut buffer, &indirected(value));
    buffer.finish()
}

/// What is not there prints as such.
fn indirected(value: &Value) -> Value {
    match value {
        Value::Nil => Value::text("<no value>"),
        other => other.clone(),
    }
}

/// Writes a series without the sign of the pointer that it is.
fn write_action(buffer: &mut Buffer, value: &Value) {
    match value {
        Value::Series(series) => write_series(buffer, series, 'v', Spec::default()),
        other => write(buffer, other, 'v', Spec::default()),
    }
}

/// Writes a value by a verb.
pub(super) fn write(buffer: &mut Buffer, value: &Value, verb: char, spec: Spec) {
    if buffer.is_over {
        return;
    }
    if verb == 'T' {
        spec.text(buffer, go_type(value), 's');
        return;
    }
    let is_written = match value {
        Value::Nil if verb == 'v' => {
            spec.pad(buffer, "<nil>");
            true
        }
        Value::Nil => false,
        Value::Bool(value) if matches!(verb, 't' | 'v') => {
            spec.pad(buffer, if *value { "true" } else { "false" });
            true
        }
        Value::Bool(_) => false,
        Value::Int(value) => spec.integer(buffer, *value, verb),
        Value::Float(value) => spec.double(buffer, *value, verb),
        Value::Text(text) => spec.text(buffer, text, verb),
        Value::Time(millis) => spec.text(buffer, &civil::display(*millis), verb),
        Value::Duration(nanos) => spec.text(buffer, &civil::display_duration(*nanos), verb),
        collection => {
            write_collection(buffer, collection, verb, spec);
            true
        }
    };
    if !is_written {
        bad_verb(buffer, value, verb, spec);
    }
}

fn bad_verb(buffer: &mut Buffer, value: &Value, verb: char, spec: Spec) {
    buffer.push_str("%!");
    buffer.push(verb);
    buffer.push('(');
    if matches!(value, Value::Nil) {
        buffer.push_str("<nil>");
    } else {
        typed(buffer, value, spec);
    }
    buffer.push(')');
}

/// Writes a type and a value: `float64=12`.
pub(super) fn typed(buffer: &mut Buffer, value: &Value, spec: Spec) {
    buffer.push_str(go_type(value));
    buffer.push('=');
    write(buffer, value, 'v', spec);
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Nil => "<nil>",
        Value::Data(_) => {
            "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"
        }
        other => other.type_name(),
    }
}

fn write_collection(buffer: &mut Buffer, value: &Value, verb: char, spec: Spec) {
    match value {
        Value::Labels(labels) => {
            let pairs = labels.pairs().iter();
            let pairs = pairs.map(|(name, value)| (&**name, Value::Text(value.clone())));
            write_map(buffer, pairs, verb, spec);
        }
        Value::Args(args) => {
            let pairs = args.values.iter().map(|(name, value)| (name.as_str(), value.clone()));
            write_map(buffer, pairs, verb, spec);
        }
        Value::Vector(vector) => {
            buffer.push('[');
            for (index, series) in vector.iter().enumerate() {
                if index > 0 {
                    buffer.push(' ');
                }
                // Go writes addresses here.
                write_series(buffer, series, verb, spec);
            }
            buffer.push(']');
        }
        Value::Series(series) => {
            buffer.push('&');
            write_series(buffer, series, verb, spec);
        }
        Value::Data(given) => {
            buffer.push('{');
            write(buffer, &Value::Labels(given.labels.clone()), verb, spec);
            buffer.push(' ');
            write(buffer, &Value::Labels(given.external_labels.clone()), verb, spec);
            buffer.push(' ');
            write(buffer, &Value::Text(given.external_url.clone()), verb, spec);
            buffer.push(' ');
            write(buffer, &Value::Float(given.value), verb, spec);
            buffer.push('}');
        }
        _ => {}
    }
}

fn write_series(buffer: &mut Buffer, series: &Series, verb: char, spec: Spec) {
    buffer.push('{');
    write(buffer, &Value::Labels(series.labels.clone()), verb, spec);
    buffer.push(' ');
    write(buffer, &Value::Float(series.value), verb, spec);
    buffer.push('}');
}

fn write_map<'a>(
    buffer: &mut Buffer,
    pairs: impl Iterator<Item = (&'a str, Value)>,
    verb: char,
    spec: Spec,
) {
    buffer.push_str("map[");
    for (index, (name, value)) in pairs.enumerate() {
        if buffer.is_over {
            return;
        }
        if index > 0 {
            buffer.push(' ');
        }
        write(buffer, &Value::text(name), verb, spec);
        buffer.push(':');
        write(buffer, &value, verb, spec);
    }
    buffer.push(']');
}
