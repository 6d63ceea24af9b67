//! Numbers, lengths of time and quoted texts, as Go and Prometheus write them.

use super::token::Kind;
use crate::duration::{DurationError, parse_duration};
use crate::promql::ParseError;
use crate::sample::millis;

/// Returns how many bytes of a text, which starts with a digit or a point, are its number.
pub(super) fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let is_exponents_sign = matches!(byte, b'+' | b'-')
            && !is_hex
            && matches!(bytes[length - 1], b'e' | b'E')
            && bytes[..length - 1].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') || is_exponents_sign) {
            break;
        }
        length += 1;
    }
    length
}

/// Reads a number or a length of time.
pub(super) fn number_or_duration(text: &str, at: usize) -> Result<Kind, ParseError> {
    let place = at..at + text.len();
    if let Some(number) = number(text) {
        return Ok(Kind::Number(number));
    }
    match parse_duration(text) {
        Ok(duration) => Ok(Kind::Duration(millis(duration))),
        Err(DurationError::TooLong) => {
            Err(ParseError::new(format!("duration out of range: {text:?}"), place))
        }
        Err(_) => {
            let message = format!("bad number or duration syntax: {text:?}");
            Err(ParseError::new(message, place).help("write 1.5, 0x1f, 1e6, 5m or 1h30m"))
        }
    }
}

/// A number as Go reads one: `017` is octal, `0x1f` hexadecimal.
fn number(text: &str) -> Option<f64> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let is_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return i64::from_str_radix(digits, 16).ok().filter(|_| is_digits).map(|n| n as f64);
    }
    let is_octal = text.len() > 1 && text.starts_with('0');
    if is_octal
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
        && let Ok(number) = i64::from_str_radix(text, 8)
    {
        return Some(number as f64);
    }
    // Rust reads words like `infinity` too, and numbers beyond the largest one as infinite.
    let is_decimal = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !is_decimal {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads the quoted text at the start of `text`: what it says, and how many bytes it takes.
///
/// Escapes are Go's. One that names a byte beyond ASCII (`\xff`) stands for the character of that
/// number, because a label's value is Unicode.
pub(super) fn quoted(text: &str, at: usize) -> Result<(String, usize), ParseError> {
    let open = ParseError::new("unterminated quoted string", at..at + 1);
    let quote = text.chars().next().unwrap_or('"');
    if quote == '`' {
        let length = text[1..].find('`').ok_or(open)?;
        return Ok((text[1..=length].replace('\r', ""), length + 2));
    }
    let mut unquoted = String::new();
    let mut rest = &text[1..];
    loop {
        let c = rest.chars().next().filter(|c| *c != '\n').ok_or_else(|| open.clone())?;
        rest = &rest[c.len_utf8()..];
        if c == quote {
            return Ok((unquoted, text.len() - rest.len()));
        }
        if c != '\\' {
            unquoted.push(c);
            continue;
        }
        let (escaped, length) = escape(rest, quote).ok_or_else(|| {
            let start = at + text.len() - rest.len() - 1;
            let end = start + 1 + rest.chars().next().map_or(0, char::len_utf8);
            ParseError::new("unknown escape sequence", start..end)
                .help("write `\\\\` for a backslash, or quote with backticks")
        })?;
        unquoted.push(escaped);
        rest = &rest[length..];
    }
}

/// What follows a backslash: the character it means, and how many bytes it takes.
fn escape(text: &str, quote: char) -> Option<(char, usize)> {
    let coded = |skip: usize, digits: usize, radix: u32| {
        let digits = text.get(skip..skip + digits)?;
        let is_digits = digits.chars().all(|c| c.is_digit(radix));
        let code = u32::from_str_radix(digits, radix).ok().filter(|_| is_digits)?;
        Some((char::from_u32(code)?, skip + digits.len()))
    };
    let plain = match text.chars().next()? {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        c if c == quote => quote,
        'x' => return coded(1, 2, 16),
        'u' => return coded(1, 4, 16),
        'U' => return coded(1, 8, 16),
        '0'..='3' => return coded(0, 3, 8),
        _ => return None,
    };
    Some((plain, 1))
}
