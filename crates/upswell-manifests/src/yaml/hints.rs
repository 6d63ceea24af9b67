//! What can be wrong with a text, and how to mend it.

use granit_parser::{ErrorKind, ScanError};
use upswell_units::{Diagnostic, FileId, Span};

use super::limits::{ALIAS_NODES_MAX, DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};
use super::node::Node;

/// Code of a finding that says: this is no manifest, but a template of one.
pub(super) const TEMPLATE: &str = "helm-template";

/// Code of a mistake for which there is no code of its own.
pub(crate) const SYNTAX: &str = "yaml-syntax";

/// Code of a finding that says: the document lost its indentation.
pub(crate) const LOST_INDENTATION: &str = "lost-indentation";

/// The text is above the size limit.
pub(crate) fn too_large(bytes: u64) -> Diagnostic {
    let (size, limit) = (bytes >> 20, TEXT_BYTES_MAX >> 20);
    let message = format!("{size} MiB are too much for one file, {limit} MiB is the limit");
    Diagnostic::error("file-too-large", message)
        .help("split it: an object of Kubernetes has at most 1.5 MiB")
}

pub(super) fn too_many_nodes(here: Span) -> Diagnostic {
    let message = format!("this file has more than {NODES_MAX} values");
    Diagnostic::error("too-many-values", message)
        .at(here, "the rest is not read")
        .help("split the file")
}

pub(super) fn too_deep(here: Span) -> Diagnostic {
    Diagnostic::error("too-deep", format!("more than {DEPTH_MAX} levels of nesting"))
        .at(here, "the rest of the file is not read")
        .help("no object of Kubernetes nests that deep: check the brackets and the indentation")
}

pub(super) fn alias_bomb(here: Span) -> Diagnostic {
    let message = format!("aliases repeat more than {ALIAS_NODES_MAX} values");
    Diagnostic::error("alias-bomb", message)
        .at(here, "the rest of the file is not read")
        .help("write the values out, or use fewer aliases of aliases")
}

pub(super) fn alias_cycle(here: Span) -> Diagnostic {
    Diagnostic::error("alias-cycle", "a value contains itself")
        .at(here, "an alias of a value that it is part of")
        .help("write the value out")
}

pub(super) fn unknown_anchor(here: Span) -> Diagnostic {
    Diagnostic::error("unknown-anchor", "this alias has no anchor")
        .at(here, "not defined above, in this document")
        .help("define it with `&name` earlier in the same document, or quote a text with `*`")
}

pub(super) fn duplicate_key(name: &str, first: Span, again: Span) -> Diagnostic {
    Diagnostic::error("duplicate-key", format!("key `{name}` is given twice"))
        .at(again, "again here")
        .also_at(first, "first here")
        .help("remove one of them, or indent it below the object it belongs to")
}

/// Says nothing of what was found: the object may be a Secret.
pub(super) fn merge_of_no_mapping(node: &Node) -> Diagnostic {
    Diagnostic::error("merge-of-no-object", "`<<` merges objects")
        .at(node.head(), "not an object")
        .help("refer to an anchored object, as in `<<: *defaults`; quote \"<<\" if it is a name")
}

pub(super) fn key_is_collection(text: &str, span: Span) -> Diagnostic {
    let line = line_around(text, span.start as usize).2;
    if is_template(line) {
        return template(span);
    }
    Diagnostic::error("key-not-text", "a key must be a text")
        .at(span, "an object or a list")
        .help("quote the key if it starts with a bracket")
}

/// Whether a line that is wrong is one of a Helm template; the texts of alerts have braces too.
fn is_template(line: &str) -> bool {
    const OF_ALERTS: [&str; 3] = ["$labels", "$value", "$externalLabels"];
    line.contains("{{") && !OF_ALERTS.iter().any(|name| line.contains(name))
}

fn template(here: Span) -> Diagnostic {
    Diagnostic::error(TEMPLATE, "this file is a template, not a manifest")
        .at(here, "the rest of the file is not read")
        .help("render it first, and read the outcome from stdin: `helm template CHART | upswell rehearse - …`")
}

