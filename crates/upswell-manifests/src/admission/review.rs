//! KEDA's webhook: all checks on one object.

use upswell_units::Diagnostic;

use super::cluster::Cluster;
use super::objection::Objection;
use super::{
    fallback, irrelevant, modifiers, names, other_autoscaler, other_scaled_object, replica_bounds,
    resources, trigger_authentication, triggers,
};
use crate::keda::{ScaledJob, ScaledObject, TriggerAuthentication};

/// What KEDA's webhook says about an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Reasons to refuse it; none if it is admitted. KEDA reports one of them.
    pub objections: Vec<Objection>,
    /// Warnings, if it is admitted.
    pub warnings: Vec<Diagnostic>,
}

/// Reviews a ScaledObject that is created or changed.
///
/// Source: KEDA 2.20, scaledobject_webhook.go, validateWorkload. KEDA stops at the first objection,
/// in an order that its map of checks leaves open; here every check speaks.
#[must_use]
pub fn review(object: &ScaledObject, cluster: &Cluster<'_>) -> Review {
    let checks = [
        other_autoscaler::check(object, cluster),
        other_scaled_object::check(object, cluster).or_else(|| modifiers::check(object)),
        resources::check(object, cluster),
        replica_bounds::check(object),
        fallback::check(object),
        names::check(object),
        triggers::check(&object.spec.triggers, Some(object.name_span())),
    ];
    let objections: Vec<Objection> = checks.into_iter().flatten().collect();
    let warnings = if objections.is_empty() { irrelevant::warnings(object) } else { Vec::new() };
    Review { objections, warnings }
}

/// Reviews a ScaledJob: KEDA looks at its list of triggers only.
///
/// Source: KEDA 2.20, scaledjob_webhook.go.
#[must_use]
pub fn review_scaled_job(object: &ScaledJob) -> Review {
    let name = object.metadata.name.as_ref().map(|name| name.span);
    let objection = triggers::check(&object.spec.triggers, name);
    Review { objections: objection.into_iter().collect(), warnings: Vec::new() }
}

/// Reviews a TriggerAuthentication or a ClusterTriggerAuthentication.
///
/// Source: KEDA 2.20, triggerauthentication_webhook.go.
#[must_use]
pub fn review_trigger_authentication(object: &TriggerAuthentication) -> Review {
    let objection = trigger_authentication::check(object);
    Review { objections: objection.into_iter().collect(), warnings: Vec::new() }
}
