//! Finds what Secrets say in a text, so that no diagnostic prints it.
//!
//! A diagnostic shows the lines that it points at, and its neighbours in a text of one line. So the
//! text itself is masked: the keys of a Secret stay, and the values that tell which object it is.

use std::ops::Range;

use upswell_units::Span;

use crate::yaml::{Entry, LOST_INDENTATION, Mapping, Node, Parsed};

const KIND: &str = "Secret";

/// Fields of a Secret whose values may be seen; those of `metadata` too.
const SHOWN: [&str; 6] = ["apiVersion", "kind", "type", "immutable", "name", "namespace"];

/// Returns the bytes of a text that belong to Secrets and must not be seen, in their order.
pub(super) fn hidden(text: &str, parsed: &Parsed) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut documents = parsed.documents.iter().peekable();
    for segment in segments(text) {
        let begins_here = |node: &Node| segment.contains(&(node.span.start as usize));
        let mut roots = Vec::new();
        while let Some(document) = documents.next_if(|document| begins_here(&document.root)) {
            let is_flat = document.problems.iter().any(|found| found.code == LOST_INDENTATION);
            roots.extend(Some(&document.root).filter(|_| !is_flat));
        }
        match roots[..] {
            [root] if holds_secret(root, false) => {
                hide_values(text, segment, root, &mut hidden);
            }
            [root] if kind_of(root).is_some() => {}
            // Without a tree nobody knows which part of the document is what.
            _ if mentions_secret(&text[segment.clone()]) => hidden.push(segment),
            _ => {}
        }
    }
    hidden
}

/// The parts of a text between the lines that separate documents.
fn segments(text: &str) -> Vec<Range<usize>> {
    let (mut segments, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") || line.starts_with("...") {
            segments.push(start..at);
            start = at;
        }
        at += line.len();
    }
    segments.push(start..text.len());
    segments
}

/// Whether a document that cannot be read looks like a Secret.
fn mentions_secret(text: &str) -> bool {
    text.lines().any(|line| line.contains("kind") && line.contains(KIND))
}

fn kind_of(node: &Node) -> Option<&str> {
    node.get("kind")?.as_str()
}

/// The objects of a list, and whether they are Secrets unless they say otherwise.
fn items(node: &Node) -> Option<(&[Node], bool)> {
    let item_kind = kind_of(node)?.strip_suffix("List")?;
    Some((node.get("items")?.as_sequence()?, item_kind == KIND))
}

fn is_secret(node: &Node, unless_said: bool) -> bool {
    kind_of(node).map_or(unless_said, |kind| kind == KIND)
}

fn holds_secret(node: &Node, unless_said: bool) -> bool {
    match items(node) {
        Some((items, is_list_of_secrets)) => {
            items.iter().any(|item| holds_secret(item, is_list_of_secrets))
        }
        None => is_secret(node, unless_said),
    }
}

/// Hides a document except what may be seen of it.
fn hide_values(text: &str, document: Range<usize>, root: &Node, hidden: &mut Vec<Range<usize>>) {
    let mut shown = Vec::new();
    show(root, false, &mut shown);
    shown.sort_unstable_by_key(|span| span.start);
    let mut from = document.start;
    for span in shown {
        let (start, end) = (span.start as usize, span.end as usize);
        if start > from {
            hide_unless_structure(text, from..start, hidden);
        }
        from = from.max(end);
    }
    if document.end > from {
        hide_unless_structure(text, from..document.end, hidden);
    }
}

/// Collects what may be seen of an object, or of a list of objects.
fn show(node: &Node, unless_said: bool, shown: &mut Vec<Span>) {
    if let Some((items, is_list_of_secrets)) = items(node) {
        shown.extend(entries(node).iter().map(|entry| entry.key.span));
        shown.extend(node.get("kind").map(|kind| kind.span));
        items.iter().for_each(|item| show(item, is_list_of_secrets, shown));
    } else if is_secret(node, unless_said) {
        show_keys(node, shown);
        for object in [Some(node), node.get("metadata")].into_iter().flatten() {
            let is_shown = |entry: &&Entry| {
                SHOWN.contains(&&*entry.key.value) && entry.value.as_scalar().is_some()
            };
            shown.extend(entries(object).iter().filter(is_shown).map(|entry| entry.value.span));
        }
    } else {
        shown.push(node.span);
    }
}

/// Collects all keys below a node, and both ends of each value: what lies between is punctuation.
fn show_keys(node: &Node, shown: &mut Vec<Span>) {
    for Entry { key, value } in entries(node) {
        let Span { file, start, end } = value.span;
        shown.extend([key.span, Span::new(file, start, start), Span::new(file, end, end)]);
        show_keys(value, shown);
    }
}

fn entries(node: &Node) -> &[Entry] {
    node.as_mapping().map_or(&[], Mapping::entries)
}

/// Hides a gap between things that are shown, unless it holds punctuation alone.
fn hide_unless_structure(text: &str, gap: Range<usize>, hidden: &mut Vec<Range<usize>>) {
    let is_structure = |c: char| c.is_whitespace() || ":,-{}[]".contains(c);
    if !text.get(gap.clone()).unwrap_or_default().chars().all(is_structure) {
        hidden.push(gap);
    }
}
