//! What functions compute.

use std::cmp::Ordering;

use super::error::RunError;
use super::functions::Function;
use super::run::{Frame, Runner, element_at};
use super::tree::Node;
use super::value::Value;

type Computed = Result<Value, RunError>;

impl Runner<'_> {
    pub(super) fn call(&mut self, function: Function, arguments: &[Node]) -> Computed {
        if function.predicate_parameters().is_some() {
            return self.call_with_predicate(function, arguments);
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.visit(argument)?;
            self.charge_text(&value)?;
            values.push(value);
        }
        self.plain(function, &values)
    }

    fn call_with_predicate(&mut self, function: Function, arguments: &[Node]) -> Computed {
        let Some((first, rest)) = arguments.split_first() else {
            return Err(refused(function, &[]));
        };
        let collection = self.visit(first)?;
        let Value::Array(array) = &collection else {
            return Err(refused(function, &[collection]));
        };
        let (elements, body) = (array.elements.as_slice(), rest.first());
        match function {
            Function::Sum => self.sum(elements, body),
            Function::Map => {
                let mapped = self.each(elements, body)?;
                Value::array(mapped)
            }
            Function::SortBy => {
                let keys = self.each(elements, body)?;
                let descends = match rest.get(1) {
                    Some(order) => descends(function, &self.visit(order)?)?,
                    None => false,
                };
                self.sorted(function, keys, elements, descends)
            }
            Function::Reduce => self.reduce(elements, body, rest.get(1)),
            _ => self.select(function, elements, body),
        }
    }

    /// What the predicate gives for each element; the element itself without one.
    fn each(&mut self, elements: &[Value], body: Option<&Node>) -> Result<Vec<Value>, RunError> {
        self.charge(elements.len())?;
        let Some(body) = body else { return Ok(elements.to_vec()) };
        let mut given = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let frame = Frame { element: element.clone(), index, accumulator: Value::Nil };
            given.push(self.predicate(body, frame)?);
        }
        Ok(given)
    }

    fn sum(&mut self, elements: &[Value], body: Option<&Node>) -> Computed {
        let mut total = Value::Int(0);
        for value in self.each(elements, body)? {
            total = self.add(&total, &value)?;
        }
        Ok(total)
    }

    fn reduce(
        &mut self,
        elements: &[Value],
        body: Option<&Node>,
        start: Option<&Node>,
    ) -> Computed {
        let Some(body) = body else { return Err(refused(Function::Reduce, &[])) };
        let (mut accumulator, skipped) = match start {
            Some(start) => (self.visit(start)?, 0),
            None => (elements.first().cloned().ok_or(RunError::EmptyReduce)?, 1),
        };
        for (index, element) in elements.iter().enumerate().skip(skipped) {
            accumulator =
                self.predicate(body, Frame { element: element.clone(), index, accumulator })?;
        }
        Ok(accumulator)
    }

    /// The functions whose predicate says yes or no; they stop as soon as the answer is known.
    fn select(&mut self, function: Function, elements: &[Value], body: Option<&Node>) -> Computed {
        let backwards = matches!(function, Function::FindLast | Function::FindLastIndex);
        let mut chosen = Vec::new();
        for step in 0..elements.len() {
            let index = if backwards { elements.len() - 1 - step } else { step };
            let Some(element) = elements.get(index) else { break };
            if self.decides(function, body, element, index)? {
                chosen.push((index, element.clone()));
            }
            let is_known = match function {
                Function::All => chosen.len() <= step,
                Function::One => chosen.len() > 1,
                Function::Filter | Function::Count => false,
                _ => !chosen.is_empty(),
            };
            if is_known {
                break;
            }
        }
        let count = chosen.len();
        let first = chosen.first();
        Ok(match function {
            Function::All => Value::Bool(count == elements.len()),
            Function::Any => Value::Bool(count > 0),
            Function::None => Value::Bool(count == 0),
            Function::One => Value::Bool(count == 1),
            Function::Count => Value::Int(i64::try_from(count).unwrap_or(i64::MAX)),
            Function::Find | Function::FindLast => {
                first.map_or(Value::Nil, |(_, element)| element.clone())
            }
            Function::FindIndex | Function::FindLastIndex => first
                .map_or(Value::Nil, |(index, _)| {
                    Value::Int(i64::try_from(*index).unwrap_or(i64::MAX))
                }),
            _ => Value::array(chosen.into_iter().map(|(_, element)| element).collect())?,
        })
    }

    fn decides(
        &mut self,
        function: Function,
        body: Option<&Node>,
        element: &Value,
        index: usize,
    ) -> Result<bool, RunError> {
        self.charge(1)?;
        let frame = Frame { element: element.clone(), index, accumulator: Value::Nil };
        let given = match body {
            Some(body) => self.predicate(body, frame)?,
            None => element.clone(),
        };
        match given {
            Value::Bool(decision) => Ok(decision),
            other => Err(refused(function, &[other])),
        }
    }

    fn plain(&mut self, function: Function, values: &[Value]) -> Computed {
        match (function, values) {
            (Function::Len, [value]) => length(value),
            (Function::Type, [value]) => Ok(Value::text(value.type_name())),
            (Function::Text, [value]) => text(value),
            (Function::Int, [value]) => integer(value),
            (Function::Float, [value]) => float(value),
            (Function::Abs | Function::Ceil | Function::Floor | Function::Round, [value]) => {
                rounded(function, value)
            }
            (Function::Max | Function::Min | Function::Mean | Function::Median, _) => {
                self.aggregate(function, values)
            }
            (Function::Get, [Value::Array(array), Value::Int(index)]) => {
                Ok(element_at(&array.elements, *index).unwrap_or(Value::Nil))
            }
            (Function::Get, [Value::Map(map), Value::Text(key)]) => {
                Ok(map.entries.get(&**key).cloned().unwrap_or(Value::Nil))
            }
            (Function::Get, [Value::Nil, _]) => Ok(Value::Nil),
            (Function::Take, [Value::Array(array), Value::Int(count)]) => {
                let count = usize::try_from(*count).map_err(|_| refused(function, values))?;
                self.charge(array.elements.len())?;
                Value::array(array.elements.iter().take(count).cloned().collect())
            }
            (Function::Concat, _) => self.concat(values),
            (
                Function::First
                | Function::Last
                | Function::Reverse
                | Function::Uniq
                | Function::Flatten
                | Function::Sort,
                [Value::Array(array), ..],
            ) => self.on_array(function, &array.elements, values.get(1)),
            // What turns out to be no array has no first element.
            (Function::First | Function::Last, [_]) => Ok(Value::Nil),
            _ => bits(function, values),
        }
    }

    fn on_array(
        &mut self,
        function: Function,
        elements: &[Value],
        order: Option<&Value>,
    ) -> Computed {
        self.charge(elements.len())?;
        match function {
            Function::First => Ok(elements.first().cloned().unwrap_or(Value::Nil)),
            Function::Last => Ok(elements.last().cloned().unwrap_or(Value::Nil)),
            Function::Reverse => Value::array(elements.iter().rev().cloned().collect()),
            Function::Uniq => {
                let mut kept: Vec<Value> = Vec::new();
                for element in elements {
                    let mut is_known = false;
                    for other in &kept {
                        is_known = is_known || self.equal(other, element)?;
                    }
                    if !is_known {
                        kept.push(element.clone());
                    }
                }
                Value::array(kept)
            }
            Function::Flatten => {
                let mut flat = Vec::new();
                self.flatten(elements, &mut flat)?;
                Value::array(flat)
            }
            _ => {
                let descends = match order {
                    Some(order) => descends(function, order)?,
                    None => false,
                };
                self.sorted(function, elements.to_vec(), elements, descends)
            }
        }
    }

    /// Sorts `values` by `keys`, which must all be numbers or all be texts.
    fn sorted(
        &mut self,
        function: Function,
        keys: Vec<Value>,
        values: &[Value],
        descends: bool,
    ) -> Computed {
        let mixed = keys.windows(2).find(|pair| match pair {
            [one, other] => !one.is_ordered_with(other),
            _ => false,
        });
        if let Some(pair) = mixed {
            return Err(refused(function, pair));
        }
        // Each key is compared about log2(n) times.
        for _ in 0..=keys.len().checked_ilog2().unwrap_or(0) {
            for key in &keys {
                self.charge_text(key)?;
            }
        }
        let mut pairs: Vec<(Value, &Value)> = keys.into_iter().zip(values).collect();
        // A total order, NaN included: an inconsistent one would make the sort panic.
        pairs.sort_by(|(one, _), (other, _)| {
            let order = match (one.number(), other.number()) {
                (Some(one), Some(other)) => one.total_cmp(&other),
                _ => one.compare(other).unwrap_or(Ordering::Equal),
            };
            if descends { order.reverse() } else { order }
        });
        Value::array(pairs.into_iter().map(|(_, value)| value.clone()).collect())
    }

    /// Appends the elements of arrays in arrays; values nest only so deep.
    fn flatten(&mut self, elements: &[Value], flat: &mut Vec<Value>) -> Result<(), RunError> {
        for element in elements {
            self.charge(1)?;
            match element {
                Value::Array(array) => self.flatten(&array.elements, flat)?,
                other => flat.push(other.clone()),
            }
        }
        Ok(())
    }

    fn concat(&mut self, values: &[Value]) -> Computed {
        let mut joined = Vec::new();
        for value in values {
            let Value::Array(array) = value else {
                return Err(refused(Function::Concat, std::slice::from_ref(value)));
            };
            self.charge(array.elements.len())?;
            joined.extend(array.elements.iter().cloned());
        }
        Value::array(joined)
    }

    fn aggregate(&mut self, function: Function, values: &[Value]) -> Computed {
        if let ([value @ (Value::Nil | Value::Text(_))], Function::Max | Function::Min) =
            (values, function)
        {
            // Alone, it has no rival: nil stays nil.
            return Ok(value.clone());
        }
        let mut numbers = Vec::new();
        self.flatten(values, &mut numbers)?;
        let mut floats = Vec::with_capacity(numbers.len());
        for number in &numbers {
            let float = number.number();
            floats.push(float.ok_or_else(|| refused(function, std::slice::from_ref(number)))?);
        }
        let count = floats.len() as f64;
        Ok(match function {
            Function::Mean if floats.is_empty() => Value::Float(0.0),
            Function::Mean => Value::Float(floats.iter().sum::<f64>() / count),
            Function::Median => Value::Float(median(floats)),
            Function::Max => extreme(numbers, Ordering::Greater),
            _ => extreme(numbers, Ordering::Less),
        })
    }
}

