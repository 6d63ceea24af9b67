//! What the engine remembers of one scale target: plain data, so that a restart loses nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::{MilliUnits, Timestamp, TriggerName};

use crate::activation;
use crate::horizontal::History;
use crate::observation::ApiError;
use crate::policy::Policy;

/// All that is remembered of one scale target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Windows, steps and status of the horizontal decision.
    pub horizontal: History,
    /// Failure counts and last activity.
    pub activation: activation::State,
    /// The newest reading of each trigger, by its position.
    pub readings: BTreeMap<usize, TriggerReading>,
    /// When a failure of each metric was last counted.
    pub failure_counted_at: BTreeMap<TriggerName, Timestamp>,
    /// When the next horizontal decision is due.
    pub horizontal_due: Timestamp,
    /// When the next activation decision is due; absent for a plain HorizontalPodAutoscaler.
    pub activation_due: Option<Timestamp>,
}

/// What one read of a trigger gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriggerReading {
    /// Position of the trigger in the policy.
    pub trigger: usize,
    /// Number of the read, from 1, higher for each later read of this trigger: a reading that is
    /// handed in twice counts once.
    pub sequence: u64,
    /// When it was read.
    pub at: Timestamp,
    /// What it gave; never a silent zero.
    pub result: Result<TriggerValues, ApiError>,
}

/// The values of one trigger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TriggerValues {
    /// Value by metric name.
    pub values: BTreeMap<TriggerName, MilliUnits>,
    /// Whether the trigger holds its target above zero.
    pub is_active: bool,
}

impl Memory {
    /// Returns what is remembered at first: nothing, and everything is due.
    #[must_use]
    pub fn new(policy: &Policy, now: Timestamp) -> Self {
        Self {
            horizontal: History::default(),
            activation: activation::State::default(),
            readings: BTreeMap::new(),
            failure_counted_at: BTreeMap::new(),
            horizontal_due: now,
            activation_due: policy.activation.is_some().then_some(now),
        }
    }

    /// Returns whether the activation decision is due, which then comes first.
    pub(crate) fn is_poll_due(&self, now: Timestamp) -> bool {
        self.activation_due.is_some_and(|due| due <= now)
    }

    /// Returns when the next decision is due.
    #[must_use]
    pub fn wake_at(&self) -> Timestamp {
        self.activation_due.map_or(self.horizontal_due, |due| due.min(self.horizontal_due))
    }
}
