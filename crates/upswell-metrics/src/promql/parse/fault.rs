//! What is wrong with a query whose syntax is right, and where.

use upswell_units::nearest;

use super::skeleton::{AGGREGATIONS, Part, Skeleton};
use crate::promql::functions::{self, Function};
use crate::promql::{Dialect, ParseError};

/// Longest skeleton whose parts are searched for a fault: the search parses each of them.
const SEARCHED_BYTES_MAX: usize = 16 * 1024;

/// Functions that every Prometheus 3 has; those of native histograms aside.
const FUNCTIONS: [&str; 68] = [
    "abs",
    "absent",
    "absent_over_time",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "avg_over_time",
    "ceil",
    "changes",
    "clamp",
    "clamp_max",
    "clamp_min",
    "cos",
    "cosh",
    "count_over_time",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "deg",
    "delta",
    "deriv",
    "exp",
    "floor",
    "histogram_fraction",
    "histogram_quantile",
    "hour",
    "idelta",
    "increase",
    "irate",
    "label_join",
    "label_replace",
    "last_over_time",
    "ln",
    "log10",
    "log2",
    "max_over_time",
    "min_over_time",
    "minute",
    "month",
    "pi",
    "predict_linear",
    "present_over_time",
    "quantile_over_time",
    "rad",
    "rate",
    "resets",
    "round",
    "scalar",
    "sgn",
    "sin",
    "sinh",
    "sort",
    "sort_desc",
    "sqrt",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
    "tan",
    "tanh",
    "time",
    "timestamp",
    "vector",
    "year",
    "first_over_time",
];

/// Functions and aggregations that Prometheus 3.16 has behind a flag.
const EXPERIMENTAL: [&str; 20] = [
    "double_exponential_smoothing",
    "end",
    "histogram_quantiles",
    "info",
    "integral",
    "limit_ratio",
    "limitk",
    "mad_over_time",
    "max_of",
    "min_of",
    "range",
    "sort_by_label",
    "sort_by_label_desc",
    "start",
    "start_timestamp",
    "step",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
];

/// Checks that there is every function that a query calls, and that the dialect has it.
pub(super) fn check_calls(skeleton: &Skeleton, dialect: Dialect) -> Result<(), ParseError> {
    for (name, at) in &skeleton.calls {
        let fault = |message: String| ParseError::new(message, at.clone());
        if name == "holt_winters" {
            if dialect == Dialect::Prometheus2 {
                continue;
            }
            return Err(fault("unknown function holt_winters".to_owned()).help(
                "since Prometheus 3 it is double_exponential_smoothing, an experimental one",
            ));
        }
        if EXPERIMENTAL.contains(&&**name) && dialect != Dialect::Experimental {
            return Err(fault(format!("{name} is experimental, and not switched on")));
        }
        if AGGREGATIONS.contains(&&**name) {
            continue;
        }
        match functions::find(name) {
            Some(Function::NativeHistogram) => {
                let message = format!("{name} reads native histograms, which are not there yet");
                return Err(fault(message));
            }
            Some(_) => {}
            None if EXPERIMENTAL.contains(&&**name) => {
                return Err(fault(format!("{name} is not there yet")));
            }
            None => {
                let error = fault(format!("unknown function {name}"));
                let known = FUNCTIONS.into_iter().chain(AGGREGATIONS);
                let near = nearest(name, known);
                return Err(match near {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
    }
    Ok(())
}

/// Makes an error of what `promql-parser` says of a skeleton: finds its place, and says it in
/// Prometheus's words.
pub(super) fn fault(message: &str, skeleton: &Skeleton, text: &str) -> ParseError {
    let trimmed = text.len() - text.trim_start().len()..text.trim_end().len();
    let at = smallest_alike(message, skeleton).map_or(trimmed, |part| part.at.clone());
    let in_words = message
        .replace("type matrix", "type range vector")
        .replace("type vector", "type instant vector")
        .replace("got matrix", "got range vector")
        .replace("got vector", "got instant vector")
        .replace("got: matrix", "got range vector")
        .replace("got: string", "got string")
        .replace("on vector", "on instant vector")
        .replace('\'', "\"");
    let error = ParseError::new(in_words, at);
    match help(message) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// How to mend what `promql-parser` complains of.
fn help(message: &str) -> Option<&'static str> {
    if message.starts_with("expected type matrix") && message.ends_with("got vector") {
        return Some("add a range, as in x[5m]");
    }
    if message.starts_with("expected type vector") && message.ends_with("got matrix") {
        return Some("take the range away, or put a function like rate() around it");
    }
    if message.starts_with("expected type vector") && message.ends_with("got scalar") {
        return Some("make a vector of a number with vector()");
    }
    if message.starts_with("comparisons between scalars") {
        return Some("write `bool` after the operator, as in 1 > bool 2");
    }
    if message.starts_with("ranges only allowed") {
        return Some("of an expression take a subquery, as in (x + y)[5m:1m]");
    }
    None
}

/// The smallest part of a query that fails alike when it is parsed alone.
fn smallest_alike<'s>(message: &str, skeleton: &'s Skeleton) -> Option<&'s Part> {
    if skeleton.text.len() > SEARCHED_BYTES_MAX {
        return None;
    }
    // Inner parts come before outer ones.
    skeleton.parts.iter().find(|part| {
        let alone = promql_parser::parser::parse(&skeleton.text[part.skeleton.clone()]);
        alone.is_err_and(|own| own == message)
    })
}
