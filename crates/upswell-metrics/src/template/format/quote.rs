//! Texts in quotes.

use std::fmt::Write;

/// Returns whether a character can be shown: not a control character, and no space but the one.
pub(in crate::template) fn is_printable(c: char) -> bool {
    // Rust escapes what cannot be shown; a combining mark can be, after a letter.
    let escaped = c.is_control()
        || !"a".chars().chain([c]).collect::<String>().escape_debug().skip(1).eq([c]);
    !escaped || matches!(c, '"' | '\\' | '\'')
}

/// Returns a text in `quote`, with what cannot be shown escaped; with `is_ascii` all that is not
/// ASCII.
pub(super) fn quoted(text: &str, quote: char, is_ascii: bool) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            c if c == quote => quoted.extend(['\\', c]),
            c if is_printable(c) && (!is_ascii || c.is_ascii()) => quoted.push(c),
            c => escape(&mut quoted, c),
        }
    }
    quoted.push(quote);
    quoted
}

/// Writing to a String cannot fail.
fn escape(quoted: &mut String, c: char) {
    let _ = match (c, u32::from(c)) {
        ('\u{7}', _) => write!(quoted, "\\a"),
        ('\u{8}', _) => write!(quoted, "\\b"),
        ('\u{c}', _) => write!(quoted, "\\f"),
        ('\n', _) => write!(quoted, "\\n"),
        ('\r', _) => write!(quoted, "\\r"),
        ('\t', _) => write!(quoted, "\\t"),
        ('\u{b}', _) => write!(quoted, "\\v"),
        (_, code @ (..0x20 | 0x7f)) => write!(quoted, "\\x{code:02x}"),
        (_, code @ ..0x1_0000) => write!(quoted, "\\u{code:04x}"),
        (_, code) => write!(quoted, "\\U{code:08x}"),
    };
}
