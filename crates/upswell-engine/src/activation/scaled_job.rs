//! How many Jobs a ScaledJob starts.

use serde::{Deserialize, Serialize};
use upswell_units::{MilliUnits, Replicas};

/// How many Jobs may run: the smallest number, and how many more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLimits {
    /// Jobs that always run.
    pub min: Replicas,
    /// Jobs beyond `min` that may run, where a maximum is set; else KEDA's 100.
    pub max: Replicas,
}

/// How the demands of several triggers become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MultipleScalersCalculation {
    /// The trigger with the longest queue.
    #[default]
    Max,
    /// The trigger with the shortest queue.
    Min,
    /// The mean of all.
    Avg,
    /// The sum of all.
    Sum,
}

/// How a ScaledJob counts Jobs that run already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum ScalingStrategy {
    /// Demand less running Jobs.
    #[default]
    Default,
    /// Demand less a fixed number and a share of the running Jobs.
    Custom {
        /// `customScalingQueueLengthDeduction`, in Jobs.
        queue_length_deduction: i32,
        /// `customScalingRunningJobPercentage`, as a share: 0.5 is half of the running Jobs.
        running_job_share: f64,
    },
    /// Demand less pending Jobs: for sources that stop counting what is being worked on.
    Accurate,
    /// As many as fit, up to the demand.
    Eager,
}

/// What one trigger asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalerMetrics {
    /// Length of its queue, in jobs.
    pub queue_length: f64,
    /// Jobs it asks for at most.
    pub max_value: f64,
    /// Whether it is active.
    pub is_active: bool,
}

/// What all triggers ask for together, in Jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobDemand {
    /// Whether any trigger is active, or Jobs must always run.
    pub is_active: bool,
    /// Length of the queue, rounded up.
    pub queue_length: i64,
    /// Jobs asked for at most, rounded up.
    pub max_scale: i64,
}

/// Jobs of a ScaledJob that have not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// All of them.
    pub running: u32,
    /// Those of them without a running, succeeded or otherwise satisfying pod.
    pub pending: u32,
}

/// What a pass over a ScaledJob decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDecision {
    /// Jobs that the strategy has room for; negative where more run than are asked for.
    pub effective_max_scale: i64,
    /// Jobs that the queue asks for.
    pub scale_to: i64,
    /// Jobs to create now.
    pub create: u32,
}

/// `maxReplicaCount` where unset.
const MAX_REPLICAS_DEFAULT: Replicas = Replicas(100);

impl JobLimits {
    /// Takes `minReplicaCount` and `maxReplicaCount`; a minimum above the maximum gives way.
    ///
    /// Source: KEDA 2.20, apis/keda/v1alpha1/scaledjob_types.go.
    #[must_use]
    pub fn new(min: Option<Replicas>, max: Option<Replicas>) -> Self {
        let min = min.unwrap_or(Replicas::ZERO);
        match max {
            None => Self { min, max: MAX_REPLICAS_DEFAULT },
            Some(max) if min > max => Self { min: max, max },
            Some(max) => Self { min, max: Replicas(max.0 - min.0) },
        }
    }

    fn cap(self, jobs: f64) -> f64 {
        jobs.min(f64::from(self.max.0))
    }
}

impl MultipleScalersCalculation {
    /// Reads `multipleScalersCalculation`; what is not known is `max`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "min" => Self::Min,
            "avg" => Self::Avg,
            "sum" => Self::Sum,
            _ => Self::Max,
        }
    }
}

impl ScalingStrategy {
    /// Reads `scalingStrategy`; what is not known is the default, and so is `custom` without a
    /// share that reads as a number.
    ///
    /// Source: KEDA 2.20, pkg/scaling/executor/scale_jobs.go, NewScalingStrategy.
    #[must_use]
    pub fn parse(strategy: &str, queue_length_deduction: i32, running_job_share: &str) -> Self {
        match strategy {
            "custom" => running_job_share.parse().map_or(Self::Default, |running_job_share| {
                Self::Custom { queue_length_deduction, running_job_share }
            }),
            "accurate" => Self::Accurate,
            "eager" => Self::Eager,
            _ => Self::Default,
        }
    }

