//! Fields of a ScaledObject that have no effect: warnings.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyScaledObjects.

use upswell_units::Diagnostic;

use crate::keda::{ScaleTrigger, ScaledObject};

/// Warns of a polling interval or a cooldown period that nothing uses.
///
/// The poll decides about zero, and about idle replicas; between the minimum and the maximum the
/// HorizontalPodAutoscaler reads the triggers on its own period, unless it reads cached metrics.
pub(super) fn warnings(object: &ScaledObject) -> Vec<Diagnostic> {
    let spec = &object.spec;
    let Some(min) = spec.min_replica_count.filter(|min| min.value.0 > 0) else { return Vec::new() };
    if spec.idle_replica_count.is_some() {
        return Vec::new();
    }
    let is_cached = spec.triggers.iter().any(ScaleTrigger::uses_cached_metrics);
    let interval = spec.polling_interval.filter(|_| !is_cached);
    let interval = interval.map(|interval| {
        Diagnostic::warning("polling-interval-not-relevant", "`pollingInterval` has no effect")
            .at(interval.span, "not used: the HorizontalPodAutoscaler reads on its own period")
            .also_at(min.span, "the target never goes to zero")
            .help("remove it, or set `useCachedMetrics` on the triggers")
    });
    let cooldown = spec.cooldown_period.map(|cooldown| {
        Diagnostic::warning("cooldown-period-not-relevant", "`cooldownPeriod` has no effect")
            .at(cooldown.span, "not used: it delays only the step to zero or to idle")
            .also_at(min.span, "the target never goes to zero")
            .help("use `behavior.scaleDown` of the HorizontalPodAutoscaler instead")
    });
    interval.into_iter().chain(cooldown).collect()
}
