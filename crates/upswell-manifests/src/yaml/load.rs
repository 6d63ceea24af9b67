//! Builds the tree from the parser's events, within the limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, Tag};
use upswell_units::{Diagnostic, FileId, Span};

use super::hints;
use super::limits::{ALIAS_NODES_MAX, DEPTH_MAX, NODES_MAX, SYNTAX_ERRORS_MAX, TEXT_BYTES_MAX};
use super::mapping::MappingBuilder;
use super::node::{Node, Scalar, Style, Value};
use crate::diagnostics::Diagnostics;

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents that can be read, in the order of the text.
    pub documents: Vec<Document>,
    /// What is wrong with the rest: syntax and limits.
    pub problems: Vec<Diagnostic>,
}

/// One document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its value; null for an empty document.
    pub root: Node,
    /// What is wrong with it although it can be read, such as a key given twice.
    pub problems: Vec<Diagnostic>,
}

/// Reads all documents of a text, YAML or JSON.
///
/// Never fails as a whole: what cannot be read is reported in the outcome. Takes time and memory
/// in proportion to the text, within [`limits`](super::limits).
#[must_use]
pub fn parse(text: &str, file: FileId) -> Parsed {
    if text.len() > TEXT_BYTES_MAX {
        let problems = vec![hints::too_large(text.len() as u64)];
        return Parsed { documents: Vec::new(), problems };
    }
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    let mut loader = Loader::new(text, file);
    let mut parser = Parser::new_from_str_with_options(text, options);
    loader.run(&mut parser);
    Parsed { documents: loader.documents, problems: loader.problems }
}

/// Why the rest of a text is not read.
struct Exhausted;

struct Loader<'t> {
    text: &'t str,
    file: FileId,
    documents: Vec<Document>,
    problems: Vec<Diagnostic>,
    /// First byte of the document that is being read.
    document_start: usize,
    /// Problems of the document that is being read.
    document_problems: Diagnostics,
    root: Option<Node>,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Anchor>,
    nodes: usize,
    alias_nodes: usize,
}

/// A collection that is not finished yet.
struct Frame {
    items: Items,
    start: usize,
    is_block: bool,
    anchor: usize,
    size: Size,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping(MappingBuilder),
}

/// How much an alias of a node would repeat.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    height: usize,
}

struct Anchor {
    node: Node,
    size: Size,
}

const LEAF: Size = Size { nodes: 1, height: 0 };

impl<'t> Loader<'t> {
    fn new(text: &'t str, file: FileId) -> Self {
        Self {
            text,
            file,
            documents: Vec::new(),
            problems: Vec::new(),
            document_start: 0,
            document_problems: Diagnostics::default(),
            root: None,
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            alias_nodes: 0,
        }
    }

    fn run(&mut self, parser: &mut Parser<'t, StrInput<'t>>) {
        let mut syntax_errors = 0;
        while let Some(next) = parser.next_event() {
            match next {
                Ok((event, span)) => {
                    let range = span.byte_range().unwrap_or(0..0);
                    if self.take(event, range.start, range.end).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(0);
                    let problem =
                        hints::syntax(&error, self.text, self.document_start, self.file, at);
                    let is_template = problem.code == hints::TEMPLATE;
                    self.problems.extend(std::mem::take(&mut self.document_problems).into_vec());
                    self.problems.push(problem);
                    self.reset();
                    syntax_errors += 1;
                    // A template is broken all over: one finding says all.
                    if is_template || syntax_errors == SYNTAX_ERRORS_MAX {
                        return;
                    }
                    self.document_start = at;
                    if !parser.proceed_next_document().unwrap_or(false) {
                        return;
                    }
                }
            }
        }
    }

    fn reset(&mut self) {
        self.stack.clear();
        self.anchors.clear();
        self.root = None;
    }

