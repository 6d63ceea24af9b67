//! Why activation scaled, or did not, and how KEDA's conditions and events say it.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::{Replicas, Timestamp, TriggerName};

/// Why a poll decided as it did. Displays as one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The replicas of the scale target could not be read.
    ReplicasUnreadable,
    /// An annotation stops all scaling.
    Paused,
    /// Triggers are active and the target is idle.
    Activated {
        /// Replicas before.
        from: Replicas,
        /// Replicas after.
        to: Replicas,
        /// What made it active.
        cause: Cause,
    },
    /// As `Activated`, but an annotation stops scaling out.
    ScaleOutPaused {
        /// Replicas that stay.
        from: Replicas,
        /// Replicas that would have been set.
        to: Replicas,
    },
    /// Active with enough replicas, and some triggers failed: the activity is not renewed.
    PartlyFailed,
    /// Active with enough replicas: the HPA scales.
    StillActive,
    /// The readings failed, and the fallback will serve values to the HPA.
    AwaitingFallback {
        /// What the fallback asks for.
        replicas: Replicas,
    },
    /// The readings failed, and a failed reading never scales down.
    ReadingsFailed,
    /// Inactive, but not for long enough.
    CoolingDown {
        /// First instant at which the target may go down is after this one.
        until: Timestamp,
    },
    /// Inactive, but an annotation stops scaling in.
    ScaleInPaused {
        /// Replicas that stay.
        from: Replicas,
    },
    /// Inactive for long enough.
    Deactivated {
        /// Replicas before.
        from: Replicas,
        /// Replicas after.
        to: Replicas,
        /// Whether `to` is the idle count rather than the minimum.
        is_idle: bool,
    },
    /// Inactive, with fewer replicas than the minimum.
    RaisedToMinimum {
        /// Replicas before.
        from: Replicas,
        /// Replicas after.
        to: Replicas,
    },
    /// Inactive, with as many replicas as asked for.
    Inactive,
}

/// What made a scale target active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// These metrics; none are named where all triggers are cpu or memory.
    Triggers(Vec<TriggerName>),
    /// The annotation `autoscaling.keda.sh/force-activation`.
    Forced,
}

impl Reason {
    /// Every code, in the order of the variants.
    pub const CODES: [&'static str; 13] = [
        "replicas-unreadable",
        "paused",
        "activated",
        "scale-out-paused",
        "partly-failed",
        "still-active",
        "awaiting-fallback",
        "readings-failed",
        "cooling-down",
        "scale-in-paused",
        "deactivated",
        "raised-to-minimum",
        "inactive",
    ];

    /// Returns the variant's name for scripts and scenarios, as in `cooling-down`; never reused.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ReplicasUnreadable => "replicas-unreadable",
            Self::Paused => "paused",
            Self::Activated { .. } => "activated",
            Self::ScaleOutPaused { .. } => "scale-out-paused",
            Self::PartlyFailed => "partly-failed",
            Self::StillActive => "still-active",
            Self::AwaitingFallback { .. } => "awaiting-fallback",
            Self::ReadingsFailed => "readings-failed",
            Self::CoolingDown { .. } => "cooling-down",
            Self::ScaleInPaused { .. } => "scale-in-paused",
            Self::Deactivated { .. } => "deactivated",
            Self::RaisedToMinimum { .. } => "raised-to-minimum",
            Self::Inactive => "inactive",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReplicasUnreadable => {
                f.write_str("the replicas of the scale target cannot be read")
            }
            Self::Paused => f.write_str("an annotation pauses scaling"),
            Self::Activated { from, to, cause } => {
                write!(f, "scaled from {from} to {to} because {cause}")
            }
            Self::ScaleOutPaused { from, to } => {
                write!(f, "stays at {from} instead of {to}: an annotation pauses scaling out")
            }
            Self::PartlyFailed => f.write_str("triggers are active, and some cannot be read"),
            Self::StillActive => f.write_str("triggers are active"),
            Self::AwaitingFallback { replicas } => {
                write!(f, "triggers cannot be read; the fallback asks for {replicas} replicas")
            }
            Self::ReadingsFailed => {
                f.write_str("triggers cannot be read, and a failed reading never scales down")
            }
            Self::CoolingDown { until } => {
                write!(f, "triggers are not active; cooling down until {until}")
            }
            Self::ScaleInPaused { from } => {
                write!(f, "stays at {from}: an annotation pauses scaling in")
            }
            Self::Deactivated { from, to, is_idle: true } => {
                write!(f, "scaled from {from} to the idle {to} because no trigger is active")
            }
            Self::Deactivated { from, to, is_idle: false } => {
                write!(f, "scaled from {from} to {to} because no trigger is active")
            }
            Self::RaisedToMinimum { from, to } => {
                write!(f, "scaled from {from} to the minimum of {to}")
            }
            Self::Inactive => f.write_str("triggers are not active"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forced => f.write_str("an annotation forces activation"),
            Self::Triggers(triggers) if triggers.is_empty() => f.write_str("triggers are active"),
            Self::Triggers(triggers) => {
                let names: Vec<&str> = triggers.iter().map(|name| name.0.as_str()).collect();
                let verb = if names.len() == 1 { "is" } else { "are" };
                write!(f, "{} {verb} active", names.join(", "))
            }
        }
    }
}

/// A condition of a ScaledObject's status, named by KEDA's reason. Displays as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// Ready: the object is fine.
    ScaledObjectReady,
    /// Not ready: the scale target cannot be read.
    ErrorGettingCurrentReplicas,
    /// Not ready: no trigger works.
    TriggerError,
    /// Perhaps ready: some triggers work.
    PartialTriggerError,
    /// Active.
    ScalerActive,
    /// Not active.
    ScalerNotActive,
    /// Not active, and the cool-down runs.
    ScalerCooldown,
    /// Some metric is served by the fallback.
    FallbackExists,
    /// No metric is served by the fallback.
    NoFallbackFound,
    /// An annotation pauses the object.
    ScaledObjectPaused,
}

