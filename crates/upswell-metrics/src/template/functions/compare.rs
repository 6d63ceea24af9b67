//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: values of one kind with each other.

use std::cmp::Ordering;

use crate::template::functions::Result;
use crate::template::value::Value;

/// Whether the first one equals any of the others.
pub(super) fn equal(values: &[Value]) -> Result {
    let Some((first, others)) = values.split_first() else {
        return Err("missing argument for comparison".to_owned());
    };
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if is_equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn unequal(values: &[Value]) -> Result {
    is_equal(&values[0], &values[1]).map(|is_equal| Value::Bool(!is_equal))
}

pub(super) fn less(values: &[Value]) -> Result {
    ordered(values).map(|ordering| Value::Bool(ordering == Some(Ordering::Less)))
}

pub(super) fn at_most(values: &[Value]) -> Result {
    ordered(values).map(|ordering| Value::Bool(is_at_most(ordering)))
}

/// Not at most: so NaN is greater than all, as in Go's templates.
pub(super) fn greater(values: &[Value]) -> Result {
    ordered(values).map(|ordering| Value::Bool(!is_at_most(ordering)))
}

/// Not less: so NaN is at least anything, as in Go's templates.
pub(super) fn at_least(values: &[Value]) -> Result {
    ordered(values).map(|ordering| Value::Bool(ordering != Some(Ordering::Less)))
}

fn is_at_most(ordering: Option<Ordering>) -> bool {
    matches!(ordering, Some(Ordering::Less | Ordering::Equal))
}

fn is_equal(one: &Value, other: &Value) -> std::result::Result<bool, String> {
    match (one, other) {
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Nil, _) | (_, Value::Nil) => Ok(false),
        (Value::Bool(one), Value::Bool(other)) => Ok(one == other),
        (Value::Int(one), Value::Int(other)) => Ok(one == other),
        (Value::Float(one), Value::Float(other)) => Ok(one == other),
        (Value::Text(one), Value::Text(other)) => Ok(one == other),
        _ => Err(incompatible(one, other)),
    }
}

/// How two values stand to each other; not at all with NaN.
fn ordered(values: &[Value]) -> std::result::Result<Option<Ordering>, String> {
    match (&values[0], &values[1]) {
        (Value::Int(one), Value::Int(other)) => Ok(Some(one.cmp(other))),
        (Value::Float(one), Value::Float(other)) => Ok(one.partial_cmp(other)),
        (Value::Text(one), Value::Text(other)) => Ok(Some(one.cmp(other))),
        (Value::Int(_) | Value::Float(_) | Value::Text(_), one)
            if matches!(one, Value::Int(_) | Value::Float(_) | Value::Text(_)) =>
        {
            Err(incompatible(&values[0], one))
        }
        _ => Err("invalid type for comparison".to_owned()),
    }
}

/// The commonest mistake is an integer beside `$value`: `gt $value 30`.
fn incompatible(one: &Value, other: &Value) -> String {
    let (one, other) = (one.type_name(), other.type_name());
    format!("incompatible types for comparison: {one} and {other}")
}
