//! Paths into JSON: the part of gjson's syntax that names one value.
//!
//! Dots separate keys, a backslash escapes, a number is an index into an array, `#` at the end is
//! an array's length. Wildcards, queries, pipes, modifiers, multipaths and literals are refused.
//! Source: gjson 1.18, SYNTAX.md.

use serde_json::Value;

use super::quantity;
use crate::trigger::ReadError;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// A key of an object, or an index into an array.
    Key(String),
    /// The length of an array; or, before other steps, each of its elements.
    Elements,
}

impl JsonPath {
    /// Parses a path; says which of its parts is not supported.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let (mut key, mut is_escaped) = (String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let starts_part = key.is_empty() && !is_escaped;
            match c {
                '\\' => {
                    key.extend(chars.next());
                    is_escaped = true;
                }
                '.' => {
                    steps.push(step(std::mem::take(&mut key), is_escaped));
                    is_escaped = false;
                }
                '*' | '?' => return Err(format!("the wildcard `{c}` is not supported")),
                '|' => return Err("the pipe `|` is not supported".to_owned()),
                '#' if starts_part && chars.peek() == Some(&'(') => {
                    return Err("the query `#(…)` is not supported".to_owned());
                }
                '@' | '!' | '{' | '[' if starts_part => {
                    return Err(format!("a part that begins with `{c}` is not supported"));
                }
                c => key.push(c),
            }
        }
        steps.push(step(key, is_escaped));
        Ok(Self { text: text.to_owned(), steps })
    }

    /// Returns the number at this path; a text there must be a Kubernetes quantity.
    pub(crate) fn number(&self, body: &[u8]) -> Result<f64, ReadError> {
        let root: Value =
            serde_json::from_slice(body).map_err(|error| ReadError::malformed("JSON", error))?;
        let mut value = &root;
        for (index, step) in self.steps.iter().enumerate() {
            let next = match (step, value) {
                (Step::Key(key), Value::Object(fields)) => fields.get(key),
                (Step::Key(key), Value::Array(items)) => {
                    key.parse().ok().and_then(|index: usize| items.get(index))
                }
                (Step::Elements, Value::Array(items)) if index + 1 == self.steps.len() => {
                    return Ok(items.len() as f64);
                }
                (Step::Elements, Value::Array(_)) => return Err(self.not_a_number("a list")),
                _ => None,
            };
            value = next.ok_or_else(|| ReadError::missing(format!("value at `{}`", self.text)))?;
        }
        match value {
            Value::Number(number) => {
                number.as_f64().ok_or_else(|| self.not_a_number("a number beyond 64 bits"))
            }
            Value::String(text) => {
                quantity(text).ok_or_else(|| self.not_a_number("a text that is no quantity"))
            }
            Value::Null => Err(self.not_a_number("null")),
            Value::Bool(_) => Err(self.not_a_number("a boolean")),
            Value::Array(_) => Err(self.not_a_number("a list")),
            Value::Object(_) => Err(self.not_a_number("an object")),
        }
    }

    fn not_a_number(&self, what: &str) -> ReadError {
        ReadError::unusable(format!("at `{}` there is {what}, not a number", self.text))
    }
}

fn step(key: String, is_escaped: bool) -> Step {
    if key == "#" && !is_escaped { Step::Elements } else { Step::Key(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_numbers_and_quantities() {
        let body = br##"{"a":{"b.c":[{"n":32},{"n":"1k"}]},"count":2.43,"0":7,"#":9}"##;
        for (path, value) in [
            ("count", 2.43),
            (r"a.b\.c.0.n", 32.0),
            (r"a.b\.c.1.n", 1000.0),
            (r"a.b\.c.#", 2.0),
            ("0", 7.0),
            (r"\#", 9.0),
        ] {
            let path = JsonPath::parse(path).expect(path);
            assert_eq!(path.number(body), Ok(value), "{path:?}");
        }
    }

    #[test]
    fn what_is_not_one_number_is_an_error() {
        let body = br#"{"a":[{"n":1}],"s":"many","t":true,"z":null}"#;
        for path in ["", "b", "a", "a.n", "a.1.n", "a.#.n", "s", "t", "z", "a.0.n.x"] {
            let path = JsonPath::parse(path).expect(path);
            assert!(path.number(body).is_err(), "{path:?}");
        }
        let path = JsonPath::parse("a").expect("a path");
        assert!(path.number(b"not json").is_err());
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for path in ["a.*", "a?", "a|b", "a.#(n>1).n", "@this", "!x", "{a,b}", "[a]"] {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
    }
}
