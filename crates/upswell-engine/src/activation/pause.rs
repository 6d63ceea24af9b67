//! The annotations that stop or force scaling.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::Replicas;

/// Stops all scaling, and deletes the HPA.
pub const PAUSED: &str = "autoscaling.keda.sh/paused";
/// Stops all scaling at a number of replicas, and deletes the HPA.
pub const PAUSED_REPLICAS: &str = "autoscaling.keda.sh/paused-replicas";
/// Stops scaling in.
pub const PAUSED_SCALE_IN: &str = "autoscaling.keda.sh/paused-scale-in";
/// Stops scaling out.
pub const PAUSED_SCALE_OUT: &str = "autoscaling.keda.sh/paused-scale-out";
/// Counts as an active trigger.
pub const FORCE_ACTIVATION: &str = "autoscaling.keda.sh/force-activation";

/// What the annotations of a ScaledObject say.
///
/// Precedence: `paused-replicas`, then `paused`, then the one-way pauses, then `force-activation`.
/// Source: KEDA 2.20, apis/keda/v1alpha1/scaledobject_types.go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// `paused`; absent where the annotation is.
    pub paused: Option<bool>,
    /// `paused-replicas`.
    pub replicas: PausedReplicas,
    /// `paused-scale-in`.
    pub scale_in: bool,
    /// `paused-scale-out`.
    pub scale_out: bool,
    /// `force-activation`.
    pub force_activation: bool,
}

/// What the annotation `paused-replicas` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PausedReplicas {
    /// The annotation is absent.
    #[default]
    Absent,
    /// A number as written, which may be negative: such a target the API server refuses.
    Number(i32),
    /// No 32-bit integer: the object is paused where it stands, and not ready.
    Unreadable(String),
}

impl Pause {
    /// Reads the annotations of a ScaledObject.
    ///
    /// A value that is no truth value (`yes`, nothing at all) counts as true.
    #[must_use]
    pub fn from_annotations(annotations: &BTreeMap<String, String>) -> Self {
        let flag = |name: &str| annotations.get(name).map(|text| truth(text));
        let replicas = match annotations.get(PAUSED_REPLICAS) {
            None => PausedReplicas::Absent,
            Some(text) => text
                .parse()
                .map_or_else(|_| PausedReplicas::Unreadable(text.clone()), PausedReplicas::Number),
        };
        Self {
            paused: flag(PAUSED),
            replicas,
            scale_in: flag(PAUSED_SCALE_IN).unwrap_or(false),
            scale_out: flag(PAUSED_SCALE_OUT).unwrap_or(false),
            force_activation: flag(FORCE_ACTIVATION).unwrap_or(false),
        }
    }

    /// Whether an annotation that can pause everything is present, even if it says no.
    #[must_use]
    pub fn is_annotated(&self) -> bool {
        self.paused.is_some() || self.replicas != PausedReplicas::Absent
    }

    /// Whether all scaling stops and the HPA goes.
    #[must_use]
    pub fn stops_scaling(&self) -> bool {
        self.replicas != PausedReplicas::Absent || self.paused == Some(true)
    }

    /// Whether a ScaledJob with the same annotations stops: it knows `paused` alone.
    #[must_use]
    pub fn stops_jobs(&self) -> bool {
        self.paused == Some(true)
    }

    /// Whether the Paused condition holds, which a one-way pause is enough for.
    #[must_use]
    pub fn shows_as_paused(&self) -> bool {
        self.stops_scaling() || self.scale_in || self.scale_out
    }

    /// Returns the replicas that the target is set to, once, when the object is paused.
    #[must_use]
    pub fn target(&self) -> Option<Replicas> {
        match self.replicas {
            PausedReplicas::Number(number) => u32::try_from(number).ok().map(Replicas),
            PausedReplicas::Absent | PausedReplicas::Unreadable(_) => None,
        }
    }
}

/// Reads Go's spellings of true and false; all else is true.
fn truth(text: &str) -> bool {
    !matches!(text, "0" | "f" | "F" | "false" | "FALSE" | "False")
}
