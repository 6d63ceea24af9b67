//! What a match of a regular expression is replaced with, as Go writes it.

use regex::{Captures, Regex};

/// A text with groups of a regular expression in it.
///
/// `$1` and `${1}` stand for the first group, `$name` and `${name}` for the group of that name,
/// `$0` for the whole match and `$$` for a `$`. A name is as long as it can be: `$1x` is the group
/// called 1x. A group that there is not is empty (Go's `Regexp.Expand`).
#[derive(Clone, Debug)]
pub(crate) struct Replacement(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// What a group of the regular expression matched.
    Group(usize),
}

impl Replacement {
    /// Takes a text apart; a `$` that no name follows stands for itself.
    pub(crate) fn new(text: &str, regex: &Regex) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            literal.push_str(before);
            let Some((name, after)) = group_name(after) else {
                literal.push('$');
                rest = after.strip_prefix('$').unwrap_or(after);
                continue;
            };
            if let Some(index) = group_index(name, regex) {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                pieces.push(Piece::Group(index));
            }
            rest = after;
        }
        literal.push_str(rest);
        pieces.push(Piece::Literal(literal));
        pieces.retain(|piece| *piece != Piece::Literal(String::new()));
        Self(pieces)
    }

    /// Puts what was matched in the place of the groups.
    pub(crate) fn expand(&self, captures: &Captures<'_>) -> String {
        let text = |piece| match piece {
            &Piece::Group(index) => captures.get(index).map_or("", |group| group.as_str()),
            Piece::Literal(text) => text,
        };
        self.0.iter().map(text).collect()
    }
}

/// Returns the name after a `$`, with or without braces, and what follows it.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let in_braces = text.strip_prefix('{');
    let text = in_braces.unwrap_or(text);
    let ends = |c: char| !(c.is_alphabetic() || c.is_ascii_digit() || c == '_');
    let (name, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    let rest = if in_braces.is_some() { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

/// Returns which group is meant; a number with a leading zero is a name.
fn group_index(name: &str, regex: &Regex) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && (name == "0" || !name.starts_with('0')) {
        return name.parse().ok().filter(|index| *index < regex.captures_len());
    }
    regex.capture_names().position(|of_group| of_group == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_expands_as_go_does() {
        let regex = Regex::new(r"^(?P<model>\w+)-(\d+)b-(?P<n>\d+)$").unwrap();
        let captures = regex.captures("llama-70b-0").unwrap();
        for (replacement, expected) in [
            ("$1", "llama"),
            ("${2}", "70"),
            ("$model", "llama"),
            ("${n}", "0"),
            ("$0", "llama-70b-0"),
            ("${2}_$1", "70_llama"),
            ("$2_$1", "llama"),
            ("x$9y", "x"),
            ("x$9-y", "x-y"),
            ("${9}y", "y"),
            ("$1x", ""),
            ("$01", ""),
            ("$$1", "$1"),
            ("a$", "a$"),
            ("$-1", "$-1"),
            ("${1", "${1"),
            ("${}", "${}"),
            ("${1 }", "${1 }"),
            ("$é", ""),
            ("$99999999999999999999", ""),
            ("plain", "plain"),
            ("", ""),
        ] {
            let replaced = Replacement::new(replacement, &regex).expand(&captures);
            assert_eq!(replaced, expected, "{replacement}");
        }
    }
}
