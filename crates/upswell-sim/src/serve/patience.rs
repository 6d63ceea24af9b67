//! How long clients wait, and when they come back.

use upswell_units::Duration;

use super::model::Clients;
use super::request::Request;
use crate::random::{Entity, Stream};

/// The clients of a run.
#[derive(Debug)]
pub(super) struct Patience {
    /// [`Duration::MAX`] where clients wait for ever.
    timeout: Duration,
    clients: Clients,
    jitter: Stream,
}

impl Patience {
    pub(super) fn new(clients: Clients, seed: u64) -> Self {
        let timeout = clients.timeout.unwrap_or(Duration::MAX).max(Duration::ZERO);
        Self { timeout, clients, jitter: Stream::new(seed, Entity::BackOff) }
    }

    /// Returns when the client gives this attempt up; [`Duration::MAX`] for never.
    #[inline]
    pub(super) fn deadline(&self, request: &Request) -> Duration {
        request.entered() + self.timeout
    }

    /// Returns the attempt after this one; nothing if its client makes no more, or never notices
    /// that it has to.
    pub(super) fn next_attempt(&mut self, request: &Request) -> Option<Request> {
        let Clients { timeout: _, retries, back_off } = self.clients;
        let (deadline, retry) = (self.deadline(request), request.retries());
        if retry >= retries.min(Clients::RETRIES_MAX) || deadline == Duration::MAX {
            return None;
        }
        let longest = back_off.first.times(1 << retry).min(back_off.max).max(Duration::ZERO);
        Some(request.next_attempt(deadline + self.jitter.up_to(longest)))
    }
}
