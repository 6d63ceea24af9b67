//! Texts, characters and numbers as Go writes them.

use crate::template::value::Value;

/// Reads what stands between quotes; the quotes are stripped.
///
/// Absent if an escape is none, or stands for half of a character. Source: Go 1.26, strconv,
/// `Unquote`.
pub(super) fn unquote(text: &str, quote: char) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '\\' => rest = escape(rest, quote, &mut bytes)?,
            c if c == quote || c == '\n' => return None,
            c => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Takes an escape after its backslash; returns what follows it.
fn escape<'a>(text: &'a str, quote: char, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let kind = text.chars().next()?;
    let after = &text[kind.len_utf8()..];
    let byte = match kind {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        c if c == quote => c as u8,
        'x' => {
            let (code, rest) = digits(after, 2, 16)?;
            bytes.push(u8::try_from(code).ok()?);
            return Some(rest);
        }
        '0'..='7' => {
            let (code, rest) = digits(text, 3, 8)?;
            bytes.push(u8::try_from(code).ok()?);
            return Some(rest);
        }
        'u' | 'U' => {
            let (code, rest) = digits(after, if kind == 'u' { 4 } else { 8 }, 16)?;
            bytes.extend(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(rest);
        }
        _ => return None,
    };
    bytes.push(byte);
    Some(after)
}

/// Takes exactly `count` digits.
fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let is_digits = digits.chars().all(|c| c.is_digit(radix));
    is_digits.then(|| u32::from_str_radix(digits, radix).ok())?.map(|code| (code, rest))
}

/// Reads a character, its quotes stripped, as its number.
pub(super) fn character(text: &str) -> Option<Value> {
    let unquoted = unquote(text, '\'')?;
    let mut chars = unquoted.chars();
    let c = chars.next()?;
    chars.next().is_none().then(|| Value::Int(i64::from(u32::from(c))))
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberError {
    /// It is not written like one.
    Syntax,
    /// It is an integer of more than 64 bits.
    TooLarge,
    /// Go has such numbers; no rule needs them.
    Unsupported,
}

/// Reads a number: an integer, or a double if it has a point or an exponent.
pub(super) fn number(text: &str) -> Result<Value, NumberError> {
    let (is_negative, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(unsigned) => (text.starts_with('-'), unsigned),
        None => (false, text),
    };
    let prefix = unsigned.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (radix, digits) = match prefix.as_str() {
        "0x" => (16, &unsigned[2..]),
        "0o" => (8, &unsigned[2..]),
        "0b" => (2, &unsigned[2..]),
        _ => (10, unsigned),
    };
    if unsigned.ends_with('i') || (radix == 16 && digits.contains(['.', 'p', 'P'])) {
        return Err(NumberError::Unsupported);
    }
    if radix == 10 && digits.contains(['.', 'e', 'E']) {
        return decimal(text, digits);
    }
    // A zero in front means octal, as in C.
    let is_octal = radix == 10 && digits.len() > 1 && digits.starts_with('0');
    let radix = if is_octal { 8 } else { radix };
    let separated =
        digits.starts_with('_') && radix == 10 || digits.ends_with('_') || digits.contains("__");
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    if separated || digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(NumberError::Syntax);
    }
    let magnitude = i128::from_str_radix(&digits, radix).map_err(|_| NumberError::TooLarge)?;
    let value = if is_negative { -magnitude } else { magnitude };
    i64::try_from(value).map(Value::Int).map_err(|_| NumberError::TooLarge)
}

/// Reads a double; digits with a point, an exponent, or both.
fn decimal(text: &str, digits: &str) -> Result<Value, NumberError> {
    let is_written = digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
    let value: Option<f64> = text.parse().ok().filter(|_| is_written);
    let value = value.filter(|value| value.is_finite()).ok_or(NumberError::Syntax)?;
    Ok(Value::Float(value))
}
