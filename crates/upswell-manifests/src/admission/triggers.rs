//! The list of triggers of a ScaledObject or a ScaledJob.
//!
//! Source: KEDA 2.20, scaletriggers_types.go, ValidateTriggers.

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, Span};

use super::objection::{Check, Objection};
use crate::keda::ScaleTrigger;

/// Objects to an empty list, to a name that two triggers have, and to `useCachedMetrics` where
/// there is nothing to cache. `name` is the object's, to point at when there is no trigger.
pub(super) fn check(triggers: &[ScaleTrigger], name: Option<Span>) -> Option<Objection> {
    if triggers.is_empty() {
        let problem = Diagnostic::error("no-triggers", "there is no trigger");
        let problem = problem.help("add `- type: …`, e.g. redis");
        return Some(objection(match name {
            Some(name) => problem.at(name, "has nothing to scale on"),
            None => problem,
        }));
    }
    let mut names: BTreeMap<&str, Span> = BTreeMap::new();
    for trigger in triggers {
        if let Some(problem) = cached_without_source(trigger) {
            return Some(objection(problem));
        }
        let Some(name) = trigger.set_name() else { continue };
        if let Some(first) = names.insert(&name.value, name.span) {
            let message = format!("two triggers have the name `{}`", name.value);
            let problem = Diagnostic::error("duplicate-trigger-name", message)
                .at(name.span, "again here")
                .also_at(first, "first here")
                .help("give each trigger a name of its own");
            return Some(objection(problem));
        }
    }
    None
}

fn objection(problem: Diagnostic) -> Objection {
    Check::IncorrectTriggers.objects(problem)
}

/// cpu and memory are not read by KEDA, and cron is computed.
fn cached_without_source(trigger: &ScaleTrigger) -> Option<Diagnostic> {
    let cached = trigger.use_cached_metrics.filter(|cached| cached.value)?;
    let kind = trigger.kind.value.as_str();
    matches!(kind, "cpu" | "memory" | "cron").then(|| {
        let message = format!("`{kind}` triggers cannot have `useCachedMetrics`");
        Diagnostic::error("cached-metrics-unsupported", message)
            .at(cached.span, "nothing to cache")
            .help("remove the field")
    })
}
