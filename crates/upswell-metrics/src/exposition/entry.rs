//! What a page says, line by line.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::cursor::{Class, Cursor};
use super::label_set::{self, Part, Syntax, unescape};
use super::number;
use super::series::shown;
use crate::labels::{Labels, LabelsBuilder, METRIC_NAME};
use crate::sample::Time;

/// One line of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// A sample of a series.
    Series(Series<'a>),
    /// What kind of metric a name is.
    Type {
        /// Name of the metric family.
        metric: Cow<'a, str>,
        /// What it is.
        metric_type: MetricType,
    },
    /// What a metric is about.
    Help {
        /// Name of the metric family.
        metric: Cow<'a, str>,
        /// A text for people.
        help: Cow<'a, str>,
    },
    /// In which unit a metric counts; OpenMetrics only.
    Unit {
        /// Name of the metric family.
        metric: Cow<'a, str>,
        /// The unit, which the name ends with.
        unit: &'a str,
    },
    /// A remark, `#` included; it may hold any bytes.
    Comment(&'a [u8]),
    /// `# EOF`, with which OpenMetrics ends.
    Eof,
}

/// What kind of metric a name is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricType {
    /// Grows, and starts anew at zero.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets, as counters.
    Histogram,
    /// Counts in buckets, as gauges.
    GaugeHistogram,
    /// Quantiles.
    Summary,
    /// Texts about the target, in labels; the value is 1.
    Info,
    /// One state of several, each a series of 0 or 1.
    StateSet,
    /// Not said; `untyped` in the text format.
    #[default]
    Unknown,
}

impl MetricType {
    /// Returns the word that OpenMetrics and Prometheus's API have for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

/// A sample of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<'a> {
    /// Name and labels as they stand in the page: the same bytes always mean the same series, as
    /// long as the type of the metric stays.
    pub raw: &'a str,
    /// The value; every NaN is the ordinary one.
    pub value: f64,
    /// When, if the target says so.
    pub at: Option<Time>,
    /// An example of what was counted; OpenMetrics only.
    pub exemplar: Option<Exemplar<'a>>,
    /// The type that the page named last. Prometheus does not look whether it named it of this
    /// metric, and nor do we.
    pub metric_type: MetricType,
    /// Where in the page it starts.
    pub(crate) start: usize,
}

impl Series<'_> {
    /// Returns name and labels.
    ///
    /// `le` of a histogram and `quantile` of a summary are written as OpenMetrics has them, `1.0`
    /// for `1`, as Prometheus 3 does (normalizeFloatsInLabelValues).
    ///
    /// # Errors
    ///
    /// If a label comes twice, the name of the metric among them, or has no name.
    pub fn labels(&self) -> Result<Labels, LabelFault> {
        let float_label = match self.metric_type {
            MetricType::Histogram => Some("le"),
            MetricType::Summary => Some("quantile"),
            _ => None,
        };
        read_labels(self.raw, Syntax::Text, |name, value| {
            if float_label == Some(name) { openmetrics_float(value) } else { value }
        })
    }
}

/// An example of what a sample counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar<'a> {
    /// Its labels as they stand in the page behind the opening brace.
    pub raw: &'a str,
    /// Its value.
    pub value: f64,
    /// When it was, if the target says so.
    pub at: Option<Time>,
}

impl Exemplar<'_> {
    /// Returns its labels.
    ///
    /// # Errors
    ///
    /// If a label comes twice, or has no name.
    pub fn labels(&self) -> Result<Labels, LabelFault> {
        read_labels(self.raw, Syntax::Exemplar, |_, value| value)
    }
}

/// Why a label set that can be read is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelFault {
    /// Two values for one label.
    #[error("the label {} comes twice", shown(.0))]
    Twice(String),
    /// A label whose name is `""`.
    #[error("a label has an empty name")]
    Nameless,
}

fn openmetrics_float(value: Cow<'_, str>) -> Cow<'_, str> {
    match number::parse(value.as_bytes()) {
        Some(number) => Cow::Owned(number::write_openmetrics(number)),
        None => value,
    }
}

/// Reads the labels of a text that the parser has accepted.
fn read_labels<'a>(
    raw: &'a str,
    syntax: Syntax,
    change: impl Fn(&str, Cow<'a, str>) -> Cow<'a, str>,
) -> Result<Labels, LabelFault> {
    let mut names: Vec<Cow<'a, str>> = Vec::new();
    let mut builder = LabelsBuilder::default();
    let mut add = |name: Cow<'a, str>, value: Cow<'a, str>| {
        builder.set(&*name, &*change(&name, value));
        names.push(name);
    };
    // The parser has checked the whole of it.
    let text = |bytes: &'a [u8]| unescape(std::str::from_utf8(bytes).unwrap_or_default());
    let mut cursor = Cursor::new(raw.as_bytes());
    let is_exemplar = syntax == Syntax::Exemplar;
    if !is_exemplar {
        let bare_name = cursor.take_name(Class::MetricName);
        if !bare_name.is_empty() {
            add(METRIC_NAME.into(), text(bare_name));
        }
        cursor.eat_blanks();
    }
    if is_exemplar || cursor.eat(b'{') {
        let read = label_set::read(&mut cursor, syntax, |part| match part {
            Part::MetricName(name) => add(METRIC_NAME.into(), text(name)),
            Part::Label(name, value) => add(text(name), text(value)),
        });
        debug_assert!(read.is_ok(), "the parser accepts what reads here");
    }
    names.sort_unstable();
    if names.first().is_some_and(|name| name.is_empty()) {
        return Err(LabelFault::Nameless);
    }
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(LabelFault::Twice(pair[0].to_string())),
        None => Ok(builder.build()),
    }
}
