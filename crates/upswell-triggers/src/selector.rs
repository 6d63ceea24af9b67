//! Label selectors in the text form that `kubectl -l` takes.
//!
//! Source: Kubernetes 1.36, apimachinery/pkg/labels/selector.go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A parsed label selector: all its requirements must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSelector {
    text: String,
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Requirement {
    key: String,
    test: Test,
}

/// What a requirement asks of the label's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Test {
    Exists,
    DoesNotExist,
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Parses a selector such as `app in (a,b), tier!=x, !canary`.
    ///
    /// # Errors
    ///
    /// Says what is wrong, as a lowercase fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), next: 0 };
        let mut requirements = Vec::new();
        while parser.peek().is_some() {
            requirements.push(parser.requirement()?);
            match parser.take() {
                None => break,
                Some(Token::Symbol(",")) if parser.peek().is_some() => {}
                Some(Token::Symbol(",")) => return Err("a comma ends the selector".to_owned()),
                Some(token) => return Err(format!("expected a comma, found `{token}`")),
            }
        }
        Ok(Self { text: text.to_owned(), requirements })
    }

    /// Returns whether labels fulfil every requirement; an empty selector takes everything.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            match &requirement.test {
                Test::Exists => value.is_some(),
                Test::DoesNotExist => value.is_none(),
                Test::In(values) => value.is_some_and(|value| values.contains(value)),
                Test::NotIn(values) => !value.is_some_and(|value| values.contains(value)),
                Test::Above(bound) => whole(value).is_some_and(|value| value > *bound),
                Test::Below(bound) => whole(value).is_some_and(|value| value < *bound),
            }
        })
    }
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn whole(value: Option<&String>) -> Option<i64> {
    value.and_then(|value| value.parse().ok())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Symbol(&'a str),
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Word(text) | Self::Symbol(text)) = self;
        f.write_str(text)
    }
}

const SYMBOLS: &[&str] = &["==", "!=", "(", ")", ",", "!", "=", ">", "<"];

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
        let length = symbol.map_or_else(
            || {
                rest.find(|c: char| "()!,=<>".contains(c) || c.is_whitespace())
                    .unwrap_or(rest.len())
            },
            |symbol| symbol.len(),
        );
        let (token, tail) = rest.split_at(length);
        tokens.push(if symbol.is_some() { Token::Symbol(token) } else { Token::Word(token) });
        rest = tail.trim_start();
    }
    tokens
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).copied()
    }

    fn take(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Some(Token::Symbol("!"));
        if negated {
            self.take();
        }
        let key = match self.take() {
            Some(Token::Word(key)) => valid_key(key)?.to_owned(),
            Some(token) => return Err(format!("expected a label, found `{token}`")),
            None => return Err("expected a label".to_owned()),
        };
        if negated {
            return Ok(Requirement { key, test: Test::DoesNotExist });
        }
        Ok(Requirement { key, test: self.test()? })
    }

    fn test(&mut self) -> Result<Test, String> {
        if matches!(self.peek(), None | Some(Token::Symbol(","))) {
            return Ok(Test::Exists);
        }
        match self.take() {
            Some(Token::Symbol("=" | "==")) => Ok(Test::In([self.value()?].into())),
            Some(Token::Symbol("!=")) => Ok(Test::NotIn([self.value()?].into())),
            Some(Token::Symbol(">")) => Ok(Test::Above(self.bound()?)),
            Some(Token::Symbol("<")) => Ok(Test::Below(self.bound()?)),
            Some(Token::Word("in")) => Ok(Test::In(self.values()?)),
            Some(Token::Word("notin")) => Ok(Test::NotIn(self.values()?)),
            Some(token) => Err(format!("expected an operator, found `{token}`")),
            None => Err("expected an operator".to_owned()),
        }
    }

    /// One value; nothing before a comma or the end is the empty value.
    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            None | Some(Token::Symbol(",")) => Ok(String::new()),
            Some(Token::Word(value)) => {
                self.take();
                valid_value(value).map(str::to_owned)
            }
            Some(token) => Err(format!("expected a value, found `{token}`")),
        }
    }

    fn bound(&mut self) -> Result<i64, String> {
        let value = self.value()?;
        value.parse().map_err(|_| format!("expected a whole number, found `{value}`"))
    }

    /// Values in parentheses; nothing between commas is the empty value.
    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        if self.take() != Some(Token::Symbol("(")) {
            return Err("expected `(`".to_owned());
        }
        if self.peek() == Some(Token::Symbol(")")) {
            return Err("the set of values is empty".to_owned());
        }
        let (mut values, mut current) = (BTreeSet::new(), String::new());
        let mut is_open = false;
        loop {
            match self.take() {
                Some(Token::Word(value)) if !is_open => {
                    valid_value(value)?.clone_into(&mut current);
                    is_open = true;
                }
                Some(Token::Symbol(symbol @ ("," | ")"))) => {
                    values.insert(std::mem::take(&mut current));
                    is_open = false;
                    if symbol == ")" {
                        return Ok(values);
                    }
                }
                Some(token) => return Err(format!("expected `,` or `)`, found `{token}`")),
                None => return Err("expected `)`".to_owned()),
            }
        }
    }
}

/// Characters of a label's name, and of its value.
const NAME_CHARS_MAX: usize = 63;
/// Characters of the DNS name before a label's `/`.
const PREFIX_CHARS_MAX: usize = 253;

fn valid_key(key: &str) -> Result<&str, String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(p, name)| (Some(p), name));
    let is_name = is_label_text(name) && !name.is_empty();
    let is_prefix = prefix.is_none_or(is_dns_name);
    if is_name && is_prefix { Ok(key) } else { Err(format!("`{key}` is not a label name")) }
}

fn valid_value(value: &str) -> Result<&str, String> {
    if is_label_text(value) { Ok(value) } else { Err(format!("`{value}` is not a label value")) }
}

/// Letters, digits and `-_.`, with a letter or digit at both ends; may be empty.
fn is_label_text(text: &str) -> bool {
    let is_end = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    let allowed = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let mut chars = text.chars();
    allowed && text.len() <= NAME_CHARS_MAX && is_end(chars.next()) && is_end(chars.next_back())
}

fn is_dns_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let allowed =
            part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        !part.is_empty() && allowed && !part.starts_with('-') && !part.ends_with('-')
    };
    text.len() <= PREFIX_CHARS_MAX && text.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_requirement_must_hold() {
        let pod = labels(&[("app", "a"), ("tier", "y"), ("n", "5"), ("empty", "")]);
        for (selector, matches) in [
            ("", true),
            ("app=a", true),
            ("app==a,tier", true),
            ("app in (a,b), tier!=x", true),
            ("app notin (a)", false),
            ("missing!=x", true),
            ("!missing", true),
            ("!app", false),
            ("n>4,n<6", true),
            ("n>5", false),
            ("empty=", true),
            ("app in (,a)", true),
            ("app in (b,)", false),
            ("example.com/app", false),
        ] {
            let parsed = LabelSelector::parse(selector).expect(selector);
            assert_eq!(parsed.matches(&pod), matches, "{selector}");
        }
    }

    #[test]
    fn what_kubernetes_refuses_is_refused() {
        let long = "x".repeat(64);
        for selector in [
            "app=a,",
            ",app",
            "app in",
            "app in ()",
            "app in (a",
            "app in (a b)",
            "app > x",
            "app a",
            "-app",
            "app=-",
            "!",
            "app=a b",
            "a/b/c",
            "Prefix/app",
            "=a",
            long.as_str(),
        ] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
