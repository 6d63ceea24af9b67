//! The parameter reader: each trigger says its parameters once, and all its mistakes are found.
//!
//! ```text
//! let list_name   = read.parameter("listName").text().required();
//! let list_length = read.parameter("listLength").integer().or(5);
//! let password    = read.parameter("password").from(MEA).secret().optional();
//! ```
//!
//! A parameter is searched in the places of its order, in each under all its spellings; the first
//! text that is not blank wins, trimmed. A parameter that is missing or wrong reads as its type's
//! zero, so that the checks that follow still run and one parse reports everything.
//! Source: KEDA main at 8b4f083, scalersconfig/typed_config.go.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upswell_units::{Duration, Span, TriggerName};

use crate::fault::{Fault, FaultClass};
use crate::input::Input;
use crate::literal;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::trigger::{MetricSource, MetricSpec, MetricTarget};

/// A place where a parameter may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The trigger's metadata, under the parameter's own name.
    Metadata,
    /// What the trigger's authentication resolved to.
    Authentication,
    /// A variable of the target's container, which metadata `<name>FromEnv` names.
    Environment,
}

/// Search orders, by the first letters of the places.
pub(crate) const M: &[Place] = &[Place::Metadata];
pub(crate) const A: &[Place] = &[Place::Authentication];
pub(crate) const MA: &[Place] = &[Place::Metadata, Place::Authentication];
pub(crate) const AM: &[Place] = &[Place::Authentication, Place::Metadata];
pub(crate) const ME: &[Place] = &[Place::Metadata, Place::Environment];
pub(crate) const E: &[Place] = &[Place::Environment];
pub(crate) const AE: &[Place] = &[Place::Authentication, Place::Environment];
pub(crate) const MAE: &[Place] = &[Place::Metadata, Place::Authentication, Place::Environment];
pub(crate) const MEA: &[Place] = &[Place::Metadata, Place::Environment, Place::Authentication];

/// What a trigger says about one of its parameters, for docs and for nearest-name help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterDoc {
    /// All spellings, the documented one first.
    pub names: Vec<&'static str>,
    /// Where it is searched, in order.
    pub places: &'static [Place],
    /// What it holds: `whole number`, `list`.
    pub holds: &'static str,
    /// Whether it is never printed.
    pub secret: bool,
    /// Whether it must be there whatever the others say.
    pub required: bool,
    /// The value it takes when absent.
    pub default: Option<String>,
}

/// Words of which a parameter holds exactly one; the default of the type is upstream's.
pub(crate) trait Choice: Copy + Default + PartialEq + 'static {
    /// Each word, case-sensitive, with its meaning.
    const WORDS: &'static [(&'static str, Self)];

    /// Returns the word for a meaning.
    fn word(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, meaning)| *meaning == self);
        word.map_or("", |(word, _)| word)
    }
}

/// Reads the parameters of one trigger and collects what is wrong with them.
pub(crate) struct Reader<'a> {
    input: &'a Input<'a>,
    kind: &'static str,
    faults: Vec<Fault>,
    settings: Settings,
    docs: Vec<ParameterDoc>,
}

