//! The tree that a text becomes.

use std::fmt;
use std::sync::Arc;

use upswell_units::{Span, Spanned};

use super::scalar::{self, Resolved};

/// A value and the place where it was written.
///
/// What an alias repeats has the place of its anchor: that is the text to mend. Clones share their
/// children, so that a thousand aliases cost a thousand small nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// From its first byte to its last, without the key and the indentation before it.
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, a number, a boolean or null.
    Scalar(Scalar),
    /// A list.
    Sequence(Arc<[Node]>),
    /// An object.
    Mapping(Mapping),
}

/// A scalar as it was written; [`Scalar::resolve`] gives its type.
///
/// `Debug` does not show the text: it may be a Secret's.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, escapes and folding undone, quotes removed.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written, which decides whether `4` is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bare: its text tells its type.
    Plain,
    /// In quotes, or tagged as a string.
    Quoted,
    /// After `|` or `>`.
    Block,
}

/// Keys and values in the order of the text; keys that a merge brought come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    entries: Arc<[Entry]>,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key as text: Kubernetes turns every key into a string.
    pub key: Spanned<Arc<str>>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Returns the mapping, if this is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        if let Value::Mapping(mapping) = &self.value { Some(mapping) } else { None }
    }

    /// Returns the items, if this is a sequence.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        if let Value::Sequence(items) = &self.value { Some(items) } else { None }
    }

    /// Returns the scalar, if this is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        if let Value::Scalar(scalar) = &self.value { Some(scalar) } else { None }
    }

    /// Returns the text of a scalar that Kubernetes takes as a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().filter(|scalar| scalar.resolve() == Resolved::String).map(|s| &*s.text)
    }

    /// Returns whether this is null; Kubernetes then takes the field as absent.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.resolve() == Resolved::Null)
    }

    /// Returns the value of `key`, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_mapping()?.get(key)
    }

    /// Returns a place of at most one line to point at: the first key of a mapping.
    #[must_use]
    pub fn head(&self) -> Span {
        match &self.value {
            Value::Scalar(_) => self.span,
            Value::Sequence(items) => items.first().map_or(self.span, Self::head),
            Value::Mapping(mapping) => {
                mapping.entries().first().map_or(self.span, |entry| entry.key.span)
            }
        }
    }

    /// Names what was found, as an error says it: `the number 4`, `a list`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) => scalar.describe(),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "an object".to_owned(),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar").field("style", &self.style).finish_non_exhaustive()
    }
}

impl Scalar {
    /// Returns the type that Kubernetes' YAML reader gives this scalar.
    #[must_use]
    pub fn resolve(&self) -> Resolved {
        match self.style {
            Style::Plain => scalar::resolve(&self.text),
            Style::Quoted | Style::Block => Resolved::String,
        }
    }

    fn describe(&self) -> String {
        let text = shortened(&self.text);
        match self.resolve() {
            Resolved::Null => "nothing".to_owned(),
            Resolved::Boolean(_) => format!("the boolean {text}"),
            Resolved::Integer(_) | Resolved::Float(_) => format!("the number {text}"),
            Resolved::String => format!("the string \"{text}\""),
        }
    }
}

/// Keeps messages short: a certificate has no place in them.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    let start: String = text.chars().take(CHARS_MAX).collect();
    format!("{start}…")
}

impl Mapping {
    /// Takes entries whose keys differ.
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self { entries: entries.into() }
    }

    /// Returns the mapping with an entry: in the place of the one with the same key, or at the end.
    #[must_use]
    pub fn with(&self, entry: Entry) -> Self {
        let mut entries = self.entries.to_vec();
        match entries.iter_mut().find(|old| old.key.value == entry.key.value) {
            Some(old) => *old = entry,
            None => entries.push(entry),
        }
        Self::new(entries)
    }

    /// Returns keys and values.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the entry of `key`.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key.value == key)
    }

    /// Returns the value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}
