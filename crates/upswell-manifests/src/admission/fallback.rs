//! The fallback of a ScaledObject.
//!
//! Source: KEDA 2.20, scaledobject_types.go, CheckFallbackValid.

use upswell_units::Diagnostic;

use super::objection::{Check, Objection};
use crate::keda::ScaledObject;

/// Objects to negative numbers, and to a fallback without a trigger that KEDA itself reads.
pub(super) fn check(object: &ScaledObject) -> Option<Objection> {
    let fallback = object.spec.fallback.as_ref()?;
    let numbers =
        [("failureThreshold", fallback.failure_threshold), ("replicas", fallback.replicas)];
    if let Some((name, number)) = numbers.into_iter().find(|(_, number)| number.value.0 < 0) {
        let message = format!("`{name}` is {}, below zero", number.value.0);
        let problem = Diagnostic::error("negative-value", message).at(number.span, "below zero");
        return Some(Check::IncorrectFallback.objects(problem.help("write 0 or more")));
    }
    let has_source = object.spec.triggers.iter().any(|trigger| !trigger.is_resource());
    if object.modifiers().is_some() || has_source {
        return None;
    }
    let message = "the fallback has no trigger to stand in for: the HorizontalPodAutoscaler reads \
                   cpu and memory itself";
    let mut problem = Diagnostic::error("no-eligible-trigger", message)
        .at(fallback.replicas.span, "never taken")
        .help("remove the fallback, or add a trigger other than cpu and memory");
    for trigger in object.spec.triggers.iter() {
        problem = problem.also_at(trigger.kind.span, "");
    }
    Some(Check::IncorrectFallback.objects(problem))
}
