//! The limits of the provider behind the workers: token buckets that the fleet shares.

use upswell_units::Duration;

use super::model::ProviderLimits;

const NANOS_PER_MINUTE: i128 = 60_000_000_000;
const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// What the provider has let through so far.
#[derive(Debug)]
pub(super) struct Provider {
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

impl Provider {
    pub(super) fn new(limits: ProviderLimits) -> Self {
        let ProviderLimits { requests_per_minute, tokens_per_minute } = limits;
        Self {
            requests: requests_per_minute.map(Bucket::full),
            tokens: tokens_per_minute.map(Bucket::full),
        }
    }

    /// Lets a request of so many tokens go on, and returns when: at `now` or later, after all that
    /// asked before it. Nothing, and nothing is used up, where that is not before `deadline`.
    #[inline]
    pub(super) fn admit(
        &mut self,
        (prompt_tokens, output_tokens): (u32, u32),
        now: Duration,
        deadline: Duration,
    ) -> Option<Duration> {
        if self.requests.is_none() && self.tokens.is_none() {
            return Some(now);
        }
        let tokens = i128::from(prompt_tokens) + i128::from(output_tokens);
        let buckets = [(&mut self.requests, 1), (&mut self.tokens, tokens)];
        let mut go_at = now;
        for (bucket, amount) in &buckets {
            if let Some(bucket) = bucket {
                go_at = go_at.max(bucket.holds_at(*amount, now));
            }
        }
        if go_at > now && go_at >= deadline {
            return None;
        }
        for (bucket, amount) in buckets {
            if let Some(bucket) = bucket {
                bucket.take(amount, go_at);
            }
        }
        Some(go_at)
    }
}

/// A bucket that is filled all the time at the limit's rate and holds what flows in a second.
///
/// In units of which a minute's limit has 60 × 10^9 each, so that a nanosecond adds a whole number
/// of them and nothing is ever rounded.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Units that flow in a nanosecond: the limit a minute.
    rate: i128,
    /// What it holds at `at`; below zero after something that never fits.
    level: i128,
    at: Duration,
}

impl Bucket {
    fn full(per_minute: u32) -> Self {
        let rate = i128::from(per_minute);
        Self { rate, level: rate * NANOS_PER_SECOND, at: Duration::ZERO }
    }

    fn capacity(&self) -> i128 {
        self.rate * NANOS_PER_SECOND
    }

    /// What it holds at an instant that is not before the last.
    fn level_at(&self, at: Duration) -> i128 {
        let elapsed = i128::from((at - self.at).as_nanos());
        (self.level + elapsed * self.rate).min(self.capacity())
    }

    /// When it holds an amount, or all it can.
    fn holds_at(&self, amount: i128, now: Duration) -> Duration {
        let from = now.max(self.at);
        if self.rate == 0 && amount > 0 {
            return Duration::MAX;
        }
        let missing = (amount * NANOS_PER_MINUTE).min(self.capacity()) - self.level_at(from);
        if missing <= 0 {
            return from;
        }
        let wait = (missing + self.rate - 1) / self.rate;
        from + Duration::from_nanos(i64::try_from(wait).unwrap_or(i64::MAX))
    }

    fn take(&mut self, amount: i128, at: Duration) {
        self.level = self.level_at(at) - amount * NANOS_PER_MINUTE;
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(requests_per_minute: Option<u32>, tokens_per_minute: Option<u32>) -> Provider {
        Provider::new(ProviderLimits { requests_per_minute, tokens_per_minute })
    }

    /// Milliseconds at which requests of so many tokens go on that all come at once.
    fn admitted(mut provider: Provider, tokens: &[u32]) -> Vec<i64> {
        let mut admit = |tokens: &u32| provider.admit((*tokens, 0), Duration::ZERO, Duration::MAX);
        tokens.iter().map(|tokens| admit(tokens).unwrap().as_millis()).collect()
    }

    #[test]
    fn a_second_s_worth_goes_at_once_and_then_the_limit_s_rate() {
        let four_a_second = provider(Some(240), None);
        let expected = [0, 0, 0, 0, 250, 500, 750];
        assert_eq!(admitted(four_a_second, &[0; 7]), expected);
        let one_in_two_seconds = provider(Some(30), None);
        assert_eq!(admitted(one_in_two_seconds, &[0; 3]), [0, 2000, 4000]);
        assert_eq!(admitted(provider(None, None), &[1_000_000; 3]), [0; 3]);
    }

    #[test]
    fn tokens_count_and_a_giant_goes_when_the_bucket_is_full_and_leaves_a_debt() {
        let hundred_a_second = || provider(None, Some(6000));
        assert_eq!(admitted(hundred_a_second(), &[60, 60, 60]), [0, 200, 800]);
        assert_eq!(admitted(hundred_a_second(), &[500, 100, 1]), [0, 5000, 5010]);
    }

    #[test]
    fn both_limits_hold_together() {
        let both = provider(Some(60), Some(6000));
        assert_eq!(admitted(both, &[10, 10, 500, 10]), [0, 1000, 2000, 6100]);
    }

    #[test]
    fn who_gives_up_before_its_turn_uses_nothing_up() {
        let mut provider = provider(Some(60), None);
        let (start, second) = (Duration::ZERO, Duration::from_secs(1));
        assert_eq!(provider.admit((0, 0), start, second), Some(start));
        assert_eq!(provider.admit((0, 0), start, second), None, "its turn is its deadline");
        assert_eq!(provider.admit((0, 0), start, Duration::MAX), Some(second));
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_through() {
        let mut provider = provider(Some(0), None);
        assert_eq!(provider.admit((1, 1), Duration::ZERO, Duration::MAX), None);
    }

    #[test]
    fn the_largest_numbers_do_not_panic() {
        let mut provider = provider(Some(1), Some(1));
        for now in [Duration::ZERO, Duration::from_secs(1), Duration::MAX] {
            for _ in 0..3 {
                let _ = provider.admit((u32::MAX, u32::MAX), now, Duration::MAX);
            }
        }
    }
}
