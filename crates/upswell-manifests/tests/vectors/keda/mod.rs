//! The vectors recorded from KEDA: its generated HorizontalPodAutoscaler, its webhook, its schema.

mod admission;
mod documents;
mod hpa;
mod schema;

use serde_json::Value;
use upswell_vectors::Verdict;

/// Judges a record by its category.
pub(crate) fn judge(record: &Value) -> Verdict {
    let category = record["category"].as_str().unwrap_or_default();
    match category {
        "hpa" => hpa::verdict(record),
        "admission" => admission::webhook(record),
        "replica-bounds" => admission::replica_bounds(record),
        "triggers-validity" => admission::triggers(record),
        "name-validity" => admission::names(record),
        "triggerauth-validity" => admission::trigger_authentication(record),
        "crd-schema" => schema::verdict(record),
        other => Verdict::not_here(env!("CARGO_PKG_NAME"), other),
    }
}
