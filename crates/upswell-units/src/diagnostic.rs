//! What is wrong, where, and how to mend it; printed like a good compiler's.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Sources, Span};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing to mend.
    Note,
    /// Works, and hurts later.
    Warning,
    /// Refused, or does not work.
    Error,
}

/// One finding: what is wrong, where, and how to mend it.
///
/// The message is a lowercase fragment without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Kebab-case name of the fault, never reused: `unknown-field`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, and what is wrong there in a few words. Absent where there is no text to point at.
    pub primary: Option<Label>,
    /// Other places that matter, such as the object it disagrees with.
    pub related: Vec<Label>,
    /// How to mend it.
    pub help: Option<String>,
}

/// A place with a few words beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// Starts an error without a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Starts a warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Starts a note without a place.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            primary: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// Points at the place of the fault.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Points at another place that matters.
    pub fn also_at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns whether this is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Renders with the source lines and the marked spans; colour only if `colour`.
    #[must_use]
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let (message, help) = (printable(&self.message), self.help.as_deref().map(printable));
        let title = level.primary_title(message.as_str()).id(self.code);
        let excerpts: Vec<_> = self.excerpts(sources);
        let mut group = Group::with_title(title);
        for excerpt in &excerpts {
            group = group.element(excerpt.snippet());
        }
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }

    /// The marked lines, one excerpt a file, the primary's file first.
    fn excerpts<'a>(&'a self, sources: &'a Sources) -> Vec<Excerpt<'a>> {
        let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
        let labels = self.primary.iter().map(|label| (AnnotationKind::Primary, label));
        let labels =
            labels.chain(self.related.iter().map(|label| (AnnotationKind::Context, label)));
        for (kind, label) in labels {
            let file = label.span.file;
            let index = excerpts.iter().position(|excerpt| excerpt.name == sources.name(file));
            let index = index.unwrap_or_else(|| {
                excerpts.push(Excerpt {
                    name: sources.name(file),
                    text: sources.text(file),
                    marks: Vec::new(),
                });
                excerpts.len() - 1
            });
            excerpts[index].marks.push((kind, label));
        }
        excerpts
    }
}

/// Marked places of one file.
struct Excerpt<'a> {
    name: &'a str,
    text: &'a str,
    marks: Vec<(AnnotationKind, &'a Label)>,
}

/// Bytes of a long line that are shown on each side of a mark.
const CONTEXT_CHARS_MAX: usize = 10_000;

impl<'a> Excerpt<'a> {
    /// Cuts the text down to the marked lines: a file may have 100 MB, a line too.
    fn snippet(&self) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let start = self.marks.iter().map(|(_, label)| label.span.start as usize).min();
        let start = floor_boundary(self.text, start.unwrap_or(0));
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let from =
            line_start.max(floor_boundary(self.text, start.saturating_sub(CONTEXT_CHARS_MAX)));
        // A mark of 16 MB says no more than its start.
        let end = self.marks.iter().map(|(_, label)| {
            let Span { start, end, .. } = label.span;
            end.min(start.saturating_add(CONTEXT_CHARS_MAX as u32)) as usize
        });
        let end = end.max();
        let end = floor_boundary(self.text, end.unwrap_or(0)).max(start);
        let line_end = self.text[end..].find('\n').map_or(self.text.len(), |newline| end + newline);
        let to = line_end.min(floor_boundary(self.text, end.saturating_add(CONTEXT_CHARS_MAX)));
        let line = self.text[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let marks = self.marks.iter().map(|(kind, label)| {
            let start = floor_boundary(self.text, label.span.start as usize).clamp(from, to);
            let end = floor_boundary(self.text, label.span.end as usize).clamp(start, to);
            kind.span(start - from..end - from).label(label.text.as_str())
        });
        Snippet::source(&self.text[from..to]).path(self.name).line_start(line).annotations(marks)
    }
}

/// The nearest character boundary at or before `index`.
fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// Replaces control characters, which could rewrite the reader's terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKER: &str = "triggers:\n  - type: redis\n    metadata:\n      listLength: \"0\"\n";

    #[test]
    fn a_diagnostic_reads_like_a_compilers() {
        let mut sources = Sources::default();
        let file = sources.add("worker.yaml", WORKER);
        let start = WORKER.find("\"0\"").unwrap() as u32;
        let diagnostic = Diagnostic::error("threshold-zero", "`listLength` must be above zero")
            .at(Span::new(file, start, start + 3), "one replica would serve no job")
            .help("set the jobs one replica should hold, e.g. \"5\"");
        insta::assert_snapshot!(diagnostic.render(&sources, false), @r#"
        error[threshold-zero]: `listLength` must be above zero
         --> worker.yaml:4:19
          |
        4 |       listLength: "0"
          |                   ^^^ one replica would serve no job
          |
          = help: set the jobs one replica should hold, e.g. "5"
        "#);
    }

    #[test]
    fn a_diagnostic_in_two_files_shows_both() {
        let mut sources = Sources::default();
        let one = sources.add("a.yaml", "name: a\n");
        let two = sources.add("b.yaml", "x: 1\nname: a\n");
        let diagnostic = Diagnostic::error("defined-twice", "Deployment `a` is defined twice")
            .at(Span::new(two, 11, 12), "again here")
            .also_at(Span::new(one, 6, 7), "first here");
        insta::assert_snapshot!(diagnostic.render(&sources, false));
    }

    #[test]
    fn a_mark_of_megabytes_is_cut() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "x".repeat(8 << 20));
        let diagnostic = Diagnostic::note("x", "y").at(Span::new(file, 0, 8 << 20), "z");
        assert!(diagnostic.render(&sources, false).len() < 10 * CONTEXT_CHARS_MAX);
    }

    #[test]
    fn a_span_outside_its_file_or_inside_a_character_does_not_panic() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "größe: 1\n");
        for (start, end) in [(3, 4), (0, 9_999), (9_999, 9_999), (5, 2)] {
            let diagnostic = Diagnostic::note("x", "y").at(Span::new(file, start, end), "z");
            assert!(diagnostic.render(&sources, false).contains("a.yaml"));
        }
    }
}
