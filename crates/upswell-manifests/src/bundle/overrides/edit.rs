//! Changes one value in a tree of nodes.

use std::sync::Arc;

use upswell_units::{Diagnostic, Spanned, nearest};

use super::argument::Step;
use crate::yaml::{Entry, Mapping, Node, Resolved, Scalar, Style, Value};

/// Objects of Kubernetes whose values are strings, whatever their keys.
///
/// `metadata` is that of a KEDA trigger.
const OBJECTS_OF_STRINGS: [&str; 5] =
    ["metadata", "labels", "annotations", "matchLabels", "nodeSelector"];

/// Names that an error lists.
const NAMES_SHOWN_MAX: usize = 12;

/// Returns the tree with `value` at the end of `path`, whose last key may be new.
///
/// # Errors
///
/// What of the path is not there, with what is; never a value, which may be a Secret's.
pub(super) fn replaced(
    root: &Node,
    path: &[Spanned<Step>],
    value: &Node,
) -> Result<Node, Box<Diagnostic>> {
    below(root, None, path, value)
}

/// Returns the node at the end of a path.
pub(super) fn find<'n>(root: &'n Node, path: &[Spanned<Step>]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match &step.value {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.as_sequence()?.get(*index),
    })
}

/// Returns whether two values are the same to Kubernetes, wherever they were written.
pub(super) fn is_same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Scalar(left), Value::Scalar(right)) => match (left.resolve(), right.resolve()) {
            (Resolved::String, Resolved::String) => left.text == right.text,
            (left, right) => left == right,
        },
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(l, r)| is_same(l, r))
        }
        (Value::Mapping(left), Value::Mapping(right)) => {
            let is_in_right = |entry: &Entry| {
                right.get(&entry.key.value).is_some_and(|value| is_same(&entry.value, value))
            };
            left.entries().len() == right.entries().len() && left.entries().iter().all(is_in_right)
        }
        _ => false,
    }
}

/// `parent` is the step that led to `node`.
fn below(
    node: &Node,
    parent: Option<&Step>,
    path: &[Spanned<Step>],
    value: &Node,
) -> Result<Node, Box<Diagnostic>> {
    let [step, rest @ ..] = path else { return Ok(typed_as(node, value)) };
    let changed = match (&step.value, &node.value) {
        (Step::Key(key), Value::Mapping(mapping)) => {
            let entry = match (mapping.entry(key), rest) {
                (Some(Entry { key, value: old }), _) => {
                    let changed = below(old, Some(&step.value), rest, value)?;
                    Entry { key: key.clone(), value: changed }
                }
                (None, []) => Entry {
                    key: Spanned::new(Arc::clone(key), step.span),
                    value: if holds_strings(parent) { as_string(value) } else { value.clone() },
                },
                (None, _) => return Err(missing_key(key, step, mapping)),
            };
            Value::Mapping(mapping.with(entry))
        }
        (Step::Index(index), Value::Sequence(items)) => {
            let Some(old) = items.get(*index) else { return Err(missing_item(step, items.len())) };
            let mut items = items.to_vec();
            items[*index] = below(old, Some(&step.value), rest, value)?;
            Value::Sequence(items.into())
        }
        (due, found) => return Err(not_of_that_shape(step, due, found)),
    };
    Ok(Node { value: changed, span: node.span })
}

fn holds_strings(parent: Option<&Step>) -> bool {
    matches!(parent, Some(Step::Key(key)) if OBJECTS_OF_STRINGS.contains(&&**key))
}

/// A string where the old value was one in quotes.
fn typed_as(old: &Node, value: &Node) -> Node {
    match old.as_scalar().map(|scalar| scalar.style) {
        Some(Style::Quoted | Style::Block) => as_string(value),
        Some(Style::Plain) | None => value.clone(),
    }
}

/// A string instead of a number or a boolean; null stays, as it takes the field away.
fn as_string(value: &Node) -> Node {
    match &value.value {
        Value::Scalar(Scalar { text, style: Style::Plain }) if !value.is_null() => {
            let scalar = Scalar { text: Arc::clone(text), style: Style::Quoted };
            Node { value: Value::Scalar(scalar), span: value.span }
        }
        _ => value.clone(),
    }
}

fn missing_key(key: &str, step: &Spanned<Step>, mapping: &Mapping) -> Box<Diagnostic> {
    let names = || mapping.entries().iter().map(|entry| &*entry.key.value);
    let help = match nearest(key, names()) {
        Some(guess) => format!("did you mean `{guess}`?"),
        None => there_is(names()),
    };
    let message = format!("there is no `{key}` that could hold the rest of the path");
    Box::new(Diagnostic::error("set-unknown-path", message).at(step.span, "not there").help(help))
}

/// Lists what there is instead.
pub(super) fn there_is<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    let more = if names.len() > NAMES_SHOWN_MAX { ", …" } else { "" };
    names.truncate(NAMES_SHOWN_MAX);
    if names.is_empty() {
        "there is nothing".to_owned()
    } else {
        format!("there is {}{more}", names.join(", "))
    }
}

fn missing_item(step: &Spanned<Step>, items: usize) -> Box<Diagnostic> {
    let help = match items {
        0 => "the list is empty".to_owned(),
        1 => "the list has one item, [0]".to_owned(),
        items => format!("the list has {items} items, [0] to [{}]", items - 1),
    };
    let message = format!("there is no item {}", step.value);
    Box::new(
        Diagnostic::error("set-unknown-path", message).at(step.span, "beyond the end").help(help),
    )
}

fn not_of_that_shape(step: &Spanned<Step>, due: &Step, found: &Value) -> Box<Diagnostic> {
    let is = match found {
        Value::Scalar(_) => "a single value",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "an object",
    };
    let (message, help) = match (due, found) {
        (Step::Key(key), Value::Sequence(_)) => {
            (format!("`{key}` is looked for in a list"), "name a position first, as in [0]")
        }
        (Step::Key(key), _) => {
            (format!("`{key}` is looked for in {is}"), "end the path one step earlier")
        }
        (Step::Index(_), Value::Mapping(_)) => {
            (format!("{due} is looked for in an object"), "name a field instead")
        }
        (Step::Index(_), _) => {
            (format!("{due} is looked for in {is}"), "end the path one step earlier")
        }
    };
    Box::new(Diagnostic::error("set-unknown-path", message).at(step.span, "not there").help(help))
}
