//! Texts: regular expressions, titles, hosts and ports.

use std::net::IpAddr;

use regex::{Regex, RegexBuilder};

use crate::replacement::Replacement;
use crate::template::functions::{Call, Result, text_of};
use crate::template::run::OUTPUT_BYTES_MAX;
use crate::template::value::Value;

/// Steps that compiling a regular expression costs: it is slow.
const REGEX_STEPS: usize = 5000;
/// Most memory that a compiled regular expression may take.
const REGEX_BYTES_MAX: usize = 1 << 20;
/// Regular expressions that one expansion remembers.
const REGEXES_MAX: usize = 8;

pub(super) fn matches(call: &mut Call<'_, '_>, values: &[Value]) -> Result {
    let regex = regex(call, text_of(values, 0))?;
    Ok(Value::Bool(regex.is_match(text_of(values, 1))))
}

/// Replaces every match; `$1` and `${name}` in the replacement stand for what a group matched.
pub(super) fn replace_all(call: &mut Call<'_, '_>, values: &[Value]) -> Result {
    let (written, text) = (text_of(values, 1), text_of(values, 2));
    let regex = regex(call, text_of(values, 0))?;
    let replacement = Replacement::new(written, regex);
    let groups = written.matches('$').count();
    let (mut replaced, mut done) = (String::new(), 0);
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        replaced.push_str(&text[done..whole.start()]);
        // No group matches more than the whole: so much it will be at most.
        let expanded_max = written.len().saturating_add(groups.saturating_mul(whole.len()));
        if replaced.len().saturating_add(expanded_max) > OUTPUT_BYTES_MAX {
            return Err(format!("the text is longer than {OUTPUT_BYTES_MAX} bytes"));
        }
        replaced.push_str(&replacement.expand(&captures));
        done = whole.end();
    }
    replaced.push_str(&text[done..]);
    Ok(Value::text(replaced))
}

/// Returns a compiled regular expression, of those compiled before if it is there.
fn regex<'a>(call: &'a mut Call<'_, '_>, text: &str) -> std::result::Result<&'a Regex, String> {
    let regexes = &mut *call.regexes;
    if let Some(index) = regexes.iter().position(|(known, _)| known == text) {
        return Ok(&regexes[index].1);
    }
    call.budget.spend(REGEX_STEPS)?;
    let regex = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).build();
    let regex = regex.map_err(|error| error.to_string())?;
    if regexes.len() == REGEXES_MAX {
        regexes.remove(0);
    }
    regexes.push((text.to_owned(), regex));
    Ok(&regexes[regexes.len() - 1].1)
}

pub(super) fn to_lower(values: &[Value]) -> Result {
    let lowered = text_of(values, 0).chars().map(|c| single(c, c.to_lowercase()));
    Ok(Value::text(lowered.collect::<String>()))
}

pub(super) fn to_upper(values: &[Value]) -> Result {
    let raised = text_of(values, 0).chars().map(|c| single(c, c.to_uppercase()));
    Ok(Value::text(raised.collect::<String>()))
}

/// Go changes letters one by one: what would become several letters stays.
fn single(c: char, mut changed: impl ExactSizeIterator<Item = char>) -> char {
    if changed.len() == 1 { changed.next().unwrap_or(c) } else { c }
}

/// Makes the first letter of every word a capital; the others stay.
///
/// Words as Unicode cuts them, but for scripts that have no capitals: letters, digits and `_`, and a
/// single `'`, `.`, `:` or `·` between letters.
pub(super) fn title(values: &[Value]) -> Result {
    let text = text_of(values, 0);
    let mut titled = String::with_capacity(text.len());
    let (mut before, mut in_word, mut is_titled) = (' ', false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = matches!(c, '\'' | '’' | '.' | ':' | '·')
            && before.is_alphabetic()
            && chars.peek().is_some_and(|next| next.is_alphabetic());
        in_word = c.is_alphanumeric() || c == '_' || (in_word && joins);
        is_titled &= in_word;
        if in_word && !is_titled && (c.is_lowercase() || c.is_uppercase()) {
            let mut capitals = c.to_uppercase();
            titled.extend(capitals.next());
            titled.extend(capitals.flat_map(char::to_lowercase));
            is_titled = true;
        } else {
            titled.push(c);
        }
        before = c;
    }
    Ok(Value::text(titled))
}

pub(super) fn strip_port(values: &[Value]) -> Result {
    let text = text_of(values, 0);
    Ok(Value::text(split_host_port(text).map_or(text, |(host, _)| host)))
}

/// Leaves the first part of a host's name; an address stays as it is.
pub(super) fn strip_domain(values: &[Value]) -> Result {
    let text = text_of(values, 0);
    let (host, port) = split_host_port(text).unwrap_or((text, ""));
    let (address, _zone) = host.split_once('%').unwrap_or((host, ""));
    if address.parse::<IpAddr>().is_ok() {
        return Ok(Value::text(text));
    }
    let host = host.split('.').next().unwrap_or_default();
    Ok(Value::text(match (port.is_empty(), host.contains(':')) {
        (true, _) => host.to_owned(),
        (false, true) => format!("[{host}]:{port}"),
        (false, false) => format!("{host}:{port}"),
    }))
}

/// Splits `host:port` or `[host]:port`. Source: Go 1.26, net, `SplitHostPort`.
fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let (before, port) = text.rsplit_once(':')?;
    let host = match before.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?,
        None if before.contains(':') => return None,
        None => before,
    };
    let has_bracket = |text: &str| text.contains(['[', ']']);
    (!has_bracket(host) && !has_bracket(port)).then_some((host, port))
}
