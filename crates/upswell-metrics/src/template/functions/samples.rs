//! Functions on what a query yields.

use std::sync::Arc;

use crate::template::functions::{Call, Result, text_of};
use crate::template::value::{Args, Series, Value};

/// Steps that a query costs: as many as writing a screenful.
const QUERY_STEPS: usize = 1000;

/// How deep arguments may lie in arguments.
const ARGS_DEPTH_MAX: usize = 32;

pub(super) fn query(call: &mut Call<'_, '_>, values: &[Value]) -> Result {
    call.budget.spend(QUERY_STEPS)?;
    let answer = (call.querier)(text_of(values, 0))?;
    call.budget.spend(answer.len())?;
    let series = answer.into_iter().map(|(labels, value)| Series { labels, value });
    Ok(Value::Vector(series.collect()))
}

pub(super) fn first(values: &[Value]) -> Result {
    let first = vector_of(values, 0).first().cloned().map(Value::Series);
    first.ok_or_else(|| "first() called on vector with no elements".to_owned())
}

pub(super) fn value(values: &[Value]) -> Result {
    series_of(values, 0).map(|series| Value::Float(series.value))
}

pub(super) fn label(values: &[Value]) -> Result {
    series_of(values, 1).map(|series| Value::text(series.labels.get(text_of(values, 0))))
}

pub(super) fn text_value(values: &[Value]) -> Result {
    series_of(values, 0).map(|series| Value::text(series.labels.get("__value__")))
}

pub(super) fn sort_by_label(values: &[Value]) -> Result {
    let (label, mut sorted) = (text_of(values, 0), vector_of(values, 1).to_vec());
    sorted.sort_by(|one, other| one.labels.get(label).cmp(other.labels.get(label)));
    Ok(Value::Vector(sorted.into()))
}

/// Names its arguments `arg0`, `arg1` and so on.
pub(super) fn args(values: &[Value]) -> Result {
    let depth = 1 + values.iter().map(Value::depth).max().unwrap_or(0);
    if depth > ARGS_DEPTH_MAX {
        return Err(format!("args lie in args more than {ARGS_DEPTH_MAX} deep"));
    }
    let named = values.iter().enumerate();
    let values = named.map(|(index, value)| (format!("arg{index}"), value.clone())).collect();
    Ok(Value::Args(Arc::new(Args { values, depth })))
}

/// Returns an argument that was checked to be a vector; none is an empty one.
fn vector_of(values: &[Value], index: usize) -> &[Series] {
    match values.get(index) {
        Some(Value::Vector(vector)) => vector,
        _ => &[],
    }
}

/// Returns an argument that was checked to be a series, unless it is none.
fn series_of(values: &[Value], index: usize) -> std::result::Result<&Series, String> {
    match values.get(index) {
        Some(Value::Series(series)) => Ok(series),
        _ => Err("there is no sample".to_owned()),
    }
}
