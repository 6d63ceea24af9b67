//! Reads what operators stand between: values, calls, members, predicates.

use super::error::FormulaError;
use super::functions::Function;
use super::parse::{Parsed, Parser};
use super::token::TokenKind;
use super::tree::{Element, Kind, Node, Unary};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        let at = self.at();
        let Some(symbol) = self.peek_symbol() else { return self.atom() };
        if let Some((operator, strength)) = Unary::of(symbol) {
            self.advance();
            let operand = self.expression(strength)?;
            let levels = operand.levels;
            let node =
                self.node(at, levels, Kind::Unary { operator, operand: Box::new(operand) })?;
            return self.postfix(node);
        }
        let node = match symbol {
            "(" => {
                self.advance();
                let node = self.sequence()?;
                self.expect(")")?;
                node
            }
            "#" | "." if self.predicates > 0 => self.element()?,
            "::" => {
                self.advance();
                let name = self.expect_name()?;
                self.call(at, name, None, false)?
            }
            "[" => self.array()?,
            "{" => self.map()?,
            _ => return Err(self.unexpected()),
        };
        self.postfix(node)
    }

    /// `#`, `#index`, `#acc`, or the dot of `.field`.
    fn element(&mut self) -> Parsed {
        let at = self.at();
        let mut element = Element::Value;
        if self.take("#")
            && let TokenKind::Name(name) = self.peek()
        {
            element = match name.as_str() {
                "index" => Element::Index,
                "acc" => Element::Accumulator,
                _ => {
                    return Err(FormulaError::type_(at, format!("`#{name}` means nothing here")));
                }
            };
            self.advance();
        }
        self.node(at, 0, Kind::Element(element))
    }

    fn atom(&mut self) -> Parsed {
        let at = self.at();
        let token = self.peek().clone();
        if !matches!(token, TokenKind::End) {
            self.advance();
        }
        let (kind, is_closed) = match token {
            TokenKind::Int(value) => (Kind::Int(value), true),
            TokenKind::Float(value) => (Kind::Float(value), true),
            TokenKind::Text(text) => (Kind::Text(text.into()), false),
            TokenKind::Name(name) => match name.as_str() {
                "true" => (Kind::Bool(true), true),
                "false" => (Kind::Bool(false), true),
                "nil" => (Kind::Nil, true),
                "$env" => (Kind::Environment, false),
                _ if self.peek_symbol() == Some("(") => {
                    let node = self.call(at, name, None, true)?;
                    return self.postfix(node);
                }
                _ => (Kind::Name(name), false),
            },
            TokenKind::End | TokenKind::Symbol(_) => return Err(self.unexpected()),
        };
        let node = self.node(at, 0, kind)?;
        // Numbers, truth values and nil have no members, and the language reads none after them.
        if is_closed { Ok(node) } else { self.postfix(node) }
    }

    /// `.name`, `?.name`, `[index]`, `?.[index]` and `[from:to]` after a value.
    fn postfix(&mut self, mut node: Node) -> Parsed {
        let mut optional = false;
        loop {
            match self.peek_symbol() {
                Some(dot @ ("." | "?.")) => {
                    self.advance();
                    // Once a link is optional, nil goes through the rest of the chain.
                    optional |= dot == "?.";
                    if dot == "?." && self.take("[") {
                        node = self.index(node, optional)?;
                    } else {
                        node = self.field(node, optional)?;
                    }
                }
                Some("[") => {
                    self.advance();
                    node = self.index(node, optional)?;
                }
                _ => return Ok(node),
            }
        }
    }

    fn field(&mut self, base: Node, optional: bool) -> Parsed {
        let at = self.at();
        let name = match self.peek() {
            TokenKind::Name(name) => name.clone(),
            TokenKind::Symbol(word) if word.chars().all(char::is_alphabetic) => (*word).to_owned(),
            _ => return Err(FormulaError::syntax(at, "a name is missing")),
        };
        self.advance();
        if self.peek_symbol() == Some("(") {
            return Err(FormulaError::type_(at, format!("a value has no method `{name}`")));
        }
        let levels = base.levels;
        let key = Box::new(self.node(at, 0, Kind::Text(name.into()))?);
        self.node(at, levels, Kind::Member { base: Box::new(base), key, optional })
    }

    /// What follows `[` after a value.
    fn index(&mut self, base: Node, optional: bool) -> Parsed {
        let at = self.at();
        let from = if self.peek_symbol() == Some(":") { None } else { Some(self.expression(0)?) };
        let is_slice = self.take(":");
        let to = match self.peek_symbol() {
            Some("]") => None,
            _ if is_slice => Some(self.expression(0)?),
            _ => None,
        };
        self.expect("]")?;
        let levels = base.levels.max(Node::levels_of(from.iter().chain(&to)));
        let base = Box::new(base);
        let kind = match from {
            Some(key) if !is_slice => Kind::Member { base, key: Box::new(key), optional },
            from => Kind::Slice { base, from: from.map(Box::new), to: to.map(Box::new) },
        };
        self.node(at, levels, kind)
    }

    /// `value | function(arguments)`.
    pub(super) fn piped(&mut self, first: Node) -> Parsed {
        let at = self.at();
        let name = self.expect_name()?;
        self.call(at, name, Some(first), true)
    }

    /// A call whose name has been read. A trigger of the same name hides a function.
    fn call(&mut self, at: usize, name: String, first: Option<Node>, can_hide: bool) -> Parsed {
        self.expect("(")?;
        let is_hidden = can_hide && self.names.contains(&name);
        let function = Function::named(&name).filter(|_| !is_hidden);
        if function.is_none() && !is_hidden && Function::is_not_offered(&name) {
            return Err(FormulaError::Unsupported { at, name });
        }
        let parameters = function.and_then(Function::predicate_parameters);
        let arguments = match parameters {
            Some(parameters) => {
                let skipped = usize::from(first.is_some());
                let mut arguments = Vec::from_iter(first);
                for (index, parameter) in parameters.iter().skip(skipped).enumerate() {
                    if parameter.is_optional && self.peek_symbol() == Some(")") {
                        break;
                    }
                    if index > 0 {
                        self.expect(",")?;
                    }
                    arguments.push(if parameter.is_predicate {
                        self.predicate()?
                    } else {
                        self.expression(0)?
                    });
                }
                self.take(",");
                self.expect(")")?;
                arguments
            }
            None => self.arguments(first)?,
        };
        let levels = Node::levels_of(&arguments);
        let kind = match function {
            Some(function) => Kind::Call { function, arguments },
            None => Kind::Foreign { name, arguments },
        };
        self.node(at, levels, kind)
    }

    fn arguments(&mut self, first: Option<Node>) -> Result<Vec<Node>, FormulaError> {
        let mut arguments = Vec::from_iter(first);
        let piped = arguments.len();
        while !self.take(")") {
            if arguments.len() > piped {
                self.expect(",")?;
                if self.take(")") {
                    break;
                }
            }
            arguments.push(self.expression(0)?);
        }
        Ok(arguments)
    }

    fn predicate(&mut self) -> Parsed {
        self.predicates += 1;
        let node = match self.peek_symbol() {
            Some("{") => self.block(),
            _ => self.expression(0),
        };
        self.predicates -= 1;
        node
    }

    fn array(&mut self) -> Parsed {
        let at = self.at();
        self.expect("[")?;
        let mut elements = Vec::new();
        while !self.take("]") {
            if !elements.is_empty() {
                self.expect(",")?;
                if self.take("]") {
                    break;
                }
            }
            elements.push(self.expression(0)?);
        }
        let levels = Node::levels_of(&elements);
        self.node(at, levels, Kind::Array(elements))
    }

    fn map(&mut self) -> Parsed {
        let at = self.at();
        self.expect("{")?;
        let mut pairs = Vec::new();
        while !self.take("}") {
            if !pairs.is_empty() {
                self.expect(",")?;
                if self.take("}") {
                    break;
                }
            }
            let key = self.key()?;
            self.expect(":")?;
            pairs.push((key, self.expression(0)?));
        }
        let levels = Node::levels_of(pairs.iter().flat_map(|(key, value)| [key, value]));
        self.node(at, levels, Kind::Map(pairs))
    }

    fn key(&mut self) -> Parsed {
        let at = self.at();
        let text = match self.peek() {
            TokenKind::Text(text) | TokenKind::Name(text) => text.clone(),
            TokenKind::Int(number) => number.to_string(),
            TokenKind::Float(number) => number.to_string(),
            TokenKind::Symbol("(") => return self.expression(0),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        self.node(at, 0, Kind::Text(text.into()))
    }
}
