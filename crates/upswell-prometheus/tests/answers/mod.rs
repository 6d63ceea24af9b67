//! Whether two answers of the HTTP API say the same.

use std::collections::BTreeMap;

use serde_json::Value;

/// Relative difference that sums in another order may make.
const TOLERANCE: f64 = 1e-9;

/// Below this, what should be zero is zero.
const FLOOR: f64 = 1e-12;

/// Compares an answer of ours with Prometheus's: status, type of error, type of result, labels and
/// times exactly, values nearly; lists as sets. Words of errors, warnings and infos are not
/// compared.
///
/// # Errors
///
/// Says where they differ.
pub(crate) fn agree(ours: &(u16, Value), theirs: &(u16, Value)) -> Result<(), String> {
    let head = |(status, body): &(u16, Value)| {
        let field = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (*status, field("status"), field("errorType"))
    };
    if head(ours) != head(theirs) {
        return Err(format!(
            "ours {:?} {}, theirs {:?} {}",
            head(ours),
            ours.1["error"],
            head(theirs),
            theirs.1["error"]
        ));
    }
    let (ours, theirs) = (&ours.1["data"], &theirs.1["data"]);
    same("resultType", &ours["resultType"], &theirs["resultType"])?;
    match theirs["resultType"].as_str() {
        Some("vector" | "matrix") => same_series(&ours["result"], &theirs["result"]),
        Some(_) => same_point("result", &ours["result"], &theirs["result"]),
        None => same("data", &sorted(ours), &sorted(theirs)),
    }
}

fn same(what: &str, ours: &Value, theirs: &Value) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours}, theirs {theirs}")) }
}

fn same_series(ours: &Value, theirs: &Value) -> Result<(), String> {
    let (ours, theirs) = (by_labels(ours)?, by_labels(theirs)?);
    let names = |of: &BTreeMap<String, &Value>| of.keys().cloned().collect::<Vec<_>>();
    if names(&ours) != names(&theirs) {
        return Err(format!("series: ours {:?}, theirs {:?}", names(&ours), names(&theirs)));
    }
    for (labels, theirs) in theirs {
        let ours = ours[&labels];
        match theirs["values"].as_array() {
            None => same_point(&labels, &ours["value"], &theirs["value"])?,
            Some(theirs) => {
                let ours = ours["values"].as_array().map_or(&[][..], Vec::as_slice);
                if ours.len() != theirs.len() {
                    return Err(format!("{labels}: ours {ours:?}, theirs {theirs:?}"));
                }
                for (ours, theirs) in ours.iter().zip(theirs) {
                    same_point(&labels, ours, theirs)?;
                }
            }
        }
    }
    Ok(())
}

/// The series of a result by their labels; one that comes twice is a difference.
fn by_labels(result: &Value) -> Result<BTreeMap<String, &Value>, String> {
    let mut all = BTreeMap::new();
    for series in result.as_array().into_iter().flatten() {
        if all.insert(series["metric"].to_string(), series).is_some() {
            return Err(format!("twice: {}", series["metric"]));
        }
    }
    Ok(all)
}

/// Compares an instant with its value.
///
/// # Errors
///
/// Says where they differ.
pub(crate) fn same_point(place: &str, ours: &Value, theirs: &Value) -> Result<(), String> {
    let number = |point: &Value| point[1].as_str().and_then(|text| text.parse::<f64>().ok());
    let is_near = match (number(ours), number(theirs)) {
        (Some(ours), Some(theirs)) => is_near(ours, theirs),
        _ => ours[1] == theirs[1],
    };
    if ours[0].as_f64() == theirs[0].as_f64() && is_near {
        return Ok(());
    }
    Err(format!("{place}: ours {ours}, theirs {theirs}"))
}

fn is_near(ours: f64, theirs: f64) -> bool {
    let difference = (ours - theirs).abs();
    ours == theirs
        || ours.is_nan() && theirs.is_nan()
        || difference <= TOLERANCE * theirs.abs()
        || difference <= FLOOR
}

/// Sorts lists, whatever is in them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect(),
        ),
        other => other.clone(),
    }
}
