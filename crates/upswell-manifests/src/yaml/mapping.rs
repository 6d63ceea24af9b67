//! Builds one mapping: keys, keys given twice, merge keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use upswell_units::{Span, Spanned};

use super::hints;
use super::node::{Entry, Mapping, Node, Style, Value};
use crate::diagnostics::Diagnostics;

/// The bare key whose mappings are merged into the one that has it.
///
/// Source: the YAML 1.1 merge type, which sigs.k8s.io/yaml and so kubectl follow.
const MERGE: &str = "<<";

/// A mapping that is not finished yet.
#[derive(Default)]
pub(super) struct MappingBuilder {
    entries: Vec<Entry>,
    merges: Vec<Node>,
    awaited: Awaited,
    last_byte: Option<u32>,
}

#[derive(Default)]
enum Awaited {
    #[default]
    Key,
    Value(Spanned<Arc<str>>),
    /// What follows the key `<<`.
    Merge,
    /// The value of a key that was refused.
    Nothing,
}

impl MappingBuilder {
    /// Takes the next node, a key or the value of the last key.
    ///
    /// Returns the place of a key that is no scalar; its value is left out.
    pub(super) fn add(&mut self, node: Node) -> Option<Span> {
        self.last_byte = self.last_byte.max(Some(node.span.end));
        match std::mem::take(&mut self.awaited) {
            Awaited::Key => match node.value {
                Value::Scalar(scalar) if scalar.style == Style::Plain && &*scalar.text == MERGE => {
                    self.awaited = Awaited::Merge;
                }
                Value::Scalar(scalar) => {
                    self.awaited = Awaited::Value(Spanned::new(scalar.text, node.span));
                }
                Value::Sequence(_) | Value::Mapping(_) => {
                    self.awaited = Awaited::Nothing;
                    return Some(node.span);
                }
            },
            Awaited::Value(key) => self.entries.push(Entry { key, value: node }),
            Awaited::Merge => self.merges.push(node),
            Awaited::Nothing => {}
        }
        None
    }

    /// One past the last byte of the last key or value.
    pub(super) fn last_byte(&self) -> Option<u32> {
        self.last_byte
    }

    /// Closes the mapping: the first of two like keys stays, and is reported.
    pub(super) fn finish(self, problems: &mut Diagnostics) -> Mapping {
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        let mut entries = Vec::with_capacity(self.entries.len());
        for entry in self.entries {
            let Spanned { value: name, span } = entry.key.clone();
            if let Some(first) = seen.get(&name) {
                problems.push(hints::duplicate_key(&name, *first, span));
                continue;
            }
            seen.insert(name, span);
            entries.push(entry);
        }
        for merge in &self.merges {
            merge_into(&mut entries, &mut seen, merge, problems);
        }
        Mapping::new(entries)
    }
}

/// Adds the keys that are not there yet; of several mappings the first one wins.
fn merge_into(
    entries: &mut Vec<Entry>,
    seen: &mut BTreeMap<Arc<str>, Span>,
    merge: &Node,
    problems: &mut Diagnostics,
) {
    let mappings = match &merge.value {
        Value::Mapping(_) => std::slice::from_ref(merge),
        Value::Sequence(items) => items,
        Value::Scalar(_) => {
            problems.push(hints::merge_of_no_mapping(merge));
            return;
        }
    };
    for node in mappings {
        let Some(mapping) = node.as_mapping() else {
            problems.push(hints::merge_of_no_mapping(node));
            continue;
        };
        for entry in mapping.entries() {
            if !seen.contains_key(&entry.key.value) {
                seen.insert(Arc::clone(&entry.key.value), entry.key.span);
                entries.push(entry.clone());
            }
        }
    }
}
