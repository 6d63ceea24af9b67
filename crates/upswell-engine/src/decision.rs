//! What to do with one scale target, and why: complete, so that a world has no choice left.

use serde::{Deserialize, Serialize};
use upswell_units::{Replicas, Timestamp};

use crate::activation::ActivationDecision;
use crate::horizontal::HorizontalDecision;
use crate::reason::{Reason, Substitute};
use crate::record::ReadingUsed;

/// What to do with one scale target, and why.
///
/// A world writes [`Decision::scale_to`], if there is one, and hands the outcome to `settle`. It
/// may act twice on the same decision without harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub struct Decision {
    /// When it was made.
    pub at: Timestamp,
    /// Replicas that the target had; absent if they could not be read.
    pub current: Option<Replicas>,
    /// Which decision was due, with all its parts.
    pub step: Step,
    /// The readings that it rests on.
    pub readings: Vec<ReadingUsed>,
    /// Metrics for which the user's own fallback stood in.
    pub substitutes: Vec<Substitute>,
    /// When to decide again.
    pub wake_at: Timestamp,
}

/// The decision that was due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// KEDA's: between none (or the idle count) and some replicas.
    Activation(ActivationDecision),
    /// The HPA's: between the minimum and the maximum.
    Horizontal(Box<HorizontalDecision>),
}

/// Which decision a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepName {
    /// Between none (or the idle count) and some replicas.
    Activation,
    /// Between the minimum and the maximum.
    Horizontal,
}

impl Decision {
    /// Returns the replicas to write; absent if the target stays as it is.
    #[must_use]
    pub fn scale_to(&self) -> Option<Replicas> {
        match &self.step {
            Step::Activation(decision) => decision.scale_to,
            Step::Horizontal(decision) => decision.rescale.as_ref().map(|rescale| rescale.to),
        }
    }

    /// Returns the replicas that the target should have; absent if that could not be told.
    #[must_use]
    pub fn to(&self) -> Option<Replicas> {
        match &self.step {
            Step::Activation(decision) => decision.scale_to.or(self.current),
            Step::Horizontal(decision) => decision.desired,
        }
    }

    /// Returns why, in the order of thought.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let substitutes = self.substitutes.iter().cloned().map(Reason::Substituted);
        let own = match &self.step {
            Step::Activation(decision) => vec![Reason::Activation(decision.reason.clone())],
            Step::Horizontal(decision) => {
                decision.reasons.iter().cloned().map(Reason::Horizontal).collect()
            }
        };
        substitutes.chain(own).collect()
    }
}

impl Step {
    /// Returns which decision this is.
    #[must_use]
    pub const fn name(&self) -> StepName {
        match self {
            Self::Activation(_) => StepName::Activation,
            Self::Horizontal(_) => StepName::Horizontal,
        }
    }
}
