//! A histogram that forgets: what was seen a half-life ago weighs half.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Timestamp};

use super::buckets::Buckets;

/// Usage samples in exponential buckets; a sample's weight doubles with every half-life of its age
/// over a reference time, so that older samples weigh less and less against newer ones.
///
/// Only shares of the total matter, so the reference moves forward when weights grow too large.
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/util/decaying_histogram.go`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecayingHistogram {
    buckets: Buckets,
    half_life: Duration,
    /// `None` until the first sample.
    reference: Option<Timestamp>,
    /// Buckets that have had weight; the others weigh nothing.
    weights: BTreeMap<usize, f64>,
    total_weight: f64,
    /// The first bucket that is not empty; the last of all if every bucket is.
    min_bucket: usize,
    /// The last bucket that is not empty; the first of all if every bucket is.
    max_bucket: usize,
}

/// A histogram as a VerticalPodAutoscalerCheckpoint holds it: the heaviest bucket has 10000.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistogramCheckpoint {
    /// Time at which a sample's weight counts as it is; `None` if there never was a sample.
    pub reference: Option<Timestamp>,
    /// Weight of each bucket relative to the heaviest one.
    pub bucket_weights: BTreeMap<i64, u32>,
    /// The true weight of all buckets together.
    pub total_weight: f64,
}

/// Why a histogram cannot be restored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HistogramError {
    /// Weights cannot be negative.
    #[error("the total weight {0} is negative")]
    NegativeTotalWeight(f64),
    /// There is no such bucket.
    #[error("bucket {0} is negative")]
    NegativeBucket(i64),
    /// There is no such bucket.
    #[error("bucket {0} is beyond the last one, {last}", last = Buckets::LAST)]
    BucketTooLarge(i64),
}

/// Weight of the heaviest bucket in a checkpoint.
const CHECKPOINT_WEIGHT_MAX: f64 = 10_000.0;
/// A sample so many half-lives after the reference moves the reference: 2^100 is still exact.
const DECAY_EXPONENT_MAX: i64 = 100;

impl DecayingHistogram {
    /// Starts an empty histogram; a half-life of nothing or less is taken for a nanosecond.
    #[must_use]
    pub fn new(buckets: Buckets, half_life: Duration) -> Self {
        Self {
            buckets,
            half_life: half_life.max(Duration::from_nanos(1)),
            reference: None,
            weights: BTreeMap::new(),
            total_weight: 0.0,
            min_bucket: Buckets::LAST,
            max_bucket: 0,
        }
    }

    /// Adds a sample: `value` in cores or bytes, `weight` before decay.
    ///
    /// A weight that is negative or not a number counts as none.
    pub fn add(&mut self, value: f64, weight: f64, at: Timestamp) {
        let weight = weight.max(0.0) * self.decay_factor(at);
        let bucket = self.buckets.find(value);
        let sum = self.weights.entry(bucket).or_insert(0.0);
        *sum += weight;
        self.total_weight += weight;
        if *sum >= Buckets::EPSILON {
            self.min_bucket = self.min_bucket.min(bucket);
            self.max_bucket = self.max_bucket.max(bucket);
        }
    }

    /// Takes a sample out again that was added with the same value, weight and time.
    pub fn subtract(&mut self, value: f64, weight: f64, at: Timestamp) {
        let weight = weight.max(0.0) * self.decay_factor(at);
        let bucket = self.buckets.find(value);
        self.total_weight = without(self.total_weight, weight);
        let left = without(self.weight(bucket), weight);
        self.weights.insert(bucket, left);
        self.drop_empty_ends();
    }

    /// Adds all samples of another histogram with the same buckets and half-life.
    ///
    /// The older reference of the two moves to the younger one, so `other` may change, too: not
    /// what it says, but how it is scaled.
    pub fn merge(&mut self, other: &mut Self) {
        match (self.reference, other.reference) {
            (mine, Some(theirs)) if mine < Some(theirs) => {
                self.shift_reference(theirs);
            }
            (Some(mine), theirs) if theirs < Some(mine) => {
                other.shift_reference(mine);
            }
            _ => {}
        }
        for (bucket, weight) in other.used() {
            *self.weights.entry(bucket).or_insert(0.0) += weight;
        }
        self.total_weight += other.total_weight;
        self.min_bucket = self.min_bucket.min(other.min_bucket);
        self.max_bucket = self.max_bucket.max(other.max_bucket);
    }

    /// Returns the end of the bucket in which a share of the weight is reached, in cores or bytes.
    ///
    /// `percentile` lies between 0 and 1. An empty histogram gives zero; the last bucket, which has
    /// no end, its start.
    #[must_use]
    pub fn percentile(&self, percentile: f64) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let threshold = percentile * self.total_weight;
        let mut sum = 0.0;
        let reached = self.used().find(|(_, weight)| {
            sum += weight;
            sum >= threshold
        });
        let bucket = reached.map_or(self.max_bucket, |(bucket, _)| bucket);
        self.buckets.start(bucket.saturating_add(1))
    }

    /// Returns whether no bucket has weight worth counting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weight(self.min_bucket) < Buckets::EPSILON
    }

    /// Returns the weight of all samples together, decayed to the reference.
    #[must_use]
    pub fn total_weight(&self) -> f64 {
        self.total_weight
    }

    /// Returns the time at which a sample's weight counts as it is.
    #[must_use]
    pub fn reference(&self) -> Option<Timestamp> {
        self.reference
    }

    /// Returns the first and the last bucket that count as used; in this order if there is any.
    #[must_use]
    pub fn bounds(&self) -> (usize, usize) {
        (self.min_bucket, self.max_bucket)
    }

    /// Returns each bucket that has weight, however little, with its weight.
    pub fn weights(&self) -> impl Iterator<Item = (usize, f64)> {
        self.weights.iter().map(|(bucket, weight)| (*bucket, *weight)).filter(|(_, w)| *w > 0.0)
    }

    /// Saves relative weights; those that round to nothing are left out.
    #[must_use]
    pub fn save(&self) -> HistogramCheckpoint {
        let heaviest = self.used().map(|(_, weight)| weight).fold(0.0, f64::max);
        let ratio = CHECKPOINT_WEIGHT_MAX / heaviest;
        let scaled = self.used().map(|(bucket, weight)| {
            (i64::try_from(bucket).unwrap_or(i64::MAX), (weight * ratio + 0.5).floor() as u32)
        });
        HistogramCheckpoint {
            reference: self.reference,
            bucket_weights: scaled.filter(|(_, weight)| *weight > 0).collect(),
            total_weight: self.total_weight,
        }
    }

    /// Adds the samples of a checkpoint and takes over its reference.
    ///
    /// # Errors
    ///
    /// Refuses a checkpoint with a negative total or with buckets that do not exist; the histogram
    /// then stays as it was.
    pub fn load(&mut self, checkpoint: &HistogramCheckpoint) -> Result<(), HistogramError> {
        let HistogramCheckpoint { reference, bucket_weights, total_weight } = checkpoint;
        if *total_weight < 0.0 {
            return Err(HistogramError::NegativeTotalWeight(*total_weight));
        }
        let buckets: Result<Vec<usize>, _> = bucket_weights.keys().map(|b| bucket(*b)).collect();
        let buckets = buckets?;
        self.reference = *reference;
        let sum: u64 = bucket_weights.values().map(|weight| u64::from(*weight)).sum();
        if sum == 0 {
            return Ok(());
        }
        let ratio = total_weight / sum as f64;
        for (bucket, weight) in buckets.into_iter().zip(bucket_weights.values()) {
            *self.weights.entry(bucket).or_insert(0.0) += f64::from(*weight) * ratio;
            self.min_bucket = self.min_bucket.min(bucket);
            self.max_bucket = self.max_bucket.max(bucket);
        }
        self.total_weight += total_weight;
        // A weight that was just above epsilon may have lost a digit and lie below it now.
        self.drop_empty_ends();
        Ok(())
    }

    fn weight(&self, bucket: usize) -> f64 {
        self.weights.get(&bucket).copied().unwrap_or(0.0)
    }

    /// The buckets from the first to the last used one.
    fn used(&self) -> impl Iterator<Item = (usize, f64)> {
        let within = self.min_bucket <= self.max_bucket;
        let range = within.then(|| self.weights.range(self.min_bucket..=self.max_bucket));
        range.into_iter().flatten().map(|(bucket, weight)| (*bucket, *weight))
    }

    /// What to multiply the weight of a sample with; moves the reference if that grows too large.
    fn decay_factor(&mut self, at: Timestamp) -> f64 {
        let reference = match self.reference {
            Some(reference) if at <= reference + self.half_life.times(DECAY_EXPONENT_MAX) => {
                reference
            }
            _ => self.shift_reference(at),
        };
        (at.since(reference).as_nanos() as f64 / self.half_life.as_nanos() as f64).exp2()
    }

    /// Moves the reference to the multiple of the half-life nearest to `to`, and returns it.
    fn shift_reference(&mut self, to: Timestamp) -> Timestamp {
        let to = nearest_multiple(to, self.half_life);
        let shift = match self.reference {
            Some(reference) => reference.since(to).as_nanos(),
            // Before the first sample the reference is the year 1, further than a shift can reach.
            None => i64::MIN,
        };
        let half_lives = (shift as f64 / self.half_life.as_nanos() as f64 + 0.5).floor();
        self.scale(half_lives.exp2());
        self.reference = Some(to);
        to
    }

    /// Multiplies the used buckets and the total.
    fn scale(&mut self, factor: f64) {
        if self.min_bucket <= self.max_bucket {
            for (_, weight) in self.weights.range_mut(self.min_bucket..=self.max_bucket) {
                *weight *= factor;
            }
        }
        self.total_weight *= factor;
        self.drop_empty_ends();
    }

    /// Moves first and last used bucket towards each other past empty ones.
    fn drop_empty_ends(&mut self) {
        while self.weight(self.min_bucket) < Buckets::EPSILON && self.min_bucket < Buckets::LAST {
            self.min_bucket += 1;
        }
        self.max_bucket = self.max_bucket.min(Buckets::LAST);
        while self.weight(self.max_bucket) < Buckets::EPSILON && self.max_bucket > 0 {
            self.max_bucket -= 1;
        }
    }
}

/// What is left, or nothing if that is hardly anything.
fn without(sum: f64, weight: f64) -> f64 {
    let left = sum - weight;
    if left < Buckets::EPSILON { 0.0 } else { left }
}

/// Checks that a checkpoint's bucket exists.
fn bucket(bucket: i64) -> Result<usize, HistogramError> {
    match usize::try_from(bucket) {
        Err(_) => Err(HistogramError::NegativeBucket(bucket)),
        Ok(index) if index >= Buckets::COUNT => Err(HistogramError::BucketTooLarge(bucket)),
        Ok(index) => Ok(index),
    }
}

/// Rounds to the nearest multiple of `step` since 0001-01-01T00:00:00Z, halves upwards.
fn nearest_multiple(at: Timestamp, step: Duration) -> Timestamp {
    /// From the year 1, where upstream's clock starts, to 1970.
    const YEAR_ONE_TO_EPOCH_SECS: i128 = 62_135_596_800;
    let step = i128::from(step.as_nanos());
    let nanos = i128::from(at.as_nanos());
    let past = (nanos + YEAR_ONE_TO_EPOCH_SECS * 1_000_000_000).rem_euclid(step);
    let rounded = if past * 2 < step { nanos - past } else { nanos + step - past };
    Timestamp::from_nanos(rounded.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}