    /// Returns the Jobs there is room for. `running` counts Jobs beyond the minimum.
    fn effective_max_scale(self, max_scale: i64, max: i64, running: i64, pending: i64) -> i64 {
        match self {
            Self::Default => max_scale.saturating_sub(running),
            Self::Custom { queue_length_deduction, running_job_share } => {
                // A float-to-integer `as` truncates and saturates.
                let deducted = (running as f64 * running_job_share) as i64;
                max_scale
                    .saturating_sub(i64::from(queue_length_deduction))
                    .saturating_sub(deducted)
                    .min(max)
            }
            Self::Accurate => {
                if max_scale.saturating_add(running).saturating_sub(pending) > max {
                    max.saturating_sub(running)
                } else {
                    max_scale.saturating_sub(pending)
                }
            }
            Self::Eager => max.saturating_sub(running).saturating_sub(pending).min(max_scale),
        }
    }
}

impl ScalerMetrics {
    /// Takes the values of a trigger's metrics and the targets they are compared with.
    ///
    /// The queue is the sum of the values; the Jobs are the queue over the mean target, up to the
    /// limit, and none without a target.
    /// Source: KEDA 2.20, pkg/scaling/scaledjob/metrics.go, CalculateQueueLengthAndMaxValue.
    #[must_use]
    pub fn new(
        values: &[MilliUnits],
        targets: &[MilliUnits],
        is_active: bool,
        limits: JobLimits,
    ) -> Self {
        let queue_length: f64 = values.iter().map(|value| value.as_f64()).sum();
        let total: f64 = targets.iter().map(|target| target.as_f64()).sum();
        let max_value = if total == 0.0 {
            0.0
        } else {
            limits.cap(queue_length / (total / targets.len() as f64))
        };
        Self { queue_length, max_value, is_active }
    }
}

/// Makes the demands of all triggers one.
///
/// Only active triggers count. A shortest queue of zero counts as none found yet.
/// Source: KEDA 2.20, pkg/scaling/scaledjob/metrics.go, IsScaledJobActive.
#[must_use]
pub fn combine(
    calculation: MultipleScalersCalculation,
    scalers: &[ScalerMetrics],
    limits: JobLimits,
) -> JobDemand {
    let active: Vec<&ScalerMetrics> = scalers.iter().filter(|scaler| scaler.is_active).collect();
    let sums = active.iter().fold((0.0, 0.0), |(queue_length, max_value), scaler| {
        (queue_length + scaler.queue_length, max_value + scaler.max_value)
    });
    let chosen = match calculation {
        MultipleScalersCalculation::Sum => (!active.is_empty()).then_some(sums),
        MultipleScalersCalculation::Avg => (!active.is_empty())
            .then(|| (sums.0 / active.len() as f64, sums.1 / active.len() as f64)),
        MultipleScalersCalculation::Max => pick(&active, |best, queue_length| queue_length > best),
        MultipleScalersCalculation::Min => {
            pick(&active, |best, queue_length| best == 0.0 || queue_length < best)
        }
    };
    let (queue_length, max_value) = chosen.unwrap_or((0.0, 0.0));
    JobDemand {
        is_active: chosen.is_some() || limits.min > Replicas::ZERO,
        // A float-to-integer `as` saturates, and turns NaN into zero.
        queue_length: queue_length.ceil() as i64,
        max_scale: limits.cap(max_value).ceil() as i64,
    }
}

/// The last scaler whose queue is better than the best so far, which starts at zero.
fn pick(scalers: &[&ScalerMetrics], is_better: impl Fn(f64, f64) -> bool) -> Option<(f64, f64)> {
    scalers.iter().fold(None, |best, scaler| {
        let best_length = best.map_or(0.0, |(queue_length, _)| queue_length);
        if is_better(best_length, scaler.queue_length) {
            return Some((scaler.queue_length, scaler.max_value));
        }
        best
    })
}

/// Decides how many Jobs to create.
///
/// Below the minimum it creates what is missing; above, what the strategy has room for.
/// Source: KEDA 2.20, pkg/scaling/executor/scale_jobs.go, getScalingDecision.
#[must_use]
pub fn decide(
    limits: JobLimits,
    strategy: ScalingStrategy,
    demand: JobDemand,
    jobs: JobCounts,
) -> JobDecision {
    let JobCounts { running, pending } = jobs;
    let (min, max) = (limits.min.0, i64::from(limits.max.0));
    let (effective_max_scale, scale_to) = if running < min {
        let missing = i64::from(min - running);
        (missing, missing)
    } else {
        let beyond = i64::from(running - min);
        let room = strategy.effective_max_scale(demand.max_scale, max, beyond, i64::from(pending));
        let scale_to = if strategy == ScalingStrategy::Eager { max } else { demand.queue_length };
        (room, scale_to)
    };
    let create = if demand.is_active { scale_to.min(effective_max_scale) } else { 0 };
    JobDecision {
        effective_max_scale,
        scale_to,
        create: u32::try_from(create.max(0)).unwrap_or(u32::MAX),
    }
}
