//! Relabelling: rules that change the labels of a target or a sample, or drop it.
//!
//! Source: Prometheus 3, model/relabel/relabel.go. Names of labels may be any UTF-8, as there.

use std::str::FromStr;

use regex::Regex;

use crate::labels::{Labels, LabelsBuilder};
use crate::matcher::anchored;
use crate::replacement::Replacement;

/// What a rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Sets the target label to the replacement, if the expression matches.
    #[default]
    Replace,
    /// Drops what the expression does not match.
    Keep,
    /// Drops what the expression matches.
    Drop,
    /// Drops what has another value in the target label.
    KeepEqual,
    /// Drops what has the same value in the target label.
    DropEqual,
    /// Sets the target label to the MD5 sum of the source, modulo `modulus`.
    HashMod,
    /// Copies labels whose name the expression matches to names made of the replacement.
    LabelMap,
    /// Removes labels whose name the expression matches.
    LabelDrop,
    /// Removes labels whose name the expression does not match.
    LabelKeep,
    /// Sets the target label to the source in small letters.
    Lowercase,
    /// Sets the target label to the source in capitals.
    Uppercase,
}

impl Action {
    /// All of them, by the names that configurations have for them.
    pub const ALL: [(&'static str, Self); 11] = [
        ("replace", Self::Replace),
        ("keep", Self::Keep),
        ("drop", Self::Drop),
        ("keepequal", Self::KeepEqual),
        ("dropequal", Self::DropEqual),
        ("hashmod", Self::HashMod),
        ("labelmap", Self::LabelMap),
        ("labeldrop", Self::LabelDrop),
        ("labelkeep", Self::LabelKeep),
        ("lowercase", Self::Lowercase),
        ("uppercase", Self::Uppercase),
    ];

    const fn has_target(self) -> bool {
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

impl FromStr for Action {
    type Err = RelabelError;

    /// Takes any case of letters, as Prometheus does.
    fn from_str(text: &str) -> Result<Self, RelabelError> {
        let found = Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, action)| *action).ok_or_else(|| RelabelError::UnknownAction(text.to_owned()))
    }
}

/// A rule as it is written; what is left out has the value of [`Config::default`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Labels whose values, put together, are the source.
    pub source_labels: Vec<String>,
    /// What stands between two of them; `;` unless set.
    pub separator: String,
    /// What the source, or the name of a label, must match as a whole; `(.*)` unless set.
    pub regex: String,
    /// What [`Action::HashMod`] divides by; above zero for it.
    pub modulus: u64,
    /// The label that is set or compared; `$1` in it stands for a group, for [`Action::Replace`].
    pub target_label: String,
    /// What it is set to, with `$1` for a group; `$1` unless set.
    pub replacement: String,
    /// What is done; [`Action::Replace`] unless set.
    pub action: Action,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            source_labels: Vec::new(),
            separator: ";".to_owned(),
            regex: "(.*)".to_owned(),
            modulus: 0,
            target_label: String::new(),
            replacement: "$1".to_owned(),
            action: Action::Replace,
        }
    }
}

/// Why a rule is none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RelabelError {
    /// No such action.
    #[error("unknown relabel action {0:?}")]
    UnknownAction(String),
    /// The regular expression is none.
    #[error("invalid regular expression: {0}")]
    Regex(Box<regex::Error>),
    /// `hashmod` without a modulus.
    #[error("action hashmod needs a modulus above zero")]
    NoModulus,
    /// An action that sets or compares a label, without one.
    #[error("action {0} needs a target label")]
    NoTarget(&'static str),
    /// `labelmap` whose new names are empty.
    #[error("action labelmap needs a replacement")]
    NoReplacement,
    /// A field that says nothing to this action.
    #[error("action {action} takes no {field}")]
    Surplus {
        /// The action.
        action: &'static str,
        /// The field.
        field: &'static str,
    },
}

/// A rule that was checked.
#[derive(Clone, Debug)]
pub struct Relabeling {
    config: Config,
    regex: Regex,
    target_label: Replacement,
    replacement: Replacement,
}

impl Relabeling {
    /// Checks a rule.
    ///
    /// # Errors
    ///
    /// As Prometheus's `Config.Validate`.
    pub fn new(config: Config) -> Result<Self, RelabelError> {
        let regex = anchored(&config.regex).map_err(RelabelError::Regex)?;
        let action = config.action;
        let name =
            Action::ALL.iter().find(|(_, known)| *known == action).map_or("", |found| found.0);
        if action == Action::HashMod && config.modulus == 0 {
            return Err(RelabelError::NoModulus);
        }
        if action.has_target() && config.target_label.is_empty() {
            return Err(RelabelError::NoTarget(name));
        }
        if action == Action::LabelMap && config.replacement.is_empty() {
            return Err(RelabelError::NoReplacement);
        }
        if let Some(field) = config.surplus() {
            return Err(RelabelError::Surplus { action: name, field });
        }
        let target_label = Replacement::new(&config.target_label, &regex);
        let replacement = Replacement::new(&config.replacement, &regex);
        Ok(Self { config, regex, target_label, replacement })
    }

