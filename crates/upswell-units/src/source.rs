//! Where a value was written: files, byte spans, lines and columns.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Names one file of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file it lies in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for a place between two bytes.
    pub end: u32,
}

/// A value together with where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

/// A line and a column, both counted from one; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

/// The texts of a bundle, to which all spans point.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
}

#[derive(Clone)]
struct File {
    name: Arc<str>,
    text: Arc<str>,
}

impl Sources {
    /// Adds a file under the name that diagnostics will print.
    ///
    /// Spans count bytes in 32 bits: the loader refuses larger texts before they get here.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(File { name: name.into(), text: text.into() });
        id
    }

    /// Overwrites a file's text by asterisks wherever `hidden` says so, byte by byte.
    ///
    /// White space stays, so that lines, columns and spans are as before. For what must not be
    /// printed: from here on nobody sees it.
    pub fn mask(&mut self, file: FileId, hidden: &[Range<usize>]) {
        let text = &mut self.files[file.0 as usize].text;
        let mut bytes = text.as_bytes().to_vec();
        for range in hidden {
            let (start, end) = (range.start.min(bytes.len()), range.end.min(bytes.len()));
            let masked = bytes.get_mut(start..end).unwrap_or_default();
            masked.iter_mut().filter(|byte| !byte.is_ascii_whitespace()).for_each(|b| *b = b'*');
        }
        // A range that cuts a character in two leaves bytes that are no text.
        *text = String::from_utf8_lossy(&bytes).into();
    }

    /// Returns the name of a file.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].name
    }

    /// Returns the whole text of a file.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// Returns the text that a span covers; empty where the span does not fit its file.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Returns line and column of a span's first byte.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        let text = self.text(span.file);
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Returns `file:line:column` of a span's first byte.
    #[must_use]
    pub fn location(&self, span: Span) -> String {
        format!("{}:{}", self.name(span.file), self.position(span))
    }

    /// Returns the files in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), &*file.name))
    }
}

impl fmt::Debug for File {
    /// The name alone: the text may be long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Span {
    /// Takes the bytes `start..end` of `file`.
    #[must_use]
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Changes the value and keeps the place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }

    /// Borrows the value and keeps the place.
    pub const fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "kind: x\nname: größe 3\n");
        let span = Span::new(file, 22, 23);
        assert_eq!(sources.snippet(span), "3");
        assert_eq!(sources.location(span), "a.yaml:2:13");
        assert_eq!(sources.location(Span::new(file, 999, 999)), "a.yaml:3:1");
    }

    #[test]
    fn masked_text_keeps_its_lines_and_its_length() {
        let mut sources = Sources::default();
        let text = "user: größe\npass: a b\nnext: 1\n";
        let file = sources.add("a.yaml", text);
        sources.mask(file, &[6..13, 20..23, 900..999]);
        assert_eq!(sources.text(file), "user: *******\npass: * *\nnext: 1\n");
        assert!(!format!("{sources:?}").contains("pass"));
    }
}
