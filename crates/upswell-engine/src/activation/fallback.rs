//! Values for metrics that cannot be read, as the user's own `fallback` wants them.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use upswell_units::{MilliUnits, Replicas, TriggerName};

use super::modifiers::MetricType;
use super::policy::ActivationPolicy;
use super::state::State;

/// What to do when a metric cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// Failed reads in a row that go through as errors; the next one is answered.
    pub failure_threshold: u32,
    /// How many replicas the substitute asks for.
    pub replicas: Replicas,
    /// How the current replicas count.
    pub behavior: FallbackBehavior,
}

/// How a fallback weighs its own replicas against the current ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FallbackBehavior {
    /// The fallback's replicas, whatever runs now.
    #[default]
    Static,
    /// As `Static`, but needs the current replicas to be readable: what an object does that has no
    /// behavior because it went past the schema's default.
    Unset,
    /// The current replicas.
    CurrentReplicas,
    /// The current replicas if they are higher.
    CurrentReplicasIfHigher,
    /// The current replicas if they are lower.
    CurrentReplicasIfLower,
    /// The metric enters the formula as nil.
    ScalingModifiers,
}

/// Why a fallback is refused at admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FallbackError {
    /// A number is negative.
    #[error("`fallback.{field}` is {value}, below zero")]
    NegativeValue {
        /// The field.
        field: &'static str,
        /// Its value.
        value: i32,
    },
    /// Every trigger is cpu or memory, which the HPA reads itself.
    #[error("`fallback` serves no trigger: cpu and memory have none")]
    NoEligibleTrigger,
}

impl Fallback {
    /// Checks a fallback as KEDA's admission does.
    ///
    /// `trigger_kinds` are the types of all triggers, such as `redis`.
    ///
    /// # Errors
    ///
    /// All faults, in KEDA's order.
    /// Source: KEDA 2.20, apis/keda/v1alpha1/scaledobject_types.go, CheckFallbackValid.
    pub fn admit(
        failure_threshold: i32,
        replicas: i32,
        behavior: FallbackBehavior,
        trigger_kinds: &[&str],
        has_modifiers: bool,
    ) -> Result<Self, Vec<FallbackError>> {
        let mut errors = Vec::new();
        let mut positive = |field, value: i32| {
            u32::try_from(value).unwrap_or_else(|_| {
                errors.push(FallbackError::NegativeValue { field, value });
                0
            })
        };
        let failure_threshold = positive("failureThreshold", failure_threshold);
        let replicas = Replicas(positive("replicas", replicas));
        if !has_modifiers && !trigger_kinds.iter().any(|kind| has_fallback(kind)) {
            errors.push(FallbackError::NoEligibleTrigger);
        }
        if errors.is_empty() {
            Ok(Self { failure_threshold, replicas, behavior })
        } else {
            Err(errors)
        }
    }

    /// Whether so many failures in a row are more than go through as errors.
    #[must_use]
    pub fn is_exhausted(&self, failures: u32) -> bool {
        failures > self.failure_threshold
    }

    /// Returns how many replicas to ask for; nothing if that needs the unreadable current ones.
    fn wanted(&self, current: Option<Replicas>) -> Option<Replicas> {
        let own = self.replicas;
        match self.behavior {
            FallbackBehavior::Static | FallbackBehavior::ScalingModifiers => Some(own),
            FallbackBehavior::Unset => current.map(|_| own),
            FallbackBehavior::CurrentReplicas => current,
            FallbackBehavior::CurrentReplicasIfHigher => current.map(|current| current.max(own)),
            FallbackBehavior::CurrentReplicasIfLower => current.map(|current| current.min(own)),
        }
    }
}

/// Whether triggers of this type are read by KEDA, and so can fall back.
fn has_fallback(kind: &str) -> bool {
    !matches!(kind, "cpu" | "memory")
}

/// What the HPA compares a metric with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricTarget {
    /// Per replica, or for all replicas together.
    pub metric_type: MetricType,
    /// The target.
    pub target: MilliUnits,
}

/// How many replicas a scale target has; `None` where that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaCounts {
    /// Replicas in the target's spec.
    pub current: Option<Replicas>,
    /// Pods that are running and ready.
    pub ready: Option<Replicas>,
}

