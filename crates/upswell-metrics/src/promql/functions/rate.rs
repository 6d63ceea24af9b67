//! How fast a window rises: `rate`, `increase`, `delta`, `irate`, `idelta`.

use super::{Function, Window, over_range, secs_between};

/// Returns the function of this room that has this name.
pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "rate" => over_range(|window, _| increase(window, window.range_secs())),
        "increase" => over_range(|window, _| increase(window, 1.0)),
        "delta" => over_range(|window, _| delta(window)),
        "irate" => over_range(|window, _| irate(window)),
        "idelta" => over_range(|window, _| idelta(window)),
        _ => return None,
    })
}

/// A gap between a window's edge and the nearest sample that is longer than this many mean
/// spacings is a series that starts or ends there, not a sample that is about to come.
const GAP_SPACINGS_MAX: f64 = 1.1;

/// Returns by how much a counter rose in the window, extrapolated to the window's edges, over
/// `divisor`.
///
/// A value below the one before it is a reset to zero.
fn increase(window: &Window<'_>, divisor: f64) -> Option<f64> {
    let &[first, .., last] = window.values else { return None };
    let resets = window.values.windows(2).filter(|pair| pair[1] < pair[0]);
    let rise = resets.fold(last - first, |rise, pair| rise + pair[0]);
    Some(rise * (stretching(window, zero_secs(window, first, rise))? / divisor))
}

/// Returns how long before its first sample a counter that rises so was zero; infinite if that
/// cannot be told.
fn zero_secs(window: &Window<'_>, first: f64, rise: f64) -> f64 {
    match window.times {
        &[start, .., end] if rise > 0.0 && first >= 0.0 => {
            secs_between(start, end) * (first / rise)
        }
        _ => f64::INFINITY,
    }
}

/// Returns by how much a gauge rose in the window, extrapolated to the window's edges.
fn delta(window: &Window<'_>) -> Option<f64> {
    let &[first, .., last] = window.values else { return None };
    Some((last - first) * stretching(window, f64::INFINITY)?)
}

/// Returns by what to multiply a rise between the first and the last sample to have that of the
/// whole window; `None` of fewer than two samples.
///
/// The line is drawn to the window's edges where the gap is short, else by half a spacing, and to
/// the left by no more than `left_secs_max`.
fn stretching(window: &Window<'_>, left_secs_max: f64) -> Option<f64> {
    let &[first, .., last] = window.times else { return None };
    let sampled_secs = secs_between(first, last);
    if sampled_secs == 0.0 {
        return Some(1.0);
    }
    let spacing_secs = sampled_secs / (window.times.len() - 1) as f64;
    let stretch = |gap_secs: f64| {
        if gap_secs >= spacing_secs * GAP_SPACINGS_MAX { spacing_secs / 2.0 } else { gap_secs }
    };
    let mut left_secs = stretch(secs_between(window.from, first));
    if left_secs_max < left_secs {
        left_secs = left_secs_max;
    }
    let right_secs = stretch(secs_between(last, window.to));
    Some((sampled_secs + left_secs + right_secs) / sampled_secs)
}

/// The last two samples.
struct LastTwo {
    before: f64,
    last: f64,
    /// Between them; above zero.
    secs: f64,
}

/// Returns the last two samples; `None` if there are fewer, or both are of one instant.
fn last_two(window: &Window<'_>) -> Option<LastTwo> {
    let (&[.., earlier, later], &[.., before, last]) = (window.times, window.values) else {
        return None;
    };
    let secs = secs_between(earlier, later);
    (secs > 0.0).then_some(LastTwo { before, last, secs })
}

/// Returns the counter's rise per second between its last two samples; after a reset it rose from
/// zero.
fn irate(window: &Window<'_>) -> Option<f64> {
    let LastTwo { before, last, secs } = last_two(window)?;
    Some(if last < before { last } else { last - before } / secs)
}

/// Returns the gauge's rise between its last two samples.
fn idelta(window: &Window<'_>) -> Option<f64> {
    let LastTwo { before, last, .. } = last_two(window)?;
    Some(last - before)
}
