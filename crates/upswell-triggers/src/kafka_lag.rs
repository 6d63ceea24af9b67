//! How far a Kafka consumer group is behind, and how many of its consumers could help.
//!
//! Source: KEDA main at 8b4f083, kafka_scaler.go and apache_kafka_scaler.go.

use std::collections::BTreeMap;

use crate::response::PartitionOffsets;

/// Committed offset by topic and partition.
pub type CommittedOffsets = BTreeMap<String, BTreeMap<i32, i64>>;

/// How the lags of partitions become one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Messages that one replica may be behind; above zero.
    pub lag_threshold: i64,
    /// What a partition without a committed offset counts for.
    pub reset: OffsetReset,
    /// Whether there may be more replicas than partitions.
    pub allow_idle_consumers: bool,
    /// Whether a partition whose committed offset stands still counts for activity only.
    pub exclude_persistent_lag: bool,
    /// Whether a partition without a committed offset counts for nothing.
    pub scale_to_zero_on_invalid_offset: bool,
    /// Whether there may be at most as many replicas as partitions with lag.
    pub limit_to_partitions_with_lag: bool,
    /// Whether the number of replicas must divide the number of partitions.
    pub ensure_even_distribution: bool,
}

/// Where a consumer group without a committed offset starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetReset {
    /// At what comes next: the partition counts as one message, to get it going.
    #[default]
    Latest,
    /// At what is oldest: the whole partition counts.
    Earliest,
}

/// How far a group is behind, in messages; negative if it committed ahead of the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// What the metric shows, bounded by the rules.
    pub metric: i64,
    /// What decides activity: unbounded, persistent lag included.
    pub activity: i64,
}

/// More partitions than a Kafka cluster is advised to have; a longer list is a slip of the hand.
const PARTITIONS_MAX: usize = 200_000;

impl Rules {
    /// Returns the lag over all partitions, bounded by what more replicas could consume.
    ///
    /// `committed` holds the offsets of the call before and takes those of this one, if the rules
    /// exclude persistent lag.
    #[must_use]
    pub fn total(&self, partitions: &[PartitionOffsets], committed: &mut CommittedOffsets) -> Lag {
        let mut total = Lag::default();
        let mut lagging = 0_i64;
        for partition in partitions {
            let lag = self.of_partition(partition, committed);
            total.metric = total.metric.saturating_add(lag.metric);
            total.activity = total.activity.saturating_add(lag.activity);
            lagging += i64::from(lag.metric > 0);
        }
        let count = i64::try_from(partitions.len()).unwrap_or(i64::MAX);
        Lag { metric: self.bounded(total.metric, count, lagging), ..total }
    }

    fn of_partition(&self, partition: &PartitionOffsets, seen: &mut CommittedOffsets) -> Lag {
        let PartitionOffsets { topic, partition, committed, latest } = partition;
        let Some(committed) = *committed else {
            let lag = match (self.reset, self.scale_to_zero_on_invalid_offset) {
                (_, true) => 0,
                (OffsetReset::Latest, false) => 1,
                (OffsetReset::Earliest, false) => latest.unwrap_or(0),
            };
            return Lag { metric: lag, activity: lag };
        };
        let Some(latest) = *latest else { return Lag::default() };
        let lag = latest.saturating_sub(committed);
        if !self.exclude_persistent_lag {
            return Lag { metric: lag, activity: lag };
        }
        let before = seen.entry(topic.clone()).or_default().insert(*partition, committed);
        let stands_still = before == Some(committed);
        Lag { metric: if stands_still { 0 } else { lag }, activity: lag }
    }

    /// Caps the lag at one threshold a consumer that finds a partition.
    fn bounded(&self, lag: i64, partitions: i64, lagging: i64) -> i64 {
        let threshold = self.lag_threshold.max(1);
        let is_bounded = !self.allow_idle_consumers
            || self.limit_to_partitions_with_lag
            || self.ensure_even_distribution;
        if !is_bounded {
            return lag;
        }
        let lag = if self.ensure_even_distribution {
            even_consumers(lag, partitions, threshold).saturating_mul(threshold)
        } else {
            lag
        };
        let bound = if self.limit_to_partitions_with_lag { lagging } else { partitions };
        if lag / threshold > bound { bound.saturating_mul(threshold) } else { lag }
    }
}

