//! `spec.advanced.scalingModifiers`: one formula over all triggers instead of the largest of them.

use upswell_units::Spanned;

use crate::decode::{fields, string_enum};

fields! {
    /// The formula and its target as written. Source: KEDA 2.20, scaledobject_types.go.
    pub struct ScalingModifiers {
        /// The formula, in expr-lang; a trigger is a variable by its name.
        pub formula: Option<Spanned<String>> = optional("formula"),
        /// What the formula's value is compared with: a number above zero, as text.
        pub target: Option<Spanned<String>> = optional("target"),
        /// Value above which the object is active; 0 unless set.
        pub activation_target: Option<Spanned<String>> = optional("activationTarget"),
        /// Whether the target is for one replica or for all; for one unless set.
        pub metric_type: Option<Spanned<CompositeMetricType>> = optional("metricType"),
    }
}

string_enum! {
    /// What the target of a formula is for.
    pub enum CompositeMetricType {
        /// For one replica.
        AverageValue = "AverageValue",
        /// For all of them.
        Value = "Value",
    }
}

impl ScalingModifiers {
    /// Returns whether any field is set: KEDA then takes the formula for wanted.
    #[must_use]
    pub fn is_used(&self) -> bool {
        let Self { formula, target, activation_target, metric_type } = self;
        let texts = [formula, target, activation_target];
        metric_type.is_some() || texts.into_iter().flatten().any(|text| !text.value.is_empty())
    }

    /// Returns the formula; empty if there is none.
    #[must_use]
    pub fn formula(&self) -> &str {
        self.formula.as_ref().map_or("", |text| &text.value)
    }

    /// Returns the target as written; empty if there is none.
    #[must_use]
    pub fn target(&self) -> &str {
        self.target.as_ref().map_or("", |text| &text.value)
    }

    /// Returns what the target is for.
    #[must_use]
    pub fn metric_type(&self) -> CompositeMetricType {
        self.metric_type.map_or(CompositeMetricType::AverageValue, |metric_type| metric_type.value)
    }
}
