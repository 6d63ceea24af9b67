//! Judges `vectors/hpa`: the horizontal autoscaler against the one of Kubernetes 1.36.

mod behavior;
mod calc;
mod read;
mod reconcile;

use serde_json::Value;
use upswell_vectors::Verdict;

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

/// Compares two answers. What is absent, null or empty is the same.
fn compare(what: &str, ours: &Value, recorded: &Value) -> Verdict {
    Verdict::equal(what, &without_nothing(ours), &without_nothing(recorded))
}

fn without_nothing(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let is_something = |value: &Value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(serde_json::Map::is_empty);
        !value.is_null() && !is_empty
    };
    let fields = fields.iter().map(|(name, value)| (name.clone(), without_nothing(value)));
    Value::Object(fields.filter(|(_, value)| is_something(value)).collect())
}
