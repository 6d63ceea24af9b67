//! Lines that fit: words are kept whole, and later lines hang below the first.

use std::fmt;

/// Writes a text after its head, later lines below the first one's text.
pub(super) fn write_hanging(
    f: &mut fmt::Formatter<'_>,
    head: &str,
    indent: usize,
    text: &str,
    width: usize,
) -> fmt::Result {
    for (number, line) in wrapped(text, width.saturating_sub(indent)).iter().enumerate() {
        let head = if number == 0 { head } else { "" };
        writeln!(f, "{head:<indent$}{line}")?;
    }
    Ok(())
}

/// Breaks a text between words. A word that is longer than a line has a line of its own.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line_width = 0;
    for word in text.split_whitespace() {
        let word_width = word.chars().count();
        match lines.last_mut() {
            Some(line) if line_width + 1 + word_width <= width => {
                line.push(' ');
                line.push_str(word);
                line_width += 1 + word_width;
            }
            _ => {
                lines.push(word.to_owned());
                line_width = word_width;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_within() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible it is", 5), ["incomprehensible", "it is"]);
        assert_eq!(wrapped("", 5), [""; 0]);
    }
}
