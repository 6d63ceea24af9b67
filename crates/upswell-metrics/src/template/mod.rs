//! The templates of labels and annotations: Go's `text/template` with Prometheus's functions.

mod duration;

pub use duration::{DurationError, parse_duration};

use std::fmt;
use std::ops::Range;

use crate::labels::Labels;
use crate::sample::Time;

/// A template that was parsed.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong, for people.
    pub message: String,
    /// Where: bytes of the text.
    pub at: Range<usize>,
    /// How to mend it, where that can be said.
    pub help: Option<String>,
}

/// What a template of an alert sees.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Labels of the expression's result: `$labels`, `.Labels`.
    pub labels: &'a Labels,
    /// Its value: `$value`, `.Value`.
    pub value: f64,
    /// Labels of the whole installation: `$externalLabels`.
    pub external_labels: &'a Labels,
    /// Where the API is reached from outside: `$externalURL`.
    pub external_url: &'a str,
    /// The instant of the evaluation: `now`.
    pub at: Time,
}

/// Answers `query`: the series with their values, or why there is no answer.
pub type Querier<'a> = dyn FnMut(&str) -> Result<Vec<(Labels, f64)>, String> + 'a;

/// Why a template yields no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpandError {
    /// What went wrong, for people.
    pub message: String,
    /// Where: bytes of the template.
    pub at: Range<usize>,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// If the text is none: the first fault, with its place.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self { text: text.to_owned() })
    }

    /// The template as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Expands the template.
    ///
    /// # Errors
    ///
    /// If a function fails, a value has no such field, or a bound is passed.
    pub fn expand(&self, _: &Data<'_>, _: &mut Querier<'_>) -> Result<String, ExpandError> {
        Ok(self.text.clone())
    }

    /// Expands the template; an error becomes the text, as in Prometheus:
    /// `<error expanding template: …>`.
    #[must_use]
    pub fn expand_or_error(&self, data: &Data<'_>, querier: &mut Querier<'_>) -> String {
        let expanded = self.expand(data, querier);
        expanded.unwrap_or_else(|error| format!("<error expanding template: {error}>"))
    }
}

impl fmt::Display for Template {
    /// As it was written.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Returns the link to the table of an expression, below the API's address.
pub(crate) fn table_link(expression: &str) -> String {
    format!("/graph?g0.expr={expression}&g0.tab=1")
}
