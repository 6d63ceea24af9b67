//! A tree and what it is given to text.

use std::sync::Arc;

use crate::template::field;
use crate::template::format;
use crate::template::functions::Regexes;
use crate::template::tree::{Command, Fault, Node, Operand, Pipeline, Span, Term, Tree};
use crate::template::value::{Given, Value};
use crate::template::{Data, Querier};

/// Longest text that a template may make, at the end and on the way there.
pub(super) const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// Steps that one expansion may take.
const STEPS_MAX: usize = 1_000_000;
/// Bytes of text that count as one step.
pub(super) const STEP_BYTES: usize = 64;
/// How deep actions, parentheses and templates may lie in one another while they run.
const DEPTH_MAX: usize = 128;

/// The steps that are left.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    /// Takes steps.
    ///
    /// # Errors
    ///
    /// If there are not as many left.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), String> {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.map(drop).ok_or_else(|| format!("it takes more than {STEPS_MAX} steps"))
    }
}

/// Expands a template.
pub(super) fn run(
    tree: &Tree,
    data: &Data<'_>,
    querier: &mut Querier<'_>,
) -> Result<String, Fault> {
    let given = Value::Data(Arc::new(Given {
        labels: data.labels.clone(),
        value: data.value,
        external_labels: data.external_labels.clone(),
        external_url: Arc::from(data.external_url),
    }));
    let variables = vec![
        ("$", given.clone()),
        ("$labels", Value::Labels(data.labels.clone())),
        ("$externalLabels", Value::Labels(data.external_labels.clone())),
        ("$externalURL", Value::text(data.external_url)),
        ("$value", Value::Float(data.value)),
    ];
    let mut run = Run {
        tree,
        data,
        querier,
        variables,
        written: String::new(),
        budget: Budget(STEPS_MAX),
        regexes: Regexes::new(),
        depth: 0,
    };
    run.nodes(&given, &tree.root)?;
    Ok(run.written)
}

/// The variables that every template has beside `$`, in the order of [`run`].
pub(super) const VARIABLES: [&str; 4] = ["$labels", "$externalLabels", "$externalURL", "$value"];

/// How a row of nodes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

pub(super) struct Run<'a, 'b> {
    tree: &'a Tree,
    pub(super) data: &'a Data<'a>,
    pub(super) querier: &'a mut Querier<'b>,
    /// In scope; the last one of a name holds.
    variables: Vec<(&'a str, Value)>,
    written: String,
    pub(super) budget: Budget,
    pub(super) regexes: Regexes,
    depth: usize,
}

impl<'a> Run<'a, '_> {
    pub(super) fn spend(&mut self, steps: usize, at: &Span) -> Result<(), Fault> {
        self.budget.spend(steps).map_err(|message| Fault::new(at.clone(), message))
    }

    fn write(&mut self, text: &str, at: &Span) -> Result<(), Fault> {
        self.spend(1 + text.len() / STEP_BYTES, at)?;
        if self.written.len() + text.len() > OUTPUT_BYTES_MAX {
            let message = format!("the text is longer than {OUTPUT_BYTES_MAX} bytes");
            return Err(Fault::new(at.clone(), message));
        }
        self.written.push_str(text);
        Ok(())
    }

