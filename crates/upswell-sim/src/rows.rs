//! The lines of a file of comma-separated values, with their places.

use upswell_units::{Diagnostic, FileId, Sources, Span};

/// A broken file may have a million bad rows; the first ones say enough.
pub(crate) const BAD_ROWS_SHOWN_MAX: usize = 20;

/// The lines of a file that are not empty.
pub(crate) struct Rows<'a> {
    file: FileId,
    rest: &'a str,
    offset: usize,
}

/// One line without its line ending.
pub(crate) struct Row<'a> {
    file: FileId,
    pub(crate) text: &'a str,
    offset: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(sources: &'a Sources, file: FileId) -> Self {
        Self { file, rest: sources.text(file), offset: 0 }
    }

    /// Reads all rows; returns the first faults.
    pub(crate) fn read(
        self,
        mut read: impl FnMut(&Row<'a>) -> Result<(), Box<Diagnostic>>,
    ) -> Vec<Diagnostic> {
        let faults = self.filter_map(|row| read(&row).err().map(|fault| *fault));
        faults.take(BAD_ROWS_SHOWN_MAX).collect()
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        while !self.rest.is_empty() {
            let length = self.rest.find('\n').map_or(self.rest.len(), |newline| newline + 1);
            let (line, rest) = self.rest.split_at(length);
            let row = Row { file: self.file, text: line.trim_end(), offset: self.offset };
            self.offset += length;
            self.rest = rest;
            if !row.text.is_empty() {
                return Some(row);
            }
        }
        None
    }
}

impl<'a> Row<'a> {
    pub(crate) fn span(&self) -> Span {
        self.place(self.text)
    }

    /// The place of a part of this row.
    pub(crate) fn place(&self, part: &str) -> Span {
        let start = self.offset + (part.as_ptr() as usize - self.text.as_ptr() as usize);
        Span::new(self.file, start as u32, (start + part.len()) as u32)
    }

    /// Takes the row apart; `example` is a good one under the same `header`.
    pub(crate) fn cells<const COUNT: usize>(
        &self,
        header: &str,
        example: &str,
    ) -> Result<[&'a str; COUNT], Box<Diagnostic>> {
        let mut cells = self.text.split(',');
        let taken = [(); COUNT].map(|()| cells.next().map(str::trim));
        let is_whole = cells.next().is_none() && taken.iter().all(Option::is_some);
        if is_whole {
            return Ok(taken.map(Option::unwrap_or_default));
        }
        let count = self.text.split(',').count();
        let message = format!("a row has {COUNT} cells, this one has {count}");
        Err(Box::new(
            Diagnostic::error("trace-row", message)
                .at(self.span(), "this row")
                .help(format!("write `{header}`, e.g. `{example}`")),
        ))
    }

    /// Refuses a cell: it is not what `what` names.
    pub(crate) fn refuse(
        &self,
        cell: &str,
        what: &str,
        label: &str,
        help: &str,
    ) -> Box<Diagnostic> {
        Box::new(
            Diagnostic::error("trace-row", format!("`{cell}` is not {what}"))
                .at(self.place(cell), label)
                .help(help),
        )
    }
}
