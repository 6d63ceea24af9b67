//! Cuts a formula's text into tokens.

use super::error::FormulaError;

/// One token and the byte at which it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Int(i64),
    Float(f64),
    Text(String),
    Name(String),
    /// An operator, a bracket or a word that acts as one.
    Symbol(&'static str),
    End,
}

/// Longest first, so that `??` is not read as two `?`.
const SYMBOLS: [&str; 34] = [
    "??", "?.", "||", "&&", "!=", "==", "**", "<=", ">=", "..", "::", "?", "|", "!", "=", "*", "<",
    ">", ".", ":", ",", ";", "%", "+", "-", "^", "/", "#", "(", ")", "[", "]", "{", "}",
];

/// Names that the grammar reads as operators.
const WORDS: [&str; 11] = [
    "not",
    "in",
    "or",
    "and",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "let",
    "if",
    "else",
];

/// Cuts `text` into tokens, the last of which is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FormulaError> {
    let mut scanner = Scanner { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        scanner.skip_blanks()?;
        let at = scanner.at;
        let kind = scanner.next()?;
        let is_end = kind == TokenKind::End;
        tokens.push(Token { kind, at });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next character.
    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> &str {
        let start = self.at;
        while self.peek().is_some_and(&mut wanted) {
            self.bump();
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip_blanks(&mut self) -> Result<(), FormulaError> {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest().starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                let Some(length) = self.rest().find("*/") else {
                    return Err(FormulaError::syntax(self.at, "a comment is not closed"));
                };
                self.at += length + "*/".len();
            } else {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<TokenKind, FormulaError> {
        let Some(first) = self.peek() else { return Ok(TokenKind::End) };
        let second = self.rest().chars().nth(1);
        match first {
            '"' | '\'' => self.quoted(first),
            '`' => self.raw(),
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            c if is_word(c) => {
                let word = self.take_while(is_word);
                let symbol = WORDS.iter().find(|known| **known == word);
                Ok(symbol.map_or_else(
                    || TokenKind::Name(word.to_owned()),
                    |known| TokenKind::Symbol(known),
                ))
            }
            other => self.symbol(other),
        }
    }

    fn symbol(&mut self, first: char) -> Result<TokenKind, FormulaError> {
        let found = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol));
        let Some(symbol) = found else {
            return Err(FormulaError::syntax(self.at, format!("`{first}` means nothing here")));
        };
        self.at += symbol.len();
        Ok(TokenKind::Symbol(symbol))
    }

    fn number(&mut self) -> Result<TokenKind, FormulaError> {
        let start = self.at;
        let radix = match self.rest().get(..2) {
            Some("0x" | "0X") => 16,
            Some("0o" | "0O") => 8,
            Some("0b" | "0B") => 2,
            _ => 10,
        };
        if radix == 10 {
            self.decimal();
        } else {
            self.at += "0x".len();
            self.take_while(|c| c.is_digit(radix) || c == '_');
        }
        let text = self.text.get(start..self.at).unwrap_or_default().replace('_', "");
        let fault = || FormulaError::syntax(start, format!("`{text}` is not a number"));
        if self.peek().is_some_and(is_word) {
            return Err(fault());
        }
        if radix != 10 {
            let digits = text.get("0x".len()..).unwrap_or_default();
            return i64::from_str_radix(digits, radix).map(TokenKind::Int).map_err(|_| fault());
        }
        if text.contains(['.', 'e', 'E']) {
            let value = text.parse().ok().filter(|value: &f64| value.is_finite());
            return value.map(TokenKind::Float).ok_or_else(fault);
        }
        text.parse().map(TokenKind::Int).map_err(|_| fault())
    }

    /// Steps over digits, fraction and exponent. `1..2` is a range, not `1.` and `.2`.
    fn decimal(&mut self) {
        let is_digit = |c: char| c.is_ascii_digit() || c == '_';
        self.take_while(is_digit);
        if self.rest().starts_with('.') && !self.rest().starts_with("..") {
            self.bump();
            self.take_while(is_digit);
        }
        if self.rest().starts_with(['e', 'E']) {
            self.bump();
            if self.rest().starts_with(['+', '-']) {
                self.bump();
            }
            self.take_while(is_digit);
        }
    }

    /// A backquoted text has no escapes.
    fn raw(&mut self) -> Result<TokenKind, FormulaError> {
        let start = self.at;
        self.bump();
        let text = self.take_while(|c| c != '`').to_owned();
        match self.bump() {
            Some(_) => Ok(TokenKind::Text(text)),
            None => Err(FormulaError::syntax(start, "a text is not closed")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<TokenKind, FormulaError> {
        let start = self.at;
        self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                Some(c) if c == quote => return Ok(TokenKind::Text(text)),
                Some('\\') => text.push(self.escape()?),
                None | Some('\n') => {
                    return Err(FormulaError::syntax(start, "a text is not closed"));
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, FormulaError> {
        let at = self.at;
        let digits = match self.bump() {
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some(c @ ('\\' | '\'' | '"' | '`')) => return Ok(c),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err(FormulaError::syntax(at, "an escape of a text is not known")),
        };
        let code = self.rest().get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let Some(decoded) = code.and_then(char::from_u32) else {
            return Err(FormulaError::syntax(at, "an escape of a text is not a character"));
        };
        self.at += digits;
        Ok(decoded)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}
