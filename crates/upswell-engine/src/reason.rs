//! Why a decision is what it is: one structure that status, events, reports and records print.

use std::fmt;
use std::mem::{Discriminant, discriminant};

use serde::{Deserialize, Serialize};
use upswell_units::{MilliUnits, TriggerName};

use crate::{activation, horizontal};

/// One reason. A decision has several, in the order of thought.
///
/// Displays as a lowercase fragment of one sentence, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The user's own fallback stood in for a metric that could not be read.
    Substituted(Substitute),
    /// A reason of the horizontal decision.
    Horizontal(horizontal::Reason),
    /// A reason of the activation decision.
    Activation(activation::Reason),
}

/// A metric that could not be read, and what the fallback took for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Substitute {
    /// The metric.
    pub metric: TriggerName,
    /// What was taken.
    pub value: MilliUnits,
}

/// What kind of reason it is, its numbers left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonKind {
    /// The fallback stood in.
    Substituted,
    /// A variant of the horizontal reasons.
    Horizontal(Discriminant<horizontal::Reason>),
    /// A variant of the activation reasons.
    Activation(Discriminant<activation::Reason>),
}

impl Reason {
    /// Returns the kind, by which two decisions with other numbers can be compared.
    #[must_use]
    pub fn kind(&self) -> ReasonKind {
        match self {
            Self::Substituted(_) => ReasonKind::Substituted,
            Self::Horizontal(reason) => ReasonKind::Horizontal(discriminant(reason)),
            Self::Activation(reason) => ReasonKind::Activation(discriminant(reason)),
        }
    }

    /// The code of [`Self::Substituted`].
    const SUBSTITUTED: &'static str = "substituted";

    /// Returns the kind as a word for scripts and scenarios, as in `held-by-window`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Substituted(_) => Self::SUBSTITUTED,
            Self::Horizontal(reason) => reason.code(),
            Self::Activation(reason) => reason.code(),
        }
    }

    /// Returns every code: the fallback's, those of the horizontal decision, those of activation.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        let (horizontal, activation) = (horizontal::Reason::CODES, activation::Reason::CODES);
        std::iter::once(Self::SUBSTITUTED).chain(horizontal).chain(activation)
    }

    /// Returns whether this is what one metric wants, and not what comes of it.
    #[must_use]
    pub const fn is_proposal(&self) -> bool {
        use horizontal::Reason::{MetricOutbid, MetricWon, WithinTolerance};
        matches!(
            self,
            Self::Horizontal(MetricWon { .. } | MetricOutbid { .. } | WithinTolerance { .. })
        )
    }

    /// Returns whether the decision would be another one without it.
    #[must_use]
    pub const fn is_deciding(&self) -> bool {
        !matches!(self, Self::Horizontal(horizontal::Reason::MetricOutbid { .. }))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Substituted(Substitute { metric, value }) => {
                write!(f, "{metric} cannot be read, so the fallback stands in with {value}")
            }
            Self::Horizontal(reason) => reason.fmt(f),
            Self::Activation(reason) => reason.fmt(f),
        }
    }
}
