//! Reads the tree of a formula by precedence climbing.

use std::collections::BTreeSet;

use super::error::FormulaError;
use super::token::{Token, TokenKind, tokens};
use super::tree::{Binary, Kind, Node, Unary};
use super::{NESTING_MAX, TREE_LEVELS_MAX};

pub(super) type Parsed = Result<Node, FormulaError>;

/// Reads `text`; `names` are the triggers, which hide functions of the same name.
pub(super) fn parse(text: &str, names: &BTreeSet<String>) -> Parsed {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, next: 0, nesting: 0, predicates: 0, names };
    let node = parser.sequence()?;
    match parser.peek() {
        TokenKind::End => Ok(node),
        _ => Err(parser.unexpected()),
    }
}

pub(super) struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    /// Expressions being read, one inside the other.
    nesting: usize,
    /// Predicates being read, one inside the other: `#` means something only inside one.
    pub(super) predicates: usize,
    pub(super) names: &'a BTreeSet<String>,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &TokenKind {
        self.tokens.get(self.next).map_or(&TokenKind::End, |token| &token.kind)
    }

    pub(super) fn peek_symbol(&self) -> Option<&'static str> {
        match self.peek() {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Takes `symbol` if it comes next.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = self.peek_symbol() == Some(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), FormulaError> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(FormulaError::syntax(self.at(), format!("`{symbol}` is missing")))
    }

    pub(super) fn expect_name(&mut self) -> Result<String, FormulaError> {
        let TokenKind::Name(name) = self.peek() else {
            return Err(FormulaError::syntax(self.at(), "a name is missing"));
        };
        let name = name.clone();
        self.advance();
        Ok(name)
    }

    pub(super) fn unexpected(&self) -> FormulaError {
        let problem = match self.peek() {
            TokenKind::End => "the formula ends too early".to_owned(),
            TokenKind::Symbol(symbol) => format!("`{symbol}` is unexpected"),
            TokenKind::Name(name) => format!("`{name}` is unexpected"),
            TokenKind::Text(_) => "a text is unexpected".to_owned(),
            TokenKind::Int(_) | TokenKind::Float(_) => "a number is unexpected".to_owned(),
        };
        FormulaError::syntax(self.at(), problem)
    }

    /// Makes a part that holds parts of `levels` levels.
    pub(super) fn node(&self, at: usize, levels: usize, kind: Kind) -> Parsed {
        let levels = levels + 1;
        if levels > TREE_LEVELS_MAX {
            return Err(FormulaError::TooDeep { at });
        }
        Ok(Node { kind, at, levels })
    }

    /// Runs `read` one level deeper, within the bound of recursion.
    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.nesting >= NESTING_MAX {
            return Err(FormulaError::TooDeep { at: self.at() });
        }
        self.nesting += 1;
        let node = read(self);
        self.nesting -= 1;
        node
    }

    /// `a; b; c`: the value of the last.
    pub(super) fn sequence(&mut self) -> Parsed {
        let first = self.expression(0)?;
        let mut parts = vec![first];
        while self.take(";") {
            if *self.peek() == TokenKind::End {
                break;
            }
            parts.push(self.expression(0)?);
        }
        if parts.len() > 1 {
            let (at, levels) = (self.at(), Node::levels_of(&parts));
            return self.node(at, levels, Kind::Sequence(parts));
        }
        parts.pop().ok_or_else(|| self.unexpected())
    }

    /// An expression of operators that bind at least as strongly as `binding`.
    pub(super) fn expression(&mut self, binding: u16) -> Parsed {
        self.nested(|parser| match parser.peek_symbol() {
            Some("let") if binding == 0 => parser.declaration(),
            Some("if") if binding == 0 => parser.if_else(),
            _ => {
                let operand = parser.primary()?;
                let node = parser.operators(operand, binding)?;
                if binding == 0 { parser.ternary(node) } else { Ok(node) }
            }
        })
    }

    /// Extends `left` by the operators that follow and bind strongly enough.
    fn operators(&mut self, mut left: Node, binding: u16) -> Parsed {
        let mut after_coalesce = false;
        while let Some(symbol) = self.peek_symbol() {
            let at = self.at();
            if symbol == "|" {
                if binding > 0 {
                    break;
                }
                self.advance();
                left = self.piped(left)?;
                after_coalesce = false;
                continue;
            }
            let is_negated = symbol == "not";
            let symbol = if is_negated { self.negated_symbol()? } else { symbol };
            if symbol == "matches" {
                return Err(FormulaError::Unsupported { at, name: symbol.to_owned() });
            }
            let Some((operator, strength)) = Binary::of(symbol).filter(|(_, s)| *s >= binding)
            else {
                break;
            };
            self.next += if is_negated { 2 } else { 1 };
            if after_coalesce && operator != Binary::Coalesce {
                let problem = format!("`{symbol}` after `??` needs parentheses around either");
                return Err(FormulaError::syntax(at, problem));
            }
            left = if operator.is_ordering() {
                self.chain(left, operator, strength)?
            } else {
                self.binary(left, operator, strength)?
            };
            if is_negated {
                let levels = left.levels;
                let kind = Kind::Unary { operator: Unary::Not, operand: Box::new(left) };
                left = self.node(at, levels, kind)?;
            }
            after_coalesce = operator == Binary::Coalesce;
        }
        Ok(left)
    }

    /// The operator after `not`, as in `a not in b`.
    fn negated_symbol(&self) -> Result<&'static str, FormulaError> {
        match self.tokens.get(self.next + 1).map(|token| &token.kind) {
            Some(TokenKind::Symbol(
                symbol @ ("in" | "contains" | "startsWith" | "endsWith" | "matches"),
            )) => Ok(symbol),
            _ => Err(self.unexpected()),
        }
    }

    fn binary(&mut self, left: Node, operator: Binary, strength: u16) -> Parsed {
        // Powers group from the right: 2 ** 3 ** 2 is 2 ** 9.
        let binding = if operator == Binary::Power { strength } else { strength + 1 };
        let right = self.expression(binding)?;
        let (at, levels) = (left.at, left.levels.max(right.levels));
        let kind = Kind::Binary { operator, left: Box::new(left), right: Box::new(right) };
        self.node(at, levels, kind)
    }

    fn chain(&mut self, first: Node, operator: Binary, strength: u16) -> Parsed {
        let mut rest = vec![(operator, self.expression(strength + 1)?)];
        while let Some((operator, _)) = self.peek_symbol().and_then(Binary::of) {
            if !operator.is_ordering() {
                break;
            }
            self.advance();
            rest.push((operator, self.expression(strength + 1)?));
        }
        let levels = first.levels.max(Node::levels_of(rest.iter().map(|(_, node)| node)));
        let at = first.at;
        self.node(at, levels, Kind::Chain { first: Box::new(first), rest })
    }

    fn declaration(&mut self) -> Parsed {
        self.expect("let")?;
        let at = self.at();
        let name = self.expect_name()?;
        self.expect("=")?;
        let value = self.expression(0)?;
        self.expect(";")?;
        let body = self.sequence()?;
        let levels = value.levels.max(body.levels);
        self.node(at, levels, Kind::Let { name, value: Box::new(value), body: Box::new(body) })
    }

    fn if_else(&mut self) -> Parsed {
        let at = self.at();
        self.expect("if")?;
        let condition = self.expression(0)?;
        let then = self.block()?;
        self.expect("else")?;
        let otherwise = match self.peek_symbol() {
            Some("if") => self.nested(Self::if_else)?,
            _ => self.block()?,
        };
        self.conditional(at, condition, Some(then), otherwise)
    }

    pub(super) fn block(&mut self) -> Parsed {
        self.expect("{")?;
        let node = self.sequence()?;
        self.expect("}")?;
        Ok(node)
    }

    /// `c ? a : b`, and `a ?: b` for `a ? a : b`.
    fn ternary(&mut self, mut node: Node) -> Parsed {
        while self.take("?") {
            let at = node.at;
            let then = if self.take(":") {
                None
            } else {
                let then = self.expression(0)?;
                self.expect(":")?;
                Some(then)
            };
            let otherwise = self.expression(0)?;
            node = self.conditional(at, node, then, otherwise)?;
        }
        Ok(node)
    }

    fn conditional(
        &self,
        at: usize,
        condition: Node,
        then: Option<Node>,
        otherwise: Node,
    ) -> Parsed {
        let levels = Node::levels_of([&condition, &otherwise].into_iter().chain(&then));
        let kind = Kind::Conditional {
            condition: Box::new(condition),
            then: then.map(Box::new),
            otherwise: Box::new(otherwise),
        };
        self.node(at, levels, kind)
    }
}
