//! What operators compute. Integers wrap, as in Go.

use std::sync::Arc;

use super::error::RunError;
use super::run::Runner;
use super::tree::{Binary, Unary};
use super::value::Value;

type Computed = Result<Value, RunError>;

pub(super) fn unary(operator: Unary, operand: Value) -> Computed {
    match (operator, operand) {
        (Unary::Not, Value::Bool(value)) => Ok(Value::Bool(!value)),
        // The check lets numbers through only; nil in place of a number stays nil.
        (Unary::Plus, value) => Ok(value),
        (Unary::Minus, Value::Int(value)) => Ok(Value::Int(value.wrapping_neg())),
        (Unary::Minus, Value::Float(value)) => Ok(Value::Float(-value)),
        (_, other) => Err(RunError::Argument { function: operator.symbol(), found: other.name() }),
    }
}

impl Runner<'_> {
    /// Computes every operator whose two operands are always evaluated.
    pub(super) fn binary(&mut self, operator: Binary, left: &Value, right: &Value) -> Computed {
        self.charge_text(left)?;
        self.charge_text(right)?;
        match operator {
            Binary::Equal => Ok(Value::Bool(self.equal(left, right)?)),
            Binary::NotEqual => Ok(Value::Bool(!self.equal(left, right)?)),
            Binary::Less | Binary::Greater | Binary::LessOrEqual | Binary::GreaterOrEqual => {
                ordering(operator, left, right)
            }
            Binary::In => self.contains(left, right),
            Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
                text_test(operator, left, right)
            }
            Binary::Range => self.range(left, right),
            Binary::Add => self.add(left, right),
            Binary::Modulo => modulo(left, right),
            Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power => {
                arithmetic(operator, left, right)
            }
            Binary::Or | Binary::And | Binary::Coalesce => Err(refused(operator, left, right)),
        }
    }

    /// Whether two values are equal; numbers compare as numbers whatever their type.
    pub(super) fn equal(&mut self, left: &Value, right: &Value) -> Result<bool, RunError> {
        self.charge(1)?;
        Ok(match (left, right) {
            (Value::Nil, Value::Nil) => true,
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Int(left), Value::Int(right)) => left == right,
            (Value::Text(text), Value::Text(other)) => {
                self.charge_text(left)?;
                text == other
            }
            (Value::Array(left), Value::Array(right)) => {
                if left.elements.len() != right.elements.len() {
                    return Ok(false);
                }
                for (left, right) in left.elements.iter().zip(&right.elements) {
                    if !self.equal(left, right)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Value::Map(left), Value::Map(right)) => {
                if left.entries.len() != right.entries.len() {
                    return Ok(false);
                }
                for ((key, left), (other, right)) in left.entries.iter().zip(&right.entries) {
                    if key != other || !self.equal(left, right)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => match (left.number(), right.number()) {
                (Some(left), Some(right)) => left == right,
                _ => false,
            },
        })
    }

    fn contains(&mut self, needle: &Value, collection: &Value) -> Computed {
        let found = match (needle, collection) {
            (_, Value::Nil) => false,
            (needle, Value::Array(array)) => {
                for element in &array.elements {
                    if self.equal(element, needle)? {
                        return Ok(Value::Bool(true));
                    }
                }
                false
            }
            (Value::Text(key), Value::Map(map)) => map.entries.contains_key(&**key),
            _ => return Err(refused(Binary::In, needle, collection)),
        };
        Ok(Value::Bool(found))
    }

    /// Both ends belong to a range.
    fn range(&mut self, left: &Value, right: &Value) -> Computed {
        let (Value::Int(from), Value::Int(to)) = (left, right) else {
            return Err(refused(Binary::Range, left, right));
        };
        let length = to.saturating_sub(*from).saturating_add(1).max(0);
        self.charge(usize::try_from(length).unwrap_or(usize::MAX))?;
        Value::array((*from..=*to).map(Value::Int).collect())
    }

    pub(super) fn add(&mut self, left: &Value, right: &Value) -> Computed {
        if let (Value::Text(left), Value::Text(right)) = (left, right) {
            self.charge(left.len().saturating_add(right.len()))?;
            return Ok(Value::Text(Arc::from([&**left, &**right].concat())));
        }
        arithmetic(Binary::Add, left, right)
    }
}

fn arithmetic(operator: Binary, left: &Value, right: &Value) -> Computed {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        match operator {
            Binary::Add => return Ok(Value::Int(left.wrapping_add(*right))),
            Binary::Subtract => return Ok(Value::Int(left.wrapping_sub(*right))),
            Binary::Multiply => return Ok(Value::Int(left.wrapping_mul(*right))),
            _ => {}
        }
    }
    let (Some(one), Some(other)) = (left.number(), right.number()) else {
        return Err(refused(operator, left, right));
    };
    Ok(Value::Float(match operator {
        Binary::Add => one + other,
        Binary::Subtract => one - other,
        Binary::Multiply => one * other,
        Binary::Divide => one / other,
        Binary::Power => one.powf(other),
        _ => return Err(refused(operator, left, right)),
    }))
}

fn text_test(operator: Binary, left: &Value, right: &Value) -> Computed {
    let (Value::Text(text), Value::Text(part)) = (left, right) else {
        return Err(refused(operator, left, right));
    };
    Ok(Value::Bool(match operator {
        Binary::StartsWith => text.starts_with(&**part),
        Binary::EndsWith => text.ends_with(&**part),
        _ => text.contains(&**part),
    }))
}

fn modulo(left: &Value, right: &Value) -> Computed {
    match (left, right) {
        (Value::Int(_), Value::Int(0)) => Err(RunError::DivisionByZero),
        (Value::Int(left), Value::Int(right)) => Ok(Value::Int(left.wrapping_rem(*right))),
        _ => Err(refused(Binary::Modulo, left, right)),
    }
}

fn ordering(operator: Binary, left: &Value, right: &Value) -> Computed {
    if !left.is_ordered_with(right) {
        return Err(refused(operator, left, right));
    }
    // NaN is neither less than, greater than nor equal to anything.
    let order = left.compare(right);
    Ok(Value::Bool(match operator {
        Binary::Less => order.is_some_and(std::cmp::Ordering::is_lt),
        Binary::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
        Binary::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    }))
}

pub(super) fn refused(operator: Binary, left: &Value, right: &Value) -> RunError {
    RunError::Operands { operator: operator.symbol(), left: left.name(), right: right.name() }
}
