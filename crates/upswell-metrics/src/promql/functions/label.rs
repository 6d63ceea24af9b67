//! `label_replace`, `label_join` and the natural order of `sort_by_label`.

use std::cmp::Ordering;

use regex::Regex;

use crate::labels::{Labels, Text};
use crate::matcher::anchored;
use crate::promql::EvalError;
use crate::replacement::Replacement;

/// Which names of labels are valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Names {
    /// Any that is not empty: Prometheus 3.
    #[default]
    Utf8,
    /// ASCII letters, digits and `_`, no digit first: Prometheus 2.
    Legacy,
}

impl Names {
    /// Returns whether a label may be called so.
    pub(crate) fn allow(self, name: &str) -> bool {
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
        let legacy = || name.chars().all(|c| starts(c) || c.is_ascii_digit());
        !name.is_empty() && (self == Self::Utf8 || (name.starts_with(starts) && legacy()))
    }

    /// Refuses a name that is not valid; `role` is what the label is to `function`.
    fn check(self, name: &str, role: &str, function: &str) -> Result<(), EvalError> {
        if self.allow(name) {
            return Ok(());
        }
        Err(EvalError(format!("invalid {role} label name in {function}(): {name:?}")))
    }
}

/// `label_replace(v, destination, replacement, source, regex)`, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Replace {
    destination: Text,
    replacement: Replacement,
    source: String,
    regex: Regex,
}

impl Replace {
    /// Takes the arguments as they are written.
    ///
    /// # Errors
    ///
    /// If the regular expression is none, or the destination cannot be the name of a label.
    pub(crate) fn new(
        destination: &str,
        replacement: &str,
        source: &str,
        regex: &str,
        names: Names,
    ) -> Result<Self, EvalError> {
        let regex = anchored(regex).map_err(|_| {
            EvalError(format!("invalid regular expression in label_replace(): {regex:?}"))
        })?;
        names.check(destination, "destination", "label_replace")?;
        let replacement = Replacement::new(replacement, &regex);
        Ok(Self { destination: destination.into(), replacement, source: source.to_owned(), regex })
    }

    /// Sets the destination if the whole value of the source matches, else changes nothing.
    pub(crate) fn apply(&self, labels: &Labels) -> Labels {
        let value = labels.get(&self.source);
        let Some(captures) = self.regex.captures(value) else { return labels.clone() };
        let mut changed = labels.edit();
        changed.set(self.destination.clone(), self.replacement.expand(&captures));
        changed.build()
    }
}

/// `label_join(v, destination, separator, source…)`, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    destination: Text,
    separator: String,
    sources: Vec<String>,
}

impl Join {
    /// Takes the arguments as they are written.
    ///
    /// # Errors
    ///
    /// If the destination or a source cannot be the name of a label.
    pub(crate) fn new(
        destination: &str,
        separator: &str,
        sources: Vec<String>,
        names: Names,
    ) -> Result<Self, EvalError> {
        for source in &sources {
            names.check(source, "source", "label_join")?;
        }
        names.check(destination, "destination", "label_join")?;
        Ok(Self { destination: destination.into(), separator: separator.to_owned(), sources })
    }

    /// Sets the destination to the values of the sources, those that are missing as empty; with
    /// no sources that removes it.
    pub(crate) fn apply(&self, labels: &Labels) -> Labels {
        let values: Vec<&str> = self.sources.iter().map(|source| labels.get(source)).collect();
        let mut changed = labels.edit();
        changed.set(self.destination.clone(), values.join(&self.separator));
        changed.build()
    }
}

/// Compares series by the labels of these names, in natural order, then by all labels.
///
/// In natural order `node-9` is before `node-10`. Source: Prometheus 3, `sort_by_label`; there
/// digits that do not fit 64 bits compare as text, which is no order: here as numbers.
pub(crate) fn compare(a: &Labels, b: &Labels, names: &[String]) -> Ordering {
    let by_labels = names.iter().map(|name| natural(a.get(name), b.get(name)));
    by_labels.fold(Ordering::Equal, Ordering::then).then_with(|| a.cmp(b))
}

