//! Random draws that are the same on every machine: ChaCha8 streams, and libm in pure Rust.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use upswell_units::Duration;

use crate::exponential::exp;
use crate::ziggurat::{EXPONENTIAL, HALF_NORMAL};

/// One stream of random draws; streams of one seed do not disturb one another.
#[derive(Clone, Debug)]
pub(crate) struct Stream(ChaCha8Rng);

/// What a stream is drawn for. Each entity has its own, so that one more event does not shift
/// the draws of the others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entity {
    /// Service times, in the order in which service starts: of two runs over the same arrivals,
    /// as long as nobody retries and nothing is killed, each request has the same draw in both.
    Service,
    /// Start-up times, in order of creation.
    Startup,
    /// Instants of arrival, in order.
    Arrivals,
    /// Sizes of requests, in order of arrival.
    Sizes,
    /// Pulls of the image, in order of the nodes' orders.
    Image,
    /// Provisioning times of nodes, in order of their orders.
    Provisioning,
    /// Which orders of nodes fail.
    StockOut,
    /// How long spot nodes last, in order of their orders.
    Uptime,
    /// When the spot nodes of a zone, by its position, are taken together.
    ZoneLoss(u32),
    /// Which nodes are taken together.
    Taken,
    /// Waits before retries, in the order in which clients give up.
    BackOff,
}

/// How a span of time varies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Distribution {
    /// Always the same.
    Fixed(Duration),
    /// Log-normal, by its median and its 95th percentile.
    LogNormal {
        /// Half of all draws are below.
        median: Duration,
        /// 95 of 100 draws are below.
        p95: Duration,
    },
    /// Exponential, by its mean: as if each moment were as likely as any other to be the last.
    Exponential(Duration),
}

/// A distribution made ready for many draws.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sampler {
    Fixed(Duration),
    LogNormal { median_nanos: f64, sigma: f64 },
    Exponential { mean_nanos: f64 },
}

/// The standard normal distribution's 95th percentile.
pub(crate) const NORMAL_P95: f64 = 1.644_853_626_951_472_2;

