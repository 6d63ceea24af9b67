//! Metrics in the Prometheus text format, found by name and labels.

use std::collections::BTreeMap;

use crate::trigger::ReadError;

/// A metric's name, and labels that it must have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MetricSelector {
    name: String,
    labels: BTreeMap<String, String>,
}

/// A reader that goes forward through one line.
struct Cursor<'a> {
    rest: &'a str,
}

impl MetricSelector {
    /// Parses `name`, `name{label="value"}` or `{__name__="name"}`.
    ///
    /// Only `=` is supported: upstream accepts the other operators, and reads them as `=`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut cursor = Cursor { rest: text.trim() };
        let name = cursor.name();
        let mut labels = cursor.labels()?;
        if !cursor.rest.is_empty() {
            return Err(format!("`{}` does not belong to a metric selector", cursor.rest));
        }
        let name = if name.is_empty() {
            labels.remove("__name__").ok_or("the metric selector has no name")?
        } else {
            name.to_owned()
        };
        Ok(Self { name, labels })
    }

    /// Returns the value of the first metric that fits.
    pub(crate) fn number(&self, body: &str) -> Result<f64, ReadError> {
        for line in body.lines().map(str::trim) {
            let mut cursor = Cursor { rest: line };
            if line.starts_with('#') || cursor.name() != self.name {
                continue;
            }
            let malformed = |why: String| ReadError::malformed("the Prometheus text format", why);
            let labels = cursor.labels().map_err(malformed)?;
            if self.labels.iter().all(|(name, value)| labels.get(name) == Some(value)) {
                let value = cursor.rest.split_whitespace().next().unwrap_or_default();
                return value
                    .parse()
                    .map_err(|_| malformed(format!("`{}` has no number", self.name)));
            }
        }
        Err(ReadError::missing(format!("metric `{}` with these labels", self.name)))
    }
}

impl<'a> Cursor<'a> {
    fn name(&mut self) -> &'a str {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        name
    }

    fn take(&mut self, symbol: char) -> bool {
        let rest = self.rest.strip_prefix(symbol);
        if let Some(rest) = rest {
            self.rest = rest.trim_start();
        }
        rest.is_some()
    }

    /// Labels in braces; none if there are no braces.
    fn labels(&mut self) -> Result<BTreeMap<String, String>, String> {
        let mut labels = BTreeMap::new();
        if !self.take('{') {
            return Ok(labels);
        }
        while !self.take('}') {
            let name = self.name().to_owned();
            if name.is_empty() {
                return Err("a label has no name".to_owned());
            }
            if !self.take('=') || self.rest.starts_with('~') {
                return Err(format!("after the label `{name}` only `=` is supported"));
            }
            let value = self.quoted().ok_or_else(|| format!("the label `{name}` has no text"))?;
            labels.insert(name, value);
            if !self.take(',') && !self.rest.starts_with('}') {
                return Err("labels end with `}`".to_owned());
            }
        }
        Ok(labels)
    }

    /// A text in double quotes, with its escapes undone.
    fn quoted(&mut self) -> Option<String> {
        let inside = self.rest.strip_prefix('"')?;
        let mut text = String::new();
        let mut chars = inside.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = inside[at + 1..].trim_start();
                    return Some(text);
                }
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    other => other,
                }),
                c => text.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "# TYPE jobs gauge\njobs{queue=\"a\",kind=\"x y\"} 5 1700000000\n\
                        jobs{queue=\"b\\\"\"} 7.5\njobs_total 3\nodd{} NaN\nbroken{a=\"} 1\n";

    #[test]
    fn the_first_metric_that_fits_gives_the_value() {
        for (selector, value) in [
            ("jobs", 5.0),
            (r#"jobs{queue="b\""}"#, 7.5),
            (r#"{__name__="jobs", kind="x y"}"#, 5.0),
            ("jobs_total", 3.0),
        ] {
            let parsed = MetricSelector::parse(selector).expect(selector);
            assert_eq!(parsed.number(BODY), Ok(value), "{selector}");
        }
    }

    #[test]
    fn no_fit_and_broken_lines_are_errors() {
        for selector in ["missing", r#"jobs{queue="c"}"#, "broken"] {
            let parsed = MetricSelector::parse(selector).expect(selector);
            assert!(parsed.number(BODY).is_err(), "{selector}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for selector in [
            "",
            "{}",
            r#"jobs{a!="b"}"#,
            r#"jobs{a=~"b"}"#,
            "jobs{a}",
            "sum(jobs)",
            r#"jobs{a="b""#,
        ] {
            assert!(MetricSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