/// Which condition of a ScaledObject's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionKind {
    /// The object is defined correctly and its triggers work.
    Ready,
    /// Something is active.
    Active,
    /// A metric is served by the fallback.
    Fallback,
    /// An annotation stops scaling.
    Paused,
}

/// Status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It may.
    Unknown,
}

impl Condition {
    /// Returns which condition it is.
    #[must_use]
    pub const fn kind(self) -> ConditionKind {
        match self {
            Self::ScaledObjectReady
            | Self::ErrorGettingCurrentReplicas
            | Self::TriggerError
            | Self::PartialTriggerError => ConditionKind::Ready,
            Self::ScalerActive | Self::ScalerNotActive | Self::ScalerCooldown => {
                ConditionKind::Active
            }
            Self::FallbackExists | Self::NoFallbackFound => ConditionKind::Fallback,
            Self::ScaledObjectPaused => ConditionKind::Paused,
        }
    }

    /// Returns whether the condition holds.
    #[must_use]
    pub const fn status(self) -> ConditionStatus {
        match self {
            Self::ScaledObjectReady
            | Self::ScalerActive
            | Self::FallbackExists
            | Self::ScaledObjectPaused => ConditionStatus::True,
            Self::PartialTriggerError => ConditionStatus::Unknown,
            Self::ErrorGettingCurrentReplicas
            | Self::TriggerError
            | Self::ScalerNotActive
            | Self::ScalerCooldown
            | Self::NoFallbackFound => ConditionStatus::False,
        }
    }

    /// Returns KEDA's reason, for machines: `ScalerActive`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ScaledObjectReady => "ScaledObjectReady",
            Self::ErrorGettingCurrentReplicas => "ErrorGettingCurrentReplicas",
            Self::TriggerError => "TriggerError",
            Self::PartialTriggerError => "PartialTriggerError",
            Self::ScalerActive => "ScalerActive",
            Self::ScalerNotActive => "ScalerNotActive",
            Self::ScalerCooldown => "ScalerCooldown",
            Self::FallbackExists => "FallbackExists",
            Self::NoFallbackFound => "NoFallbackFound",
            Self::ScaledObjectPaused => "ScaledObjectPaused",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ScaledObjectReady => "the ScaledObject is ready for scaling",
            Self::ErrorGettingCurrentReplicas => "the replicas of the scale target cannot be read",
            Self::TriggerError => "the triggers cannot be read",
            Self::PartialTriggerError => "some triggers cannot be read",
            Self::ScalerActive => "the scale target is active",
            Self::ScalerNotActive => "no trigger is active",
            Self::ScalerCooldown => "no trigger is active; cooling down",
            Self::FallbackExists => "at least one metric is served by the fallback",
            Self::NoFallbackFound => "no metric is served by the fallback",
            Self::ScaledObjectPaused => "the ScaledObject is paused",
        })
    }
}

/// An event about a scale target, named by KEDA's reason. Displays as one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The target was activated.
    Activated {
        /// Replicas before.
        from: Replicas,
        /// Replicas after.
        to: Replicas,
        /// What made it active.
        cause: Cause,
    },
    /// The target could not be activated.
    ActivationFailed {
        /// Replicas that stay.
        from: Replicas,
        /// Replicas that were asked for.
        to: Replicas,
    },
    /// The target was deactivated.
    Deactivated {
        /// Replicas before.
        from: Replicas,
        /// Replicas after.
        to: Replicas,
    },
    /// The target could not be deactivated.
    DeactivationFailed {
        /// Replicas that stay.
        from: Replicas,
        /// Replicas that were asked for.
        to: Replicas,
    },
}

impl Event {
    /// Returns KEDA's reason, for machines.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Activated { .. } => "KEDAScaleTargetActivated",
            Self::ActivationFailed { .. } => "KEDAScaleTargetActivationFailed",
            Self::Deactivated { .. } => "KEDAScaleTargetDeactivated",
            Self::DeactivationFailed { .. } => "KEDAScaleTargetDeactivationFailed",
        }
    }

    /// Returns whether it is a warning; the others are normal.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        matches!(self, Self::ActivationFailed { .. } | Self::DeactivationFailed { .. })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activated { from, to, cause } => {
                write!(f, "activated from {from} to {to} replicas because {cause}")
            }
            Self::ActivationFailed { from, to } => {
                write!(f, "could not be activated from {from} to {to} replicas")
            }
            Self::Deactivated { from, to } => write!(f, "deactivated from {from} to {to} replicas"),
            Self::DeactivationFailed { from, to } => {
                write!(f, "could not be deactivated from {from} to {to} replicas")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let (none, one) = (Replicas::ZERO, Replicas(1));
        let until = Timestamp::UNIX_EPOCH;
        let all = [
            Reason::ReplicasUnreadable,
            Reason::Paused,
            Reason::Activated { from: none, to: one, cause: Cause::Forced },
            Reason::ScaleOutPaused { from: none, to: one },
            Reason::PartlyFailed,
            Reason::StillActive,
            Reason::AwaitingFallback { replicas: one },
            Reason::ReadingsFailed,
            Reason::CoolingDown { until },
            Reason::ScaleInPaused { from: one },
            Reason::Deactivated { from: one, to: none, is_idle: false },
            Reason::RaisedToMinimum { from: none, to: one },
            Reason::Inactive,
        ];
        let codes: Vec<&str> = all.iter().map(Reason::code).collect();
        assert_eq!(codes, Reason::CODES);
    }
}
