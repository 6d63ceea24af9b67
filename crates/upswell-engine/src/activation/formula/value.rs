//! What a formula computes with. Copies are cheap: arrays, maps and texts are shared.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::VALUE_NESTING_MAX;
use super::error::RunError;

#[derive(Clone, Debug)]
pub(super) enum Value {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    Array(Arc<Array>),
    Map(Arc<Map>),
}

#[derive(Debug)]
pub(super) struct Array {
    pub(super) elements: Vec<Value>,
    levels: usize,
}

#[derive(Debug)]
pub(super) struct Map {
    pub(super) entries: BTreeMap<String, Value>,
    levels: usize,
}

impl Value {
    /// Makes an array, unless it would nest deeper than a walk may go.
    pub(super) fn array(elements: Vec<Self>) -> Result<Self, RunError> {
        let levels = levels_above(elements.iter())?;
        Ok(Self::Array(Arc::new(Array { elements, levels })))
    }

    /// Makes a map, unless it would nest deeper than a walk may go.
    pub(super) fn map(entries: BTreeMap<String, Self>) -> Result<Self, RunError> {
        let levels = levels_above(entries.values())?;
        Ok(Self::Map(Arc::new(Map { entries, levels })))
    }

    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// What the value is, for people.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
        }
    }

    /// What the language's `type` calls it.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
        }
    }

    /// Returns a number as a float.
    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// Orders two numbers or two texts; nothing for all else, and for NaN.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// Whether two values can be ordered at all, NaN included.
    pub(super) const fn is_ordered_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(_), Self::Text(_)) => true,
            _ => self.number().is_some() && other.number().is_some(),
        }
    }

    fn levels(&self) -> usize {
        match self {
            Self::Array(array) => array.levels,
            Self::Map(map) => map.levels,
            _ => 0,
        }
    }
}

fn levels_above<'a>(parts: impl Iterator<Item = &'a Value>) -> Result<usize, RunError> {
    let levels = parts.map(Value::levels).max().unwrap_or(0) + 1;
    if levels > VALUE_NESTING_MAX { Err(RunError::ValueTooDeep) } else { Ok(levels) }
}