/// The number that stands in `order` to all before it; nil without numbers.
fn extreme(numbers: Vec<Value>, order: Ordering) -> Value {
    let better = numbers
        .into_iter()
        .reduce(|best, number| if number.compare(&best) == Some(order) { number } else { best });
    better.unwrap_or(Value::Nil)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0.0);
    if numbers.len() % 2 == 1 {
        at(middle)
    } else {
        (at(middle.wrapping_sub(1)) + at(middle)) / 2.0
    }
}

fn length(value: &Value) -> Computed {
    let length = match value {
        Value::Array(array) => array.elements.len(),
        Value::Map(map) => map.entries.len(),
        Value::Text(text) => text.chars().count(),
        other => return Err(refused(Function::Len, std::slice::from_ref(other))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn text(value: &Value) -> Computed {
    Ok(match value {
        Value::Nil => Value::text("<nil>"),
        Value::Bool(value) => Value::text(&value.to_string()),
        Value::Int(value) => Value::text(&value.to_string()),
        Value::Float(value) => Value::text(&value.to_string()),
        Value::Text(_) => value.clone(),
        other => return Err(refused(Function::Text, std::slice::from_ref(other))),
    })
}

fn integer(value: &Value) -> Computed {
    match value {
        Value::Int(_) => Ok(value.clone()),
        // Saturates where a 64-bit integer ends.
        Value::Float(value) => Ok(Value::Int(*value as i64)),
        Value::Text(text) => {
            let number = text.parse().map_err(|_| RunError::NotANumber { text: text.to_string() });
            Ok(Value::Int(number?))
        }
        other => Err(refused(Function::Int, std::slice::from_ref(other))),
    }
}

fn float(value: &Value) -> Computed {
    match value {
        Value::Int(value) => Ok(Value::Float(*value as f64)),
        Value::Float(_) => Ok(value.clone()),
        Value::Text(text) => {
            let number = text.parse().map_err(|_| RunError::NotANumber { text: text.to_string() });
            Ok(Value::Float(number?))
        }
        other => Err(refused(Function::Float, std::slice::from_ref(other))),
    }
}

fn rounded(function: Function, value: &Value) -> Computed {
    let Some(number) = value.number() else {
        return Err(refused(function, std::slice::from_ref(value)));
    };
    Ok(match (function, value) {
        (Function::Abs, Value::Int(value)) => Value::Int(value.wrapping_abs()),
        (Function::Abs, _) => Value::Float(number.abs()),
        (Function::Ceil, _) => Value::Float(number.ceil()),
        (Function::Floor, _) => Value::Float(number.floor()),
        _ => Value::Float(number.round()),
    })
}

fn bits(function: Function, values: &[Value]) -> Computed {
    let (left, right) = match values {
        [Value::Int(value)] if function == Function::BitNot => return Ok(Value::Int(!value)),
        [Value::Int(left), Value::Int(right)] => (*left, *right),
        _ => return Err(refused(function, values)),
    };
    let shift = || u32::try_from(right).map_err(|_| refused(function, values));
    Ok(Value::Int(match function {
        Function::BitAnd => left & right,
        Function::BitOr => left | right,
        Function::BitXor => left ^ right,
        Function::BitNand => left & !right,
        Function::BitShiftLeft => left.checked_shl(shift()?).unwrap_or(0),
        Function::BitShiftRight => left >> shift()?.min(i64::BITS - 1),
        Function::BitShiftRightUnsigned => {
            left.cast_unsigned().checked_shr(shift()?).unwrap_or(0).cast_signed()
        }
        _ => return Err(refused(function, values)),
    }))
}

fn descends(function: Function, order: &Value) -> Result<bool, RunError> {
    match order {
        Value::Text(order) if &**order == "desc" => Ok(true),
        Value::Text(order) if &**order == "asc" => Ok(false),
        other => Err(refused(function, std::slice::from_ref(other))),
    }
}

/// Names the first value, which is enough to find the place in a formula.
fn refused(function: Function, values: &[Value]) -> RunError {
    RunError::Argument {
        function: function.name(),
        found: values.first().map_or("nothing", Value::name),
    }
}
