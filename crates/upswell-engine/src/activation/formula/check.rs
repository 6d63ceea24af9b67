//! Finds unknown names and operators that cannot take their operands, before a formula runs.
//!
//! Parts that a run may skip are checked too, as KEDA's compiler does.

use std::collections::BTreeSet;

use super::error::FormulaError;
use super::functions::Function;
use super::tree::{Binary, Element, Kind, Node, Unary};
use super::types::Type;

type Checked = Result<Type, FormulaError>;

/// Returns the type of a formula whose triggers are `names`.
pub(super) fn check(node: &Node, names: &BTreeSet<String>) -> Checked {
    Checker { names, variables: Vec::new(), predicates: Vec::new() }.visit(node)
}

pub(super) struct Checker<'a> {
    names: &'a BTreeSet<String>,
    variables: Vec<(String, Type)>,
    predicates: Vec<Predicate>,
}

/// What `#` and its companions are inside one predicate.
struct Predicate {
    element: Type,
    has_index: bool,
    has_accumulator: bool,
}

impl Checker<'_> {
    pub(super) fn visit(&mut self, node: &Node) -> Checked {
        match &node.kind {
            Kind::Nil => Ok(Type::Nil),
            Kind::Bool(_) => Ok(Type::Bool),
            Kind::Int(_) => Ok(Type::Int),
            Kind::Float(_) => Ok(Type::Float),
            Kind::Text(_) => Ok(Type::Text),
            Kind::Environment => Ok(Type::Unknown),
            Kind::Name(name) => self.name(node, name),
            Kind::Element(element) => self.element(node, *element),
            Kind::Unary { operator, operand } => self.unary(node, *operator, operand),
            Kind::Binary { operator, left, right } => {
                let (left, right) = (self.visit(left)?, self.visit(right)?);
                binary(node, *operator, &left, &right)
            }
            Kind::Chain { first, rest } => self.chain(node, first, rest),
            Kind::Member { base, key, optional } => self.member(base, key, *optional),
            Kind::Slice { base, from, to } => self.slice(base, from.as_deref(), to.as_deref()),
            Kind::Call { function, arguments } => self.call(node, *function, arguments),
            Kind::Foreign { name, arguments } => self.foreign(node, name, arguments),
            Kind::Let { name, value, body } => self.declaration(node, name, value, body),
            Kind::Sequence(parts) => self.sequence(parts),
            Kind::Conditional { condition, then, otherwise } => {
                self.conditional(condition, then.as_deref(), otherwise)
            }
            Kind::Array(elements) => self.array(elements),
            Kind::Map(pairs) => self.map(pairs),
        }
    }

    fn name(&self, node: &Node, name: &str) -> Checked {
        if let Some((_, known)) = self.variables.iter().rev().find(|(known, _)| known == name) {
            return Ok(known.clone());
        }
        if self.names.contains(name) {
            return Ok(Type::Float);
        }
        if Function::named(name).is_some() {
            return Err(FormulaError::type_(node.at, format!("`{name}` is a function: call it")));
        }
        Err(FormulaError::UnknownName { at: node.at, name: name.to_owned() })
    }

    fn element(&self, node: &Node, element: Element) -> Checked {
        let found = self.predicates.last().and_then(|predicate| match element {
            Element::Value => Some(predicate.element.clone()),
            Element::Index => predicate.has_index.then_some(Type::Int),
            Element::Accumulator => predicate.has_accumulator.then_some(Type::Unknown),
        });
        found.ok_or_else(|| FormulaError::type_(node.at, "this `#` means nothing here"))
    }

    fn unary(&mut self, node: &Node, operator: Unary, operand: &Node) -> Checked {
        let operand = self.visit(operand)?;
        match operator {
            Unary::Not if operand.may_be(|found| *found == Type::Bool) => Ok(Type::Bool),
            Unary::Plus | Unary::Minus if operand.may_be(Type::is_number) => Ok(operand),
            _ => {
                let problem = format!("`{}` does not take {}", operator.symbol(), operand.name());
                Err(FormulaError::type_(node.at, problem))
            }
        }
    }

    fn chain(&mut self, node: &Node, first: &Node, rest: &[(Binary, Node)]) -> Checked {
        let mut left = self.visit(first)?;
        for (operator, right) in rest {
            let right = self.visit(right)?;
            binary(node, *operator, &left, &right)?;
            left = right;
        }
        Ok(Type::Bool)
    }

    fn member(&mut self, base: &Node, key: &Node, optional: bool) -> Checked {
        if let (Kind::Environment, Kind::Text(name)) = (&base.kind, &key.kind) {
            return match self.names.contains(&**name) {
                true => Ok(Type::Float),
                false if optional => Ok(Type::Unknown),
                false => Err(FormulaError::UnknownName { at: key.at, name: name.to_string() }),
            };
        }
        let (found, by) = (self.visit(base)?, self.visit(key)?);
        match &found {
            Type::Unknown => Ok(Type::Unknown),
            Type::Map if by.may_be(|by| *by == Type::Text) => Ok(Type::Unknown),
            Type::Array(element) if by.may_be(|by| *by == Type::Int) => Ok((**element).clone()),
            _ => {
                let problem = format!("{} has no element at {}", found.name(), by.name());
                Err(FormulaError::type_(key.at, problem))
            }
        }
    }

    fn slice(&mut self, base: &Node, from: Option<&Node>, to: Option<&Node>) -> Checked {
        let found = self.visit(base)?;
        if !matches!(found, Type::Unknown | Type::Text | Type::Array(_)) {
            return Err(FormulaError::type_(base.at, format!("{} has no slices", found.name())));
        }
        for bound in [from, to].into_iter().flatten() {
            let bound_type = self.visit(bound)?;
            if !bound_type.may_be(|bound| *bound == Type::Int) {
                let problem = format!("{} does not bound a slice", bound_type.name());
                return Err(FormulaError::type_(bound.at, problem));
            }
        }
        Ok(found)
    }

    fn foreign(&mut self, node: &Node, name: &str, arguments: &[Node]) -> Checked {
        let is_known =
            self.names.contains(name) || self.variables.iter().any(|(known, _)| known == name);
        if !is_known {
            return Err(FormulaError::UnknownName { at: node.at, name: name.to_owned() });
        }
        for argument in arguments {
            self.visit(argument)?;
        }
        Err(FormulaError::type_(node.at, format!("`{name}` is not a function")))
    }

    fn declaration(&mut self, node: &Node, name: &str, value: &Node, body: &Node) -> Checked {
        let is_taken = self.names.contains(name)
            || Function::named(name).is_some()
            || Function::is_not_offered(name)
            || self.variables.iter().any(|(known, _)| known == name);
        if is_taken {
            return Err(FormulaError::type_(node.at, format!("`{name}` already has a meaning")));
        }
        let value = self.visit(value)?;
        self.variables.push((name.to_owned(), value));
        let body = self.visit(body);
        self.variables.pop();
        body
    }

    fn sequence(&mut self, parts: &[Node]) -> Checked {
        let mut last = Type::Nil;
        for part in parts {
            last = self.visit(part)?;
        }
        Ok(last)
    }

    fn conditional(&mut self, condition: &Node, then: Option<&Node>, otherwise: &Node) -> Checked {
        let asked = self.visit(condition)?;
        if !asked.may_be(|asked| *asked == Type::Bool) {
            let problem = format!("{} is not a condition", asked.name());
            return Err(FormulaError::type_(condition.at, problem));
        }
        let then = match then {
            Some(then) => self.visit(then)?,
            None => asked,
        };
        let otherwise = self.visit(otherwise)?;
        Ok(match (then, otherwise) {
            (Type::Nil, other) | (other, Type::Nil) => other,
            (Type::Array(one), Type::Array(other)) if one != other => Type::array_of(Type::Unknown),
            (then, otherwise) if then.fits(&otherwise) => then,
            _ => Type::Unknown,
        })
    }

    fn array(&mut self, elements: &[Node]) -> Checked {
        let mut common = None;
        for element in elements {
            let found = self.visit(element)?;
            common = Some(match common {
                None => found,
                Some(known) if found.fits(&known) => found,
                Some(_) => Type::Unknown,
            });
        }
        Ok(Type::array_of(common.unwrap_or(Type::Unknown)))
    }

    fn map(&mut self, pairs: &[(Node, Node)]) -> Checked {
        for (key, value) in pairs {
            self.visit(key)?;
            self.visit(value)?;
        }
        Ok(Type::Map)
    }

    /// Checks a predicate over elements of `collection` and returns what it gives.
    pub(super) fn predicate(
        &mut self,
        function: Function,
        collection: &Type,
        body: &Node,
    ) -> Checked {
        self.predicates.push(Predicate {
            element: collection.element(),
            has_index: matches!(function, Function::Map | Function::Reduce),
            has_accumulator: function == Function::Reduce,
        });
        let given = self.visit(body);
        self.predicates.pop();
        match given? {
            Type::Nil => Err(FormulaError::type_(body.at, "a predicate gives nil")),
            given => Ok(given),
        }
    }
}

