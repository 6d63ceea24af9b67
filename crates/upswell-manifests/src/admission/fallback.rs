//! The fallback of a ScaledObject.
//!
//! Source: KEDA 2.20, scaledobject_types.go, CheckFallbackValid.

use upswell_units::{Diagnostic, Spanned};

use super::objection::{Check, Objection};
use crate::keda::{AtLeast, ScaledObject};

/// Objects to negative numbers, and to a fallback without a trigger that KEDA itself reads.
pub(super) fn check(object: &ScaledObject) -> Result<(), Objection> {
    let Some(fallback) = &object.spec.fallback else { return Ok(()) };
    let numbers =
        [("failureThreshold", fallback.failure_threshold), ("replicas", fallback.replicas)];
    for (name, number) in numbers {
        not_negative(name, number)?;
    }
    let has_source = object.spec.triggers.iter().any(|trigger| !trigger.is_resource());
    if object.modifiers().is_some() || has_source {
        return Ok(());
    }
    let message = "the fallback has no trigger to stand in for: the HorizontalPodAutoscaler reads \
                   cpu and memory itself";
    let mut problem = Diagnostic::error("no-eligible-trigger", message)
        .at(fallback.replicas.span, "never taken")
        .help("remove the fallback, or add a trigger other than cpu and memory");
    for trigger in object.spec.triggers.iter() {
        problem = problem.also_at(trigger.kind.span, "");
    }
    Err(Check::IncorrectFallback.objects(problem))
}

fn not_negative(name: &str, number: Spanned<AtLeast<0>>) -> Result<(), Objection> {
    if number.value.0 >= 0 {
        return Ok(());
    }
    let message = format!("`{name}` is {}, below zero", number.value.0);
    let problem = Diagnostic::error("negative-value", message).at(number.span, "below zero");
    Err(Check::IncorrectFallback.objects(problem.help("write 0 or more")))
}
