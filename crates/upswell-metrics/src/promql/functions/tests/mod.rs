//! Every function by its name: hand-worked cases, then properties.

mod properties;
mod ranges;
mod values;

use super::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Runs a function over samples 15 s apart, from 15 s on, in the minute up to 60 s.
fn over_minute(name: &str, values: &[f64], args: &[f64]) -> Option<f64> {
    let times: Vec<i64> = (1..).map(|index| index * 15_000).take(values.len()).collect();
    run(name, &Window { times: &times, values, from: 0, to: 60_000, at: 60_000 }, args)
}

fn run(name: &str, window: &Window<'_>, args: &[f64]) -> Option<f64> {
    let Some(Function::Range { call, .. }) = find(name) else { panic!("{name} takes no range") };
    call(window, args)
}

fn of_value(name: &str, value: f64, args: &[f64]) -> Option<f64> {
    match find(name) {
        Some(Function::Value { call }) => call(value, args),
        Some(Function::Date { call }) => Some(call(value)),
        _ => panic!("{name} takes no number"),
    }
}

/// Equal to 14 digits; NaN equals NaN.
#[track_caller]
fn assert_near(found: Option<f64>, expected: Option<f64>, case: &str) {
    let near = match (found, expected) {
        (Some(a), Some(b)) => {
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-14 * a.abs().max(b.abs())
        }
        _ => found == expected,
    };
    assert!(near, "{case}: {found:?} is not {expected:?}");
}

/// All functions over ranges.
const OVER_RANGES: [&str; 27] = [
    "rate",
    "increase",
    "delta",
    "irate",
    "idelta",
    "deriv",
    "predict_linear",
    "changes",
    "resets",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "quantile_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "last_over_time",
    "present_over_time",
    "first_over_time",
    "mad_over_time",
    "double_exponential_smoothing",
    "ts_of_min_over_time",
    "ts_of_max_over_time",
    "ts_of_last_over_time",
    "ts_of_first_over_time",
    "integral",
];
