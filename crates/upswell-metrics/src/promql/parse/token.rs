//! A text cut into tokens, each with its place.

use std::ops::Range;

use super::literal;
use crate::promql::ParseError;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Bytes of the text.
    pub(super) at: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A metric, a function, a label or a keyword.
    Name,
    Number(f64),
    /// A length of time, in milliseconds.
    Duration(i64),
    /// A quoted text, unquoted.
    Text(String),
    /// An operator, a bracket, a comma…
    Sign(&'static str),
}

impl Kind {
    /// Returns whether it is this sign.
    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(own) if *own == sign)
    }
}

/// The signs; one that starts with another one goes before it.
const SIGNS: [&str; 25] = [
    "==", "=~", "!=", "!~", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", "{",
    "}", "[", "]", ",", ":", "@", "!",
];

/// Cuts a text into tokens; blanks and comments go.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Vec::new();
    let (mut at, mut in_brackets) = (0, false);
    while let Some(first) = text[at..].chars().next() {
        if first.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if first == '#' {
            at += text[at..].find(['\n', '\r']).unwrap_or(text.len() - at);
            continue;
        }
        let token = token(text, at, first, in_brackets)?;
        match &token.kind {
            Kind::Sign("[") => in_brackets = true,
            Kind::Sign("]") => in_brackets = false,
            _ => {}
        }
        at = token.at.end;
        tokens.push(token);
    }
    Ok(tokens)
}

/// The token that starts at a byte.
fn token(text: &str, at: usize, first: char, in_brackets: bool) -> Result<Token, ParseError> {
    let rest = &text[at..];
    let starts_fraction = first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    let (kind, length) = if first.is_ascii_digit() || starts_fraction {
        let length = literal::number_length(rest);
        (literal::number_or_duration(&rest[..length], at)?, length)
    } else if is_name_start(first) && !(in_brackets && first == ':') {
        let length = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
        (word(&rest[..length]), length)
    } else if matches!(first, '"' | '\'' | '`') {
        let (text, length) = literal::quoted(rest, at)?;
        (Kind::Text(text), length)
    } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        (Kind::Sign(sign), sign.len())
    } else {
        let message = format!("unexpected character {first:?}");
        return Err(ParseError::new(message, at..at + first.len_utf8()));
    };
    Ok(Token { kind, at: at..at + length })
}

/// A word is a name, but for the two that are numbers.
fn word(text: &str) -> Kind {
    if text.eq_ignore_ascii_case("inf") {
        return Kind::Number(f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Kind::Number(f64::NAN);
    }
    Kind::Name
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':'
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit()
}
