//! Whether the triggers of one poll are active, and whether they could be read.

use upswell_units::TriggerName;

use super::fallback::Served;
use super::formula::RunError;
use super::modifiers::Composite;
use super::policy::ActivationPolicy;

/// What one poll found at one trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerPoll {
    /// cpu and memory: the HPA reads them; they never activate beside other triggers.
    Resource,
    /// A trigger whose metric could not even be described, such as one with bad credentials.
    Unreachable,
    /// Any other trigger.
    External {
        /// Its metric.
        metric: TriggerName,
        /// What is served for it.
        served: Served,
        /// Whether its reading is above its activation threshold.
        is_active: bool,
    },
}

/// What one poll found at all triggers together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Whether the object is active.
    pub is_active: bool,
    /// Whether any trigger failed and has no substitute.
    pub is_error: bool,
    /// The metrics that make it active.
    pub active_triggers: Vec<TriggerName>,
}

/// Name of the metric that a formula computes.
pub const COMPOSITE_METRIC: &str = "composite-metric";

/// Sums up one poll; `composite` is what the formula gave, for an object that has one.
///
/// A trigger in fallback counts as active. With a formula the composite metric alone decides, and
/// no error may be among its triggers. An object of nothing but cpu and memory is always active.
/// Source: KEDA 2.20, pkg/scaling/scale_handler.go, getScaledObjectState.
#[must_use]
pub fn summarize(
    policy: &ActivationPolicy,
    triggers: &[TriggerPoll],
    composite: Option<&Result<Composite, RunError>>,
) -> Activity {
    let mut activity = Activity::default();
    for trigger in triggers {
        match trigger {
            TriggerPoll::Resource => {}
            TriggerPoll::Unreachable
            | TriggerPoll::External { served: Served::Unserved(_), .. } => activity.is_error = true,
            TriggerPoll::External { metric, served, is_active } => {
                if *is_active || matches!(served, Served::Substitute(_)) {
                    activity.active_triggers.push(metric.clone());
                }
            }
        }
    }
    activity.is_active = !activity.active_triggers.is_empty();
    if let Some(composite) = composite {
        judge_composite(policy, &mut activity, composite);
    }
    let is_all_resource = triggers.iter().all(|trigger| *trigger == TriggerPoll::Resource);
    activity.is_active |= is_all_resource && !activity.is_error;
    activity
}

/// Replaces the triggers' own activity by that of the composite metric.
fn judge_composite(
    policy: &ActivationPolicy,
    activity: &mut Activity,
    composite: &Result<Composite, RunError>,
) {
    activity.is_active = false;
    activity.active_triggers.clear();
    if activity.is_error {
        return;
    }
    match composite {
        Ok(Composite { is_active: Some(is_active), .. }) => activity.is_active = *is_active,
        Ok(Composite { is_active: None, .. }) => activity.is_error = true,
        Err(_) => activity.is_error = policy.formula_failure_is_error,
    }
    if activity.is_active {
        activity.active_triggers.push(TriggerName(COMPOSITE_METRIC.to_owned()));
    }
}