/// A document without any indentation, as copied from a web page that lost it.
///
/// Told by the line `metadata:` followed at column one by a field that belongs into it.
pub(super) fn lost_indentation(document: &str, file: FileId, offset: usize) -> Option<Diagnostic> {
    let mut after_metadata = false;
    let mut at = offset;
    for line in document.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end();
        if start > offset && content.starts_with("---") {
            return None;
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let key = content.split(':').next().unwrap_or_default();
        if after_metadata && matches!(key, "name" | "namespace" | "labels" | "annotations") {
            let span = Span::new(file, start as u32, (start + key.len()) as u32);
            return Some(
                Diagnostic::error(LOST_INDENTATION, "this document has lost its indentation")
                    .at(span, "belongs two spaces to the right, below `metadata`")
                    .help("copy the original again, or indent every field below its object"),
            );
        }
        after_metadata = key == "metadata" && content.len() == "metadata:".len();
    }
    None
}

/// Explains a syntax error at byte `at`; `document` starts where its document does.
pub(super) fn syntax(
    error: &ScanError,
    text: &str,
    document_start: usize,
    file: FileId,
    at: usize,
) -> Diagnostic {
    let at = at.min(text.len());
    let (line_start, line_end, line) = line_around(text, at);
    let here = Span::new(file, at as u32, mark_end(text, at, line_end) as u32);
    if is_template(line) {
        return template(here);
    }
    let document = text.get(document_start..).unwrap_or_default();
    if let Some(flat) = lost_indentation(document, file, document_start) {
        return flat;
    }
    let indentation = line.len() - line.trim_start().len();
    if let Some(tab) = line[..indentation].find('\t') {
        let tab = (line_start + tab) as u32;
        return Diagnostic::error("tab-indentation", "a tab cannot indent YAML")
            .at(Span::new(file, tab, tab + 1), "a tab")
            .help("replace it by spaces, two for each level");
    }
    let (code, message, help) = explain(error.kind());
    let message = message.map_or_else(|| error.kind().to_string(), str::to_owned);
    Diagnostic::error(code, message).at(here, "here").help(help)
}

/// Code, message (otherwise the parser's own) and mend.
fn explain(kind: &ErrorKind) -> (&'static str, Option<&'static str>, &'static str) {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => {
            ("tab-indentation", Some("a tab cannot stand here"), "replace it by spaces")
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::BlockSequenceEntryNotAllowed => (
            "wrong-indentation",
            Some("this line is not aligned with the lines around it"),
            "give the fields of one object, and the dashes of one list, the same indentation; \
             a field needs `: ` after its name",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => (
            "wrong-indentation",
            Some("a field cannot start here"),
            "align it with the fields of its object, or quote the text if it contains `: `",
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("unclosed-quote", Some("this quote is never closed"), "close it, or double it")
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => (
            "unclosed-bracket",
            Some("a bracket is not closed, or closed by another one"),
            "check commas and brackets; quote a text that starts with `{` or `[`",
        ),
        ErrorKind::RecursionLimitExceeded => {
            ("too-deep", None, "no object of Kubernetes nests that deep: check the brackets")
        }
        ErrorKind::UnexpectedCharacter { .. } => (
            "unquoted-character",
            Some("a text without quotes cannot start with this character"),
            "quote the text",
        ),
        _ => (SYNTAX, None, "see https://yaml.org/spec/1.2.2, or quote the text"),
    }
}

/// The first and last byte of the line around `at`, and its text.
fn line_around(text: &str, at: usize) -> (usize, usize, &str) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    (start, end, &text[start..end])
}

/// Marks the word at `at`, so that a person sees it.
fn mark_end(text: &str, at: usize, line_end: usize) -> usize {
    let word = text.get(at..line_end).unwrap_or_default();
    at + word.find(char::is_whitespace).unwrap_or(word.len())
}