    fn take(&mut self, event: Event<'t>, start: usize, end: usize) -> Result<(), Exhausted> {
        match event {
            Event::DocumentStart(..) => {
                self.reset();
                self.document_start = start;
                Ok(())
            }
            Event::DocumentEnd => {
                self.finish_document();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let style = style_of(style, tag.as_deref());
                let end = trimmed_end(self.text, start, end);
                let value = Value::Scalar(Scalar { text: text.into(), style });
                let node = Node { value, span: self.span(start, end) };
                self.count(start)?;
                self.keep_anchor(anchor, &node, LEAF);
                self.add(node, LEAF)
            }
            Event::Alias(id) => self.alias(id, start, end),
            Event::UnresolvedAlias(_) => {
                let here = self.span(start, end);
                self.document_problems.push(hints::unknown_anchor(here));
                self.add(null(here), LEAF)
            }
            Event::SequenceStart(style, anchor, _) => {
                let is_block = style == granit_parser::StructureStyle::Block;
                self.open(Items::Sequence(Vec::new()), start, is_block, anchor)
            }
            Event::MappingStart(style, anchor, _) => {
                let is_block = style == granit_parser::StructureStyle::Block;
                self.open(Items::Mapping(MappingBuilder::default()), start, is_block, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        items: Items,
        start: usize,
        is_block: bool,
        anchor: usize,
    ) -> Result<(), Exhausted> {
        self.count(start)?;
        if self.stack.len() >= DEPTH_MAX {
            return self.exhausted(hints::too_deep(self.span(start, start)));
        }
        self.stack.push(Frame { items, start, is_block, anchor, size: LEAF });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Exhausted> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let Frame { items, start, is_block, anchor, size } = frame;
        let (value, last) = match items {
            Items::Sequence(items) => {
                let last = items.last().map(|node| node.span.end);
                (Value::Sequence(items.into()), last)
            }
            Items::Mapping(builder) => {
                let last = builder.last_byte();
                (Value::Mapping(builder.finish(&mut self.document_problems)), last)
            }
        };
        // The end event of a block comes after the blanks and comments that follow it.
        let end = if is_block { last.map_or(start, |end| end as usize) } else { end };
        let node = Node { value, span: self.span(start, end) };
        self.keep_anchor(anchor, &node, size);
        self.add(node, size)
    }

    fn alias(&mut self, id: usize, start: usize, end: usize) -> Result<(), Exhausted> {
        let here = self.span(start, end);
        let Some(Anchor { node, size }) = self.anchors.get(&id) else {
            // The anchor's own collection is still open: the value would contain itself.
            self.document_problems.push(hints::alias_cycle(here));
            return self.add(null(here), LEAF);
        };
        let (node, size) = (node.clone(), *size);
        self.alias_nodes = self.alias_nodes.saturating_add(size.nodes);
        if self.alias_nodes > ALIAS_NODES_MAX {
            return self.exhausted(hints::alias_bomb(here));
        }
        if self.stack.len() + size.height > DEPTH_MAX {
            return self.exhausted(hints::too_deep(here));
        }
        self.add(node, size)
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, size: Size) -> Result<(), Exhausted> {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size.nodes = frame.size.nodes.saturating_add(size.nodes);
        frame.size.height = frame.size.height.max(size.height + 1);
        let refused_key = match &mut frame.items {
            Items::Sequence(items) => {
                items.push(node);
                None
            }
            Items::Mapping(builder) => builder.add(node),
        };
        let Some(span) = refused_key else { return Ok(()) };
        let problem = hints::key_is_collection(self.text, span);
        if problem.code == hints::TEMPLATE {
            return self.exhausted(problem);
        }
        self.document_problems.push(problem);
        Ok(())
    }

    fn finish_document(&mut self) {
        let here = self.span(self.document_start, self.document_start);
        let root = self.root.take().unwrap_or_else(|| null(here));
        let mut problems = std::mem::take(&mut self.document_problems).into_vec();
        let document = self.text.get(self.document_start..).unwrap_or_default();
        if let Some(flat) = hints::lost_indentation(document, self.file, self.document_start)
            && root.as_mapping().is_some()
        {
            // Keys given twice and fields in the wrong place are consequences.
            problems = vec![flat];
        }
        self.documents.push(Document { root, problems });
        self.reset();
    }

    fn keep_anchor(&mut self, anchor: usize, node: &Node, size: Size) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node: node.clone(), size });
        }
    }

    /// Counts a node that stands in the text.
    fn count(&mut self, start: usize) -> Result<(), Exhausted> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return self.exhausted(hints::too_many_nodes(self.span(start, start)));
        }
        Ok(())
    }

    fn exhausted(&mut self, problem: Diagnostic) -> Result<(), Exhausted> {
        self.problems.extend(std::mem::take(&mut self.document_problems).into_vec());
        self.problems.push(problem);
        Err(Exhausted)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        // The size limit keeps every offset within 32 bits.
        Span::new(self.file, start as u32, end.max(start) as u32)
    }
}

fn null(span: Span) -> Node {
    let value = Value::Scalar(Scalar { text: Arc::from(""), style: Style::Plain });
    Node { value, span }
}

/// A tag overrules the quotes: `!!str 4` is a string, `!!int "4"` a number.
fn style_of(style: ScalarStyle, tag: Option<&Tag>) -> Style {
    match (tag.map(|tag| tag.core_suffix()), style) {
        (Some(Some("int" | "float" | "bool" | "null")), _) => Style::Plain,
        (None, ScalarStyle::Plain) => Style::Plain,
        (_, ScalarStyle::Literal | ScalarStyle::Folded) => Style::Block,
        _ => Style::Quoted,
    }
}

/// The end of a block scalar without the blank lines after it.
fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    text.get(start..end).map_or(end, |content| start + content.trim_end().len())
}