    /// The rule as it was written.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Applies the rule; returns whether the target or sample stays.
    fn apply(&self, labels: &mut LabelsBuilder) -> bool {
        let Config { target_label, action, modulus, .. } = &self.config;
        match action {
            Action::Replace => self.replace(labels),
            Action::Keep => return self.regex.is_match(&self.source(labels)),
            Action::Drop => return !self.regex.is_match(&self.source(labels)),
            Action::KeepEqual => return labels.get(target_label) == self.source(labels),
            Action::DropEqual => return labels.get(target_label) != self.source(labels),
            Action::HashMod => {
                let remainder = hash(&self.source(labels)) % (*modulus).max(1);
                labels.set(target_label.as_str(), remainder.to_string());
            }
            Action::Lowercase | Action::Uppercase => {
                let source = self.source(labels);
                let text: String = match action {
                    Action::Lowercase => source.chars().map(lower).collect(),
                    _ => source.chars().map(upper).collect(),
                };
                labels.set(target_label.as_str(), text);
            }
            Action::LabelMap => self.map_names(labels),
            Action::LabelDrop => drop(labels.retain(|name, _| !self.regex.is_match(name))),
            Action::LabelKeep => drop(labels.retain(|name, _| self.regex.is_match(name))),
        }
        true
    }

    fn source(&self, labels: &LabelsBuilder) -> String {
        let Config { source_labels, separator, .. } = &self.config;
        let values: Vec<&str> = source_labels.iter().map(|name| labels.get(name)).collect();
        values.join(separator)
    }

    fn replace(&self, labels: &mut LabelsBuilder) {
        let source = self.source(labels);
        let Some(captures) = self.regex.captures(&source) else { return };
        let target = self.target_label.expand(&captures);
        if !target.is_empty() {
            labels.set(target, self.replacement.expand(&captures));
        }
    }

    fn map_names(&self, labels: &mut LabelsBuilder) {
        let mut copies = Vec::new();
        labels.retain(|name, value| {
            if let Some(captures) = self.regex.captures(name) {
                copies.push((self.replacement.expand(&captures), value.to_owned()));
            }
            true
        });
        for (name, value) in copies.into_iter().filter(|(name, _)| !name.is_empty()) {
            labels.set(name, value);
        }
    }
}

impl Config {
    /// A field that has been set though the action does not take it.
    fn surplus(&self) -> Option<&'static str> {
        let default = Self::default();
        let fields = [
            ("source labels", !self.source_labels.is_empty()),
            ("target label", !self.target_label.is_empty()),
            ("regex", self.regex != default.regex),
            ("modulus", self.modulus != 0),
            ("separator", self.separator != default.separator),
            ("replacement", self.replacement != default.replacement),
        ];
        let refused: &[&str] = match self.action {
            Action::Lowercase | Action::Uppercase => &["replacement"],
            Action::KeepEqual | Action::DropEqual => {
                &["regex", "modulus", "separator", "replacement"]
            }
            Action::LabelDrop | Action::LabelKeep => {
                &["source labels", "target label", "modulus", "separator", "replacement"]
            }
            _ => &[],
        };
        let surplus = fields.iter().find(|(name, is_set)| *is_set && refused.contains(name));
        surplus.map(|(name, _)| *name)
    }
}

/// Applies rules in their order; `None` if one of them drops the target or sample.
#[must_use]
pub fn apply(relabelings: &[Relabeling], labels: Labels) -> Option<Labels> {
    if relabelings.is_empty() {
        return Some(labels);
    }
    let mut builder = labels.edit();
    let stays = relabelings.iter().all(|relabeling| relabeling.apply(&mut builder));
    stays.then(|| builder.build())
}

/// The last eight bytes of the MD5 sum, as a number.
fn hash(text: &str) -> u64 {
    let digest = md5::compute(text.as_bytes()).0;
    digest[8..].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Maps one letter to one letter, as Go does; Rust alone would also make one of several.
fn lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        (Some(first), Some(_)) => first,
        _ => letter,
    }
}

/// As [`lower`]; a letter without one capital stays, as `ß`.
fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}
