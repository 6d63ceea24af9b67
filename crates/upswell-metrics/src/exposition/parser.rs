//! A page, entry by entry.

use std::iter::FusedIterator;

use super::cursor::{Cursor, Fault};
use super::{Entry, Format, MetricType, Series, openmetrics, text};

/// Starts reading a page.
///
/// Accepts what Prometheus 3 accepts and refuses what it refuses, except that all names and texts
/// must be UTF-8 at once, that a byte 0 does not end a page of text, that blanks before a sample
/// are no part of its name, and that rubbish behind the value of an OpenMetrics sample is refused.
/// A carriage return is part of no line's end, there and here.
#[must_use]
pub fn parse(page: &[u8], format: Format) -> Parser<'_> {
    Parser {
        page,
        cursor: Cursor::new(page),
        format,
        metric_type: MetricType::Unknown,
        has_ended: false,
    }
}

/// Reads a page; after an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    page: &'a [u8],
    cursor: Cursor<'a>,
    format: Format,
    metric_type: MetricType,
    has_ended: bool,
}

/// Why a page is none, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct PageError {
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Parser<'_> {
    /// Makes an error of something that is wrong with a series of this page.
    pub(crate) fn error_at(&self, series: &Series<'_>, message: String) -> PageError {
        self.error(Fault { at: series.start, message })
    }

    fn error(&self, Fault { at, message }: Fault) -> PageError {
        let before = self.page.get(..at).unwrap_or(self.page);
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count();
        PageError { line, column, message }
    }
}

impl<'a> Iterator for Parser<'a> {
    type Item = Result<Entry<'a>, PageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let entry = match self.format {
            Format::Text => text::entry(&mut self.cursor, &mut self.metric_type),
            Format::OpenMetrics => openmetrics::entry(&mut self.cursor, &mut self.metric_type),
        };
        self.has_ended = matches!(entry, Err(_) | Ok(None | Some(Entry::Eof)));
        entry.map_err(|fault| self.error(fault)).transpose()
    }
}

impl FusedIterator for Parser<'_> {}