    /// Goes one level down; the caller goes up again.
    fn deeper(&mut self, at: &Span) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message =
                format!("templates and actions lie in one another more than {DEPTH_MAX} deep");
            return Err(Fault::new(at.clone(), message));
        }
        Ok(())
    }

    fn nodes(&mut self, dot: &Value, nodes: &'a [Node]) -> Result<Flow, Fault> {
        for node in nodes {
            let flow = self.node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, dot: &Value, node: &'a Node) -> Result<Flow, Fault> {
        match node {
            Node::Text(text) => self.write(text, &(0..0)).map(|()| Flow::Next),
            Node::Action(pipeline) => self.action(dot, pipeline).map(|()| Flow::Next),
            Node::Choice { is_with, branches, otherwise } => {
                self.choice(dot, *is_with, branches, otherwise)
            }
            Node::Range { over, body, otherwise } => self.range(dot, over, body, otherwise),
            Node::Template { name, dot: pipeline, at } => {
                self.template(dot, name, pipeline.as_ref(), at).map(|()| Flow::Next)
            }
            Node::Break => Ok(Flow::Break),
            Node::Continue => Ok(Flow::Continue),
        }
    }

    fn action(&mut self, dot: &Value, pipeline: &'a Pipeline) -> Result<(), Fault> {
        let value = self.pipeline(dot, pipeline)?;
        if !pipeline.variables.is_empty() {
            return Ok(());
        }
        let text = format::written(&value);
        self.write(&text.map_err(|message| Fault::new(pipeline.at.clone(), message))?, &pipeline.at)
    }

    fn choice(
        &mut self,
        dot: &Value,
        is_with: bool,
        branches: &'a [(Pipeline, Vec<Node>)],
        otherwise: &'a [Node],
    ) -> Result<Flow, Fault> {
        let scope = self.variables.len();
        let mut chosen = (dot.clone(), otherwise);
        for (condition, body) in branches {
            let value = self.pipeline(dot, condition)?;
            if value.is_true() {
                chosen = (if is_with { value } else { dot.clone() }, body);
                break;
            }
        }
        self.deeper(&branches.first().map_or(0..0, |(condition, _)| condition.at.clone()))?;
        let flow = self.nodes(&chosen.0, chosen.1);
        self.depth -= 1;
        self.variables.truncate(scope);
        flow
    }

    fn range(
        &mut self,
        dot: &Value,
        over: &'a Pipeline,
        body: &'a [Node],
        otherwise: &'a [Node],
    ) -> Result<Flow, Fault> {
        let scope = self.variables.len();
        let value = self.commands(dot, over)?;
        let mut elements = elements(value, over)?.peekable();
        self.deeper(&over.at)?;
        let mut flow = Flow::Next;
        if elements.peek().is_none() {
            flow = self.nodes(dot, otherwise)?;
        }
        let inner = self.variables.len();
        for (key, element) in elements {
            self.spend(1, &over.at)?;
            self.set_range(over, key, &element)?;
            let ended = self.nodes(&element, body)?;
            self.variables.truncate(inner);
            if ended == Flow::Break {
                break;
            }
        }
        self.depth -= 1;
        self.variables.truncate(scope);
        Ok(flow)
    }

    /// Sets the variables of a range: one takes the element, two take key and element.
    fn set_range(&mut self, over: &'a Pipeline, key: Value, element: &Value) -> Result<(), Fault> {
        match over.variables.as_slice() {
            [first, second] => {
                self.set(first, key, over)?;
                self.set(second, element.clone(), over)
            }
            [only] => self.set(only, element.clone(), over),
            _ => Ok(()),
        }
    }

    /// Sets a variable of a pipeline: a new one, or the innermost of its name.
    fn set(&mut self, name: &'a str, value: Value, pipeline: &Pipeline) -> Result<(), Fault> {
        if !pipeline.assigns {
            self.variables.push((name, value));
            return Ok(());
        }
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => return Err(undefined(name, &pipeline.at)),
        }
        Ok(())
    }

    fn template(
        &mut self,
        dot: &Value,
        name: &str,
        pipeline: Option<&'a Pipeline>,
        at: &Span,
    ) -> Result<(), Fault> {
        let Some(nodes) = self.tree.definitions.get(name) else {
            return Err(Fault::new(at.clone(), format!("template {name:?} not defined")));
        };
        let dot = match pipeline {
            Some(pipeline) => self.pipeline(dot, pipeline)?,
            None => Value::Nil,
        };
        self.spend(1, at)?;
        self.deeper(at)?;
        // A template sees no variable of the one that calls it.
        let outside = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        self.nodes(&dot, nodes)?;
        self.variables = outside;
        self.depth -= 1;
        Ok(())
    }

    /// Evaluates a pipeline and sets its variables.
    fn pipeline(&mut self, dot: &Value, pipeline: &'a Pipeline) -> Result<Value, Fault> {
        let value = self.commands(dot, pipeline)?;
        for name in &pipeline.variables {
            self.set(name, value.clone(), pipeline)?;
        }
        Ok(value)
    }

    /// Evaluates commands one after the other, each with the value of the one before.
    fn commands(&mut self, dot: &Value, pipeline: &'a Pipeline) -> Result<Value, Fault> {
        let mut piped = None;
        for command in &pipeline.commands {
            piped = Some(self.command(dot, command, piped)?);
        }
        Ok(piped.unwrap_or(Value::Nil))
    }

    fn command(
        &mut self,
        dot: &Value,
        command: &'a Command,
        piped: Option<Value>,
    ) -> Result<Value, Fault> {
        let Command { head, arguments, at } = command;
        self.spend(1, at)?;
        if matches!(head.term, Term::Nil) {
            return Err(Fault::new(head.at.clone(), "nil is not a command"));
        }
        if let (Term::Function(function), true) = (&head.term, head.fields.is_empty()) {
            return self.call(dot, function, arguments, piped, at);
        }
        let takes_arguments = !arguments.is_empty() || piped.is_some();
        if !takes_arguments {
            return self.operand(dot, head);
        }
        let Some((method, fields)) = head.fields.split_last() else {
            return Err(Fault::new(head.at.clone(), "this is no function, and takes no argument"));
        };
        let receiver = self.fields(dot, head, fields)?;
        let mut values = self.operands(dot, arguments)?;
        values.extend(piped);
        field::method(&receiver, method, &values)
            .map_err(|message| Fault::new(head.at.clone(), message))
    }

    pub(super) fn operands(
        &mut self,
        dot: &Value,
        operands: &'a [Operand],
    ) -> Result<Vec<Value>, Fault> {
        operands.iter().map(|operand| self.operand(dot, operand)).collect()
    }

    pub(super) fn operand(&mut self, dot: &Value, operand: &'a Operand) -> Result<Value, Fault> {
        self.fields(dot, operand, &operand.fields)
    }

    /// Evaluates the term of an operand, and takes fields of it.
    fn fields(
        &mut self,
        dot: &Value,
        operand: &'a Operand,
        fields: &[String],
    ) -> Result<Value, Fault> {
        let value = self.term(dot, &operand.term, &operand.at)?;
        let taken = fields.iter().try_fold(value, |value, name| field::field(&value, name));
        taken.map_err(|message| Fault::new(operand.at.clone(), message))
    }

    fn term(&mut self, dot: &Value, term: &'a Term, at: &Span) -> Result<Value, Fault> {
        match term {
            Term::Literal(value) => Ok(value.clone()),
            Term::Nil => Ok(Value::Nil),
            Term::Dot => Ok(dot.clone()),
            Term::Variable(name) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                found.map(|(_, value)| value.clone()).ok_or_else(|| undefined(name, at))
            }
            Term::Function(function) => self.call(dot, function, &[], None, at),
            Term::Pipeline(pipeline) => {
                self.deeper(at)?;
                let value = self.pipeline(dot, pipeline)?;
                self.depth -= 1;
                Ok(value)
            }
        }
    }
}

