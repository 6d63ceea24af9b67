//! Where a window leads: `deriv`, `predict_linear`, `double_exponential_smoothing`.

use super::stats::Sum;
use super::{Function, Window, over_range, secs_between};
use crate::promql::EvalError;

/// Returns the function of this room that has this name.
pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "deriv" => over_range(|window, _| {
            let first = *window.times.first()?;
            Some(line(window, first)?.slope)
        }),
        "predict_linear" => over_range(|window, args| {
            let Line { slope, intercept } = line(window, window.at)?;
            Some(slope * args.first()? + intercept)
        }),
        // Prometheus 2 called it `holt_winters`.
        "double_exponential_smoothing" | "holt_winters" => Function::Range {
            call: smoothed,
            keeps_name: false,
            check: Some(check_smoothing_factors),
        },
        _ => return None,
    })
}

/// A straight line over time.
struct Line {
    /// Per second.
    slope: f64,
    /// Its value at the instant that time is measured from.
    intercept: f64,
}

/// Returns the line of least squares through the samples, with time measured in seconds from
/// `origin`; `None` of fewer than two samples.
///
/// `origin` must be near: seconds since the epoch would cost the digits that matter. Samples that
/// are all equal have a slope of exactly zero, or none if they are infinite.
fn line(window: &Window<'_>, origin: i64) -> Option<Line> {
    let &[first, ref others @ ..] = window.values else { return None };
    if others.is_empty() {
        return None;
    }
    if others.iter().all(|value| *value == first) {
        let slope = if first.is_infinite() { f64::NAN } else { 0.0 };
        return Some(Line { slope, intercept: first + slope });
    }
    let (mut xs, mut ys, mut xys, mut x2s) = <(Sum, Sum, Sum, Sum)>::default();
    for (at, y) in window.times.iter().zip(window.values) {
        let x = secs_between(origin, *at);
        xs.add(x);
        ys.add(*y);
        xys.add(x * y);
        x2s.add(x * x);
    }
    let count = window.values.len() as f64;
    let (x, y) = (xs.total(), ys.total());
    let covariance = xys.total() - x * y / count;
    let variance = x2s.total() - x * x / count;
    let slope = covariance / variance;
    Some(Line { slope, intercept: y / count - slope * x / count })
}

/// Returns the last value, smoothed with its trend (Holt's linear method).
///
/// The arguments are the smoothing factor and the trend factor, each between 0 and 1; the lower,
/// the more the past weighs. `None` of fewer than two samples.
fn smoothed(window: &Window<'_>, args: &[f64]) -> Option<f64> {
    let (&[smoothing, trending], &[first, second, ..]) = (args, window.values) else {
        return None;
    };
    let mut level = first;
    let mut trend = second - first;
    for value in &window.values[1..] {
        let next = smoothing * value + (1.0 - smoothing) * (level + trend);
        trend = trending * (next - level) + (1.0 - trending) * trend;
        level = next;
    }
    Some(level)
}

/// Refuses factors that are not between 0 and 1.
fn check_smoothing_factors(args: &[f64]) -> Result<(), EvalError> {
    for (name, short, factor) in [("smoothing", "sf", args.first()), ("trend", "tf", args.get(1))] {
        if let Some(factor) = factor.filter(|factor| **factor <= 0.0 || **factor >= 1.0) {
            return Err(EvalError(format!(
                "invalid {name} factor: expected 0 < {short} < 1, got {factor}"
            )));
        }
    }
    Ok(())
}
