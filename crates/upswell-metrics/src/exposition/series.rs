//! The parts of a sample that both formats share.

use super::cursor::{Class, Cursor, Fault};
use super::label_set::{self, Part, Syntax};
use super::number;

/// Reads name and labels.
pub(super) fn raw<'a>(cursor: &mut Cursor<'a>, syntax: Syntax) -> Result<&'a str, Fault> {
    let start = cursor.clone();
    let has_bare_name = !cursor.take_name(Class::MetricName).is_empty();
    let mut end = cursor.clone();
    if syntax == Syntax::Text {
        cursor.eat_blanks();
    }
    if cursor.eat(b'{') {
        let mut names = usize::from(has_bare_name);
        label_set::read(cursor, syntax, |part| {
            names += usize::from(matches!(part, Part::MetricName(_)));
        })?;
        if names != 1 {
            let found = if names == 0 { "no name" } else { "more than one name" };
            return Err(start.fault(format!("the metric has {found}")));
        }
        end = cursor.clone();
    } else if !has_bare_name {
        return Err(cursor.expected("a metric, a comment or an empty line"));
    }
    utf8(end.since(start.at()), &start)
}

/// Reads a value that ends before a byte of a kind.
pub(super) fn value(cursor: &mut Cursor<'_>, is_end: impl Fn(u8) -> bool) -> Result<f64, Fault> {
    let start = cursor.clone();
    let text = cursor.take_while(|byte| !is_end(byte));
    if text.is_empty() {
        return Err(cursor.expected("a value"));
    }
    number::parse(text).ok_or_else(|| not_a_number(text, &start))
}

/// A fault that quotes the start of what is no number.
pub(super) fn not_a_number(text: &[u8], at: &Cursor<'_>) -> Fault {
    const BYTES_MAX: usize = 4 * SHOWN_MAX;
    let shown = shown(&String::from_utf8_lossy(&text[..text.len().min(BYTES_MAX)]));
    let crlf = if text.ends_with(b"\r") { "; lines end with a newline alone" } else { "" };
    at.fault(format!("{shown} is not a number that fits in a double{crlf}"))
}

/// Most characters of a target's text that a message quotes.
const SHOWN_MAX: usize = 50;

/// As much of a target's text as fits a message, in quotes.
pub(crate) fn shown(text: &str) -> String {
    let (end, more) = match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => (end, "\u{2026}"),
        None => (text.len(), ""),
    };
    format!("{:?}{more}", &text[..end])
}

/// Takes bytes as text.
pub(super) fn utf8<'a>(bytes: &'a [u8], start: &Cursor<'_>) -> Result<&'a str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| Fault {
        at: start.at() + error.valid_up_to(),
        message: "this is not valid UTF-8".to_owned(),
    })
}
