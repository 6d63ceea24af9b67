//! What a ScaledObject asks of activation.

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Replicas, Timestamp};

use super::fallback::Fallback;
use super::modifiers::ScalingModifiers;
use super::pause::Pause;

/// What a ScaledObject asks of activation, with KEDA's defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivationPolicy {
    /// `minReplicaCount`; zero where unset.
    pub min: Replicas,
    /// `maxReplicaCount`; 100 where unset. The HPA keeps it: activation stops at `min`.
    pub max: Replicas,
    /// `idleReplicaCount`: how many replicas stay while nothing is active.
    pub idle: Option<Replicas>,
    /// `pollingInterval`: time between two polls.
    pub polling_interval: Duration,
    /// `cooldownPeriod`: how long after the last activity the target goes down.
    pub cooldown_period: Duration,
    /// `initialCooldownPeriod`: how long after its creation an object that was never active goes
    /// down.
    pub initial_cooldown_period: Duration,
    /// When the ScaledObject was created.
    pub created_at: Timestamp,
    /// `fallback`: what to do when a metric cannot be read.
    pub fallback: Option<Fallback>,
    /// `advanced.scalingModifiers`, where any of its fields is set.
    pub modifiers: Option<ScalingModifiers>,
    /// The annotations that stop or force scaling.
    pub pause: Pause,
    /// Whether a formula that gives no value is an error of the poll.
    ///
    /// KEDA (`false`) logs it and calls the object inactive, which may scale to zero while the
    /// demand is unknown. `true` treats it like a trigger that cannot be read.
    pub formula_failure_is_error: bool,
}

impl ActivationPolicy {
    /// Returns the policy of a ScaledObject that sets nothing, as KEDA 2.20 defaults it.
    #[must_use]
    pub fn new(created_at: Timestamp) -> Self {
        Self {
            min: Replicas::ZERO,
            max: Replicas(100),
            idle: None,
            polling_interval: Duration::from_secs(30),
            cooldown_period: Duration::from_secs(300),
            initial_cooldown_period: Duration::ZERO,
            created_at,
            fallback: None,
            modifiers: None,
            pause: Pause::default(),
            formula_failure_is_error: false,
        }
    }

    /// Returns the fallback, if it can be used as the object stands.
    ///
    /// With modifiers KEDA wants a target that reads as a whole number above zero: one of `2.5`
    /// silently switches the fallback off.
    /// Source: KEDA 2.20, pkg/fallback/fallback.go, HasValidFallback.
    #[must_use]
    pub fn usable_fallback(&self) -> Option<&Fallback> {
        let is_usable = self.modifiers.as_ref().is_none_or(ScalingModifiers::allows_fallback);
        self.fallback.as_ref().filter(|_| is_usable)
    }

    /// Returns how many replicas an activation lifts the target to.
    #[must_use]
    pub fn activated_replicas(&self) -> Replicas {
        self.min.max(Replicas(1))
    }
}
