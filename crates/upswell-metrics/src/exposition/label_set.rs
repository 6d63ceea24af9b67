//! What stands between the braces of a series or an exemplar.

use std::borrow::Cow;

use super::cursor::{Class, Cursor, Fault};

/// How strict the format is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Blanks anywhere, commas where one likes, newlines in values.
    Text,
    /// None of these.
    OpenMetrics,
    /// As OpenMetrics, without the name of a metric.
    Exemplar,
}

/// One item of a label set; escapes are as they stand in the page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// The name of the metric in quotes: `{"my.metric"}`.
    MetricName(&'a [u8]),
    /// A label.
    Label(&'a [u8], &'a [u8]),
}

/// Reads a label set; the cursor is behind the opening brace, and then behind the closing one.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    syntax: Syntax,
    mut each: impl FnMut(Part<'a>),
) -> Result<(), Fault> {
    let blanks = |cursor: &mut Cursor<'_>| syntax == Syntax::Text && cursor.eat_blanks();
    blanks(cursor);
    while !cursor.eat(b'}') {
        let is_quoted = cursor.peek() == Some(b'"');
        let name = if is_quoted {
            cursor.take_quoted(syntax == Syntax::Text)?
        } else {
            cursor.take_name(Class::LabelName)
        };
        if !is_quoted && name.is_empty() {
            return Err(cursor.expected("the name of a label"));
        }
        blanks(cursor);
        let is_metric_name =
            is_quoted && syntax != Syntax::Exemplar && matches!(cursor.peek(), Some(b',' | b'}'));
        if is_metric_name {
            each(Part::MetricName(name));
        } else {
            each(Part::Label(name, label_value(cursor, syntax)?));
        }
        blanks(cursor);
        let has_comma = cursor.eat(b',');
        if !has_comma && syntax != Syntax::Text && cursor.peek() != Some(b'}') {
            return Err(cursor.expected("`,` or `}` behind the value of a label"));
        }
        blanks(cursor);
    }
    Ok(())
}

fn label_value<'a>(cursor: &mut Cursor<'a>, syntax: Syntax) -> Result<&'a [u8], Fault> {
    if !cursor.eat(b'=') {
        return Err(cursor.expected("`=` behind the name of a label"));
    }
    if syntax == Syntax::Text {
        cursor.eat_blanks();
    }
    if cursor.peek() != Some(b'"') {
        return Err(cursor.expected("the value of a label in double quotes"));
    }
    cursor.take_quoted(syntax == Syntax::Text)
}

/// Resolves `\\`, `\n`, `\"`; another backslash stands for itself.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    unescape_of(text, &['\\', 'n', '"'])
}

/// Resolves `\\` and `\n`, as the text format has them in help texts.
pub(super) fn unescape_help(text: &str) -> Cow<'_, str> {
    unescape_of(text, &['\\', 'n'])
}

fn unescape_of<'a>(text: &'a str, escapes: &[char]) -> Cow<'a, str> {
    let Some(first) = text.find('\\') else { return Cow::Borrowed(text) };
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    plain.push_str(&text[..first]);
    rest = &rest[first..];
    while let Some(behind) = rest.strip_prefix('\\') {
        let escaped = behind.chars().next().filter(|escaped| escapes.contains(escaped));
        plain.push(match escaped {
            Some('n') => '\n',
            Some(escaped) => escaped,
            None => '\\',
        });
        rest = &behind[usize::from(escaped.is_some())..];
        let next = rest.find('\\').unwrap_or(rest.len());
        plain.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    Cow::Owned(plain)
}
