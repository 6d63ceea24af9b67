//! A pattern: rates that hold or ramp, and the instants at which they send requests.

use upswell_units::Duration;

use crate::random::Stream;

/// Rates over time, step after step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) pacing: Pacing,
    pub(super) steps: Vec<Step>,
}

/// How requests follow one another at a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pacing {
    /// As clients come that know nothing of each other.
    #[default]
    Poisson,
    /// One whenever the rate has made up for a whole request, the first after half of one.
    Constant,
}

/// A rate that holds, or goes straight from one value to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) duration: Duration,
    /// Requests a second at the start.
    pub(super) from_per_second: f64,
    /// Requests a second at the end.
    pub(super) to_per_second: f64,
}

impl Pattern {
    pub(super) fn span(&self) -> Duration {
        self.steps.iter().fold(Duration::ZERO, |sum, step| sum + step.duration)
    }

    pub(super) fn expected_requests(&self) -> f64 {
        self.steps.iter().map(Step::expected_requests).sum()
    }

    pub(super) fn highest_per_second(&self) -> f64 {
        let ends = self.steps.iter().flat_map(|step| [step.from_per_second, step.to_per_second]);
        ends.fold(0.0, f64::max)
    }

    /// Keeps what lies between two instants.
    pub(super) fn cut(&mut self, from: Duration, to: Duration) {
        let mut start = Duration::ZERO;
        for step in &mut self.steps {
            let end = start + step.duration;
            let (first, last) = (from.clamp(start, end), to.clamp(start, end));
            *step = Step {
                duration: (last - first).max(Duration::ZERO),
                from_per_second: step.per_second_after(first - start),
                to_per_second: step.per_second_after(last - start),
            };
            start = end;
        }
        self.steps.retain(|step| step.duration > Duration::ZERO);
    }

    /// Lets time run `speed` times as fast: the same requests in less time.
    pub(super) fn speed_up(&mut self, speed: f64) {
        for step in &mut self.steps {
            step.duration = Duration::from_secs_f64(step.duration.as_secs_f64() / speed);
        }
        self.scale(speed);
    }

    /// Multiplies the rates.
    pub(super) fn scale(&mut self, factor: f64) {
        for step in &mut self.steps {
            step.from_per_second *= factor;
            step.to_per_second *= factor;
        }
    }

    pub(super) fn walk(&self) -> PatternWalk<'_> {
        PatternWalk {
            pacing: self.pacing,
            rest: &self.steps,
            step: Stride::default(),
            due: match self.pacing {
                Pacing::Poisson => 0.0,
                Pacing::Constant => -0.5,
            },
            last: Duration::ZERO,
        }
    }
}

impl Step {
    fn expected_requests(&self) -> f64 {
        (self.from_per_second + self.to_per_second) / 2.0 * self.duration.as_secs_f64()
    }

    fn per_second_after(&self, time: Duration) -> f64 {
        let share = time.as_secs_f64() / self.duration.as_secs_f64();
        self.from_per_second + (self.to_per_second - self.from_per_second) * share
    }
}

/// How far a pattern has come.
#[derive(Clone, Debug)]
pub(super) struct PatternWalk<'a> {
    pacing: Pacing,
    rest: &'a [Step],
    step: Stride,
    /// Requests that the rate stands for from the start of the step until the next arrival.
    due: f64,
    last: Duration,
}

/// A step with its sums taken once.
#[derive(Clone, Copy, Debug, Default)]
struct Stride {
    start: Duration,
    end: Duration,
    requests: f64,
    /// Per second, at the start.
    rate: f64,
    /// What the rate gains, per second squared.
    slope: f64,
}

impl PatternWalk<'_> {
    /// Returns the instant of the next request.
    ///
    /// A Poisson process whose rate varies is one of rate one on the scale of its expected
    /// requests; going back from there to time is exact, whatever the ramp.
    /// Source: Çinlar, "Introduction to Stochastic Processes" (1975), section 4.7.
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Option<Duration> {
        self.due += match self.pacing {
            Pacing::Poisson => stream.exponential(),
            Pacing::Constant => 1.0,
        };
        while self.due >= self.step.requests {
            let (next, rest) = self.rest.split_first()?;
            self.due -= self.step.requests;
            self.rest = rest;
            self.step = Stride::new(next, self.step.end);
        }
        // Rounding must not turn back time.
        self.last = self.step.instant(self.due).clamp(self.last, self.step.end);
        Some(self.last)
    }
}

impl Stride {
    fn new(step: &Step, start: Duration) -> Self {
        let Step { duration, from_per_second: rate, to_per_second } = *step;
        Self {
            start,
            end: start + duration,
            requests: step.expected_requests(),
            rate,
            slope: (to_per_second - rate) / duration.as_secs_f64(),
        }
    }

    /// Returns when the step has sent so many requests.
    #[inline]
    fn instant(&self, requests: f64) -> Duration {
        let seconds = if self.slope == 0.0 {
            requests / self.rate
        } else {
            // Solves rate·t + slope·t²/2 = requests in the form that loses no digits where the
            // slope is small; the discriminant is the square of a rate.
            let square = self.rate * self.rate + 2.0 * self.slope * requests;
            2.0 * requests / (self.rate + square.max(0.0).sqrt())
        };
        // A float-to-integer `as` saturates, and turns 0 / 0 into zero.
        self.start + Duration::from_nanos((seconds * 1e9) as i64)
    }
}
