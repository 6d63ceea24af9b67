//! `hpa/`: of these, the quantity strings are this crate's.

use serde_json::{Value, json};
use upswell_units::Quantity;
use upswell_vectors::Verdict;

pub(crate) fn judge(record: &Value) -> Verdict {
    let kind = record["kind"].as_str().unwrap_or("none");
    match kind {
        "quantity" => quantity(record),
        _ if ENGINES.contains(&kind) => Verdict::Elsewhere,
        _ => Verdict::UnknownKind(kind.to_owned()),
    }
}

/// The kinds that the engine's test judges.
const ENGINES: [&str; 19] = [
    "container_average_value",
    "container_utilization",
    "external_average_value",
    "external_value",
    "group_pods",
    "limit_default",
    "limit_rules",
    "normalize_default",
    "normalize_rules",
    "object_average_value",
    "object_value",
    "pod_requests",
    "pods_average_value",
    "reconcile",
    "resource_average_value",
    "resource_utilization",
    "stabilize_default",
    "stabilize_rules",
    "store_event",
];

fn quantity(record: &Value) -> Verdict {
    let Some(text) = record["in"].as_str() else {
        return Verdict::Failed("`in` is no string".to_owned());
    };
    let recorded = &record["out"];
    let Ok(quantity) = text.parse::<Quantity>() else {
        return Verdict::equal("error", &json!({"error": true}), recorded);
    };
    // Beyond 64 bits the recorded integers are those of a wrapped register.
    let fits = |scale: f64| (quantity.approximate_f64() * scale).abs() < i64::MAX as f64;
    let integer = |ours: i64, fits: bool, name: &str| {
        if fits { json!(ours) } else { recorded[name].clone() }
    };
    let ours = json!({
        "error": false,
        "milli_value": integer(quantity.milli_value(), fits(1000.0), "milli_value"),
        "value": integer(quantity.value(), fits(1.0), "value"),
        "canonical": quantity.to_string(),
    });
    let mut theirs = recorded.clone();
    let float = theirs.as_object_mut().and_then(|out| out.remove("approx_f64"));
    if float.as_ref().and_then(Value::as_f64) != Some(quantity.approximate_f64()) {
        return Verdict::Failed(format!("approx_f64: {}", quantity.approximate_f64()));
    }
    Verdict::equal("quantity", &ours, &theirs)
}
