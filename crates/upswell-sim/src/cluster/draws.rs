//! What chance decides: one stream for each purpose, so that none shifts another's draws.

use upswell_units::Duration;

use super::model::{CapacityType, Interruptions, Pool, Startup};
use crate::random::{Entity, Stream};

/// The streams of a cluster.
#[derive(Debug)]
pub(super) struct Draws {
    startup: Stream,
    image: Stream,
    provisioning: Stream,
    stock_out: Stream,
    uptime: Stream,
    taken: Stream,
    zones: Vec<Stream>,
    interruptions: Rate,
}

/// How spot nodes are taken, in losses of a node an hour.
#[derive(Clone, Copy, Debug)]
struct Rate {
    alone: f64,
    with_zone: f64,
}

/// The shortest time between two losses of a zone, which bounds the events of any rate.
const BETWEEN_LOSSES_MIN: Duration = Duration::from_secs(1);

impl Draws {
    pub(super) fn new(seed: u64, zones: usize, interruptions: &Interruptions) -> Self {
        let of_zone = |zone| Stream::new(seed, Entity::ZoneLoss(zone));
        let interruptions = match interruptions {
            Interruptions::Rate { per_node_hour, zone_share } => Rate {
                alone: per_node_hour * (1.0 - zone_share),
                with_zone: per_node_hour * zone_share,
            },
            Interruptions::None | Interruptions::Recorded(_) => Rate { alone: 0.0, with_zone: 0.0 },
        };
        Self {
            startup: Stream::new(seed, Entity::Startup),
            image: Stream::new(seed, Entity::Image),
            provisioning: Stream::new(seed, Entity::Provisioning),
            stock_out: Stream::new(seed, Entity::StockOut),
            uptime: Stream::new(seed, Entity::Uptime),
            taken: Stream::new(seed, Entity::Taken),
            zones: (0..zones as u32).map(of_zone).collect(),
            interruptions,
        }
    }

    /// The start of a pod that finds its image, and the pull of one that has no node.
    pub(super) fn startup_with_image(&mut self, model: &Startup) -> (Duration, Duration) {
        let image = self.startup.draw(model.image);
        (image, self.startup(model))
    }

    /// From the start of a pod's container to its readiness.
    pub(super) fn startup(&mut self, model: &Startup) -> Duration {
        self.startup.draw(model.start) + self.startup.draw(model.readiness)
    }

    pub(super) fn image(&mut self, model: &Startup) -> Duration {
        self.image.draw(model.image)
    }

    pub(super) fn provisioning(&mut self, pool: &Pool) -> Duration {
        self.provisioning.draw(pool.provisioning)
    }

    /// Whether the cloud has no node of the pool for an order.
    pub(super) fn is_stock_out(&mut self, pool: &Pool) -> bool {
        pool.stock_out > 0.0 && self.stock_out.uniform() < pool.stock_out
    }

    /// How long the cloud leaves a node of the pool, if it takes nodes one by one.
    pub(super) fn uptime(&mut self, pool: &Pool) -> Option<Duration> {
        let is_spot = pool.capacity == CapacityType::Spot;
        let Rate { alone, .. } = self.interruptions;
        (is_spot && alone > 0.0).then(|| exponential(&mut self.uptime, alone))
    }

    /// How long until the cloud takes half of a zone's spot nodes, if it does so.
    ///
    /// A node is in the half that goes once in two times, so that the zone has twice the rate.
    pub(super) fn until_zone_loss(&mut self, zone: usize) -> Option<Duration> {
        let rate = 2.0 * self.interruptions.with_zone;
        let stream = self.zones.get_mut(zone).filter(|_| rate > 0.0)?;
        Some(exponential(stream, rate).max(BETWEEN_LOSSES_MIN))
    }

    /// Whether a node is in the half that goes.
    pub(super) fn is_taken(&mut self) -> bool {
        self.taken.uniform() < 0.5
    }

    /// Chooses `count` of `items`; each subset of that size is as likely as any other.
    pub(super) fn choose<T: Copy>(&mut self, items: &mut [T], count: usize) -> Vec<T> {
        let count = count.min(items.len());
        for position in 0..count {
            let left = items.len() - position;
            // A draw is below one, so that the product is below `left`, but for rounding.
            let other = ((self.taken.uniform() * left as f64) as usize).min(left - 1);
            items.swap(position, position + other);
        }
        items[..count].to_vec()
    }
}

/// An exponentially distributed time, by a rate above zero an hour.
fn exponential(stream: &mut Stream, per_hour: f64) -> Duration {
    Duration::from_secs_f64(stream.exponential() * 3600.0 / per_hour)
}
