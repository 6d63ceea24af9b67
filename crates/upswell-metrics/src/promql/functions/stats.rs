//! Sums, means, variances, quantiles and orders, as both functions over time and aggregations
//! need them.

use std::cmp::Ordering;

/// Adds `term` to a sum that carries its lost digits along; returns both anew.
///
/// The answer is `sum + lost`. Source: Neumaier's summation, with Prometheus's rule for
/// infinities (util/kahansum): an infinite sum has lost nothing.
#[inline]
pub(crate) fn compensated_add(term: f64, sum: f64, lost: f64) -> (f64, f64) {
    let next = sum + term;
    if next.is_infinite() {
        return (next, 0.0);
    }
    let rounded_off =
        if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
    (next, lost + rounded_off)
}

/// A compensated sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term.
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        (self.sum, self.lost) = compensated_add(term, self.sum, self.lost);
    }

    /// Returns the sum.
    #[inline]
    pub(crate) fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// A mean: the compensated sum over the count, or, once that sum has overflowed, the mean of the
/// means (Prometheus 3, `avg` and `avg_over_time`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mean {
    count: f64,
    /// The sum, or the mean so far once `overflowed`.
    level: f64,
    lost: f64,
    overflowed: bool,
}

impl Mean {
    /// Starts with the first value.
    #[inline]
    pub(crate) fn of(first: f64) -> Self {
        Self { count: 1.0, level: first, lost: 0.0, overflowed: false }
    }

    /// Takes another value in.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let before = self.count;
        self.count += 1.0;
        if !self.overflowed {
            let (level, lost) = compensated_add(value, self.level, self.lost);
            if !level.is_infinite() {
                (self.level, self.lost) = (level, lost);
                return;
            }
            self.overflowed = true;
            self.level /= before;
            self.lost /= before;
        }
        let share = before / self.count;
        (self.level, self.lost) =
            compensated_add(value / self.count, share * self.level, share * self.lost);
    }

    /// Returns the mean.
    #[inline]
    pub(crate) fn get(&self) -> f64 {
        if self.overflowed {
            return self.level + self.lost;
        }
        self.level / self.count + self.lost / self.count
    }
}

/// The variance of a whole population, by Welford's method with compensated sums.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variance {
    count: f64,
    mean: Sum,
    squares: Sum,
}

impl Variance {
    /// Takes a value in.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean.total();
        self.mean.add(delta / self.count);
        self.squares.add(delta * (value - self.mean.total()));
    }

    /// Returns the variance; NaN of no values.
    #[inline]
    pub(crate) fn get(&self) -> f64 {
        self.squares.total() / self.count
    }
}

/// Returns the quantile `q` of values, which it reorders; NaN counts as the lowest value.
///
/// Between two values it lies on the line between them. NaN if there are no values or `q` is NaN;
/// below 0 it is -Inf, above 1 +Inf.
pub(crate) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let rank = q * (values.len() - 1) as f64;
    let weight = rank - rank.floor();
    let (_, lower, above) = values.select_nth_unstable_by(rank.floor() as usize, nan_lowest);
    let lower = *lower;
    match above.iter().copied().min_by(nan_lowest) {
        Some(upper) if weight > 0.0 => lower * (1.0 - weight) + upper * weight,
        _ => lower,
    }
}

/// Lowest first, NaN before all.
fn nan_lowest(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

/// The order of `sort`: lowest first, NaN last.
pub(crate) fn ascending(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The order of `sort_desc`: greatest first, NaN last.
pub(crate) fn descending(a: f64, b: f64) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
