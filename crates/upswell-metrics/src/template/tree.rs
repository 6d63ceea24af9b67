//! What a template consists of, once parsed.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::template::functions::Function;
use crate::template::value::Value;

/// Bytes of the template.
pub(super) type Span = Range<usize>;

/// What is wrong, where, and how to mend it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) at: Span,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(at: Span, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// A template: what it writes, and what it defines.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) root: Vec<Node>,
    pub(super) definitions: BTreeMap<String, Vec<Node>>,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text as it is.
    Text(String),
    /// Writes its value, unless it sets variables.
    Action(Pipeline),
    /// `if`, `else if`, … or `with`, `else with`, …: the first one that is true.
    Choice { is_with: bool, branches: Vec<(Pipeline, Vec<Node>)>, otherwise: Vec<Node> },
    /// Once for each element.
    Range { over: Pipeline, body: Vec<Node>, otherwise: Vec<Node> },
    /// Another template, by its name.
    Template { name: String, dot: Option<Pipeline>, at: Span },
    /// Leaves the innermost range.
    Break,
    /// Goes on with the next element of the innermost range.
    Continue,
}

/// Commands, each handing its value to the next as the last argument.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    /// Variables that take the value; a range may set two.
    pub(super) variables: Vec<String>,
    /// Whether the variables are there already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
    pub(super) at: Span,
}

/// An operand with its arguments.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) head: Operand,
    pub(super) arguments: Vec<Operand>,
    pub(super) at: Span,
}

/// A term with the fields that are taken of it.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) term: Term,
    pub(super) fields: Vec<String>,
    pub(super) at: Span,
}

/// The least piece that has a value.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// A text, a number, `true` or `false`.
    Literal(Value),
    /// `nil`
    Nil,
    /// `.`
    Dot,
    /// `$name`, with its dollar.
    Variable(String),
    /// A function.
    Function(&'static Function),
    /// `( … )`
    Pipeline(Box<Pipeline>),
}