fn undefined(name: &str, at: &Span) -> Fault {
    Fault::new(at.clone(), format!("undefined variable `{name}`"))
}

/// What a range goes through: keys and elements.
fn elements(
    value: Value,
    over: &Pipeline,
) -> Result<Box<dyn Iterator<Item = (Value, Value)>>, Fault> {
    let fault = |message: String| Fault::new(over.at.clone(), message);
    Ok(match value {
        Value::Nil => Box::new(std::iter::empty()),
        Value::Int(count) if over.variables.len() > 1 => {
            let message = format!("can't use {count} to iterate over more than one variable");
            return Err(fault(message));
        }
        Value::Int(count) => Box::new((0..count).map(|index| (Value::Nil, Value::Int(index)))),
        Value::Vector(vector) => {
            let count = vector.len();
            let element = move |index| {
                let series = vector.get(index).cloned();
                (Value::Int(index as i64), series.map_or(Value::Nil, Value::Series))
            };
            Box::new((0..count).map(element))
        }
        Value::Labels(labels) => {
            let pairs = labels.pairs().to_vec().into_iter();
            Box::new(pairs.map(|(name, value)| (Value::Text(name), Value::Text(value))))
        }
        Value::Args(args) => {
            let pairs = args.values.iter();
            let pairs: Vec<(Value, Value)> =
                pairs.map(|(name, value)| (Value::text(name.as_str()), value.clone())).collect();
            Box::new(pairs.into_iter())
        }
        other => return Err(fault(format!("range can't iterate over {}", other.type_name()))),
    })
}
