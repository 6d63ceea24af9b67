//! A window in one number: `sum_over_time`, `max_over_time`, `changes`, …

use super::{Function, RangeFn, Window, over_range, secs_between, stats};

/// Returns the function of this room that has this name.
pub(super) fn find(name: &str) -> Option<Function> {
    let call: RangeFn = match name {
        "last_over_time" => return Some(keeping_name(|window, _| window.values.last().copied())),
        "first_over_time" => return Some(keeping_name(|window, _| window.values.first().copied())),
        "sum_over_time" => |window, _| sum(window.values),
        "avg_over_time" => |window, _| average(window.values),
        "count_over_time" => |window, _| window.values.first().map(|_| window.values.len() as f64),
        "present_over_time" => |window, _| window.values.first().map(|_| 1.0),
        "min_over_time" => |window, _| best(window, |value, best| value < best).map(|of| of.1),
        "max_over_time" => |window, _| best(window, |value, best| value > best).map(|of| of.1),
        "ts_of_min_over_time" => {
            |window, _| best(window, |value, best| value <= best).map(|of| secs(of.0))
        }
        "ts_of_max_over_time" => {
            |window, _| best(window, |value, best| value >= best).map(|of| secs(of.0))
        }
        "ts_of_first_over_time" => |window, _| window.times.first().map(|at| secs(*at)),
        "ts_of_last_over_time" => |window, _| window.times.last().map(|at| secs(*at)),
        "stdvar_over_time" => |window, _| variance(window.values),
        "stddev_over_time" => |window, _| variance(window.values).map(f64::sqrt),
        "quantile_over_time" => |window, args| quantile(*args.first()?, window.values),
        "mad_over_time" => |window, _| median_absolute_deviation(window.values),
        "changes" => |window, _| pairs(window, |before, value| !same(before, value)),
        "resets" => |window, _| pairs(window, |before, value| value < before),
        "integral" => |window, args| integral(window, args.first().copied()),
        _ => return None,
    };
    Some(over_range(call))
}

/// Returns a function that picks a sample, whose series keeps its name.
fn keeping_name(call: RangeFn) -> Function {
    Function::Range { call, keeps_name: true, check: None }
}

/// Returns an instant, in seconds.
fn secs(at: i64) -> f64 {
    at as f64 / 1000.0
}

fn sum(values: &[f64]) -> Option<f64> {
    values.first()?;
    let mut sum = stats::Sum::default();
    for value in values {
        sum.add(*value);
    }
    Some(sum.total())
}

fn average(values: &[f64]) -> Option<f64> {
    let (first, others) = values.split_first()?;
    let mut mean = stats::Mean::of(*first);
    for value in others {
        mean.add(*value);
    }
    Some(mean.get())
}

fn variance(values: &[f64]) -> Option<f64> {
    values.first()?;
    let mut variance = stats::Variance::default();
    for value in values {
        variance.add(*value);
    }
    Some(variance.get())
}

/// Returns the instant and the value of the sample that beats all before it; NaN is beaten by
/// whatever comes after it.
fn best(window: &Window<'_>, beats: impl Fn(f64, f64) -> bool) -> Option<(i64, f64)> {
    let mut samples = window.times.iter().copied().zip(window.values.iter().copied());
    let first = samples.next()?;
    Some(samples.fold(first, |best, sample| {
        if beats(sample.1, best.1) || best.1.is_nan() { sample } else { best }
    }))
}

/// Counts the neighbours of which something holds; `None` of an empty window.
fn pairs(window: &Window<'_>, holds: impl Fn(f64, f64) -> bool) -> Option<f64> {
    window.values.first()?;
    Some(window.values.windows(2).filter(|pair| holds(pair[0], pair[1])).count() as f64)
}

/// Whether a value has not changed: NaN is the same as NaN.
fn same(before: f64, value: f64) -> bool {
    before == value || (before.is_nan() && value.is_nan())
}

/// Windows up to this many samples are reordered on the stack: an hour at 15 s is 240.
const SAMPLES_ON_STACK: usize = 256;

/// Runs something that reorders values on a copy of them.
fn on_copy<T>(values: &[f64], run: impl FnOnce(&mut [f64]) -> T) -> T {
    let mut on_stack = [0.0; SAMPLES_ON_STACK];
    match on_stack.get_mut(..values.len()) {
        Some(copy) => {
            copy.copy_from_slice(values);
            run(copy)
        }
        None => run(&mut values.to_vec()),
    }
}

fn quantile(q: f64, values: &[f64]) -> Option<f64> {
    values.first()?;
    Some(on_copy(values, |copy| stats::quantile(q, copy)))
}

/// Returns the median distance from the median; NaN if a value is.
fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    values.first()?;
    if values.iter().any(|value| value.is_nan()) {
        return Some(f64::NAN);
    }
    Some(on_copy(values, |copy| {
        let median = stats::quantile(0.5, copy);
        for value in &mut *copy {
            *value = (*value - median).abs();
        }
        stats::quantile(0.5, copy)
    }))
}

/// Returns the area under the samples, in units times seconds; NaN counts as zero.
///
/// `strategy` 0 takes the earlier value of each step, 1 the later, anything else their mean.
fn integral(window: &Window<'_>, strategy: Option<f64>) -> Option<f64> {
    window.values.first()?;
    let earlier_weight = match strategy {
        Some(0.0) => 1.0,
        Some(1.0) => 0.0,
        _ => 0.5,
    };
    let height = |value: f64, weight: f64| {
        if value.is_nan() || weight == 0.0 { 0.0 } else { value * weight }
    };
    let mut area = stats::Sum::default();
    for (times, values) in window.times.windows(2).zip(window.values.windows(2)) {
        let secs = secs_between(times[0], times[1]);
        let mean = height(values[0], earlier_weight) + height(values[1], 1.0 - earlier_weight);
        if mean != 0.0 {
            area.add(mean * secs);
        }
    }
    Some(area.total())
}
