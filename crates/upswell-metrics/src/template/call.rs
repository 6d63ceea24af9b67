//! Calls of functions.

use crate::template::functions::{Body, Call, Function, Kind};
use crate::template::run::{Run, STEP_BYTES};
use crate::template::tree::{Fault, Operand, Span};
use crate::template::value::Value;

impl<'a> Run<'a, '_> {
    /// Calls a function; what is piped is its last argument.
    pub(super) fn call(
        &mut self,
        dot: &Value,
        function: &'static Function,
        operands: &'a [Operand],
        piped: Option<Value>,
        at: &Span,
    ) -> Result<Value, Fault> {
        let (wanted, given) =
            (function.arguments.len(), operands.len() + usize::from(piped.is_some()));
        if given < wanted || (given > wanted && function.more.is_none()) {
            let name = function.name;
            let message = format!("wrong number of args for {name}: want {wanted} got {given}");
            return Err(Fault::new(at.clone(), message));
        }
        let yielded = match function.body {
            Body::And => return self.first_that(false, dot, operands, piped),
            Body::Or => return self.first_that(true, dot, operands, piped),
            Body::Plain(body) => body(&self.arguments(dot, function, operands, piped, at)?),
            Body::Outside(body) => {
                let values = self.arguments(dot, function, operands, piped, at)?;
                body(&mut self.outside(), &values)
            }
        };
        let value = yielded.map_err(|why| {
            Fault::new(at.clone(), format!("error calling {}: {why}", function.name))
        })?;
        self.spend(text_bytes(&value) / STEP_BYTES, at)?;
        Ok(value)
    }

    /// Evaluates and checks the arguments of a function.
    fn arguments(
        &mut self,
        dot: &Value,
        function: &Function,
        operands: &'a [Operand],
        piped: Option<Value>,
        at: &Span,
    ) -> Result<Vec<Value>, Fault> {
        let mut values = self.operands(dot, operands)?;
        values.extend(piped);
        for (index, value) in values.iter().enumerate() {
            let kind = function.arguments.get(index).copied().or(function.more);
            check(value, kind.unwrap_or(Kind::Any)).map_err(|why| Fault::new(at.clone(), why))?;
        }
        self.spend(values.iter().map(text_bytes).sum::<usize>() / STEP_BYTES, at)?;
        Ok(values)
    }

    /// What a function may use of the run.
    fn outside<'s>(&'s mut self) -> Call<'s, 's> {
        Call {
            querier: &mut *self.querier,
            budget: &mut self.budget,
            regexes: &mut self.regexes,
            external_url: self.data.external_url,
            now: self.data.at.as_secs_f64(),
        }
    }

    /// Yields the first argument that is `truth`, or else the last one; evaluates no more of them
    /// than that takes.
    fn first_that(
        &mut self,
        truth: bool,
        dot: &Value,
        operands: &'a [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Fault> {
        let mut value = Value::Nil;
        for operand in operands {
            value = self.operand(dot, operand)?;
            if value.is_true() == truth {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }
}

/// Refuses an argument of the wrong kind; none will do for a vector or a series.
fn check(value: &Value, kind: Kind) -> Result<(), String> {
    match (kind, value) {
        (Kind::Any, _)
        | (Kind::Text, Value::Text(_))
        | (Kind::Vector, Value::Vector(_) | Value::Nil)
        | (Kind::Series, Value::Series(_) | Value::Nil) => Ok(()),
        _ => {
            let (kind, got) = (kind.name(), value.type_name());
            Err(format!("wrong type for value; expected {kind}; got {got}"))
        }
    }
}

fn text_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        _ => 0,
    }
}
