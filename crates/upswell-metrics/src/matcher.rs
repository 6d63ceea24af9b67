//! Which series a selector means.

use std::fmt;

use regex::Regex;

use crate::labels::{Labels, METRIC_NAME};

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// A condition on one label; a label that is not there has the empty value.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// Name of the label.
    pub name: String,
    /// How it compares.
    pub op: MatchOp,
    /// With what, as it was written.
    pub value: String,
    /// For the two operators that need it.
    regex: Option<Regex>,
}

impl Matcher {
    /// Takes a condition; a regular expression must match the whole value, and its `.` matches
    /// newlines too (Prometheus 3).
    ///
    /// # Errors
    ///
    /// If the regular expression is none, or is larger than the crate `regex` takes.
    pub fn new(
        name: impl Into<String>,
        op: MatchOp,
        value: impl Into<String>,
    ) -> Result<Self, Box<regex::Error>> {
        let value = value.into();
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(anchored(&value)?),
        };
        Ok(Self { name: name.into(), op, value, regex })
    }

    /// The condition that a label has a value.
    #[must_use]
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// The condition that the metric has a name.
    #[must_use]
    pub fn metric_name(name: impl Into<String>) -> Self {
        Self::equal(METRIC_NAME, name)
    }

    /// Returns whether a value of the label meets the condition.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let matches = match &self.regex {
            Some(regex) => regex.is_match(value),
            None => self.value == value,
        };
        matches == matches!(self.op, MatchOp::Equal | MatchOp::Regex)
    }

    /// Returns whether a series meets the condition.
    #[must_use]
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        self.matches(labels.get(&self.name))
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        write!(formatter, "{}{op}{:?}", self.name, self.value)
    }
}

/// Compiles a regular expression that must match the whole text.
///
/// # Errors
///
/// If it is none, or too large.
pub(crate) fn anchored(text: &str) -> Result<Regex, Box<regex::Error>> {
    Regex::new(&format!("^(?s:{text})$")).map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions_match_the_whole_value() {
        let matcher = |op, value| Matcher::new("a", op, value).unwrap();
        let table = [
            (matcher(MatchOp::Equal, "x"), "x", true),
            (matcher(MatchOp::Equal, ""), "", true),
            (matcher(MatchOp::NotEqual, "x"), "", true),
            (matcher(MatchOp::Regex, "x|y"), "xy", false),
            (matcher(MatchOp::Regex, "x.*"), "x\ny", true),
            (matcher(MatchOp::NotRegex, "x|y"), "y", false),
        ];
        for (matcher, value, matches) in table {
            assert_eq!(matcher.matches(value), matches, "{matcher} on {value:?}");
        }
        assert!(Matcher::new("a", MatchOp::Regex, "(").is_err());
    }
}
