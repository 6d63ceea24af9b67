//! A rule of `relabelings` and `metricRelabelings`.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/prometheus_types.go, RelabelConfig;
//! pkg/prometheus/validation/validator.go, for Prometheus 3.

use regex::Regex;
use upswell_units::{Diagnostic, Span, Spanned};

use crate::decode::{Decode, Object, unknown_value};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// A rule that changes the labels of targets or samples, or drops them.
///
/// What is left out has Prometheus's default.
#[derive(Clone, Debug, PartialEq)]
pub struct Relabeling {
    /// The whole rule.
    pub span: Span,
    /// Labels whose values, put together, are the source.
    pub source_labels: Vec<Spanned<String>>,
    /// What stands between two of them; `;` unless set.
    pub separator: Option<Spanned<String>>,
    /// The label that is set or compared.
    pub target_label: Option<Spanned<String>>,
    /// What the source, or the name of a label, must match as a whole; `(.*)` unless set.
    pub regex: Option<Spanned<String>>,
    /// What the hash is divided by.
    pub modulus: Option<Spanned<u64>>,
    /// What the target label is set to; `$1` unless set.
    pub replacement: Option<Spanned<String>>,
    /// What is done; `replace` unless set.
    pub action: Option<Spanned<RelabelAction>>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RelabelAction {
    /// Sets the target label to the replacement, if the expression matches.
    #[default]
    Replace,
    /// Drops what the expression does not match.
    Keep,
    /// Drops what the expression matches.
    Drop,
    /// Sets the target label to a hash of the source, modulo `modulus`.
    HashMod,
    /// Copies labels whose name the expression matches to other names.
    LabelMap,
    /// Removes labels whose name the expression matches.
    LabelDrop,
    /// Removes labels whose name the expression does not match.
    LabelKeep,
    /// Sets the target label to the source in small letters.
    Lowercase,
    /// Sets the target label to the source in capitals.
    Uppercase,
    /// Drops what has another value in the target label.
    KeepEqual,
    /// Drops what has the same value in the target label.
    DropEqual,
}

/// The two ways to write each action, of which the API server takes no third.
const ACTIONS: [(&str, &str, RelabelAction); 11] = [
    ("replace", "Replace", RelabelAction::Replace),
    ("keep", "Keep", RelabelAction::Keep),
    ("drop", "Drop", RelabelAction::Drop),
    ("hashmod", "HashMod", RelabelAction::HashMod),
    ("labelmap", "LabelMap", RelabelAction::LabelMap),
    ("labeldrop", "LabelDrop", RelabelAction::LabelDrop),
    ("labelkeep", "LabelKeep", RelabelAction::LabelKeep),
    ("lowercase", "Lowercase", RelabelAction::Lowercase),
    ("uppercase", "Uppercase", RelabelAction::Uppercase),
    ("keepequal", "KeepEqual", RelabelAction::KeepEqual),
    ("dropequal", "DropEqual", RelabelAction::DropEqual),
];

impl RelabelAction {
    /// Returns its name as Prometheus's configuration has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::HashMod => "hashmod",
            Self::LabelMap => "labelmap",
            Self::LabelDrop => "labeldrop",
            Self::LabelKeep => "labelkeep",
            Self::Lowercase => "lowercase",
            Self::Uppercase => "uppercase",
            Self::KeepEqual => "keepequal",
            Self::DropEqual => "dropequal",
        }
    }

    const fn needs_target(self) -> bool {
        matches!(
            self,
            Self::Replace
                | Self::HashMod
                | Self::Lowercase
                | Self::Uppercase
                | Self::KeepEqual
                | Self::DropEqual
        )
    }
}

impl Decode for RelabelAction {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let text = String::decode(node, problems)?;
        let found = ACTIONS.iter().find(|(small, capital, _)| text == *small || text == *capital);
        if found.is_none() {
            let names = ACTIONS.map(|(small, ..)| small);
            problems.push(unknown_value(node.span, &text, &names));
        }
        found.map(|(.., action)| *action)
    }
}

