//! One request: 24 bytes, wherever it waits.

use upswell_units::Duration;

use crate::traffic::Arrival;

/// A request that waits, is in service, or is to come back.
///
/// Its order is that of entering the queue; the other fields only make the order total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Request {
    /// When this attempt entered the queue, or is to.
    entered: Duration,
    /// Nanoseconds to the first attempt, and in the lowest [`ATTEMPT_BITS`] the attempts before
    /// this one. Sixty bits of nanoseconds are 36 years.
    arrived_and_retries: u64,
    prompt_tokens: u32,
    output_tokens: u32,
}

const ATTEMPT_BITS: u32 = 4;
const ARRIVED_MAX: u64 = u64::MAX >> ATTEMPT_BITS;

impl Request {
    #[inline]
    pub(super) fn new(arrival: &Arrival, now: Duration) -> Self {
        let Arrival { at: _, prompt_tokens, output_tokens } = *arrival;
        let arrived = (now.as_nanos().max(0) as u64).min(ARRIVED_MAX);
        let arrived_and_retries = arrived << ATTEMPT_BITS;
        Self { entered: now, arrived_and_retries, prompt_tokens, output_tokens }
    }

    /// Returns its next attempt, which enters the queue at `at`.
    ///
    /// A client makes at most `Clients::RETRIES_MAX` retries; more would spoil the arrival.
    pub(super) fn next_attempt(self, at: Duration) -> Self {
        let retries = (self.retries() + 1).min((1 << ATTEMPT_BITS) - 1);
        let arrived = self.arrived_and_retries >> ATTEMPT_BITS << ATTEMPT_BITS;
        Self { entered: at, arrived_and_retries: arrived | u64::from(retries), ..self }
    }

    #[inline]
    pub(super) fn entered(&self) -> Duration {
        self.entered
    }

    /// When its first attempt began.
    #[inline]
    pub(super) fn arrived(&self) -> Duration {
        Duration::from_nanos((self.arrived_and_retries >> ATTEMPT_BITS) as i64)
    }

    /// Attempts before this one.
    pub(super) fn retries(&self) -> u32 {
        (self.arrived_and_retries & ((1 << ATTEMPT_BITS) - 1)) as u32
    }

    /// Tokens of its prompt and of its answer.
    #[inline]
    pub(super) fn tokens(&self) -> (u32, u32) {
        (self.prompt_tokens, self.output_tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::Clients;

    #[test]
    fn a_request_takes_24_bytes_and_keeps_what_it_is_told() {
        assert!(size_of::<Request>() <= 24);
        let day = Duration::from_secs(86_400);
        let arrival = Arrival { at: day, prompt_tokens: u32::MAX, output_tokens: 7 };
        let mut request = Request::new(&arrival, day);
        assert_eq!((request.arrived(), request.entered(), request.retries()), (day, day, 0));
        for retry in 1..=Clients::RETRIES_MAX {
            let at = day.times(i64::from(retry) + 1);
            request = request.next_attempt(at);
            assert_eq!((request.arrived(), request.entered()), (day, at));
            assert_eq!(request.retries(), retry);
        }
        assert_eq!(request.tokens(), (u32::MAX, 7));
    }
}
