//! Reads the fields of a mapping.

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, Spanned, nearest};

use super::values::wrong_type;
use crate::diagnostics::Diagnostics;
use crate::yaml::{Entry, Mapping, Node};

/// A type that a node can become.
pub trait Decode: Sized {
    /// Returns the value, or `None` after saying to `problems` why there is none.
    ///
    /// May report problems and still return a value: an unknown field leaves the others as they
    /// are. Callers that must know look at [`Diagnostics::count`].
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self>;
}

/// A mapping that is being read, field by field.
pub struct Object<'n, 'p> {
    node: &'n Node,
    mapping: &'n Mapping,
    problems: &'p mut Diagnostics,
    known: Vec<&'static str>,
}

impl<'n, 'p> Object<'n, 'p> {
    /// Starts to read a mapping; reports every other node as a wrong type.
    pub fn new(node: &'n Node, problems: &'p mut Diagnostics) -> Option<Self> {
        let Some(mapping) = node.as_mapping() else {
            problems.push(wrong_type(node, "an object", "indent its fields below it"));
            return None;
        };
        Some(Self { node, mapping, problems, known: Vec::new() })
    }

    /// Reads a field that must be there.
    pub fn required<T: Decode>(&mut self, name: &'static str) -> Option<T> {
        self.require(name).then(|| self.optional(name)).flatten()
    }

    /// Reads a field that may be missing or null, which Kubernetes takes as the same.
    pub fn optional<T: Decode>(&mut self, name: &'static str) -> Option<T> {
        let value = self.value(name)?;
        T::decode(value, self.problems)
    }

    /// Reads a field whose absence is an error that leaves the rest of use.
    pub fn expected<T: Decode>(&mut self, name: &'static str) -> Option<T> {
        self.required(name)
    }

    /// Reads a list; missing or null is the empty list, and items that are wrong are left out.
    pub fn list<T: Decode>(&mut self, name: &'static str) -> Vec<T> {
        self.optional(name).unwrap_or_default()
    }

    /// Reads an object whose keys are free, such as labels; missing or null is the empty one.
    pub fn map<T: Decode>(&mut self, name: &'static str) -> BTreeMap<String, T> {
        self.optional(name).unwrap_or_default()
    }

    /// Declares fields that exist upstream and that nobody here reads.
    pub fn known(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Returns the node of a field, unless it is missing or null, and declares the field.
    pub fn value(&mut self, name: &'static str) -> Option<&'n Node> {
        self.known.push(name);
        self.mapping.get(name).filter(|value| !value.is_null())
    }

    /// Reads a node that belongs to this object.
    pub fn read<T: Decode>(&mut self, node: &Node) -> Option<T> {
        T::decode(node, self.problems)
    }

    /// Returns key and value of a field, null included, and declares the field.
    pub fn entry(&mut self, name: &'static str) -> Option<&'n Entry> {
        self.known.push(name);
        self.mapping.entry(name)
    }

    /// Reports a problem that the caller found.
    pub fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Reports the fields that nobody asked for.
    pub fn finish(self) {
        for Entry { key: Spanned { value: name, span }, .. } in self.mapping.entries() {
            if self.known.contains(&&**name) {
                continue;
            }
            let mut problem = Diagnostic::error("unknown-field", format!("unknown field `{name}`"))
                .at(*span, "no such field here");
            problem = match nearest(name, self.known.iter().copied()) {
                Some(guess) => problem.help(format!("did you mean `{guess}`?")),
                None => problem.help(format!("fields here: {}", self.known_names())),
            };
            self.problems.push(problem);
        }
    }

    /// Whether a field is there; if not, says so.
    fn require(&mut self, name: &'static str) -> bool {
        let problem = match self.mapping.entry(name) {
            Some(entry) if !entry.value.is_null() => return true,
            Some(entry) => {
                let message = format!("required field `{name}` is empty");
                Diagnostic::error("missing-field", message).at(entry.key.span, "has no value")
            }
            None => {
                let message = format!("required field `{name}` is missing");
                let problem = Diagnostic::error("missing-field", message);
                problem.at(self.node.head(), format!("`{name}` is missing beside this"))
            }
        };
        self.known.push(name);
        self.problems.push(problem.help(format!("add `{name}:`")));
        false
    }

    /// The known fields, for help; a pod spec has too many to list.
    fn known_names(&self) -> String {
        const NAMES_MAX: usize = 12;
        let mut names = self.known.clone();
        names.sort_unstable();
        names.dedup();
        let more = if names.len() > NAMES_MAX { ", …" } else { "" };
        names.truncate(NAMES_MAX);
        format!("{}{more}", names.join(", "))
    }
}
