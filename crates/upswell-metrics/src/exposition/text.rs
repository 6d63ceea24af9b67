//! Lines of the text format.
//!
//! Source: Prometheus 3, model/textparse/promlex.l, promparse.go.

use std::borrow::Cow;

use super::cursor::{Class, Cursor, Fault};
use super::label_set::{Syntax, unescape, unescape_help};
use super::series::{self, shown, utf8};
use super::{Entry, MetricType, Series};
use crate::sample::Time;

/// Reads the next entry, if there is one.
pub(super) fn entry<'a>(
    cursor: &mut Cursor<'a>,
    metric_type: &mut MetricType,
) -> Result<Option<Entry<'a>>, Fault> {
    while cursor.eat_blanks() || cursor.eat(b'\n') {}
    match cursor.peek() {
        None => Ok(None),
        Some(b'#') => comment(cursor, metric_type).map(Some),
        Some(_) => sample(cursor, *metric_type).map(|series| Some(Entry::Series(series))),
    }
}

fn comment<'a>(cursor: &mut Cursor<'a>, metric_type: &mut MetricType) -> Result<Entry<'a>, Fault> {
    let mut line = cursor.clone();
    line.skip(1);
    if line.eat_blanks() {
        let is_type = line.eat_all(b"TYPE");
        let is_metadata = is_type || line.eat_all(b"HELP");
        if is_metadata && line.eat_blanks() {
            *cursor = line;
            return metadata(cursor, is_type, metric_type);
        }
    }
    Ok(Entry::Comment(cursor.take_line()))
}

fn metadata<'a>(
    cursor: &mut Cursor<'a>,
    is_type: bool,
    metric_type: &mut MetricType,
) -> Result<Entry<'a>, Fault> {
    let metric = family_name(cursor)?;
    let start = cursor.at();
    let rest = cursor.take_line();
    let fault = |message: String| Fault { at: start, message };
    // One byte parts name and text, whichever it is; blanks alone are no text.
    let is_blank = rest.iter().all(|byte| matches!(byte, b' ' | b'\t'));
    let rest = if is_blank { &[] } else { rest.get(1..).unwrap_or_default() };
    let Ok(rest) = std::str::from_utf8(rest) else {
        return Err(fault("this is not valid UTF-8".to_owned()));
    };
    if !is_type {
        return Ok(Entry::Help { metric, help: unescape_help(rest) });
    }
    *metric_type = match rest {
        "counter" => MetricType::Counter,
        "gauge" => MetricType::Gauge,
        "histogram" => MetricType::Histogram,
        "summary" => MetricType::Summary,
        "untyped" => MetricType::Unknown,
        _ => return Err(fault(format!("invalid metric type {}", shown(rest)))),
    };
    Ok(Entry::Type { metric, metric_type: *metric_type })
}

/// Reads the name behind `HELP`, `TYPE` or `UNIT`.
pub(super) fn family_name<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, Fault> {
    let start = cursor.clone();
    if cursor.peek() == Some(b'"') {
        return Ok(unescape(utf8(cursor.take_quoted(false)?, &start)?));
    }
    let name = cursor.take_name(Class::MetricName);
    if name.is_empty() {
        return Err(cursor.expected("the name of a metric"));
    }
    Ok(Cow::Borrowed(utf8(name, &start)?))
}

fn sample<'a>(cursor: &mut Cursor<'a>, metric_type: MetricType) -> Result<Series<'a>, Fault> {
    let start = cursor.at();
    let raw = series::raw(cursor, Syntax::Text)?;
    cursor.eat_blanks();
    let value = series::value(cursor, |byte| matches!(byte, b'{' | b' ' | b'\t' | b'\n'))?;
    cursor.eat_blanks();
    let at = time(cursor)?;
    cursor.eat_blanks();
    if !cursor.eat(b'\n') && cursor.peek().is_some() {
        let due =
            if at.is_some() { "the end of the line" } else { "a time or the end of the line" };
        return Err(cursor.expected(due));
    }
    Ok(Series { raw, value, at, exemplar: None, metric_type, start })
}

/// Reads milliseconds since the epoch, if there are digits.
fn time(cursor: &mut Cursor<'_>) -> Result<Option<Time>, Fault> {
    let start = cursor.clone();
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    if digits.is_empty() {
        return Ok(None);
    }
    let milliseconds = utf8(digits, &start)?.parse();
    let milliseconds = milliseconds.map_err(|_| start.fault("this time is out of range"))?;
    Ok(Some(Time(milliseconds)))
}
