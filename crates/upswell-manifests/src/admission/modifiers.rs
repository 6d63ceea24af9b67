//! The formula of a ScaledObject must compile and run.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyScaledObjects.

use upswell_units::Diagnostic;

use super::objection::{Check, Objection};
use crate::keda::{FallbackBehavior, ScaledObject};

/// Objects to a formula that does not work, then to a fallback that needs one.
pub(super) fn check(object: &ScaledObject) -> Option<Objection> {
    let compiled = object.modifiers().map(|m| m.compile(&object.spec.triggers, object.name_span()));
    if let Some(Err(faults)) = compiled
        && let Some(first) = faults.into_iter().next()
    {
        return Some(Check::ScalingModifiers.objects(first));
    }
    let fallback = object.spec.fallback.as_ref();
    let asks = fallback.is_some_and(|f| f.behavior() == FallbackBehavior::ScalingModifiers);
    if !asks || object.modifiers().is_some() {
        return None;
    }
    let message = "the fallback leaves failed triggers to a formula, and there is none";
    let place = fallback.and_then(|fallback| fallback.behavior).map(|behavior| behavior.span);
    let problem = Diagnostic::error("scaling-modifiers-fallback", message)
        .at(place.unwrap_or(object.name_span()), "needs a formula")
        .help("write `advanced.scalingModifiers.formula`, or another behavior");
    Some(Check::ScalingModifiersFallback.objects(problem))
}
