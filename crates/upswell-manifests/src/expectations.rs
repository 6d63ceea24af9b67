//! What a rehearsal must show: a unit test for alerts against traffic.
//!
//! The schema:
//!
//! ```yaml
//! apiVersion: upswell.dev/v1alpha1
//! kind: Expectations
//! alerts:
//! - alert: LlmAtMaxReplicas   # the name of an alert of the bundle
//!   fires: true               # it must fire; `false`: it must not
//!   by: 20m                   # at the latest, from the start of the traffic; no bound unless set
//!   as: upswell               # in this run only; `stock` or `upswell`, in each run unless set
//! others: silent              # alerts that are not named must not fire; `any`, the default: may
//! ```

use upswell_units::{Diagnostic, Sources, Spanned};

use crate::decode::{Decode, Object, PrometheusDuration, fields, string_enum};
use crate::diagnostics::Diagnostics;
use crate::settings::API_VERSION;
use crate::yaml::{self, Node};

/// `kind` of the file.
pub const KIND: &str = "Expectations";

/// Which alerts must fire, and which must not.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectations {
    /// What is expected of single alerts.
    pub alerts: Vec<AlertExpectation>,
    /// What is expected of all others.
    pub others: Others,
}

fields! {
    /// What is expected of one alert.
    pub struct AlertExpectation {
        /// Its name.
        pub alert: Spanned<String> = required("alert"),
        /// Whether it must fire, or must not.
        pub fires: Spanned<bool> = required("fires"),
        /// When it must have fired, from the start of the traffic.
        pub by: Option<Spanned<PrometheusDuration>> = optional("by"),
        /// In whose run; in each unless set.
        pub scaler: Option<Spanned<Scaler>> = optional("as"),
    }
}

string_enum! {
    /// Whose run is meant.
    pub enum Scaler {
        /// Kubernetes' HPA and KEDA.
        Stock = "stock",
        /// Upswell's own loop.
        Upswell = "upswell",
    }
}

string_enum! {
    /// What is expected of alerts that are not named.
    pub enum Others {
        /// They may fire or not.
        Any = "any",
        /// They must not fire.
        Silent = "silent",
    }
}

impl Expectations {
    /// Reads the text of a file, whose name diagnostics will print; adds it to `sources`.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn parse(name: &str, text: &str, sources: &mut Sources) -> Result<Self, Vec<Diagnostic>> {
        let file = sources.add(name, text);
        let yaml::Parsed { documents, problems } = yaml::parse(text, file);
        let mut found = Diagnostics::default();
        problems.into_iter().for_each(|problem| found.push(problem));
        let mut expectations = None;
        for document in documents {
            document.problems.into_iter().for_each(|problem| found.push(problem));
            if document.root.is_null() {
                continue;
            }
            if expectations.is_some() {
                found.push(
                    Diagnostic::error("expectations-twice", "more than one document")
                        .at(document.root.head(), "not read")
                        .help("merge the lists of `alerts`"),
                );
                continue;
            }
            expectations = Some(Self::decode(&document.root, &mut found));
        }
        let found = found.into_vec();
        match expectations {
            Some(Some(expectations)) if !found.iter().any(Diagnostic::is_error) => Ok(expectations),
            None if found.is_empty() => {
                let message = format!("{name}: there are no expectations in this file");
                let help = format!("begin with `apiVersion: {API_VERSION}` and `kind: {KIND}`");
                Err(vec![Diagnostic::error("no-expectations", message).help(help)])
            }
            _ => Err(found),
        }
    }
}

impl Decode for Expectations {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let api_version: Option<Spanned<String>> = object.required("apiVersion");
        let kind: Option<Spanned<String>> = object.required("kind");
        let alerts: Vec<AlertExpectation> = object.list("alerts");
        let others = object.optional("others").unwrap_or(Others::Any);
        for (found, expected) in [(&api_version, API_VERSION), (&kind, KIND)] {
            let Some(found) = found.as_ref().filter(|found| found.value != expected) else {
                continue;
            };
            object.report(
                Diagnostic::error("not-expectations", format!("not `{}`", found.value))
                    .at(found.span, "another kind of file")
                    .help(format!("write `apiVersion: {API_VERSION}` and `kind: {KIND}`")),
            );
        }
        for silent in alerts.iter().filter(|alert| !alert.fires.value) {
            let Some(by) = &silent.by else { continue };
            object.report(
                Diagnostic::error("time-of-silence", "an alert that must not fire has no time")
                    .at(by.span, "no meaning here")
                    .help("remove `by`, or write `fires: true`"),
            );
        }
        object.finish();
        Some(Self { alerts, others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: upswell.dev/v1alpha1\nkind: Expectations\n";

    fn parse(rest: &str) -> Result<Expectations, Vec<String>> {
        let mut sources = Sources::default();
        let parsed = Expectations::parse("expect.yaml", &format!("{HEAD}{rest}"), &mut sources);
        parsed.map_err(|problems| problems.iter().map(|problem| problem.message.clone()).collect())
    }

    #[test]
    fn alerts_that_must_fire_and_those_that_must_not() {
        let read = parse(
            "alerts:\n- {alert: A, fires: true, by: 20m, as: upswell}\n\
             - {alert: B, fires: false}\nothers: silent\n",
        )
        .unwrap();
        let [first, second] = &read.alerts[..] else { panic!("two: {read:?}") };
        assert_eq!((first.alert.value.as_str(), first.fires.value), ("A", true));
        assert_eq!(first.by.as_ref().unwrap().value.0.as_secs(), 1200);
        assert_eq!(first.scaler.as_ref().unwrap().value, Scaler::Upswell);
        assert_eq!((second.alert.value.as_str(), second.fires.value), ("B", false));
        assert_eq!(read.others, Others::Silent);
        assert_eq!(parse("").unwrap().others, Others::Any);
    }

    #[test]
    fn what_is_wrong_is_said_all_at_once() {
        let problems = parse("alerts:\n- {alert: A, fires: no}\n- {fires: true}\nother: silent\n");
        let problems = problems.unwrap_err().join("\n");
        for part in ["required field `alert` is missing", "unknown field `other`"] {
            assert!(problems.contains(part), "{part} is not in:\n{problems}");
        }
        let silent = parse("alerts:\n- {alert: A, fires: false, by: 5m}\n").unwrap_err();
        assert_eq!(silent, ["an alert that must not fire has no time"]);
    }

    #[test]
    fn another_file_is_refused_and_an_empty_one_too() {
        let mut sources = Sources::default();
        let mut codes = |text| {
            let problems = Expectations::parse("f", text, &mut sources).unwrap_err();
            problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(""), ["no-expectations"]);
        let deployment = "apiVersion: apps/v1\nkind: Deployment\n";
        assert_eq!(codes(deployment), ["not-expectations", "not-expectations"]);
        assert_eq!(codes(&format!("{HEAD}---\n{HEAD}")), ["expectations-twice"]);
    }
}