/// Returns what an operator gives for operands of these types.
fn binary(node: &Node, operator: Binary, left: &Type, right: &Type) -> Checked {
    let both_may_be = |wanted: fn(&Type) -> bool| left.may_be(wanted) && right.may_be(wanted);
    let is_unknown = left.is_unknown() || right.is_unknown();
    let given = match operator {
        Binary::Equal | Binary::NotEqual => left.is_comparable_to(right).then_some(Type::Bool),
        Binary::Or | Binary::And => both_may_be(|t| *t == Type::Bool).then_some(Type::Bool),
        Binary::Less | Binary::Greater | Binary::LessOrEqual | Binary::GreaterOrEqual => {
            (both_may_be(Type::is_number) || both_may_be(|t| *t == Type::Text))
                .then_some(Type::Bool)
        }
        Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
            both_may_be(|t| *t == Type::Text).then_some(Type::Bool)
        }
        Binary::In => is_member_test(left, right).then_some(Type::Bool),
        Binary::Range => both_may_be(|t| *t == Type::Int).then(|| Type::array_of(Type::Int)),
        Binary::Add if both_may_be(|t| *t == Type::Text) && !is_unknown => Some(Type::Text),
        Binary::Add if is_unknown => (both_may_be(Type::is_number)
            || both_may_be(|t| *t == Type::Text))
        .then_some(Type::Unknown),
        Binary::Add | Binary::Subtract | Binary::Multiply => {
            let given = if is_unknown { Type::Unknown } else { left.promoted(right) };
            both_may_be(Type::is_number).then_some(given)
        }
        Binary::Divide | Binary::Power => both_may_be(Type::is_number).then_some(Type::Float),
        Binary::Modulo => both_may_be(|t| *t == Type::Int).then_some(Type::Int),
        Binary::Coalesce => Some(match (left, right) {
            (Type::Nil, other) | (other, Type::Nil) => other.clone(),
            (left, right) if right.fits(left) => left.clone(),
            _ => Type::Unknown,
        }),
    };
    given.ok_or_else(|| {
        let (symbol, left, right) = (operator.symbol(), left.name(), right.name());
        FormulaError::type_(node.at, format!("`{symbol}` does not take {left} and {right}"))
    })
}

fn is_member_test(left: &Type, right: &Type) -> bool {
    match right {
        Type::Unknown => true,
        Type::Map => left.may_be(|left| *left == Type::Text),
        Type::Array(element) => left.is_comparable_to(element),
        Type::Text => left.is_unknown(),
        _ => false,
    }
}
