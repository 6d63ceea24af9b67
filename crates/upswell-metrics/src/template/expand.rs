//! The door: a text becomes a template, a template becomes a text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::labels::Labels;
use crate::sample::Time;
use crate::template::parse;
use crate::template::run;
use crate::template::tree::{Fault, Tree};

/// A template that was parsed; cheap to clone.
#[derive(Clone, Debug)]
pub struct Template {
    text: Arc<str>,
    tree: Arc<Tree>,
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
    /// Labels of the whole installation: `$externalLabels`, `.ExternalLabels`.
    pub external_labels: &'a Labels,
    /// Where the API is reached from outside: `$externalURL`, `.ExternalURL`.
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
    /// What went wrong, for people; names the place.
    pub message: String,
    /// Where: bytes of the template.
    pub at: Range<usize>,
}

/// Most of a template that an error shows.
const EXCERPT_CHARS_MAX: usize = 60;

impl Template {
    /// Parses a template.
    ///
    /// ```
    /// use upswell_metrics::template::Template;
    ///
    /// let error = Template::parse("{{ $value | humanise }}").unwrap_err();
    /// assert_eq!((error.message.as_str(), error.at), ("unknown function `humanise`", 12..20));
    /// assert_eq!(error.help.as_deref(), Some("did you mean `humanize`?"));
    /// ```
    ///
    /// # Errors
    ///
    /// If the text is none: the first fault, with its place. That is also an unknown function or
    /// variable, as in Prometheus.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        match parse::parse(text, &run::VARIABLES) {
            Ok(tree) => Ok(Self { text: Arc::from(text), tree: Arc::new(tree) }),
            Err(Fault { at, message, help }) => Err(TemplateError { message, at, help }),
        }
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
    /// If a function fails, a value has no such field, or the template takes more than a million
    /// steps or makes more than 1 MiB of text.
    pub fn expand(
        &self,
        data: &Data<'_>,
        querier: &mut Querier<'_>,
    ) -> Result<String, ExpandError> {
        run::run(&self.tree, data, querier).map_err(|Fault { at, message, .. }| {
            let excerpt = self.text.get(at.clone()).unwrap_or_default();
            let excerpt: String = excerpt.chars().take(EXCERPT_CHARS_MAX).collect();
            ExpandError { message: format!("at <{excerpt}>: {message}"), at }
        })
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
