//! Comparison as the README beside the vectors defines it.

use serde_json::Value;
use upswell_vectors::Verdict;

/// Integers exactly, floats to nine digits, everything else alike.
pub(crate) fn verdict(ours: &Value, recorded: &Value) -> Verdict {
    difference("", ours, recorded).map_or(Verdict::Passed, Verdict::Failed)
}

/// The first difference, if there is one.
pub(crate) fn difference(path: &str, ours: &Value, recorded: &Value) -> Option<String> {
    let differ = || Some(format!("{path}: ours {ours}, recorded {recorded}"));
    match (ours, recorded) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys());
            keys.into_iter().find_map(|key| {
                let of = |map: &serde_json::Map<_, _>| map.get(key).cloned();
                match (of(one), of(other)) {
                    (Some(one), Some(other)) => difference(&format!("{path}.{key}"), &one, &other),
                    (one, other) => Some(format!("{path}.{key}: ours {one:?}, recorded {other:?}")),
                }
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.into_iter().find_map(|(i, (a, b))| difference(&format!("{path}[{i}]"), a, b))
        }
        (Value::Number(one), Value::Number(other)) => {
            if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
                return (one != other).then(differ).flatten();
            }
            let is_close = one
                .as_f64()
                .zip(other.as_f64())
                .is_some_and(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()));
            (!is_close).then(differ).flatten()
        }
        _ => (ours != recorded).then(differ).flatten(),
    }
}