/// What every trigger ends its parse with.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) kind: &'static str,
    pub(crate) specs: Vec<MetricSpec>,
    pub(crate) settings: Settings,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(kind: &'static str, input: &'a Input<'a>) -> Self {
        let (faults, docs) = (Vec::new(), Vec::new());
        Self { input, kind, faults, settings: Settings::default(), docs }
    }

    /// Starts reading a parameter, searched in the metadata unless [`Parameter::from`] says more.
    pub(crate) fn parameter(&mut self, name: &'static str) -> Parameter<'_, 'a> {
        Parameter { reader: self, names: vec![name], places: M }
    }

    pub(crate) fn input(&self) -> &'a Input<'a> {
        self.input
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns whether a pod identity is set; the provider `none` counts as none.
    pub(crate) fn pod_identity(&self) -> Option<&'a str> {
        self.input.pod_identity.filter(|provider| !provider.is_empty() && *provider != "none")
    }

    /// Reports a mistake in a parameter, at its value if it is written in the metadata.
    pub(crate) fn fault(
        &mut self,
        class: FaultClass,
        parameter: &str,
        message: impl Into<String>,
    ) -> &mut Fault {
        let span = self.input.metadata.value_span(parameter).or(self.input.span);
        let (parameter, message) = (parameter.to_owned(), message.into());
        self.faults.push(Fault { class, parameter, message, span, help: None });
        self.faults.last_mut().expect("a fault has just been pushed")
    }

    /// Reports a mistake in a parameter unless `holds`.
    pub(crate) fn check(&mut self, holds: bool, class: FaultClass, parameter: &str, message: &str) {
        if !holds {
            self.fault(class, parameter, message);
        }
    }

    /// Returns whether a mistake in a parameter has been found.
    pub(crate) fn is_faulty(&self, parameter: &str) -> bool {
        self.faults.iter().any(|fault| fault.parameter == parameter)
    }

    /// Overwrites the effective value of a parameter after the checks have changed it.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.settings.set(name, value.into(), false);
    }

    pub(crate) fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Ends the parse of a trigger with one external metric.
    ///
    /// The metric's name is `s<index>-` and `base` with `/ . : % ( )` as `-`. `target` is a
    /// decimal text. Source: KEDA main at 8b4f083, `GenerateMetricNameWithIndex`.
    pub(crate) fn external(&mut self, base: &str, target: impl Into<String>) -> Common {
        let target = target.into();
        let target = match self.external_metric_type() {
            MetricType::Value => MetricTarget::Value(target),
            MetricType::AverageValue => MetricTarget::AverageValue(target),
        };
        let name = metric_name(self.input.index, base);
        let specs = vec![MetricSpec { name, source: MetricSource::External, target }];
        self.finish(specs)
    }

    /// Ends the parse of a trigger with the metrics given.
    pub(crate) fn finish(&mut self, specs: Vec<MetricSpec>) -> Common {
        Common { kind: self.kind, specs, settings: std::mem::take(&mut self.settings) }
    }

    /// Reads `metricType` for an external metric; absent means `AverageValue`.
    pub(crate) fn external_metric_type(&mut self) -> MetricType {
        match self.input.metric_type.unwrap_or_default() {
            "" | "AverageValue" => MetricType::AverageValue,
            "Value" => MetricType::Value,
            _ => {
                let message = format!("`{}` triggers measure no utilization", self.kind);
                let fault = self.fault(FaultClass::BadMetricType, "metricType", message);
                fault.help = Some("use `AverageValue` or `Value`".to_owned());
                MetricType::AverageValue
            }
        }
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    pub(crate) fn into_docs(self) -> Vec<ParameterDoc> {
        self.docs
    }

    fn search(&self, names: &[&str], places: &[Place]) -> Option<Raw<'a>> {
        let found = |place: Place, name: &str| {
            let metadata = self.input.metadata;
            let (text, span) = match place {
                Place::Metadata => (metadata.get(name)?, metadata.value_span(name)),
                Place::Authentication => (self.input.auth.get(name)?.reveal(), None),
                Place::Environment => {
                    let key = format!("{name}FromEnv");
                    let variable = metadata.get(&key)?;
                    (self.input.env.get(variable)?.as_str(), metadata.value_span(&key))
                }
            };
            let text = text.trim();
            (!text.is_empty()).then_some(Raw { text, span, place })
        };
        places.iter().find_map(|place| names.iter().find_map(|name| found(*place, name)))
    }
}

/// How the target of an external metric compares with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricType {
    /// Value over all replicas.
    AverageValue,
    /// Value, whatever the number of replicas.
    Value,
}

/// Returns a metric's name: `s<index>-` and the normalised base.
pub(crate) fn metric_name(index: usize, base: &str) -> TriggerName {
    let normal = base.replace(['/', '.', ':', '%', '(', ')'], "-");
    TriggerName(format!("s{index}-{normal}"))
}

