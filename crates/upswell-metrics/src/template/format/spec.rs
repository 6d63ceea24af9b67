//! One verb with its flags: texts, whole numbers and doubles.

use crate::template::format::Buffer;
use crate::template::format::float::{Style, float};
use crate::template::format::quote::{is_printable, quoted};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spec {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Spec {
    /// Writes a text at its width.
    pub(super) fn pad(self, buffer: &mut Buffer, text: &str) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let fill = if self.zero && !self.minus { "0" } else { " " };
        let padding = fill.repeat(missing);
        if self.minus {
            buffer.push_str(text);
            buffer.push_str(&padding);
        } else {
            buffer.push_str(&padding);
            buffer.push_str(text);
        }
    }

    /// Writes a text at its width, filled with spaces.
    fn pad_plain(self, buffer: &mut Buffer, text: &str) {
        Self { zero: false, ..self }.pad(buffer, text);
    }

    /// Writes a text; returns whether it has such a verb.
    pub(super) fn text(self, buffer: &mut Buffer, text: &str, verb: char) -> bool {
        let shown: String = match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        };
        match verb {
            'v' | 's' => self.pad(buffer, &shown),
            'q' if self.sharp && can_backquote(&shown) => self.pad(buffer, &format!("`{shown}`")),
            'q' => self.pad(buffer, &quoted(&shown, '"', self.plus)),
            'x' | 'X' => self.pad(buffer, &self.hexadecimal(text, verb == 'X')),
            _ => return false,
        }
        true
    }

    /// The bytes of a text; its precision counts bytes.
    fn hexadecimal(self, text: &str, is_upper: bool) -> String {
        let prefix = match (self.sharp, is_upper) {
            (true, true) => "0X",
            (true, false) => "0x",
            (false, _) => "",
        };
        let mut written = String::new();
        for (index, byte) in text.bytes().take(self.precision.unwrap_or(usize::MAX)).enumerate() {
            match (index, self.space) {
                (0, _) => written.push_str(prefix),
                (_, true) => written.extend([" ", prefix]),
                (_, false) => {}
            }
            let digits = if is_upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            written.push_str(&digits);
        }
        written
    }

    /// Writes a whole number; returns whether it has such a verb.
    pub(super) fn integer(self, buffer: &mut Buffer, value: i64, verb: char) -> bool {
        let size = value.unsigned_abs();
        let (digits, prefix) = match verb {
            'v' | 'd' => (size.to_string(), ""),
            'b' => (format!("{size:b}"), if self.sharp { "0b" } else { "" }),
            'o' => (format!("{size:o}"), if self.sharp { "0" } else { "" }),
            'O' => (format!("{size:o}"), if self.sharp && size != 0 { "0o0" } else { "0o" }),
            'x' => (format!("{size:x}"), if self.sharp { "0x" } else { "" }),
            'X' => (format!("{size:X}"), if self.sharp { "0X" } else { "" }),
            'c' | 'q' | 'U' => return self.character(buffer, value, verb),
            _ => return false,
        };
        if self.precision == Some(0) && value == 0 {
            self.pad_plain(buffer, "");
            return true;
        }
        let sign = match (value < 0, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let digits_min = match (self.precision, self.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width - sign.len().min(width),
            (None, _) => 0,
        };
        let zeros = "0".repeat(digits_min.saturating_sub(digits.len()));
        // An octal number that starts with a zero needs no other one.
        let is_octal = verb == 'o' && (digits.starts_with('0') || !zeros.is_empty());
        let prefix = if is_octal { "" } else { prefix };
        self.pad_plain(buffer, &format!("{sign}{prefix}{zeros}{digits}"));
        true
    }

    /// Writes the character with a number.
    fn character(self, buffer: &mut Buffer, value: i64, verb: char) -> bool {
        let c = u32::try_from(value).ok().and_then(char::from_u32);
        let shown = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        match verb {
            'c' => self.pad(buffer, shown.encode_utf8(&mut [0; 4])),
            'q' => self.pad(buffer, &quoted(shown.encode_utf8(&mut [0; 4]), '\'', self.plus)),
            _ => {
                let digits = self.precision.unwrap_or(0).max(4);
                let code = format!("{value:X}");
                let zeros = "0".repeat(digits.saturating_sub(code.len()));
                let name = match c.filter(|c| self.sharp && is_printable(*c)) {
                    Some(c) => format!(" '{c}'"),
                    None => String::new(),
                };
                self.pad_plain(buffer, &format!("U+{zeros}{code}{name}"));
            }
        }
        true
    }

    /// Writes a double; returns whether it has such a verb. `%b`, `%x` and the flag `#` are not
    /// written as Go does: no rule asks for binary exponents.
    pub(super) fn double(self, buffer: &mut Buffer, value: f64, verb: char) -> bool {
        let (style, default) = match verb {
            'e' | 'E' => (Style::Scientific, Some(6)),
            'f' | 'F' => (Style::Fixed, Some(6)),
            'v' | 'g' | 'G' => (Style::General, None),
            _ => return false,
        };
        let mut number = float(value, style, self.precision.or(default));
        if matches!(verb, 'E' | 'G') {
            number = number.replace('e', "E");
        }
        let (sign, digits) = match number.strip_prefix(['+', '-']) {
            Some(digits) if number.starts_with('-') => ("-", digits),
            Some(digits) => ("+", digits),
            None => ("", number.as_str()),
        };
        let sign = match sign {
            "-" => "-",
            _ if self.plus => "+",
            _ if self.space => " ",
            sign => sign,
        };
        if !value.is_finite() {
            self.pad_plain(buffer, &format!("{sign}{digits}"));
            return true;
        }
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        if self.zero && !self.minus && missing > 0 {
            let zeros = "0".repeat(missing);
            buffer.push_str(&format!("{sign}{zeros}{digits}"));
        } else {
            self.pad(buffer, &format!("{sign}{digits}"));
        }
        true
    }
}

fn can_backquote(text: &str) -> bool {
    text.chars().all(|c| c == '\t' || (c != '`' && c != '\u{feff}' && c != '\u{7f}' && c >= ' '))
}
