//! `hpa/`: of these, the quantity strings are this crate's.

use serde_json::{Value, json};
use upswell_units::Quantity;
use upswell_vectors::Verdict;

pub(crate) fn judge(record: &Value) -> Verdict {
    let kind = record["kind"].as_str().unwrap_or("none");
    match kind {
        "quantity" => quantity(record),
        _ => Verdict::not_here(env!("CARGO_PKG_NAME"), kind),
    }
}

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
