//! What a Prometheus may answer that is no traffic, and how to mend it.

use upswell_metrics::promql::Series;
use upswell_prometheus::remote::RemoteError;
use upswell_sim::NotARate;
use upswell_units::{Diagnostic, Timestamp, nearest};

use super::access::LOGIN_HELP;
use super::address::{Address, Grid};

/// Series that a fault names before it stops.
const NAMED_MAX: usize = 3;

/// There is no answer.
pub(super) fn unread(error: &RemoteError, address: &Address) -> Diagnostic {
    let is_about_the_query = matches!(error, RemoteError::Query { .. } | RemoteError::Steps { .. });
    let (span, label) = match is_about_the_query {
        true => (address.query.span, "this query"),
        false => (address.url.span, "this server"),
    };
    let help = if matches!(error, RemoteError::Login { .. }) { LOGIN_HELP } else { error.help() };
    Diagnostic::error("recording-unread", error.to_string()).at(span, label).help(help)
}

/// The answer has no series; `names` are those of all metrics in the range.
pub(super) fn nothing(address: &Address, grid: &Grid, names: &[String]) -> Diagnostic {
    let message = format!("the query has no sample {}", within(grid));
    let help = match meant(&address.query.value, names) {
        Some((word, name)) => format!("`{word}` is no metric there; did you mean `{name}`?"),
        None => "check the names and labels of the query, and the range".to_owned(),
    };
    Diagnostic::error("recording-empty", message).at(address.query.span, "this query").help(help)
}

/// Finds a word of the query that is like the name of a metric and is none.
fn meant<'q, 'n>(query: &'q str, names: &'n [String]) -> Option<(&'q str, &'n str)> {
    let is_in_a_name = |own: char| own.is_ascii_alphanumeric() || own == '_' || own == ':';
    let words = query.split(|own| !is_in_a_name(own)).filter(|word| word.contains(['_', ':']));
    let mut unknown = words.filter(|word| names.iter().all(|name| name != word));
    unknown.find_map(|word| Some((word, nearest(word, names.iter().map(String::as_str))?)))
}

/// The answer has several series.
pub(super) fn too_many(address: &Address, series: &[Series]) -> Diagnostic {
    let named = series.iter().take(NAMED_MAX).map(|series| series.labels.to_string());
    let rest = if series.len() > NAMED_MAX { ", …" } else { "" };
    let named = named.collect::<Vec<_>>().join(", ");
    let message = format!("the query has {} series: {named}{rest}", series.len());
    Diagnostic::error("recording-series", message)
        .at(address.query.span, "traffic is one series")
        .help(format!("add them up: sum({})", address.query.value))
}

/// A sample is no rate.
pub(super) fn not_a_rate(address: &Address, grid: &Grid, error: NotARate) -> Diagnostic {
    let NotARate { step, rate } = error;
    let at = grid.first.plus_millis(step as i64 * grid.step.as_millis());
    let message = format!("the query is {rate} at {}", Timestamp::from(at));
    Diagnostic::error("recording-rate", message)
        .at(address.query.span, "a rate is zero or more")
        .help("take the rate of a counter, e.g. sum(rate(http_requests_total[1m]))")
}

/// Nothing arrives.
pub(super) fn silence(address: &Address, grid: &Grid) -> Diagnostic {
    let message = format!("the query is zero {}", within(grid));
    Diagnostic::error("recording-empty", message)
        .at(address.query.span, "no request arrives")
        .help("read a range in which requests arrive")
}

/// What the server says beside its answer.
pub(super) fn warned(server: &str, said: &str) -> Diagnostic {
    Diagnostic::warning("recording-warning", format!("{server} warns: {said}"))
        .help("the recording may lack something: see the log of the server")
}

fn within(grid: &Grid) -> String {
    let start = grid.first.plus_millis(-grid.step.as_millis());
    format!("from {} to {}", Timestamp::from(start), Timestamp::from(grid.last))
}
