//! Decaying histograms.

use proptest::prelude::*;
use upswell_engine::vertical::buckets::Buckets;
use upswell_engine::vertical::histogram::{DecayingHistogram, HistogramCheckpoint, HistogramError};
use upswell_units::{Duration, Timestamp};

use super::given::{DAY, at};

fn daily() -> DecayingHistogram {
    DecayingHistogram::new(Buckets::Cpu, Duration::from_secs(DAY))
}

#[test]
fn a_percentile_is_the_end_of_the_bucket_that_reaches_it() {
    let mut histogram = daily();
    assert_eq!(histogram.percentile(0.9), 0.0);
    for (cores, weight) in [(0.5, 8.0), (2.0, 1.5), (4.0, 0.5)] {
        histogram.add(cores, weight, at(0));
    }
    let end_of = |cores| Buckets::Cpu.start(Buckets::Cpu.find(cores) + 1);
    for (percentile, cores) in [(0.0, 0.5), (0.79, 0.5), (0.81, 2.0), (0.94, 2.0), (1.0, 4.0)] {
        assert_eq!(histogram.percentile(percentile), end_of(cores), "{percentile}");
    }
}

#[test]
fn the_last_bucket_has_no_end() {
    let mut histogram = daily();
    histogram.add(1e9, 1.0, at(0));
    assert_eq!(histogram.percentile(0.5), Buckets::Cpu.start(Buckets::LAST));
}

#[test]
fn a_sample_weighs_half_after_a_half_life() {
    for (younger, is_outweighed) in [(1.9, true), (2.1, false)] {
        let mut histogram = daily();
        histogram.add(1.0, younger, at(0));
        histogram.add(8.0, 1.0, at(DAY));
        assert_eq!(histogram.percentile(0.5) > 8.0, is_outweighed, "{younger}");
    }
}

#[test]
fn what_is_very_old_is_forgotten() {
    let mut histogram = daily();
    histogram.add(1.0, 1_000.0, at(0));
    histogram.add(8.0, 0.1, at(1_000 * DAY));
    assert!(histogram.percentile(0.0) > 8.0);
    assert_eq!(histogram.reference(), Some(at(1_000 * DAY)));
}

#[test]
fn the_reference_is_the_nearest_multiple_of_the_half_life_since_the_year_one() {
    let hour = 3600;
    for (half_life, sample, reference) in [
        (DAY, 11 * hour, 0),
        (DAY, 12 * hour, DAY),
        // 2026-01-01T00:00:00Z lies half a day behind a multiple of 36 hours.
        (36 * hour, 0, -12 * hour),
        (7 * DAY, 0, -3 * DAY),
    ] {
        let mut histogram = DecayingHistogram::new(Buckets::Memory, Duration::from_secs(half_life));
        histogram.add(1e8, 1.0, at(sample));
        assert_eq!(histogram.reference(), Some(at(reference)), "{half_life} {sample}");
    }
}

#[test]
fn damaged_checkpoints_are_refused_and_change_nothing() {
    let sound = HistogramCheckpoint {
        reference: Some(at(0)),
        bucket_weights: [(3, 10_000)].into(),
        total_weight: 2.0,
    };
    let mut histogram = daily();
    histogram.load(&sound).unwrap();
    let before = histogram.clone();
    for (bucket, total_weight, error) in [
        (3, -1.0, HistogramError::NegativeTotalWeight(-1.0)),
        (-1, 1.0, HistogramError::NegativeBucket(-1)),
        (176, 1.0, HistogramError::BucketTooLarge(176)),
    ] {
        let damaged = HistogramCheckpoint {
            bucket_weights: [(bucket, 1)].into(),
            total_weight,
            ..sound.clone()
        };
        assert_eq!(histogram.load(&damaged), Err(error));
        assert_eq!(histogram, before);
    }
}

fn samples() -> impl Strategy<Value = Vec<(f64, f64, i64)>> {
    prop::collection::vec((0.0..100.0, 0.001..10.0, 0..20 * DAY), 1..40)
}

fn filled(samples: &[(f64, f64, i64)]) -> DecayingHistogram {
    let mut histogram = daily();
    for (value, weight, secs) in samples {
        histogram.add(*value, *weight, at(*secs));
    }
    histogram
}

proptest! {
    #[test]
    fn percentiles_grow(samples in samples(), low in 0.0..1.0, high in 0.0..1.0) {
        let histogram = filled(&samples);
        let (low, high) = if low < high { (low, high) } else { (high, low) };
        prop_assert!(histogram.percentile(low) <= histogram.percentile(high));
    }

    #[test]
    fn what_is_added_can_be_taken_out(samples in samples()) {
        let mut histogram = filled(&samples);
        let before = histogram.total_weight();
        histogram.add(5e2, 3.0, at(DAY));
        histogram.subtract(5e2, 3.0, at(DAY));
        prop_assert!((histogram.total_weight() - before).abs() <= 1e-9 * before);
        prop_assert!(histogram.percentile(1.0) < 2e2);
    }

    #[test]
    fn merging_is_as_if_all_samples_had_gone_into_one(one in samples(), two in samples()) {
        let mut merged = filled(&one);
        merged.merge(&mut filled(&two));
        let together = filled(&[one, two].concat());
        let share = together.total_weight() / merged.total_weight();
        let lag = merged.reference().unwrap().since(together.reference().unwrap());
        let expected = (lag.as_secs_f64() / DAY as f64).exp2();
        prop_assert!((share - expected).abs() <= 1e-9 * expected);
    }

    #[test]
    fn a_checkpoint_keeps_total_and_shares(samples in samples()) {
        let histogram = filled(&samples);
        let mut restored = daily();
        restored.load(&histogram.save()).unwrap();
        prop_assert_eq!(restored.reference(), histogram.reference());
        let (mine, theirs) = (restored.total_weight(), histogram.total_weight());
        prop_assert!((mine - theirs).abs() <= 1e-9 * theirs);
        let heaviest = histogram.weights().map(|(_, weight)| weight).fold(0.0, f64::max);
        for (bucket, weight) in restored.weights() {
            let original = histogram.weights().find(|(b, _)| *b == bucket).map_or(0.0, |(_, w)| w);
            prop_assert!((weight - original).abs() <= heaviest * 0.02, "bucket {bucket}");
        }
    }

    #[test]
    fn no_sample_panics(
        samples in prop::collection::vec(
            (any::<f64>(), any::<f64>(), any::<i64>(), any::<bool>()), 0..30),
        half_life in any::<i64>(),
    ) {
        let mut histogram =
            DecayingHistogram::new(Buckets::Memory, Duration::from_nanos(half_life));
        for (value, weight, nanos, is_added) in samples {
            let at = Timestamp::from_nanos(nanos);
            if is_added {
                histogram.add(value, weight, at);
            } else {
                histogram.subtract(value, weight, at);
            }
        }
        let _ = (histogram.percentile(0.9), histogram.save());
        histogram.merge(&mut daily());
    }

    #[test]
    fn saving_as_text_changes_nothing(samples in samples()) {
        let histogram = filled(&samples);
        let text = serde_json::to_string(&histogram).unwrap();
        prop_assert_eq!(serde_json::from_str::<DecayingHistogram>(&text).unwrap(), histogram);
    }
}
