//! Runs a formula on the readings of its triggers, within bounds of time and memory.

use std::collections::BTreeMap;

use super::STEPS_MAX;
use super::arithmetic::{refused, unary};
use super::compiled::TriggerValues;
use super::error::RunError;
use super::tree::{Binary, Element, Kind, Node};
use super::value::Value;

type Computed = Result<Value, RunError>;

/// Runs `node`; a trigger without a value is nil.
pub(super) fn run(node: &Node, triggers: &TriggerValues) -> Computed {
    let mut runner = Runner { triggers, variables: Vec::new(), predicates: Vec::new(), steps: 0 };
    runner.visit(node)
}

pub(super) struct Runner<'a> {
    triggers: &'a TriggerValues,
    variables: Vec<(String, Value)>,
    predicates: Vec<Frame>,
    steps: usize,
}

/// What `#`, `#index` and `#acc` are inside one predicate.
pub(super) struct Frame {
    pub(super) element: Value,
    pub(super) index: usize,
    pub(super) accumulator: Value,
}

impl Runner<'_> {
    /// Counts steps, and ends a run that takes too many.
    pub(super) fn charge(&mut self, steps: usize) -> Result<(), RunError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEPS_MAX { Err(RunError::TooManySteps) } else { Ok(()) }
    }

    /// Counts the bytes of a text that an operation reads.
    pub(super) fn charge_text(&mut self, value: &Value) -> Result<(), RunError> {
        match value {
            Value::Text(text) => self.charge(text.len()),
            _ => Ok(()),
        }
    }

    pub(super) fn visit(&mut self, node: &Node) -> Computed {
        self.charge(1)?;
        match &node.kind {
            Kind::Nil => Ok(Value::Nil),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Int(value) => Ok(Value::Int(*value)),
            Kind::Float(value) => Ok(Value::Float(*value)),
            Kind::Text(text) => Ok(Value::Text(text.clone())),
            Kind::Name(name) => Ok(self.named(name)),
            Kind::Environment => self.environment(),
            Kind::Element(element) => Ok(self.element(*element)),
            Kind::Unary { operator, operand } => unary(*operator, self.visit(operand)?),
            Kind::Binary { operator, left, right } => self.operation(*operator, left, right),
            Kind::Chain { first, rest } => self.chain(first, rest),
            Kind::Member { base, key, optional } => self.member(base, key, *optional),
            Kind::Slice { base, from, to } => self.slice(base, from.as_deref(), to.as_deref()),
            Kind::Call { function, arguments } => self.call(*function, arguments),
            // The check refuses these; a formula that was never checked ends here.
            Kind::Foreign { .. } => {
                Err(RunError::Argument { function: "()", found: "what is not a function" })
            }
            Kind::Let { name, value, body } => self.declaration(name, value, body),
            Kind::Sequence(parts) => self.sequence(parts),
            Kind::Conditional { condition, then, otherwise } => {
                self.conditional(condition, then.as_deref(), otherwise)
            }
            Kind::Array(elements) => {
                let elements: Result<Vec<Value>, RunError> =
                    elements.iter().map(|element| self.visit(element)).collect();
                Value::array(elements?)
            }
            Kind::Map(pairs) => self.map(pairs),
        }
    }

    fn named(&self, name: &str) -> Value {
        let variable = self.variables.iter().rev().find(|(known, _)| known == name);
        match variable {
            Some((_, value)) => value.clone(),
            None => self.trigger(name),
        }
    }

    fn trigger(&self, name: &str) -> Value {
        self.triggers.get(name).copied().flatten().map_or(Value::Nil, Value::Float)
    }

    fn environment(&mut self) -> Computed {
        self.charge(self.triggers.len())?;
        let entries = self.triggers.keys().map(|name| (name.clone(), self.trigger(name)));
        Value::map(entries.collect())
    }

    fn element(&self, element: Element) -> Value {
        let Some(frame) = self.predicates.last() else { return Value::Nil };
        match element {
            Element::Value => frame.element.clone(),
            Element::Index => Value::Int(i64::try_from(frame.index).unwrap_or(i64::MAX)),
            Element::Accumulator => frame.accumulator.clone(),
        }
    }

    /// Runs a predicate on one element.
    pub(super) fn predicate(&mut self, body: &Node, frame: Frame) -> Computed {
        self.predicates.push(frame);
        let value = self.visit(body);
        self.predicates.pop();
        value
    }

    /// `and`, `or` and `??` look at their right side only if they must.
    fn operation(&mut self, operator: Binary, left: &Node, right: &Node) -> Computed {
        let left = self.visit(left)?;
        match (operator, &left) {
            (Binary::Or, Value::Bool(true)) | (Binary::And, Value::Bool(false)) => Ok(left),
            (Binary::Or | Binary::And, Value::Bool(_)) => match self.visit(right)? {
                right @ Value::Bool(_) => Ok(right),
                right => Err(refused(operator, &left, &right)),
            },
            (Binary::Coalesce, Value::Nil) => self.visit(right),
            (Binary::Coalesce, _) => Ok(left),
            _ => {
                let right = self.visit(right)?;
                self.binary(operator, &left, &right)
            }
        }
    }

    fn chain(&mut self, first: &Node, rest: &[(Binary, Node)]) -> Computed {
        let mut left = self.visit(first)?;
        for (operator, right) in rest {
            let right = self.visit(right)?;
            if !matches!(self.binary(*operator, &left, &right)?, Value::Bool(true)) {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn member(&mut self, base: &Node, key: &Node, optional: bool) -> Computed {
        let base = self.visit(base)?;
        if optional && matches!(base, Value::Nil) {
            return Ok(Value::Nil);
        }
        let key = self.visit(key)?;
        self.charge_text(&key)?;
        match (&base, &key, index_of(&key)) {
            (Value::Array(array), _, Some(index)) => element_at(&array.elements, index)
                .ok_or(RunError::Index { index, length: array.elements.len() }),
            (Value::Map(map), Value::Text(key), _) => {
                Ok(map.entries.get(&**key).cloned().unwrap_or(Value::Nil))
            }
            _ => {
                let (left, right) = (base.name(), key.name());
                Err(RunError::Operands { operator: "[]", left, right })
            }
        }
    }

    fn slice(&mut self, base: &Node, from: Option<&Node>, to: Option<&Node>) -> Computed {
        let base = self.visit(base)?;
        let length = match &base {
            Value::Array(array) => array.elements.len(),
            Value::Text(text) => text.len(),
            _ => return Err(RunError::Argument { function: "[:]", found: base.name() }),
        };
        let from = self.bound(from, length, 0)?;
        let to = self.bound(to, length, length)?;
        let range = from.min(to)..to;
        self.charge(range.len())?;
        match &base {
            Value::Array(array) => {
                Value::array(array.elements.get(range).unwrap_or_default().to_vec())
            }
            Value::Text(text) => Ok(Value::text(text.get(range).unwrap_or_default())),
            _ => Err(RunError::Argument { function: "[:]", found: base.name() }),
        }
    }

    /// A bound of a slice, from the end where it is negative.
    fn bound(
        &mut self,
        bound: Option<&Node>,
        length: usize,
        default: usize,
    ) -> Result<usize, RunError> {
        let Some(bound) = bound else { return Ok(default) };
        let bound = self.visit(bound)?;
        let index = index_of(&bound)
            .ok_or_else(|| RunError::Argument { function: "[:]", found: bound.name() })?;
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let index = if index < 0 { index.saturating_add(length) } else { index };
        Ok(usize::try_from(index.clamp(0, length)).unwrap_or(0))
    }

    fn declaration(&mut self, name: &str, value: &Node, body: &Node) -> Computed {
        let value = self.visit(value)?;
        self.variables.push((name.to_owned(), value));
        let body = self.visit(body);
        self.variables.pop();
        body
    }

    fn sequence(&mut self, parts: &[Node]) -> Computed {
        let mut last = Value::Nil;
        for part in parts {
            last = self.visit(part)?;
        }
        Ok(last)
    }

    fn conditional(&mut self, condition: &Node, then: Option<&Node>, otherwise: &Node) -> Computed {
        match self.visit(condition)? {
            Value::Bool(true) => then.map_or(Ok(Value::Bool(true)), |then| self.visit(then)),
            Value::Bool(false) => self.visit(otherwise),
            other => Err(RunError::Argument { function: "?:", found: other.name() }),
        }
    }

    fn map(&mut self, pairs: &[(Node, Node)]) -> Computed {
        let mut entries = BTreeMap::new();
        for (key, value) in pairs {
            let key = self.visit(key)?;
            self.charge_text(&key)?;
            let key = match key {
                Value::Text(key) => key.to_string(),
                other => return Err(RunError::Argument { function: "{}", found: other.name() }),
            };
            entries.insert(key, self.visit(value)?);
        }
        Value::map(entries)
    }
}

/// Where a value points to in an array. The check refuses floats that it knows to be floats; one
/// that only the run reveals is cut to an integer.
fn index_of(value: &Value) -> Option<i64> {
    match value {
        Value::Int(index) => Some(*index),
        Value::Float(index) => Some(*index as i64),
        _ => None,
    }
}

/// The element at `index`, from the end where it is negative.
pub(super) fn element_at(elements: &[Value], index: i64) -> Option<Value> {
    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
    let index = if index < 0 { index.checked_add(length)? } else { index };
    elements.get(usize::try_from(index).ok()?).cloned()
}
