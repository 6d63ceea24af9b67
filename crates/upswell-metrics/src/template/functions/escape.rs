//! Texts made safe for HTML, JavaScript and URLs, and links made of them.

use std::fmt::Write;

use crate::template::format;
use crate::template::functions::{Call, Result, text_of};
use crate::template::value::Value;

pub(super) fn html(values: &[Value]) -> Result {
    let text = format::printed(values)?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => escaped.push('\u{fffd}'),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    Ok(Value::text(escaped))
}

pub(super) fn javascript(values: &[Value]) -> Result {
    let text = format::printed(values)?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => escaped.extend(['\\', c]),
            '<' | '>' | '&' | '=' => escape_unit(&mut escaped, c),
            c if c < ' ' || (c > '~' && !format::is_printable(c)) => escape_unit(&mut escaped, c),
            c => escaped.push(c),
        }
    }
    Ok(Value::text(escaped))
}

fn escape_unit(escaped: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(escaped, "\\u{:04X}", u32::from(c));
}

pub(super) fn url_query(values: &[Value]) -> Result {
    Ok(Value::text(query_escape(&format::printed(values)?)))
}

pub(super) fn url_query_escape(values: &[Value]) -> Result {
    Ok(Value::text(query_escape(text_of(values, 0))))
}

/// Escapes a value of a URL's query; a space becomes a plus. Source: Go 1.26, net/url,
/// `QueryEscape`.
fn query_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            // Writing to a String cannot fail.
            byte => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

/// Returns the link to the table of an expression, below the API's address.
pub(crate) fn table_link(expression: &str) -> String {
    format!("/graph?g0.expr={}&g0.tab=1", query_escape(expression))
}

pub(super) fn graph_link(values: &[Value]) -> Result {
    let expression = query_escape(text_of(values, 0));
    Ok(Value::text(format!("/graph?g0.expr={expression}&g0.tab=0")))
}

pub(super) fn link_to_table(values: &[Value]) -> Result {
    Ok(Value::text(table_link(text_of(values, 0))))
}

/// The path of the API's address.
pub(super) fn path_prefix(call: &mut Call<'_, '_>, _: &[Value]) -> Result {
    let url = call.external_url;
    let after_host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_host.find('/').map_or("", |slash| &after_host[slash..]);
    let end = path.find(['?', '#']).unwrap_or(path.len());
    Ok(Value::text(&path[..end]))
}
