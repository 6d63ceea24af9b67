//! `len`, `index` and `slice`.

use crate::template::functions::Result;
use crate::template::value::Value;

pub(super) fn length(values: &[Value]) -> Result {
    let length = match &values[0] {
        Value::Text(text) => text.len(),
        Value::Labels(labels) => labels.len(),
        Value::Args(args) => args.values.len(),
        Value::Vector(vector) => vector.len(),
        Value::Nil => return Err("len of nil pointer".to_owned()),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Value::Int(length as i64))
}

/// Takes what lies under the first key, under the second key of that, and so on.
pub(super) fn index(values: &[Value]) -> Result {
    let Some((collection, keys)) = values.split_first() else {
        return Err("index of untyped nil".to_owned());
    };
    if matches!(collection, Value::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    keys.iter().try_fold(collection.clone(), |item, key| element(&item, key))
}

fn element(collection: &Value, key: &Value) -> Result {
    match collection {
        Value::Labels(labels) => Ok(Value::text(labels.get(&key_of(key)?))),
        Value::Args(args) => Ok(args.values.get(&key_of(key)?).cloned().unwrap_or(Value::Nil)),
        Value::Vector(vector) => {
            let at = position(key, vector.len())?;
            let series = vector.get(at).cloned().map(Value::Series);
            series.ok_or_else(|| format!("index out of range: {at}"))
        }
        Value::Text(text) => {
            let at = position(key, text.len())?;
            let byte = text.as_bytes().get(at).map(|byte| Value::Int(i64::from(*byte)));
            byte.ok_or_else(|| format!("index out of range: {at}"))
        }
        Value::Nil => Err("index of nil pointer".to_owned()),
        other => Err(format!("can't index item of type {}", other.type_name())),
    }
}

fn key_of(key: &Value) -> std::result::Result<String, String> {
    match key {
        Value::Text(text) => Ok(text.to_string()),
        other => Err(format!("value has type {}; should be string", other.type_name())),
    }
}

/// Reads a position, at most the one after the last.
fn position(key: &Value, length: usize) -> std::result::Result<usize, String> {
    match key {
        Value::Int(at) => usize::try_from(*at)
            .ok()
            .filter(|at| *at <= length)
            .ok_or_else(|| format!("index out of range: {at}")),
        Value::Nil => Err("cannot index slice/array with nil".to_owned()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name())),
    }
}

/// Cuts a text or a vector: from the first position, to the second one.
pub(super) fn slice(values: &[Value]) -> Result {
    let Some((item, bounds)) = values.split_first() else {
        return Err("slice of untyped nil".to_owned());
    };
    let length = match item {
        Value::Text(text) if bounds.len() < 3 => text.len(),
        Value::Text(_) => return Err("cannot 3-index slice a string".to_owned()),
        Value::Vector(vector) => vector.len(),
        Value::Nil => return Err("slice of untyped nil".to_owned()),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()));
    }
    let mut range = [0, length, length];
    for (bound, key) in range.iter_mut().zip(bounds) {
        *bound = position(key, length)?;
    }
    let [from, to, capacity] = range;
    if from > to || to > capacity {
        return Err(format!("invalid slice index: {} > {}", from.max(to), to.min(capacity)));
    }
    match item {
        // A cut through a character leaves a mark of that, where Go leaves half of it.
        Value::Text(text) => {
            Ok(Value::text(String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned()))
        }
        Value::Vector(vector) => Ok(Value::Vector(vector[from..to].into())),
        other => Ok(other.clone()),
    }
}
