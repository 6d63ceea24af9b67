//! `spec.fallback`: how many replicas to take while a trigger cannot be read.

use upswell_units::Spanned;

use super::schema::AtLeast;
use crate::decode::{fields, string_enum};

fields! {
    /// The fallback as written. Source: KEDA 2.20, scaledobject_types.go.
    pub struct Fallback {
        /// Failed readings in a row that are still tolerated.
        pub failure_threshold: Spanned<AtLeast<0>> = required("failureThreshold"),
        /// Replicas to take.
        pub replicas: Spanned<AtLeast<0>> = required("replicas"),
        /// How `replicas` and the current replicas are weighed; `static` unless set.
        pub behavior: Option<Spanned<FallbackBehavior>> = optional("behavior"),
    }
}

string_enum! {
    /// How the replicas of a fallback are chosen.
    pub enum FallbackBehavior {
        /// `replicas`, always.
        Static = "static",
        /// Those that the target has.
        CurrentReplicas = "currentReplicas",
        /// The larger of both.
        CurrentReplicasIfHigher = "currentReplicasIfHigher",
        /// The smaller of both.
        CurrentReplicasIfLower = "currentReplicasIfLower",
        /// The formula decides; it sees a failed trigger as nil.
        ScalingModifiers = "scalingModifiers",
    }
}

impl Fallback {
    /// Returns how the replicas are chosen.
    #[must_use]
    pub fn behavior(&self) -> FallbackBehavior {
        self.behavior.map_or(FallbackBehavior::Static, |behavior| behavior.value)
    }
}