/// A text that was found, and where.
#[derive(Clone, Copy)]
struct Raw<'a> {
    text: &'a str,
    span: Option<Span>,
    place: Place,
}

/// A parameter before it is known what it holds.
#[must_use]
pub(crate) struct Parameter<'r, 'a> {
    reader: &'r mut Reader<'a>,
    names: Vec<&'static str>,
    places: &'static [Place],
}

impl<'r, 'a> Parameter<'r, 'a> {
    /// Adds another spelling.
    pub(crate) fn alias(mut self, name: &'static str) -> Self {
        self.names.push(name);
        self
    }

    /// Says where to search, in order.
    pub(crate) fn from(mut self, places: &'static [Place]) -> Self {
        self.places = places;
        self
    }

    pub(crate) fn text(self) -> Found<'r, 'a, String> {
        self.read("text", |text| Ok(text.to_owned()), |text| json!(text))
    }

    /// Reads a text that is never printed.
    pub(crate) fn secret(self) -> Found<'r, 'a, Secret> {
        self.read("text", |text| Ok(Secret::from(text)), |secret| json!(secret.reveal())).hidden()
    }

    pub(crate) fn integer(self) -> Found<'r, 'a, i64> {
        self.read(
            "whole number",
            |text| refuse(literal::integer(text), "write digits, e.g. \"5\""),
            |value| json!(value),
        )
    }

    pub(crate) fn float(self) -> Found<'r, 'a, f64> {
        self.read(
            "number",
            |text| refuse(literal::float(text), "write e.g. \"0.5\""),
            |value| json!(value),
        )
    }

    pub(crate) fn boolean(self) -> Found<'r, 'a, bool> {
        self.read(
            "boolean",
            |text| refuse(literal::boolean(text), "write \"true\" or \"false\""),
            |value| json!(value),
        )
    }

    pub(crate) fn duration(self) -> Found<'r, 'a, Duration> {
        let parse = |text: &str| {
            let duration = literal::duration(text).filter(|duration| *duration >= Duration::ZERO);
            refuse(duration, "write e.g. \"5s\"")
        };
        self.read("duration (`5s`, or milliseconds)", parse, |value| json!(value.as_millis()))
    }

    pub(crate) fn list(self) -> Found<'r, 'a, Vec<String>> {
        let parse = |text: &str| Ok(literal::list(text).map(str::to_owned).collect());
        self.read("list", parse, |value| json!(value))
    }

    /// Reads `key=value` pairs between commas.
    pub(crate) fn map(self) -> Found<'r, 'a, BTreeMap<String, String>> {
        let parse = |text: &str| {
            refuse(
                literal::pairs(text).map(|pairs| pairs.into_iter().collect()),
                "write e.g. \"a=1,b=2\"",
            )
        };
        self.read("list of `key=value`", parse, |value| json!(value))
    }

    /// Reads one of the words of a [`Choice`].
    pub(crate) fn choice<C: Choice>(self) -> Found<'r, 'a, C> {
        let parse = |text: &str| {
            let meaning = C::WORDS.iter().find(|(word, _)| *word == text);
            let words = || C::WORDS.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>();
            meaning.map(|(_, meaning)| *meaning).ok_or_else(|| Refusal {
                class: FaultClass::BadEnum,
                help: Some(format!("use one of {}", words().join(", "))),
            })
        };
        self.read("word", parse, |meaning| json!(meaning.word()))
    }

    /// Reads with a parser of the trigger's own.
    pub(crate) fn read<T>(
        self,
        holds: &'static str,
        parse: impl Fn(&str) -> Result<T, Refusal>,
        render: fn(&T) -> Value,
    ) -> Found<'r, 'a, T> {
        let Self { reader, names, places } = self;
        let raw = reader.search(&names, places);
        let state = match raw.map(|raw| parse(raw.text)) {
            None => State::Absent,
            Some(Ok(value)) => State::Given(value),
            Some(Err(refusal)) => State::Refused(refusal),
        };
        Found { reader, names, places, holds, raw, state, render, secret: false }
    }
}

