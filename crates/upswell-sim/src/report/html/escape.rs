//! Text of users, made harmless: names of objects, reasons, command lines.

use std::fmt::{self, Write};

/// Text for an element or a quoted attribute.
pub(super) struct Escaped<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", self.0)
    }
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for own in text.chars() {
            match own {
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '&' => self.0.write_str("&amp;")?,
                '"' => self.0.write_str("&quot;")?,
                '\'' => self.0.write_str("&#39;")?,
                // XML has no place for them, not even escaped.
                '\u{fffe}' | '\u{ffff}' => self.0.write_char('\u{fffd}')?,
                own if own.is_control() && !matches!(own, '\n' | '\t') => {
                    self.0.write_char('\u{fffd}')?;
                }
                own => self.0.write_char(own)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_escaped_can_end_an_element_or_an_attribute() {
        let escaped = Escaped("<b a=\"x\" b='y'>&amp;\u{0}\u{1b}[1m\n").to_string();
        assert_eq!(
            escaped,
            "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;\u{fffd}\u{fffd}[1m\n"
        );
    }
}
