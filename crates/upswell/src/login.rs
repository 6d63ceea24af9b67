//! The login that a URL in an argument may hold: found, so that nobody prints it.

use std::ops::Range;

/// What stands for a login in what is printed.
const HIDDEN: &str = "***";

/// Returns where the name and the password of a URL are, in a text that is one or holds one.
///
/// A password may hold any character, also those that end it for a reader of URLs: all up to the
/// last `@` in front of the parameters is taken for the login.
pub(crate) fn place(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + "://".len();
    let end = parameters(text).unwrap_or(text.len()).max(start);
    let login = text[start..end].rfind('@')?;
    Some(start..start + login)
}

/// Returns where the question mark before the parameters of a URL is: the first one with a name
/// and an equals sign after it.
pub(crate) fn parameters(text: &str) -> Option<usize> {
    let mut marks = text.match_indices('?').map(|(at, _)| at);
    marks.find(|at| starts_with_a_name(&text[at + 1..]))
}

/// Returns whether a text starts like `query=`.
pub(crate) fn starts_with_a_name(text: &str) -> bool {
    let name = text.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
    name > 0 && text[name..].starts_with('=')
}

/// Returns the text without the login of its URL.
pub(crate) fn hidden(text: &str) -> String {
    match place(text) {
        Some(place) => format!("{}{HIDDEN}{}", &text[..place.start], &text[place.end..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_hidden_whatever_they_hold() {
        for (text, expected) in [
            ("http://ann:sesame@a:9/b", "http://***@a:9/b"),
            (
                "--traffic=prometheus:https://ann@a?query=x",
                "--traffic=prometheus:https://***@a?query=x",
            ),
            ("http://ann:p@s?s/w@a/?query=up @ 5", "http://***@a/?query=up @ 5"),
            ("http://a?query=up @ 5", "http://a?query=up @ 5"),
            ("http://a/b", "http://a/b"),
            ("10/s for 2m", "10/s for 2m"),
            ("?query=x://a@b", "?query=x://a@b"),
        ] {
            assert_eq!(hidden(text), expected);
        }
    }
}
