use proptest::prelude::*;
use upswell_engine::activation::scaled_job::{
    JobCounts, JobDemand, JobLimits, MultipleScalersCalculation, ScalerMetrics, ScalingStrategy,
    combine, decide,
};
use upswell_units::{MilliUnits, Replicas};

const LIMITS: JobLimits = JobLimits { min: Replicas(0), max: Replicas(10) };

fn scaler(queue_length: f64, max_value: f64, is_active: bool) -> ScalerMetrics {
    ScalerMetrics { queue_length, max_value, is_active }
}

fn demand(queue_length: i64, max_scale: i64) -> JobDemand {
    JobDemand { is_active: true, queue_length, max_scale }
}

#[test]
fn a_minimum_takes_its_share_of_a_maximum_that_is_set() {
    let limits = |min: Option<u32>, max: Option<u32>| {
        let limits = JobLimits::new(min.map(Replicas), max.map(Replicas));
        (limits.min.0, limits.max.0)
    };
    assert_eq!(limits(None, None), (0, 100));
    assert_eq!(limits(Some(5), None), (5, 100));
    assert_eq!(limits(Some(3), Some(10)), (3, 7));
    assert_eq!(limits(Some(11), Some(10)), (10, 10));
}

#[test]
fn a_queue_asks_for_jobs_by_the_mean_of_its_targets() {
    let units = MilliUnits::from_units;
    let metrics = ScalerMetrics::new(&[units(4), units(8)], &[units(2), units(4)], true, LIMITS);
    assert_eq!(metrics, scaler(12.0, 4.0, true));
    assert_eq!(ScalerMetrics::new(&[units(400)], &[units(2)], true, LIMITS).max_value, 10.0);
    assert_eq!(ScalerMetrics::new(&[units(4)], &[], true, LIMITS).max_value, 0.0);
}

#[test]
fn several_demands_become_one() {
    use MultipleScalersCalculation::{Avg, Max, Min, Sum};
    let scalers = [scaler(9.0, 4.5, true), scaler(4.0, 2.0, true), scaler(1.0, 1.0, false)];
    let table = [(Max, 9, 5), (Min, 4, 2), (Avg, 7, 4), (Sum, 13, 7)];
    for (calculation, queue_length, max_scale) in table {
        let combined = combine(calculation, &scalers, LIMITS);
        assert_eq!(combined, demand(queue_length, max_scale), "{calculation:?}");
    }
    // The longest queue must hold something; the shortest may be replaced while it holds nothing.
    let empty = [scaler(0.0, 0.0, true)];
    assert!(!combine(Max, &empty, LIMITS).is_active);
    assert!(combine(Min, &empty, LIMITS).is_active);
}

#[test]
fn every_strategy_counts_running_and_pending_jobs_its_own_way() {
    let jobs = JobCounts { running: 4, pending: 1 };
    let custom = ScalingStrategy::parse("custom", 1, "0.5");
    let table = [
        (ScalingStrategy::Default, 2, 2),
        (custom, 3, 3),
        (ScalingStrategy::Accurate, 5, 5),
        (ScalingStrategy::Eager, 5, 5),
    ];
    for (strategy, effective_max_scale, create) in table {
        let decision = decide(LIMITS, strategy, demand(6, 6), jobs);
        assert_eq!(decision.effective_max_scale, effective_max_scale, "{strategy:?}");
        assert_eq!(decision.create, create, "{strategy:?}");
    }
    for share in ["", "half", "50%"] {
        assert_eq!(ScalingStrategy::parse("custom", 1, share), ScalingStrategy::Default);
    }
}

#[test]
fn what_is_missing_to_the_minimum_comes_first() {
    let limits = JobLimits { min: Replicas(3), max: Replicas(7) };
    let jobs = JobCounts { running: 1, pending: 0 };
    assert_eq!(decide(limits, ScalingStrategy::Default, demand(50, 7), jobs).create, 2);
    let inactive = JobDemand { is_active: false, ..demand(5, 5) };
    assert_eq!(decide(LIMITS, ScalingStrategy::Default, inactive, jobs).create, 0);
}

proptest! {
    #[test]
    fn strategies_that_look_at_the_limit_never_pass_it(
        max in 0..50_u32,
        running in 0..60_u32,
        pending in 0..60_u32,
        queue in 0..200_i64,
        is_eager: bool,
    ) {
        let limits = JobLimits { min: Replicas(0), max: Replicas(max) };
        let strategy = if is_eager { ScalingStrategy::Eager } else { ScalingStrategy::Accurate };
        let pending = pending.min(running);
        let asked = demand(queue, queue.min(i64::from(max)));
        let decision = decide(limits, strategy, asked, JobCounts { running, pending });
        prop_assert!(decision.create == 0 || running + decision.create <= max);
    }

    #[test]
    fn no_number_panics(
        min: u32, max: u32, running: u32, pending: u32, queue: i64, max_scale: i64,
        deduction: i32, share: f64, length in any::<f64>(), calculation in "min|max|avg|sum",
    ) {
        let limits = JobLimits::new(Some(Replicas(min)), Some(Replicas(max)));
        let jobs = JobCounts { running, pending };
        let custom = ScalingStrategy::Custom {
            queue_length_deduction: deduction,
            running_job_share: share,
        };
        for strategy in
            [ScalingStrategy::Default, custom, ScalingStrategy::Accurate, ScalingStrategy::Eager]
        {
            let _ = decide(limits, strategy, demand(queue, max_scale), jobs);
        }
        let scalers = [scaler(length, length, true), scaler(1.0, share, true)];
        let _ = combine(MultipleScalersCalculation::parse(&calculation), &scalers, limits);
    }
}
