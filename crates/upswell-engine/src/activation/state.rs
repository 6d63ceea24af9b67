//! What activation remembers between polls. Plain data: a restart that keeps it loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use upswell_units::{Timestamp, TriggerName};

use super::policy::ActivationPolicy;
use super::reason::Condition;

/// What activation remembers of one ScaledObject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When the object was last active; `None` if it never was.
    pub last_active: Option<Timestamp>,
    /// How the metrics have been read, by metric name.
    pub health: BTreeMap<TriggerName, MetricHealth>,
}

/// How one metric has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricHealth {
    /// Failed reads since the last success.
    pub failures: u32,
    /// Whether the last read failed.
    pub health: Health,
    /// Number of the last read that was counted.
    pub last_sequence: u64,
}

/// Whether the last read of a metric failed; KEDA's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// The last read succeeded.
    #[default]
    Happy,
    /// The last read failed.
    Failing,
}

/// One read of a metric, by a poll or by a query of the HPA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedReading {
    /// The metric.
    pub metric: TriggerName,
    /// Number of the read, higher for each later read of this metric, from 1.
    pub sequence: u64,
    /// Whether it failed.
    pub is_failed: bool,
}

impl State {
    /// Returns how often a metric failed since it last succeeded.
    #[must_use]
    pub fn failures(&self, metric: &TriggerName) -> u32 {
        self.health.get(metric).map_or(0, |health| health.failures)
    }

    /// Forgets metrics that the object no longer has.
    pub fn retain_metrics(&mut self, metrics: &BTreeSet<TriggerName>) {
        self.health.retain(|metric, _| metrics.contains(metric));
    }

    /// Returns the Fallback condition; `None` where no usable fallback leaves it as it is.
    ///
    /// Source: KEDA 2.20, pkg/fallback/fallback.go, updateStatus.
    #[must_use]
    pub fn fallback_condition(&self, policy: &ActivationPolicy) -> Option<Condition> {
        let threshold = policy.usable_fallback()?.failure_threshold;
        let is_any_exhausted = self
            .health
            .values()
            .any(|metric| metric.health == Health::Failing && metric.failures > threshold);
        Some(if is_any_exhausted { Condition::FallbackExists } else { Condition::NoFallbackFound })
    }
}

/// Counts one read, once: a read that was counted before, or that a later one overtook, changes
/// nothing.
///
/// Only an object with a usable fallback counts. Polls and queries of the HPA both do, so that the
/// threshold is reached sooner than after threshold × polling interval.
/// Source: KEDA 2.20, pkg/fallback/fallback.go, GetMetricsWithFallback.
pub fn ingest(policy: &ActivationPolicy, state: &mut State, reading: &NumberedReading) {
    if policy.usable_fallback().is_none() {
        return;
    }
    let NumberedReading { metric, sequence, is_failed } = reading;
    let known = state.health.entry(metric.clone()).or_default();
    if *sequence <= known.last_sequence {
        return;
    }
    *known = MetricHealth {
        failures: if *is_failed { known.failures.saturating_add(1) } else { 0 },
        health: if *is_failed { Health::Failing } else { Health::Happy },
        last_sequence: *sequence,
    };
}
