//! Aggregations that take one value after another.

use super::{ABSENT, is_absent};
use crate::promql::functions::stats::{Mean, Sum};

/// What an aggregation remembers of the values of a group at a step.
pub(super) trait Fold: Sized {
    /// Starts with the first value.
    fn of(first: f64) -> Self;
    /// Takes another value in.
    fn add(&mut self, value: f64);
    /// Returns the answer.
    fn get(&self) -> f64;
}

/// A group: what is remembered at each step.
pub(super) trait Column {
    /// Takes in a series.
    fn add(&mut self, values: &[f64]);
    /// Returns the answer at each step, absent where there was no value.
    fn get(&self) -> Vec<f64>;
}

/// Makes a group of so many steps.
pub(super) fn column<F: Fold + 'static>(count: usize) -> Box<dyn Column> {
    let mut steps: Vec<Option<F>> = Vec::new();
    steps.resize_with(count, || None);
    Box::new(steps)
}

impl<F: Fold> Column for Vec<Option<F>> {
    fn add(&mut self, values: &[f64]) {
        for (step, value) in self.iter_mut().zip(values) {
            if is_absent(*value) {
                continue;
            }
            match step {
                Some(fold) => fold.add(*value),
                None => *step = Some(F::of(*value)),
            }
        }
    }

    fn get(&self) -> Vec<f64> {
        self.iter().map(|step| step.as_ref().map_or(ABSENT, Fold::get)).collect()
    }
}

impl Fold for Sum {
    fn of(first: f64) -> Self {
        // Not `0 + first`: the sum of -0 alone is -0.
        let mut sum = Self::default();
        sum.add(first);
        sum
    }
    fn add(&mut self, value: f64) {
        self.add(value);
    }
    fn get(&self) -> f64 {
        self.total()
    }
}

impl Fold for Mean {
    fn of(first: f64) -> Self {
        Self::of(first)
    }
    fn add(&mut self, value: f64) {
        self.add(value);
    }
    fn get(&self) -> f64 {
        self.get()
    }
}

/// `count`
pub(super) struct Count(f64);

impl Fold for Count {
    fn of(_: f64) -> Self {
        Self(1.0)
    }
    fn add(&mut self, _: f64) {
        self.0 += 1.0;
    }
    fn get(&self) -> f64 {
        self.0
    }
}

/// `group`
pub(super) struct Group;

impl Fold for Group {
    fn of(_: f64) -> Self {
        Self
    }
    fn add(&mut self, _: f64) {}
    fn get(&self) -> f64 {
        1.0
    }
}

/// `min`: NaN only if there is nothing else.
pub(super) struct Minimum(f64);

impl Fold for Minimum {
    fn of(first: f64) -> Self {
        Self(first)
    }
    fn add(&mut self, value: f64) {
        if value < self.0 || self.0.is_nan() {
            self.0 = value;
        }
    }
    fn get(&self) -> f64 {
        self.0
    }
}

/// `max`: NaN only if there is nothing else.
pub(super) struct Maximum(f64);

impl Fold for Maximum {
    fn of(first: f64) -> Self {
        Self(first)
    }
    fn add(&mut self, value: f64) {
        if value > self.0 || self.0.is_nan() {
            self.0 = value;
        }
    }
    fn get(&self) -> f64 {
        self.0
    }
}

/// `stdvar`, by Welford's method, as Prometheus aggregates: without compensation.
pub(super) struct Variance {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Fold for Variance {
    fn of(first: f64) -> Self {
        let squares = if first.is_finite() { 0.0 } else { f64::NAN };
        Self { count: 1.0, mean: first, squares }
    }
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }
    fn get(&self) -> f64 {
        self.squares / self.count
    }
}

/// `stddev`
pub(super) struct Deviation(Variance);

impl Fold for Deviation {
    fn of(first: f64) -> Self {
        Self(Variance::of(first))
    }
    fn add(&mut self, value: f64) {
        self.0.add(value);
    }
    fn get(&self) -> f64 {
        self.0.get().sqrt()
    }
}
