//! Which labels an object must have.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use crate::decode::{fields, string_enum};

fields! {
    /// Labels, and conditions on labels, that must all hold.
    ///
    /// Source: Kubernetes 1.36, meta/v1 LabelSelector.
    pub struct LabelSelector {
        /// Labels that must be there with these values.
        pub match_labels: BTreeMap<String, Spanned<String>> = map("matchLabels"),
        /// Conditions that must hold.
        pub match_expressions: Vec<LabelRequirement> = list("matchExpressions"),
    }
}

fields! {
    /// One condition on one label.
    pub struct LabelRequirement {
        /// The label.
        pub key: Spanned<String> = required("key"),
        /// The condition.
        pub operator: LabelOperator = required("operator"),
        /// The values it is about; none for `Exists` and `DoesNotExist`.
        pub values: Vec<Spanned<String>> = list("values"),
    }
}

string_enum! {
    /// What a label requirement asks.
    pub enum LabelOperator {
        /// The label has one of the values.
        In = "In",
        /// The label is missing, or has none of the values.
        NotIn = "NotIn",
        /// The label is there.
        Exists = "Exists",
        /// The label is missing.
        DoesNotExist = "DoesNotExist",
    }
}

impl LabelSelector {
    /// Returns whether these labels fulfil all conditions; an empty selector takes everything.
    ///
    /// Source: Kubernetes 1.36, apimachinery/pkg/labels/selector.go, Requirement.Matches.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, Spanned<String>>) -> bool {
        let Self { match_labels, match_expressions } = self;
        let value = |key: &str| labels.get(key).map(|label| label.value.as_str());
        match_labels.iter().all(|(key, due)| value(key) == Some(due.value.as_str()))
            && match_expressions.iter().all(|due| due.holds(value(&due.key.value)))
    }

    /// Returns whether there is no condition at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

impl LabelRequirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_listed =
            || value.is_some_and(|value| self.values.iter().any(|listed| listed.value == value));
        match self.operator {
            LabelOperator::In => is_listed(),
            LabelOperator::NotIn => !is_listed(),
            LabelOperator::Exists => value.is_some(),
            LabelOperator::DoesNotExist => value.is_none(),
        }
    }
}
