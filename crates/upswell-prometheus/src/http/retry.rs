//! When a request that failed is sent again.

use std::hash::{BuildHasher, RandomState};

use upswell_units::Duration;

/// A failure that may pass.
pub(crate) trait Passing {
    /// Returns whether the same request may do better later.
    fn passes(&self) -> bool;

    /// Returns how long the server asks to wait.
    fn asked_to_wait(&self) -> Option<Duration>;
}

/// The pause before the second try; each later one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_millis(250);

/// The longest pause of our own.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The longest pause that a server may ask for: whoever waits for the answer wants to know.
const ASKED_MAX: Duration = Duration::from_secs(30);

/// Pauses that grow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Returns the next pause: between half of it and all of it, so that clients that failed
    /// together do not come back together.
    pub(crate) fn next(&mut self) -> Duration {
        self.next_with(random())
    }

    /// `chance` is from zero to one.
    fn next_with(&mut self, chance: f64) -> Duration {
        let doubled = PAUSE_FIRST.times(1 << self.tries.min(10)).min(PAUSE_MAX);
        self.tries = self.tries.saturating_add(1);
        Duration::from_secs_f64(doubled.as_secs_f64() * (0.5 + 0.5 * chance))
    }
}

/// Tries once, and up to `retries` times more while the failure may pass.
pub(crate) async fn with_retries<T, E: Passing>(
    retries: u32,
    mut request: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut backoff = Backoff::default();
    for _ in 0..retries {
        let error = match request().await {
            Err(error) if error.passes() => error,
            outcome => return outcome,
        };
        let pause = error.asked_to_wait().unwrap_or_else(|| backoff.next());
        if pause > ASKED_MAX {
            return Err(error);
        }
        tokio::time::sleep(std_duration(pause)).await;
    }
    request().await
}

/// Takes a duration below zero as none.
pub(crate) fn std_duration(duration: Duration) -> std::time::Duration {
    std::time::Duration::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or(0))
}

/// A number from zero to one: the standard library seeds its hash tables at random.
fn random() -> f64 {
    RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_spread_over_their_upper_half() {
        let millis = |chance: f64| {
            let mut backoff = Backoff::default();
            (0..8).map(|_| backoff.next_with(chance).as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(millis(1.0), [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(millis(0.0), [125, 250, 500, 1000, 2000, 4000, 5000, 5000]);
        let mut backoff = Backoff { tries: u32::MAX };
        assert_eq!(backoff.next_with(1.0), PAUSE_MAX, "no number of tries overflows");
    }
}
