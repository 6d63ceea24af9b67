//! Judges `vectors/hpa`: the horizontal autoscaler against the one of Kubernetes 1.36.

mod behavior;
mod calc;
mod read;
mod reconcile;
mod record;

use serde_json::Value;
use upswell_vectors::Verdict;

use self::read::compare;

/// Judges one record by its kind.
pub(crate) fn verdict(record: &Value) -> Verdict {
    let kind = record["kind"].as_str().unwrap_or("none");
    let recorded = &record["out"];
    let ours = match kind {
        "reconcile" => return reconcile::verdict(record),
        "group_pods" => calc::group_pods(&record["in"]),
        "pod_requests" => calc::pod_requests(&record["in"]),
        "normalize_default" | "normalize_rules" => behavior::normalize(&record["in"]),
        "stabilize_default" | "stabilize_rules" => behavior::stabilize(&record["in"]),
        "limit_default" | "limit_rules" => behavior::limit(&record["in"]),
        "store_event" => behavior::store_event(&record["in"]),
        kind => match calc::metric(kind, &record["in"]) {
            Some(metric) => calc::propose(&metric, &record["in"], recorded),
            None => return Verdict::not_here(env!("CARGO_PKG_NAME"), kind),
        },
    };
    compare("", &ours, recorded)
}
