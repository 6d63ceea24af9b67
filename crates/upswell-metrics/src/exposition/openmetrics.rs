//! Lines of OpenMetrics.
//!
//! Source: Prometheus 3, model/textparse/openmetricslex.l, openmetricsparse.go; OpenMetrics 1.0.

use super::cursor::{Cursor, Fault};
use super::label_set::{self, Syntax, unescape};
use super::series::{self, not_a_number, shown, utf8};
use super::text::family_name;
use super::{Entry, Exemplar, MetricType, Series, number};
use crate::sample::Time;

/// Reads the next entry; a page without `# EOF` is a fault.
pub(super) fn entry<'a>(
    cursor: &mut Cursor<'a>,
    metric_type: &mut MetricType,
) -> Result<Option<Entry<'a>>, Fault> {
    if cursor.peek().is_none() {
        return Err(cursor.fault("the page does not end with `# EOF`"));
    }
    if !cursor.eat(b'#') {
        return sample(cursor, *metric_type).map(|series| Some(Entry::Series(series)));
    }
    if cursor.eat_all(b" EOF") {
        cursor.eat(b'\n');
        return match cursor.peek() {
            None => Ok(Some(Entry::Eof)),
            Some(_) => Err(cursor.fault("the page goes on behind `# EOF`")),
        };
    }
    for (keyword, read) in METADATA {
        if cursor.eat_all(keyword) {
            return read(cursor, metric_type).map(Some);
        }
    }
    Err(cursor.fault("expected ` HELP `, ` TYPE `, ` UNIT ` or ` EOF` behind `#`"))
}

type ReadMetadata = for<'a> fn(&mut Cursor<'a>, &mut MetricType) -> Result<Entry<'a>, Fault>;

const METADATA: [(&[u8], ReadMetadata); 3] =
    [(b" HELP ", help), (b" TYPE ", type_of_metric), (b" UNIT ", unit)];

fn help<'a>(cursor: &mut Cursor<'a>, _: &mut MetricType) -> Result<Entry<'a>, Fault> {
    let metric = family_name(cursor)?;
    let help = unescape(metadata_text(cursor)?);
    Ok(Entry::Help { metric, help })
}

fn type_of_metric<'a>(
    cursor: &mut Cursor<'a>,
    metric_type: &mut MetricType,
) -> Result<Entry<'a>, Fault> {
    let metric = family_name(cursor)?;
    let start = cursor.clone();
    *metric_type = match metadata_text(cursor)? {
        "counter" => MetricType::Counter,
        "gauge" => MetricType::Gauge,
        "histogram" => MetricType::Histogram,
        "gaugehistogram" => MetricType::GaugeHistogram,
        "summary" => MetricType::Summary,
        "info" => MetricType::Info,
        "stateset" => MetricType::StateSet,
        "unknown" => MetricType::Unknown,
        other => return Err(start.fault(format!("invalid metric type {}", shown(other)))),
    };
    Ok(Entry::Type { metric, metric_type: *metric_type })
}

fn unit<'a>(cursor: &mut Cursor<'a>, _: &mut MetricType) -> Result<Entry<'a>, Fault> {
    let metric = family_name(cursor)?;
    let start = cursor.clone();
    let unit = metadata_text(cursor)?;
    let is_suffix = metric.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
    if !unit.is_empty() && !is_suffix {
        let (metric, unit) = (shown(&metric), shown(unit));
        return Err(start.fault(format!("the name {metric} does not end with its unit {unit}")));
    }
    Ok(Entry::Unit { metric, unit })
}

/// Reads a blank and the rest of the line, which must have an end.
fn metadata_text<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    if !cursor.eat(b' ') {
        return Err(cursor.expected("a blank and a text"));
    }
    let start = cursor.clone();
    let text = cursor.take_while(|byte| byte != b'\n');
    if !cursor.eat(b'\n') {
        return Err(cursor.expected("the end of the line"));
    }
    utf8(text, &start)
}

fn sample<'a>(cursor: &mut Cursor<'a>, metric_type: MetricType) -> Result<Series<'a>, Fault> {
    let start = cursor.at();
    let raw = series::raw(cursor, Syntax::OpenMetrics)?;
    let value = value(cursor)?;
    let mut at = None;
    if cursor.peek() == Some(b' ') && !cursor.rest().starts_with(EXEMPLAR) {
        at = Some(time(cursor)?);
    }
    let exemplar = if cursor.eat_all(EXEMPLAR) { Some(exemplar(cursor)?) } else { None };
    if !cursor.eat(b'\n') {
        return Err(cursor.expected("the end of the line"));
    }
    Ok(Series { raw, value, at, exemplar, metric_type, start })
}

/// What stands before an exemplar.
const EXEMPLAR: &[u8] = b" # {";

/// Reads an exemplar; the cursor is behind the opening brace.
fn exemplar<'a>(cursor: &mut Cursor<'a>) -> Result<Exemplar<'a>, Fault> {
    let start = cursor.clone();
    label_set::read(cursor, Syntax::Exemplar, |_| {})?;
    let raw = utf8(cursor.since(start.at()), &start)?;
    let value = value(cursor)?;
    let at = if cursor.peek() == Some(b' ') { Some(time(cursor)?) } else { None };
    Ok(Exemplar { raw, value, at })
}

/// Reads a blank and a value.
fn value(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    if !cursor.eat(b' ') {
        return Err(cursor.expected("a blank and a value"));
    }
    series::value(cursor, |byte| matches!(byte, b' ' | b'\n'))
}

/// Reads a blank and seconds since the epoch; less than a millisecond is cut off.
fn time(cursor: &mut Cursor<'_>) -> Result<Time, Fault> {
    cursor.eat(b' ');
    let start = cursor.clone();
    let text = cursor.take_while(|byte| !matches!(byte, b' ' | b'\n'));
    let seconds = number::parse(text).ok_or_else(|| not_a_number(text, &start))?;
    if !seconds.is_finite() {
        return Err(start.fault("a time must be finite"));
    }
    Ok(Time((seconds * 1000.0) as i64))
}