/// What is served for one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The reading itself.
    Reading(MilliUnits),
    /// A substitute; the trigger counts as active. With modifiers it is the composite metric.
    Substitute(MilliUnits),
    /// Nil, which the formula deals with.
    LeftToFormula,
    /// An error: the HPA holds.
    Unserved(Unserved),
}

/// Why a metric that could not be read has no substitute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unserved {
    /// There is no usable fallback.
    #[error("the reading failed and no fallback is usable")]
    NoFallback,
    /// The failures are not yet more than the threshold.
    #[error(
        "the reading failed {failures} times, and the fallback waits for more than {threshold}"
    )]
    BelowThreshold {
        /// Failures in a row.
        failures: u32,
        /// The fallback's threshold.
        threshold: u32,
    },
    /// The fallback needs the current replicas.
    #[error("the reading failed, and the fallback needs the current replicas, which are unknown")]
    CurrentReplicasUnknown,
    /// A target of type Value is shared between ready pods, and there are none.
    #[error("the reading failed, and the fallback shares its replicas between ready pods: none is")]
    NoReadyReplicas,
    /// The substitute does not fit a metric value.
    #[error("the reading failed, and the substitute is too large for a metric")]
    TooLarge,
}

/// Returns what to serve for `metric`, whose failures have been counted by
/// [`ingest`](super::ingest); `reading` is `None` if the read failed.
///
/// Source: KEDA 2.20, pkg/fallback/fallback.go, GetMetricsWithFallback, and
/// pkg/scaling/modifiers/formula.go, scalingModifierTriggerValue.
#[must_use]
pub fn serve(
    policy: &ActivationPolicy,
    state: &State,
    metric: &TriggerName,
    reading: Option<MilliUnits>,
    target: MetricTarget,
    replicas: ReplicaCounts,
) -> Served {
    let failures = state.failures(metric);
    let leaves_to_formula = |fallback: &Fallback| {
        fallback.behavior == FallbackBehavior::ScalingModifiers && fallback.is_exhausted(failures)
    };
    if let Some(reading) = reading {
        // A count that outlived its cause still makes the trigger nil, as in KEDA.
        return match &policy.fallback {
            Some(fallback) if leaves_to_formula(fallback) => Served::LeftToFormula,
            _ => Served::Reading(reading),
        };
    }
    let Some(fallback) = policy.usable_fallback() else {
        return Served::Unserved(Unserved::NoFallback);
    };
    if leaves_to_formula(fallback) {
        return Served::LeftToFormula;
    }
    let threshold = fallback.failure_threshold;
    if !fallback.is_exhausted(failures) {
        return Served::Unserved(Unserved::BelowThreshold { failures, threshold });
    }
    let (metric_type, target) = match &policy.modifiers {
        Some(modifiers) => (modifiers.metric_type(), modifiers.target()),
        None => (target.metric_type, Some(target.target.as_f64())),
    };
    match substitute(fallback, metric_type, target, replicas) {
        Ok(value) => Served::Substitute(value),
        Err(unserved) => Served::Unserved(unserved),
    }
}

/// The metric value from which the HPA computes the wanted replicas.
fn substitute(
    fallback: &Fallback,
    metric_type: MetricType,
    target: Option<f64>,
    replicas: ReplicaCounts,
) -> Result<MilliUnits, Unserved> {
    let target = target.ok_or(Unserved::NoFallback)?;
    let wanted = fallback.wanted(replicas.current).ok_or(Unserved::CurrentReplicasUnknown)?;
    let mut wanted = f64::from(wanted.0);
    if metric_type == MetricType::Value {
        // The HPA multiplies by the ready pods, so divide by them here.
        let ready = replicas.ready.filter(|ready| *ready > Replicas::ZERO);
        wanted /= f64::from(ready.ok_or(Unserved::NoReadyReplicas)?.0);
    }
    // In KEDA's order of multiplication, so that the same thousandths are cut off.
    truncated(target * 1000.0 * wanted).ok_or(Unserved::TooLarge)
}

/// Cuts off what is less than a thousandth.
fn truncated(milli: f64) -> Option<MilliUnits> {
    let milli = milli.trunc();
    // 2^63 itself is not representable as i64, hence the strict upper bound.
    (milli >= i64::MIN as f64 && milli < i64::MAX as f64).then_some(MilliUnits(milli as i64))
}
