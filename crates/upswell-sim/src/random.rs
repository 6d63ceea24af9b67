//! Random draws that are the same on every machine: ChaCha8 streams, and libm in pure Rust.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use upswell_units::Duration;

/// One stream of random draws; streams of one seed do not disturb one another.
#[derive(Clone, Debug)]
pub(crate) struct Stream(ChaCha8Rng);

/// What a stream is drawn for. Each entity has its own, so that one more event does not shift
/// the draws of the others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entity {
    /// Service times, in order of arrival.
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
            Entity::ZoneLoss(zone) => 1000 + u64::from(zone),
        });
        Self(rng)
    }

    /// Draws from the open interval between zero and one.
    pub(crate) fn uniform(&mut self) -> f64 {
        // 53 bits, moved by half a step off zero.
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Draws from the standard normal distribution (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Draws a span of time; never negative. Takes no draw where the time is fixed.
    pub(crate) fn draw(&mut self, distribution: Distribution) -> Duration {
        match distribution {
            Distribution::Fixed(duration) => duration,
            Distribution::LogNormal { median, p95 } => {
                let (median, p95) = (median.as_secs_f64(), p95.as_secs_f64());
                if median <= 0.0 {
                    return Duration::ZERO;
                }
                let sigma = libm::log(p95.max(median) / median) / NORMAL_P95;
                Duration::from_secs_f64(median * libm::exp(sigma * self.normal()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
