//! The annotations that switch something on.

use upswell_units::Span;

use crate::kinds::Metadata;

/// Stops the loop and deletes the HorizontalPodAutoscaler; the replicas stay.
pub const PAUSED: &str = "autoscaling.keda.sh/paused";

/// As [`PAUSED`], and sets the replicas to its value; its presence is enough.
pub const PAUSED_REPLICAS: &str = "autoscaling.keda.sh/paused-replicas";

/// Forbids to scale down.
pub const PAUSED_SCALE_IN: &str = "autoscaling.keda.sh/paused-scale-in";

/// Forbids to scale up.
pub const PAUSED_SCALE_OUT: &str = "autoscaling.keda.sh/paused-scale-out";

/// Returns where an annotation switches something on.
///
/// Only Go's words for false switch it off; any other text, the empty one included, is on.
/// Source: KEDA 2.20, scaledobject_types.go, getBoolAnnotation.
#[must_use]
pub fn is_switched_on(metadata: &Metadata, key: &str) -> Option<Span> {
    let annotation = metadata.annotations.get(key)?;
    let is_off = matches!(annotation.value.as_str(), "0" | "f" | "F" | "false" | "FALSE" | "False");
    (!is_off).then_some(annotation.span)
}
