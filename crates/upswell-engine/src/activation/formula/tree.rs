//! The tree of a formula.

use std::sync::Arc;

use super::functions::Function;

/// One part of a formula.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Byte at which it starts.
    pub(super) at: usize,
    /// Levels of parts below and including this one; bounds every walk of the tree.
    pub(super) levels: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// A trigger or a variable.
    Name(String),
    /// `$env`: all triggers.
    Environment,
    /// `#`, `#index` or `#acc` inside a predicate.
    Element(Element),
    Unary {
        operator: Unary,
        operand: Box<Node>,
    },
    Binary {
        operator: Binary,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// `a < b <= c`: every neighbouring pair must hold.
    Chain {
        first: Box<Node>,
        rest: Vec<(Binary, Node)>,
    },
    Member {
        base: Box<Node>,
        key: Box<Node>,
        optional: bool,
    },
    Slice {
        base: Box<Node>,
        from: Option<Box<Node>>,
        to: Option<Box<Node>>,
    },
    Call {
        function: Function,
        arguments: Vec<Node>,
    },
    /// A call of something that is not a function of the language.
    Foreign {
        name: String,
        arguments: Vec<Node>,
    },
    Let {
        name: String,
        value: Box<Node>,
        body: Box<Node>,
    },
    Sequence(Vec<Node>),
    Conditional {
        condition: Box<Node>,
        /// The condition's own value where absent, as in `a ?: b`.
        then: Option<Box<Node>>,
        otherwise: Box<Node>,
    },
    Array(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// What a predicate may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Value,
    Index,
    Accumulator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    In,
    Contains,
    StartsWith,
    EndsWith,
    Range,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Coalesce,
}

impl Unary {
    /// Returns the operator a symbol stands for, and how strongly it binds.
    pub(super) fn of(symbol: &str) -> Option<(Self, u16)> {
        Some(match symbol {
            "not" | "!" => (Self::Not, 50),
            "-" => (Self::Minus, 90),
            "+" => (Self::Plus, 90),
            _ => return None,
        })
    }

    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Not => "not",
            Self::Plus => "+",
            Self::Minus => "-",
        }
    }
}

impl Binary {
    /// Returns the operator a symbol stands for, and how strongly it binds.
    pub(super) fn of(symbol: &str) -> Option<(Self, u16)> {
        Some(match symbol {
            "or" | "||" => (Self::Or, 10),
            "and" | "&&" => (Self::And, 15),
            "==" => (Self::Equal, 20),
            "!=" => (Self::NotEqual, 20),
            "<" => (Self::Less, 20),
            ">" => (Self::Greater, 20),
            "<=" => (Self::LessOrEqual, 20),
            ">=" => (Self::GreaterOrEqual, 20),
            "in" => (Self::In, 20),
            "contains" => (Self::Contains, 20),
            "startsWith" => (Self::StartsWith, 20),
            "endsWith" => (Self::EndsWith, 20),
            ".." => (Self::Range, 25),
            "+" => (Self::Add, 30),
            "-" => (Self::Subtract, 30),
            "*" => (Self::Multiply, 60),
            "/" => (Self::Divide, 60),
            "%" => (Self::Modulo, 60),
            "**" | "^" => (Self::Power, 100),
            "??" => (Self::Coalesce, 500),
            _ => return None,
        })
    }

    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Range => "..",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "**",
            Self::Coalesce => "??",
        }
    }

    /// Whether `a < b < c` chains it.
    pub(super) const fn is_ordering(self) -> bool {
        matches!(self, Self::Less | Self::Greater | Self::LessOrEqual | Self::GreaterOrEqual)
    }
}

impl Node {
    /// Returns the deepest of the parts, for the level of the part that holds them.
    pub(super) fn levels_of<'a>(parts: impl IntoIterator<Item = &'a Self>) -> usize {
        parts.into_iter().map(|part| part.levels).max().unwrap_or(0)
    }
}