impl Stream {
    /// Starts the stream of an entity.
    #[must_use]
    pub(crate) fn new(seed: u64, entity: Entity) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(match entity {
            Entity::Service => 1,
            Entity::Startup => 2,
            Entity::Arrivals => 3,
            Entity::Sizes => 4,
            Entity::Image => 5,
            Entity::Provisioning => 6,
            Entity::StockOut => 7,
            Entity::Uptime => 8,
            Entity::Taken => 9,
            Entity::BackOff => 10,
            Entity::ZoneLoss(zone) => 1000 + u64::from(zone),
        });
        Self(rng)
    }

    /// Draws 64 bits.
    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Draws from the open interval between zero and one.
    #[inline]
    pub(crate) fn uniform(&mut self) -> f64 {
        Self::to_uniform(self.bits())
    }

    /// Makes of the upper 52 bits a number between zero and one, half a step off both: with one bit
    /// more the largest would round to one.
    #[inline]
    pub(crate) fn to_uniform(bits: u64) -> f64 {
        ((bits >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
    }

    /// Draws from the standard normal distribution.
    #[inline]
    pub(crate) fn normal(&mut self) -> f64 {
        let (half, is_below) = HALF_NORMAL.draw(self);
        if is_below { -half } else { half }
    }

    /// Draws from the exponential distribution with mean one.
    #[inline]
    pub(crate) fn exponential(&mut self) -> f64 {
        EXPONENTIAL.draw(self).0
    }

    /// Draws a span of time evenly between zero and the longest.
    pub(crate) fn up_to(&mut self, longest: Duration) -> Duration {
        whole_nanos(self.uniform() * nanos(longest))
    }

    /// Draws a span of time; never negative. Takes no draw where the time is fixed.
    pub(crate) fn draw(&mut self, distribution: Distribution) -> Duration {
        Sampler::new(distribution).draw(self)
    }
}

impl Sampler {
    pub(crate) fn new(distribution: Distribution) -> Self {
        match distribution {
            Distribution::Fixed(duration) => Self::Fixed(duration),
            Distribution::LogNormal { median, p95 } => {
                let (median_nanos, p95_nanos) = (nanos(median), nanos(p95));
                if median_nanos <= 0.0 {
                    return Self::Fixed(Duration::ZERO);
                }
                let sigma = libm::log(p95_nanos.max(median_nanos) / median_nanos) / NORMAL_P95;
                Self::LogNormal { median_nanos, sigma }
            }
            Distribution::Exponential(mean) => {
                Self::Exponential { mean_nanos: nanos(mean).max(0.0) }
            }
        }
    }

    /// Draws a span of time; never negative. Takes no draw where the time is fixed.
    #[inline]
    pub(crate) fn draw(&self, stream: &mut Stream) -> Duration {
        match *self {
            Self::Fixed(duration) => duration,
            Self::LogNormal { median_nanos, sigma } => {
                whole_nanos(median_nanos * exp(sigma * stream.normal()))
            }
            Self::Exponential { mean_nanos } => whole_nanos(mean_nanos * stream.exponential()),
        }
    }
}

fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

/// Rounds to the nanosecond; saturates. `f64::round` is a call where the target has no
/// instruction for it, and no span of time is negative.
#[inline]
pub(crate) fn whole_nanos(nanos: f64) -> Duration {
    Duration::from_nanos((nanos + 0.5) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_draw_is_never_zero_and_never_one() {
        assert!(Stream::to_uniform(0) > 0.0);
        assert!(Stream::to_uniform(u64::MAX) < 1.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_draws_and_streams_differ() {
        let draw = |seed, entity| {
            let mut stream = Stream::new(seed, entity);
            [(); 4].map(|()| stream.uniform())
        };
        assert_eq!(draw(7, Entity::Service), draw(7, Entity::Service));
        assert_ne!(draw(7, Entity::Service), draw(7, Entity::Startup));
        assert_ne!(draw(7, Entity::Service), draw(8, Entity::Service));
    }

    #[test]
    fn a_log_normal_time_has_its_median_and_its_95th_percentile() {
        let (median, p95) = (Duration::from_millis(400), Duration::from_millis(1000));
        let mut stream = Stream::new(1, Entity::Service);
        let draws = 100_000;
        let (mut below_median, mut below_p95) = (0, 0);
        for _ in 0..draws {
            let time = stream.draw(Distribution::LogNormal { median, p95 });
            below_median += i32::from(time < median);
            below_p95 += i32::from(time < p95);
        }
        // Three standard deviations of a binomial count.
        assert!((below_median - draws / 2).abs() < 475, "{below_median}");
        assert!((below_p95 - draws / 100 * 95).abs() < 207, "{below_p95}");
    }

    #[test]
    fn an_exponential_time_has_its_mean() {
        let mut stream = Stream::new(1, Entity::Service);
        let draws = 1_000_000;
        let mean = Distribution::Exponential(Duration::from_secs(2));
        let sum: f64 = (0..draws).map(|_| stream.draw(mean).as_secs_f64()).sum();
        // Four standard deviations of the mean.
        assert!((sum / f64::from(draws) - 2.0).abs() < 4.0 * 2.0 / 1000.0, "{sum}");
    }

    #[test]
    fn times_that_make_no_sense_are_still_times() {
        let mut stream = Stream::new(1, Entity::Service);
        let (negative, longest) = (Duration::from_secs(-1), Duration::MAX);
        for (median, p95) in [(negative, longest), (longest, negative), (longest, longest)] {
            assert!(stream.draw(Distribution::LogNormal { median, p95 }) >= Duration::ZERO);
        }
        assert_eq!(stream.draw(Distribution::Exponential(negative)), Duration::ZERO);
    }
}