/// Why a text is not what a parameter holds.
pub(crate) struct Refusal {
    pub(crate) class: FaultClass,
    pub(crate) help: Option<String>,
}

/// Turns "no such value" into a refusal with its mend.
pub(crate) fn refuse<T>(value: Option<T>, help: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal { class: FaultClass::BadValue, help: Some(help.to_owned()) })
}

enum State<T> {
    Absent,
    Refused(Refusal),
    Given(T),
}

/// A parameter that has been searched and read; ends with what its absence means.
#[must_use]
pub(crate) struct Found<'r, 'a, T> {
    reader: &'r mut Reader<'a>,
    names: Vec<&'static str>,
    places: &'static [Place],
    holds: &'static str,
    raw: Option<Raw<'a>>,
    state: State<T>,
    render: fn(&T) -> Value,
    secret: bool,
}

impl<T: Default> Found<'_, '_, T> {
    /// Says that the value may hold credentials and is never printed.
    pub(crate) fn hidden(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Takes the value; absence is a mistake.
    pub(crate) fn required(self) -> T {
        let (name, places) = (self.names[0], self.places);
        if matches!(self.state, State::Absent) {
            let message = format!("`{name}` is missing");
            let help = format!("set it in {}", places_in_words(name, places));
            self.reader.fault(FaultClass::MissingRequired, name, message).help = Some(help);
        }
        self.take(true, None)
    }

    /// Takes the value, or a default.
    pub(crate) fn or(self, default: T) -> T {
        self.take(false, Some(default))
    }

    /// Takes the value, or the type's zero, which is recorded as the effective value.
    pub(crate) fn or_zero(self) -> T {
        self.take(false, None)
    }

    /// Takes the value if it is there.
    pub(crate) fn optional(self) -> Option<T> {
        let is_given = !matches!(self.state, State::Absent);
        let value = self.take(false, None);
        is_given.then_some(value)
    }

    fn take(self, required: bool, default: Option<T>) -> T {
        let Self { reader, names, places, holds, raw, state, render, secret } = self;
        let name = names[0];
        let secret = secret || raw.is_some_and(|raw| raw.place == Place::Authentication);
        let shown = default.as_ref().map(|value| match render(value) {
            Value::String(text) => text,
            other => other.to_string(),
        });
        reader.docs.push(ParameterDoc { names, places, holds, secret, required, default: shown });
        let value = match state {
            State::Given(value) => value,
            State::Absent => default.unwrap_or_default(),
            State::Refused(Refusal { class, help }) => {
                let quoted = raw.filter(|_| !secret).map_or_else(String::new, Raw::quoted);
                let message = format!("`{name}` is not a {holds}{quoted}");
                let fault = reader.fault(class, name, message);
                fault.help = help;
                fault.span = raw.and_then(|raw| raw.span).or(fault.span);
                T::default()
            }
        };
        reader.settings.set(name, render(&value), secret);
        value
    }
}

/// Characters of a wrong value that a message quotes.
const QUOTED_CHARS_MAX: usize = 60;

impl Raw<'_> {
    /// Returns `: "text"` for a text of the metadata; the environment may hold secrets.
    fn quoted(self) -> String {
        if self.place != Place::Metadata {
            return String::new();
        }
        let shown: String = self.text.chars().take(QUOTED_CHARS_MAX).collect();
        let cut = if shown.len() < self.text.len() { "…" } else { "" };
        format!(": {shown:?}{cut}")
    }
}

fn places_in_words(name: &str, places: &[Place]) -> String {
    let words = places.iter().map(|place| match place {
        Place::Metadata => "the metadata".to_owned(),
        Place::Authentication => "the trigger authentication".to_owned(),
        Place::Environment => format!("the environment (`{name}FromEnv`)"),
    });
    words.collect::<Vec<_>>().join(", or ")
}
