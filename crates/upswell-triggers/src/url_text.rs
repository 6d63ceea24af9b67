//! The little that triggers must know about URLs.
//!
//! Source of what is refused: Go 1.26, net/url, `Parse`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A URL in its parts, as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct UrlParts<'a> {
    /// Lower-case; empty if there is none.
    pub(crate) scheme: String,
    /// `user:password`, still escaped.
    pub(crate) user_info: Option<&'a str>,
    /// `host:port`.
    pub(crate) host: &'a str,
    /// Still escaped; empty, or from the first slash after the host.
    pub(crate) path: &'a str,
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Escapes a text for a URL's query, as Go's `url.QueryEscape`.
pub(crate) fn query_escape(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string().replace("%20", "+")
}

/// Undoes percent escapes; what is no UTF-8 becomes replacement characters.
pub(crate) fn unescape(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Splits a URL; says what is wrong with one that Go would refuse.
pub(crate) fn split(text: &str) -> Result<UrlParts<'_>, &'static str> {
    if text.chars().any(|c| c.is_ascii_control()) {
        return Err("control characters in the URL");
    }
    let text = text.split('#').next().unwrap_or_default();
    let (scheme, rest) = scheme(text)?;
    let rest = rest.split('?').next().unwrap_or_default();
    let Some(rest) = rest.strip_prefix("//").filter(|_| !scheme.is_empty()) else {
        return Ok(UrlParts { scheme, user_info: None, host: "", path: rest });
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user_info, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if !has_valid_port(host) {
        return Err("the port is not a number; escape `/`, `?`, `#` and `@` in a password");
    }
    if host.contains(' ') || user_info.is_some_and(|user| !is_user_info(user)) {
        return Err("characters that must be escaped in user, password or host");
    }
    if !user_info.is_none_or(has_valid_escapes) || !has_valid_escapes(path) {
        return Err("a `%` that starts no escape");
    }
    Ok(UrlParts { scheme, user_info, host, path })
}

/// Splits off `scheme:`, lower-cased; empty if the text has none.
fn scheme(text: &str) -> Result<(String, &str), &'static str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let Some(end) = end.filter(|end| text[*end..].starts_with(':')) else {
        return Ok((String::new(), text));
    };
    if end == 0 {
        return Err("the scheme is missing");
    }
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok((String::new(), text));
    }
    Ok((text[..end].to_ascii_lowercase(), &text[end + 1..]))
}

fn has_valid_port(host: &str) -> bool {
    // The colons of an IPv6 address stand in brackets.
    let after_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let port = after_address.rsplit_once(':').map_or("", |(_, port)| port);
    port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_user_info(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c))
}

pub(crate) fn has_valid_escapes(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_split_into_their_parts() {
        let parts = split("AMQPS://u:p%2F@h:5671/v?x=1#f").expect("a URL");
        assert_eq!(parts.scheme, "amqps");
        assert_eq!((parts.user_info, parts.host, parts.path), (Some("u:p%2F"), "h:5671", "/v"));
        assert_eq!(split("h:5672").map(|parts| parts.scheme), Ok("h".to_owned()));
        assert_eq!(split("my-queue").map(|parts| parts.scheme), Ok(String::new()));
        assert_eq!(split("http://[::1]:80/").map(|parts| parts.host), Ok("[::1]:80"));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for url in
            ["amqp://u:p#x@h/v", "http://h:port/", "http://u:%zz@h", "http://u<:p@h", ":x", "a\nb"]
        {
            assert!(split(url).is_err(), "{url}");
        }
    }

    #[test]
    fn queries_are_escaped_as_in_go() {
        assert_eq!(query_escape("a b/c-d_e.f~g*é"), "a+b%2Fc-d_e.f~g%2A%C3%A9");
    }
}
