//! Metadata of triggers that no scaler reads: warnings.
//!
//! KEDA ignores them, so that a misspelt parameter keeps its default without a word.

use upswell_units::Diagnostic;

use crate::keda::ScaleTrigger;
use crate::kinds::Object;

/// Warns of each key of a trigger's metadata that triggers of its type do not have.
pub(super) fn warnings(object: &Object) -> Vec<Diagnostic> {
    let triggers = match object {
        Object::ScaledObject(object) => &object.spec.triggers,
        Object::ScaledJob(object) => &object.spec.triggers,
        _ => return Vec::new(),
    };
    let unknown = |ScaleTrigger { kind, metadata, span, .. }: &ScaleTrigger| {
        upswell_triggers::unknown_keys(&kind.value, metadata, Some(*span))
    };
    triggers.iter().flat_map(unknown).collect()
}
