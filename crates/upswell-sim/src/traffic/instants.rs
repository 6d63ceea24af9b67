//! Draws of instants: the gaps of a Poisson process, and requests spread evenly over a stretch.

use upswell_units::Duration;

use crate::random::Stream;

/// Below this the series of [`one_minus_exp`] is as exact as the function.
const SERIES_MAX: f64 = 1.0 / 256.0;

/// Requests still to come in a stretch of time, each of them equally likely everywhere in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretch {
    from: Duration,
    to: Duration,
    left: u64,
}

impl Stretch {
    /// Spreads `count` requests between two instants.
    pub(super) const fn new(from: Duration, to: Duration, count: u64) -> Self {
        Self { from, to, left: count }
    }

    /// Returns when the stretch ends.
    pub(super) const fn end(&self) -> Duration {
        self.to
    }

    /// Draws the instant of the next request; none where all have come.
    ///
    /// Takes the first of those left, then the first of the others in what is left of the
    /// stretch: all come in order, and none is held.
    /// Source: Bentley and Saxe, "Generating sorted lists of random numbers", ACM TOMS 6 (1980).
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Option<Duration> {
        if self.left == 0 {
            return None;
        }
        let length = (self.to - self.from).as_nanos() as f64;
        let step = length * first_of(self.left, stream);
        self.from = (self.from + Duration::from_nanos(step as i64)).min(self.to);
        self.left -= 1;
        Some(self.from)
    }
}

/// Draws the least of `count` even draws between zero and one: 1 - U^(1/count).
#[inline]
fn first_of(count: u64, stream: &mut Stream) -> f64 {
    one_minus_exp(stream.exponential() / count as f64)
}

/// Returns 1 - exp(-x), to twelve digits where x is small and so is the result.
#[inline]
fn one_minus_exp(x: f64) -> f64 {
    if x < SERIES_MAX {
        x * (1.0 - x * (1.0 / 2.0 - x * (1.0 / 6.0 - x * (1.0 / 24.0 - x * (1.0 / 120.0)))))
    } else {
        1.0 - libm::exp(-x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Entity;

    #[test]
    fn the_first_of_many_lies_where_an_even_spread_puts_it() {
        let mut stream = Stream::new(3, Entity::Arrivals);
        for count in [1, 2, 10, 1000, 1_000_000] {
            let draws = 100_000;
            let sum: f64 = (0..draws).map(|_| first_of(count, &mut stream)).sum();
            let (mean, expected) = (sum / f64::from(draws), 1.0 / (count as f64 + 1.0));
            // The standard deviation of one draw is at most its mean: four of the mean's.
            let relative = (mean / expected - 1.0).abs();
            assert!(relative < 4.0 / f64::from(draws).sqrt(), "{count}: {mean} for {expected}");
        }
    }

    #[test]
    fn the_series_meets_the_function() {
        for x in [20.0, 1.0, SERIES_MAX, SERIES_MAX * 0.999, 1e-6, 1e-300] {
            let exact = -libm::expm1(-x);
            let relative = (one_minus_exp(x) / exact - 1.0).abs();
            assert!(relative < 1e-12, "{relative} at {x}");
        }
    }
}
