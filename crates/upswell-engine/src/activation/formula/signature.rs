//! What each function takes and gives, checked before a formula runs.

use super::check::Checker;
use super::error::FormulaError;
use super::functions::Function;
use super::tree::Node;
use super::types::Type;

type Checked = Result<Type, FormulaError>;

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &Node, function: Function, arguments: &[Node]) -> Checked {
        if function.predicate_parameters().is_some() {
            return self.call_with_predicate(node, function, arguments);
        }
        if function == Function::Get {
            return self.get(node, arguments);
        }
        let mut types = Vec::with_capacity(arguments.len());
        for argument in arguments {
            types.push(self.visit(argument)?);
        }
        plain(function, &types).ok_or_else(|| misused(node, function, &types))
    }

    fn call_with_predicate(
        &mut self,
        node: &Node,
        function: Function,
        arguments: &[Node],
    ) -> Checked {
        let Some((first, rest)) = arguments.split_first() else {
            return Err(misused(node, function, &[]));
        };
        let collection = self.visit(first)?;
        if !collection.may_be(is_array) {
            return Err(misused(node, function, &[collection]));
        }
        let given = match rest.first() {
            Some(body) => Some(self.predicate(function, &collection, body)?),
            None => None,
        };
        let extra = match rest.get(1) {
            Some(extra) => Some(self.visit(extra)?),
            None => None,
        };
        let must_decide = !matches!(
            function,
            Function::Map | Function::Sum | Function::SortBy | Function::Reduce
        );
        let decides = given.as_ref().is_none_or(|given| given.may_be(|t| *t == Type::Bool));
        if must_decide && !decides {
            return Err(FormulaError::type_(
                node.at,
                format!("the predicate of `{}` gives no truth value", function.name()),
            ));
        }
        Ok(match function {
            Function::Filter => Type::array_of(collection.element()),
            Function::Map => Type::array_of(given.unwrap_or(Type::Unknown)),
            Function::Find | Function::FindLast => collection.element(),
            Function::Sum => given.unwrap_or_else(|| collection.element()),
            Function::Reduce => given.unwrap_or(Type::Unknown),
            Function::Count | Function::FindIndex | Function::FindLastIndex => Type::Int,
            Function::SortBy => match extra {
                Some(order) if !order.may_be(|t| *t == Type::Text) => {
                    return Err(misused(node, function, &[collection, order]));
                }
                _ => collection,
            },
            _ => Type::Bool,
        })
    }

    /// `get(base, key)` is `base[key]` that gives nil where there is no such element.
    fn get(&mut self, node: &Node, arguments: &[Node]) -> Checked {
        let mut types = Vec::with_capacity(arguments.len());
        for argument in arguments {
            types.push(self.visit(argument)?);
        }
        let given = match types.as_slice() {
            [Type::Unknown, _] => Some(Type::Unknown),
            [Type::Array(element), key] if key.may_be(is_int) => Some((**element).clone()),
            [Type::Map, key] if key.may_be(|t| *t == Type::Text) => Some(Type::Unknown),
            _ => None,
        };
        given.ok_or_else(|| misused(node, Function::Get, &types))
    }
}

fn misused(node: &Node, function: Function, types: &[Type]) -> FormulaError {
    let given: Vec<&str> = types.iter().map(Type::name).collect();
    let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
    FormulaError::type_(node.at, format!("`{}` does not take {given}", function.name()))
}

/// Returns what a function without a predicate gives; nothing if it does not take these types.
fn plain(function: Function, types: &[Type]) -> Option<Type> {
    let anything = Type::array_of(Type::Unknown);
    match (function, types) {
        (Function::Len, [Type::Unknown | Type::Array(_) | Type::Map | Type::Text]) => {
            Some(Type::Int)
        }
        (Function::Type | Function::Text, [_]) => Some(Type::Text),
        (Function::Abs, [value]) => value.may_be(Type::is_number).then(|| value.clone()),
        (Function::Ceil | Function::Floor | Function::Round, [value]) => {
            value.may_be(Type::is_number).then_some(Type::Float)
        }
        (Function::Int, [value]) => value.may_be(is_number_or_text).then_some(Type::Int),
        (Function::Float, [value]) => value.may_be(is_number_or_text).then_some(Type::Float),
        (Function::Max | Function::Min | Function::Mean | Function::Median, _) => aggregate(types),
        (Function::First | Function::Last, [value]) => {
            value.may_be(is_array).then_some(Type::Unknown)
        }
        (Function::Take, [value, count]) => {
            (value.may_be(is_array) && count.may_be(is_int)).then_some(anything)
        }
        (Function::Reverse | Function::Uniq | Function::Flatten | Function::Sort, [value]) => {
            value.may_be(is_array).then_some(anything)
        }
        (Function::Sort, [value, order]) => {
            (value.may_be(is_array) && order.may_be(|t| *t == Type::Text)).then_some(anything)
        }
        (Function::Concat, [_, ..]) => {
            types.iter().all(|value| value.may_be(is_array)).then_some(anything)
        }
        (Function::BitNot, [value]) => value.may_be(is_int).then_some(Type::Int),
        (
            Function::BitAnd
            | Function::BitOr
            | Function::BitXor
            | Function::BitNand
            | Function::BitShiftLeft
            | Function::BitShiftRight
            | Function::BitShiftRightUnsigned,
            [left, right],
        ) => (left.may_be(is_int) && right.may_be(is_int)).then_some(Type::Int),
        _ => None,
    }
}

/// Numbers up to the first array or unknown, after which anything may stand.
fn aggregate(types: &[Type]) -> Option<Type> {
    for value in types {
        match value {
            Type::Unknown | Type::Array(_) => return Some(Type::Unknown),
            Type::Int | Type::Float => {}
            _ => return None,
        }
    }
    types.first().cloned()
}

fn is_array(found: &Type) -> bool {
    matches!(found, Type::Array(_))
}

fn is_int(found: &Type) -> bool {
    *found == Type::Int
}

fn is_number_or_text(found: &Type) -> bool {
    found.is_number() || *found == Type::Text
}
