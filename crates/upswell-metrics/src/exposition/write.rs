//! Writes the text format 0.0.4, with the quoted names of 1.0.0 where a name needs them.

use std::fmt::Write;

use super::cursor::{Class, Cursor};
use super::{MetricType, number};
use crate::labels::{Labels, METRIC_NAME};
use crate::sample::Time;

/// Writes a `# HELP` line.
pub fn write_help(out: &mut String, metric: &str, help: &str) {
    out.push_str("# HELP ");
    write_family_name(out, metric);
    out.push(' ');
    for character in help.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('\n');
}

/// Writes a `# TYPE` line; what the text format has no word for is `untyped`.
pub fn write_type(out: &mut String, metric: &str, metric_type: MetricType) {
    out.push_str("# TYPE ");
    write_family_name(out, metric);
    let word = match metric_type {
        MetricType::Counter | MetricType::Gauge | MetricType::Histogram | MetricType::Summary => {
            metric_type.as_str()
        }
        _ => "untyped",
    };
    let _ = writeln!(out, " {word}");
}

/// Writes a sample; `at` is left out where the time of the scrape will do.
///
/// A staleness marker becomes an ordinary NaN: the format has no other.
pub fn write_series(out: &mut String, labels: &Labels, value: f64, at: Option<Time>) {
    let name = labels.metric_name();
    let is_bare = is_bare(name, Class::MetricName);
    let mut others = labels.iter().filter(|(name, _)| *name != METRIC_NAME).peekable();
    if is_bare {
        out.push_str(name);
    }
    if !is_bare || others.peek().is_some() {
        out.push('{');
        let mut comma = "";
        if !is_bare {
            write_quoted(out, name);
            comma = ",";
        }
        for (name, value) in others {
            out.push_str(comma);
            comma = ",";
            write_label_name(out, name);
            out.push('=');
            write_quoted(out, value);
        }
        out.push('}');
    }
    out.push(' ');
    number::write(value, out);
    // The format has no sign for times.
    if let Some(Time(milliseconds @ 0..)) = at {
        let _ = write!(out, " {milliseconds}");
    }
    out.push('\n');
}

fn is_bare(name: &str, class: Class) -> bool {
    !name.is_empty() && Cursor::new(name.as_bytes()).take_name(class).len() == name.len()
}

fn write_family_name(out: &mut String, name: &str) {
    if is_bare(name, Class::MetricName) { out.push_str(name) } else { write_quoted(out, name) }
}

fn write_label_name(out: &mut String, name: &str) {
    if is_bare(name, Class::LabelName) { out.push_str(name) } else { write_quoted(out, name) }
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
}
