//! A place in a page, and what stands there.

/// What is wrong, and at which byte of the page.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

/// A place in a page.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    page: &'a [u8],
    at: usize,
}

/// What a byte may be part of.
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// `[a-zA-Z_:]`, and digits behind the first byte.
    MetricName = 0b01,
    /// `[a-zA-Z_]`, and digits behind the first byte.
    LabelName = 0b10,
}

/// The classes of each byte, digits included.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_usize;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => 0b11,
            b':' => 0b01,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

impl<'a> Cursor<'a> {
    pub(super) const fn new(page: &'a [u8]) -> Self {
        Self { page, at: 0 }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.page.get(self.at).copied()
    }

    /// What lies behind here.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.page.get(self.at..).unwrap_or_default()
    }

    /// What lies from a place before here to here.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.page.get(start..self.at).unwrap_or_default()
    }

    /// Passes one byte, if it is this one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_here = self.peek() == Some(byte);
        self.at += usize::from(is_here);
        is_here
    }

    /// Passes a text, if it is here.
    pub(super) fn eat_all(&mut self, text: &[u8]) -> bool {
        let is_here = self.rest().starts_with(text);
        self.at += if is_here { text.len() } else { 0 };
        is_here
    }

    /// Passes some bytes, as far as the page goes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.page.len());
    }

    /// Passes blanks and tabs; returns whether there were any.
    pub(super) fn eat_blanks(&mut self) -> bool {
        !self.take_while(|byte| matches!(byte, b' ' | b'\t')).is_empty()
    }

    pub(super) fn take_while(&mut self, takes: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !takes(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Takes the rest of the line, without its end, and passes the end.
    pub(super) fn take_line(&mut self) -> &'a [u8] {
        let line = self.take_while(|byte| byte != b'\n');
        self.eat(b'\n');
        line
    }

    /// Takes a name that needs no quotes; empty if there is none.
    pub(super) fn take_name(&mut self, class: Class) -> &'a [u8] {
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return &[];
        }
        self.take_while(|byte| CLASSES[usize::from(byte)] & class as u8 != 0)
    }

    /// Takes what stands between quotes, escapes as they are; the cursor is at the opening one.
    pub(super) fn take_quoted(&mut self, newlines: bool) -> Result<&'a [u8], Fault> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            match self.page.get(end) {
                Some(b'"') => break,
                Some(b'\\') if !matches!(self.page.get(end + 1), None | Some(b'\n')) => end += 2,
                Some(b'\n') if !newlines => return Err(self.fault("no closing quote on this line")),
                None | Some(b'\\') => return Err(self.fault("no closing quote")),
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        Ok(&self.page[start..end])
    }

    /// A fault at this place.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { at: self.at, message: message.into() }
    }

    /// A fault at this place, where something else was due.
    pub(super) fn expected(&self, due: &str) -> Fault {
        let found = match self.peek() {
            None => "the end of the page".to_owned(),
            Some(b'\n') => "the end of the line".to_owned(),
            Some(b'\r') => "a carriage return (lines end with a newline alone)".to_owned(),
            Some(byte @ b' '..=b'~') => format!("`{}`", char::from(byte)),
            Some(byte) => format!("the byte 0x{byte:02x}"),
        };
        self.fault(format!("expected {due}, found {found}"))
    }
}
