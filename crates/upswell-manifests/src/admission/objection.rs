//! Why an object is refused.

use std::fmt;

use upswell_units::Diagnostic;

/// One reason to refuse an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The check that objects.
    pub check: Check,
    /// What is wrong, where, and how to mend it.
    pub diagnostic: Diagnostic,
}

/// The checks; `Display` gives the name under which KEDA counts its refusals.
///
/// Source: KEDA 2.20, the `error_type` label of `keda_webhook_scaled_object_validation_errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Another ScaledObject has this scale target.
    OtherScaledObject,
    /// Another ScaledObject generates a HorizontalPodAutoscaler of this name.
    OtherScaledObjectHpa,
    /// A HorizontalPodAutoscaler has this scale target.
    OtherHpa,
    /// The HorizontalPodAutoscaler to take over is not named.
    TransferOwnershipMissingHpaName,
    /// Idle, fewest and most replicas contradict each other.
    IncorrectReplicas,
    /// The fallback cannot work.
    IncorrectFallback,
    /// The list of triggers is wrong.
    IncorrectTriggers,
    /// The formula is wrong.
    ScalingModifiers,
    /// The fallback asks for a formula that is not there.
    ScalingModifiersFallback,
    /// The name is too long for a label.
    NameTooLong,
    /// The name of the generated HorizontalPodAutoscaler is too long for a label.
    HpaNameTooLong,
    /// The scale target of a cpu or memory trigger does not exist.
    WorkloadNotFound,
    /// A container lacks the request that a cpu or memory trigger is measured against.
    MissingRequests,
    /// Only cpu and memory triggers, which cannot scale from zero.
    ScaleToZeroRequirementsNotMet,
    /// A TriggerAuthentication contradicts itself.
    TriggerAuthentication,
    /// The object does not fit the schema of its kind.
    Schema,
    /// A field cannot be changed once the object exists.
    Immutable,
}

impl Check {
    /// Returns the name of the check: `other-hpa`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherScaledObject => "other-scaled-object",
            Self::OtherScaledObjectHpa => "other-scaled-object-hpa",
            Self::OtherHpa => "other-hpa",
            Self::TransferOwnershipMissingHpaName => "transfer-ownership-missing-hpa-name",
            Self::IncorrectReplicas => "incorrect-replicas",
            Self::IncorrectFallback => "incorrect-fallback",
            Self::IncorrectTriggers => "incorrect-triggers",
            Self::ScalingModifiers => "scaling-modifiers",
            Self::ScalingModifiersFallback => "scaling-modifiers-fallback",
            Self::NameTooLong => "name-too-long",
            Self::HpaNameTooLong => "hpa-name-too-long",
            Self::WorkloadNotFound => "workload-not-found",
            Self::MissingRequests => "missing-requests",
            Self::ScaleToZeroRequirementsNotMet => "scale-to-zero-requirements-not-met",
            Self::TriggerAuthentication => "trigger-authentication",
            Self::Schema => "schema",
            Self::Immutable => "immutable",
        }
    }

    /// Objects with this diagnostic.
    pub(super) const fn objects(self, diagnostic: Diagnostic) -> Objection {
        Objection { check: self, diagnostic }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
