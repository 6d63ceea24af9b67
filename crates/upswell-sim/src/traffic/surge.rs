//! Tells when a surge begins and ends, from the arrivals of each second.

use std::collections::VecDeque;

/// A rate is taken over the last ten seconds.
const RATE_SECONDS: usize = 10;

/// Rates of the ten minutes before it, one after another, make the median.
const MEDIAN_RATES: usize = 60;

/// A run that starts cold has fewer of them; these it needs: a minute.
const MEDIAN_RATES_MIN: usize = 6;

/// A surge is over when the rate was low for a minute; then its end is the start of that minute.
const CALM_SECONDS: u64 = 60;

/// How many standard deviations of chance a surge lies above twice the median.
///
/// Calm traffic of a few arrivals in ten seconds reaches twice its median by chance every few
/// minutes. Five: of calm Poisson streams of 0.1 to 10,000 a second, fewer than one in a hundred
/// shows a surge in six hours, while at 100 a second a surge needs no more than 2.2 times the
/// median.
const DEVIATIONS: f64 = 5.0;

/// A median of fewer counts as this many arrivals in ten seconds: there is something to double
/// after silence, and the median of such small counts may lie a whole one below their mean.
const MEDIAN_ARRIVALS_MIN: u64 = 2;

/// Finds surges: a rate of at least twice the median of the ten minutes before.
///
/// The rate is that of the last ten seconds. The median is of the ten-second rates of the ten
/// minutes before these, or of what there is of them after a cold start, at least one minute. A
/// surge begins when the rate exceeds twice the median by more than chance explains (five standard
/// deviations of a Poisson count). It ends when the rate has stayed below twice the median for a
/// minute; the median goes on meanwhile, so that load that stays is no surge for ever. Nothing
/// begins within a surge.
///
/// Takes the same time for each second and keeps 610 of them.
#[derive(Clone, Debug, Default)]
pub struct SurgeDetector {
    /// Arrivals of the last nine seconds, newest last.
    seconds: VecDeque<u64>,
    /// Ten-second rates of the ten minutes before, by the last digit of the second they end with.
    rates: [Rates; RATE_SECONDS],
    /// The second that comes next.
    next: u64,
    /// How long the rate of the latest surge has been low.
    calm_seconds: u64,
    latest: Option<DetectedSurge>,
}

/// The beginning of a surge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Began {
    /// The second at whose end the rate showed it, from the start of the traffic.
    pub second: u64,
    /// Median arrivals a second in the ten minutes before.
    pub rate_before: f64,
}

/// A surge as far as it has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectedSurge {
    /// How it began.
    pub began: Began,
    /// Most arrivals a second in it, over ten seconds.
    pub rate: f64,
    /// The second from which on the rate was low; absent while it lasts.
    pub ended: Option<u64>,
}

impl SurgeDetector {
    /// Takes the arrivals of the next second, of each one in turn from the start of the traffic;
    /// returns the surge that begins with it.
    pub fn push(&mut self, arrivals: u64) -> Option<Began> {
        let second = self.next;
        self.next += 1;
        let recent = self.last_ten(arrivals)?;
        let rates = &mut self.rates[second as usize % RATE_SECONDS];
        let median = rates.median();
        rates.push(recent);
        let median = median?;
        let rate = per_second(recent);
        let doubled = median.max(MEDIAN_ARRIVALS_MIN).saturating_mul(2);
        if let Some(surge) = self.latest.as_mut().filter(|surge| surge.ended.is_none()) {
            surge.rate = surge.rate.max(rate);
            self.calm_seconds = if recent < doubled { self.calm_seconds + 1 } else { 0 };
            if self.calm_seconds == CALM_SECONDS {
                surge.ended = Some(self.next - CALM_SECONDS);
            }
            return None;
        }
        let expected = doubled as f64;
        if recent as f64 <= expected + DEVIATIONS * expected.sqrt() {
            return None;
        }
        let began = Began { second, rate_before: per_second(median) };
        self.calm_seconds = 0;
        self.latest = Some(DetectedSurge { began, rate, ended: None });
        Some(began)
    }

    /// Returns the surge that began last, which may have ended.
    #[must_use]
    pub fn latest(&self) -> Option<&DetectedSurge> {
        self.latest.as_ref()
    }

    /// Keeps the arrivals of a second, and returns those of the ten that end with it.
    fn last_ten(&mut self, arrivals: u64) -> Option<u64> {
        self.seconds.push_back(arrivals);
        if self.seconds.len() < RATE_SECONDS {
            return None;
        }
        let sum = self.seconds.iter().fold(0, |sum: u64, of_one| sum.saturating_add(*of_one));
        self.seconds.pop_front();
        Some(sum)
    }
}

/// Arrivals of stretches of ten seconds that follow one another.
#[derive(Clone, Debug, Default)]
struct Rates {
    /// The newest last.
    in_time: VecDeque<u64>,
    /// The same, the largest last: the median is in the middle, and no second sorts.
    sorted: Vec<u64>,
}

impl Rates {
    /// None after a start less than a minute ago.
    fn median(&self) -> Option<u64> {
        let count = self.sorted.len();
        self.sorted.get(count / 2).copied().filter(|_| count >= MEDIAN_RATES_MIN)
    }

    fn push(&mut self, rate: u64) {
        if self.in_time.len() == MEDIAN_RATES
            && let Some(oldest) = self.in_time.pop_front()
        {
            let position = self.sorted.partition_point(|other| *other < oldest);
            self.sorted.remove(position);
        }
        self.in_time.push_back(rate);
        let position = self.sorted.partition_point(|other| *other < rate);
        self.sorted.insert(position, rate);
    }
}

fn per_second(arrivals: u64) -> f64 {
    arrivals as f64 / RATE_SECONDS as f64
}