/// Returns the least number of consumers that divides `partitions` and can hold `lag`, or else
/// `partitions`. One even where there is no lag, a quirk of upstream.
#[must_use]
pub fn even_consumers(lag: i64, partitions: i64, lag_threshold: i64) -> i64 {
    let holds = |consumers: &i64| consumers.saturating_mul(lag_threshold) >= lag;
    factors(partitions).into_iter().find(holds).unwrap_or(partitions)
}

/// Returns the divisors of a number, ascending; none below one.
#[must_use]
pub fn factors(number: i64) -> Vec<i64> {
    let mut small = Vec::new();
    let mut large = Vec::new();
    let roots = (1_i64..).take_while(|root| root.checked_mul(*root).is_some_and(|sq| sq <= number));
    for root in roots {
        if number % root == 0 {
            small.push(root);
            if number / root != root {
                large.push(number / root);
            }
        }
    }
    small.extend(large.into_iter().rev());
    small
}

/// Reads a list of partitions and ranges, `1-4,8`; a reversed range is empty.
///
/// # Errors
///
/// Says what is wrong, as a lowercase fragment.
pub fn partitions(text: &str) -> Result<Vec<i32>, String> {
    let mut partitions = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (partition_number(from)?, partition_number(to)?);
        let length = usize::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or(0);
        if partitions.len().saturating_add(length) > PARTITIONS_MAX {
            return Err(format!("more than {PARTITIONS_MAX} partitions"));
        }
        partitions.extend(from..=to);
    }
    Ok(partitions)
}

fn partition_number(text: &str) -> Result<i32, String> {
    text.trim().parse().map_err(|_| format!("`{}` is not a partition", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules {
            lag_threshold: 10,
            reset: OffsetReset::Latest,
            allow_idle_consumers: false,
            exclude_persistent_lag: false,
            scale_to_zero_on_invalid_offset: false,
            limit_to_partitions_with_lag: false,
            ensure_even_distribution: false,
        }
    }

    fn offsets(offsets: &[(Option<i64>, Option<i64>)]) -> Vec<PartitionOffsets> {
        let offsets = (0..).zip(offsets).map(|(partition, (committed, latest))| PartitionOffsets {
            topic: "t".to_owned(),
            partition,
            committed: *committed,
            latest: *latest,
        });
        offsets.collect()
    }

    #[test]
    fn the_metric_is_bounded_by_the_partitions_and_activity_is_not() {
        let partitions = offsets(&[(Some(0), Some(100)), (Some(5), Some(5))]);
        for (allow_idle_consumers, metric) in [(false, 20), (true, 100)] {
            let lag =
                Rules { allow_idle_consumers, ..rules() }.total(&partitions, &mut BTreeMap::new());
            assert_eq!(lag, Lag { metric, activity: 100 });
        }
    }

    #[test]
    fn a_partition_that_nobody_answered_for_counts_as_no_lag() {
        let lag = rules().total(&offsets(&[(Some(3), None)]), &mut BTreeMap::new());
        assert_eq!(lag, Lag::default());
    }

    #[test]
    fn lag_saturates() {
        let partitions = offsets(&[(Some(0), Some(i64::MAX)), (Some(0), Some(i64::MAX))]);
        let rules = Rules { allow_idle_consumers: true, ..rules() };
        assert_eq!(rules.total(&partitions, &mut BTreeMap::new()).metric, i64::MAX);
    }

    #[test]
    fn partitions_are_numbers_and_ranges() {
        assert_eq!(partitions("1-3, 8"), Ok(vec![1, 2, 3, 8]));
        assert_eq!(partitions("3-1"), Ok(vec![]));
        for text in ["", "1,,2", "a", "-1", "1-2-3", "0-2147483647"] {
            assert!(partitions(text).is_err(), "{text}");
        }
    }
}
