//! When a target is scraped.

use std::hash::{DefaultHasher, Hash, Hasher};

use upswell_metrics::Time;
use upswell_metrics::sample::millis;
use upswell_units::Duration;

/// A scrape this much late still counts as on time: samples at equal distances take less room.
/// Source: Prometheus 3, scrape/scrape.go, `ScrapeTimestampTolerance`; at most a hundredth of the
/// interval, as there.
const TOLERANCE_MS: i64 = 2;

/// The instants at which one target is scraped: the multiples of its interval, moved by an offset
/// of its own, so that the targets of a job do not all come at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    interval_ms: i64,
    offset_ms: i64,
}

impl Schedule {
    /// Takes the interval; `identity` is what the offset is made from, the same in every run.
    pub(super) fn new(interval: Duration, identity: &impl Hash) -> Self {
        let interval_ms = millis(interval).max(1);
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        let offset_ms = (hasher.finish() % interval_ms.unsigned_abs()) as i64;
        Self { interval_ms, offset_ms }
    }

    /// Returns the first instant after `now`.
    pub(super) fn after(&self, now: Time) -> Time {
        let since_last = now.0.saturating_sub(self.offset_ms).rem_euclid(self.interval_ms);
        now.plus_millis(self.interval_ms - since_last)
    }

    /// Returns the instant after one that was due; scrapes that should have come meanwhile are left
    /// out.
    ///
    /// Where the clock was set back since, it is the clock that counts: else nothing would be
    /// scraped until it has caught up.
    pub(super) fn next(&self, due: Time, now: Time) -> Time {
        let is_early = (1..self.interval_ms).contains(&due.millis_since(now));
        self.after(if is_early { due } else { now })
    }

    /// Returns the time of the samples of a scrape that was due and starts now.
    pub(super) fn time_of(&self, due: Time, now: Time) -> Time {
        let tolerance_ms = TOLERANCE_MS.min(self.interval_ms / 100);
        let is_on_time = now.millis_since(due).abs() <= tolerance_ms;
        if is_on_time { due } else { now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_spread_evenly_over_the_interval() {
        let interval = Duration::from_secs(15);
        let mut tenths = [0_usize; 10];
        for target in 0..10_000 {
            let due = Schedule::new(interval, &format!("10.0.0.{target}:8080")).after(Time(0));
            assert!((1..=15_000).contains(&due.0), "{due:?}");
            tenths[(due.0 as usize - 1) / 1500] += 1;
        }
        assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
    }

    #[test]
    fn each_instant_is_an_interval_after_the_one_before() {
        let schedule = Schedule { interval_ms: 15_000, offset_ms: 4_000 };
        for (now, due) in
            [(0, 4_000), (3_999, 4_000), (4_000, 19_000), (-1, 4_000), (70_000, 79_000)]
        {
            assert_eq!(schedule.after(Time(now)), Time(due), "{now}");
        }
        for now in [i64::MIN, i64::MAX] {
            assert!(schedule.after(Time(now)) >= Time(now));
        }
    }

    #[test]
    fn late_scrapes_and_clocks_that_are_set_cost_one_interval_at_most() {
        let schedule = Schedule { interval_ms: 15_000, offset_ms: 0 };
        let due = 900_000;
        for (now, next) in [
            (due, due + 15_000),
            (due - 1, due + 15_000),
            (due + 14_999, due + 15_000),
            (due + 40_000, due + 45_000),
            (due - 600_000, due - 585_000),
            (due + 600_001, due + 615_000),
        ] {
            assert_eq!(schedule.next(Time(due), Time(now)), Time(next), "{now}");
        }
    }

    #[test]
    fn a_scrape_that_is_hardly_late_has_the_time_at_which_it_was_due() {
        let long = Schedule { interval_ms: 15_000, offset_ms: 0 };
        let short = Schedule { interval_ms: 100, offset_ms: 0 };
        for (schedule, now, time) in [
            (long, 15_000, 15_000),
            (long, 15_002, 15_000),
            (long, 14_998, 15_000),
            (long, 15_003, 15_003),
            (short, 15_001, 15_000),
            (short, 15_002, 15_002),
        ] {
            assert_eq!(schedule.time_of(Time(15_000), Time(now)), Time(time), "{schedule:?}");
        }
    }
}