impl Decode for Relabeling {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let before = problems.count();
        let mut object = Object::new(node, problems)?;
        let relabeling = Self {
            span: node.head(),
            source_labels: object.list("sourceLabels"),
            separator: object.optional("separator"),
            target_label: object.optional("targetLabel"),
            regex: object.optional("regex"),
            modulus: object.optional("modulus"),
            replacement: object.optional("replacement"),
            action: object.optional("action"),
        };
        object.finish();
        // An action that could not be read would be taken for `replace`.
        if problems.count() == before {
            relabeling.check(problems);
        }
        Some(relabeling)
    }
}

impl Relabeling {
    /// What is done.
    #[must_use]
    pub fn action(&self) -> RelabelAction {
        self.action.as_ref().map(|action| action.value).unwrap_or_default()
    }

    fn check(&self, problems: &mut Diagnostics) {
        if let Some(regex) = &self.regex
            && let Err(error) = Regex::new(&format!("^(?s:{})$", regex.value))
        {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let message = format!("invalid regular expression: {reason}");
            let problem = Diagnostic::error("invalid-regex", message);
            let help = "escape what is meant literally with a backslash, e.g. `\\(`";
            problems.push(problem.at(regex.span, "not a regular expression").help(help));
        }
        self.check_missing(problems);
        self.check_surplus(problems);
    }

    /// Reports a field without which the action means nothing.
    fn check_missing(&self, problems: &mut Diagnostics) {
        let action = self.action();
        let at = self.action.as_ref().map_or(self.span, |action| action.span);
        let mut missing = |field: &str, help: &str| {
            let message = format!("action `{}` needs `{field}`", action.as_str());
            let problem = Diagnostic::error("missing-field", message);
            problems.push(problem.at(at, format!("`{field}` is missing")).help(help));
        };
        let is_empty =
            |text: &Option<Spanned<String>>| text.as_ref().is_none_or(|text| text.value.is_empty());
        if action.needs_target() && is_empty(&self.target_label) {
            missing("targetLabel", "add `targetLabel:` with the name of the label");
        }
        if action == RelabelAction::HashMod
            && self.modulus.as_ref().is_none_or(|modulus| modulus.value == 0)
        {
            missing("modulus", "add `modulus:` with the number of parts, above 0");
        }
        if action == RelabelAction::LabelMap
            && self.replacement.as_ref().is_some_and(|replacement| replacement.value.is_empty())
        {
            missing("replacement", "add `replacement:` with the new name, e.g. \"$1\"");
        }
    }

    /// Reports fields, other than with their defaults, that the action does not take.
    fn check_surplus(&self, problems: &mut Diagnostics) {
        let action = self.action();
        let text = |field: &Option<Spanned<String>>, default: &str| {
            field.as_ref().filter(|field| field.value != default).map(|field| field.span)
        };
        let modulus = self.modulus.as_ref().filter(|modulus| modulus.value != 0);
        let fields = [
            ("sourceLabels", self.source_labels.first().map(|label| label.span)),
            ("targetLabel", text(&self.target_label, "")),
            ("separator", text(&self.separator, ";")),
            ("regex", text(&self.regex, "(.*)").filter(|_| text(&self.regex, "").is_some())),
            ("modulus", modulus.map(|modulus| modulus.span)),
            ("replacement", text(&self.replacement, "$1")),
        ];
        let refused: &[&str] = match action {
            RelabelAction::Lowercase | RelabelAction::Uppercase => &["replacement"],
            RelabelAction::KeepEqual | RelabelAction::DropEqual => {
                &["regex", "modulus", "separator", "replacement"]
            }
            RelabelAction::LabelDrop | RelabelAction::LabelKeep => {
                &["sourceLabels", "targetLabel", "modulus", "separator", "replacement"]
            }
            _ => &[],
        };
        for (field, span) in fields.iter().filter(|(field, _)| refused.contains(field)) {
            let Some(span) = span else { continue };
            let message = format!("action `{}` takes no `{field}`", action.as_str());
            let problem = Diagnostic::error("surplus-field", message);
            problems.push(
                problem.at(*span, "Prometheus refuses it here").help(format!("remove `{field}`")),
            );
        }
    }
}