/// Compares runs of digits as numbers, all else as text; numbers that are equal, as text.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (run_a, run_b);
        (run_a, rest_a) = split_run(rest_a);
        (run_b, rest_b) = split_run(rest_b);
        let order = match (number(run_a), number(run_b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => run_a.cmp(run_b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// Splits off the first run of digits or of what is none.
fn split_run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

/// Returns what orders numbers of any size: how many digits they have, then which.
fn number(run: &str) -> Option<(usize, &str)> {
    run.starts_with(|c: char| c.is_ascii_digit()).then(|| {
        let digits = run.trim_start_matches('0');
        (digits.len(), digits)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POD: [(&str, &str); 3] = [("__name__", "up"), ("pod", "llama-70b-0"), ("zone", "a")];

    fn replaced(destination: &str, replacement: &str, source: &str, regex: &str) -> Labels {
        let labels = Labels::new(POD);
        Replace::new(destination, replacement, source, regex, Names::Utf8).unwrap().apply(&labels)
    }

    #[test]
    fn a_replacement_needs_the_whole_value_to_match() {
        let unchanged = Labels::new(POD);
        assert_eq!(replaced("zone", "b", "pod", "llama"), unchanged);
        assert_eq!(replaced("zone", "b", "pod", "llama|x"), unchanged);
        assert_eq!(replaced("zone", "b", "pod", "llama.*").get("zone"), "b");
    }

    #[test]
    fn a_missing_source_is_empty_and_an_empty_result_removes_the_label() {
        assert_eq!(replaced("copy", "<$0>", "nosuch", ".*").get("copy"), "<>");
        assert!(replaced("zone", "", "pod", ".*").text("zone").is_none());
        assert_eq!(replaced("__name__", "renamed", "pod", ".*").metric_name(), "renamed");
    }

    #[test]
    fn names_and_regular_expressions_that_are_none_are_refused() {
        let replace = |name, regex, names| Replace::new(name, "", "pod", regex, names);
        let error = replace("bad-name", "(.*)", Names::Legacy).unwrap_err();
        assert_eq!(error.0, r#"invalid destination label name in label_replace(): "bad-name""#);
        assert!(replace("bad-name", "(.*)", Names::Utf8).is_ok());
        assert!(replace("", "(.*)", Names::Utf8).is_err());
        assert!(replace("9", "(.*)", Names::Legacy).is_err());
        let error = replace("a", "(.*", Names::Utf8).unwrap_err();
        assert_eq!(error.0, r#"invalid regular expression in label_replace(): "(.*""#);

        let join = |name: &str, source: &str| {
            Join::new(name, ",", vec![String::from(source)], Names::Legacy).map(|_| ())
        };
        let error = join("x", "bad-src").unwrap_err();
        assert_eq!(error.0, r#"invalid source label name in label_join(): "bad-src""#);
        assert!(join("bad-dst", "x").is_err());
        assert_eq!(join("x", "y_1"), Ok(()));
    }

    #[test]
    fn a_join_takes_missing_labels_as_empty_and_of_none_it_removes() {
        let joined = |sources: &[&str]| {
            let sources = sources.iter().map(|source| (*source).to_owned()).collect();
            Join::new("zone", "/", sources, Names::Utf8).unwrap().apply(&Labels::new(POD))
        };
        assert_eq!(joined(&["pod", "nosuch", "zone"]).get("zone"), "llama-70b-0//a");
        assert!(joined(&[]).text("zone").is_none());
    }

    #[test]
    fn labels_sort_in_natural_order() {
        let sorted = [
            "",
            "01",
            "1",
            "9",
            "10",
            "99999999999999999999999",
            "a",
            "node-9",
            "node-9a",
            "node-10",
            "node-10-2",
            "node-10-11",
            "z",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(natural(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        let series = |pod, zone| Labels::new([("pod", pod), ("zone", zone)]);
        let by_pod = |a: &Labels, b: &Labels| compare(a, b, &["pod".to_owned()]);
        assert_eq!(by_pod(&series("p-2", "b"), &series("p-10", "a")), Ordering::Less);
        assert_eq!(by_pod(&series("p-2", "b"), &series("p-2", "a")), Ordering::Greater);
    }

    proptest! {
        #[test]
        fn natural_order_is_an_order(texts in prop::array::uniform3("[0-9ab-]{0,6}")) {
            let [a, b, c] = &texts;
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b) == Ordering::Equal, a == b);
            if natural(a, b).is_le() && natural(b, c).is_le() {
                prop_assert!(natural(a, c).is_le());
            }
        }

        #[test]
        fn a_replacement_without_a_match_changes_nothing(replacement in ".*", value in "[a-z]*") {
            let labels = Labels::new([("a", value)]);
            let replace = Replace::new("a", &replacement, "a", "[0-9]+", Names::Utf8).unwrap();
            prop_assert_eq!(replace.apply(&labels), labels);
        }

        #[test]
        fn a_replacement_without_a_dollar_is_taken_as_it_is(replacement in "[^$]*") {
            let replace = Replace::new("b", &replacement, "a", ".*", Names::Utf8).unwrap();
            let labels = replace.apply(&Labels::new([("a", "x")]));
            prop_assert_eq!(labels.get("b"), replacement);
        }
    }
}
