//! `spec.advanced.scalingModifiers`: one formula over all triggers instead of the largest of them.

use upswell_engine::activation::formula::FormulaError;
use upswell_engine::activation::{self, CompositeMetric, FormulaTrigger, ModifiersError};
use upswell_units::{Diagnostic, Span, Spanned};

use super::trigger::ScaleTrigger;
use crate::decode::fields;
use crate::diagnostics::Diagnostics;

fields! {
    /// The formula and its target as written. Source: KEDA 2.20, scaledobject_types.go.
    pub struct ScalingModifiers {
        /// The formula, in expr-lang; a trigger is a variable by its name.
        pub formula: Option<Spanned<String>> = optional("formula"),
        /// What the formula's value is compared with: a number above zero, as text.
        pub target: Option<Spanned<String>> = optional("target"),
        /// Value above which the object is active; 0 unless set.
        pub activation_target: Option<Spanned<String>> = optional("activationTarget"),
        /// Whether the target is for one replica (`AverageValue`, unless set) or for all (`Value`).
        pub metric_type: Option<Spanned<String>> = optional("metricType"),
    }
    check(check_metric_type)
}

impl ScalingModifiers {
    /// Returns whether any field is set: KEDA then takes the formula for wanted.
    #[must_use]
    pub fn is_used(&self) -> bool {
        let Self { formula, target, activation_target, metric_type } = self;
        let texts = [formula, target, activation_target, metric_type];
        texts.into_iter().flatten().any(|text| !text.value.is_empty())
    }

    /// Returns the modifiers as the engine takes them.
    #[must_use]
    pub fn to_engine(&self) -> activation::ScalingModifiers {
        let Self { formula, target, activation_target, metric_type } = self;
        activation::ScalingModifiers {
            formula: text(formula),
            target: text(target),
            activation_target: text(activation_target),
            metric_type: text(metric_type),
        }
    }

    /// Compiles the formula over the triggers of the object, and tries it.
    ///
    /// `place` is pointed at where a field is missing.
    ///
    /// # Errors
    ///
    /// All faults, in the order in which KEDA looks for them.
    pub fn compile(
        &self,
        triggers: &[ScaleTrigger],
        place: Span,
    ) -> Result<CompositeMetric, Vec<Diagnostic>> {
        let triggers: Vec<_> = triggers.iter().map(as_formula_sees_it).collect();
        let compiled = self.to_engine().compile(&triggers);
        compiled.map_err(|faults| faults.iter().map(|fault| self.explain(fault, place)).collect())
    }

    fn explain(&self, fault: &ModifiersError, place: Span) -> Diagnostic {
        let (code, field) = match fault {
            ModifiersError::MissingTarget => ("missing-target", &self.formula),
            ModifiersError::BadTarget { .. } => ("bad-target", &self.target),
            ModifiersError::BadMetricType { .. } => ("bad-metric-type", &self.metric_type),
            ModifiersError::Formula(FormulaError::Missing) => ("missing-formula", &self.target),
            ModifiersError::Formula(error) => (formula_code(error), &self.formula),
        };
        let whole = field.as_ref().map_or(place, |text| text.span);
        let place = match (fault, field) {
            (ModifiersError::Formula(error), Some(text)) => within(text, offset(error)),
            _ => whole,
        };
        let problem = Diagnostic::error(code, fault.to_string()).at(place, "");
        match mend(fault) {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// Reports what the schema refuses; the text stays, as the webhook looks at it too.
fn check_metric_type(modifiers: &ScalingModifiers, problems: &mut Diagnostics) {
    let Some(written) = &modifiers.metric_type else { return };
    if !matches!(written.value.as_str(), "AverageValue" | "Value") {
        let message = format!("a formula has no target of type `{}`", written.value);
        let problem = Diagnostic::error("bad-metric-type", message).at(written.span, "");
        problems.push(problem.help("write AverageValue or Value"));
    }
}

fn text(written: &Option<Spanned<String>>) -> String {
    written.as_ref().map_or_else(String::new, |text| text.value.clone())
}

fn as_formula_sees_it(trigger: &ScaleTrigger) -> FormulaTrigger<'_> {
    let name = trigger.name.as_ref().map_or("", |name| &name.value);
    FormulaTrigger { kind: &trigger.kind.value, name }
}

const fn formula_code(error: &FormulaError) -> &'static str {
    match error {
        FormulaError::Missing => "missing-formula",
        FormulaError::TooLong { .. } | FormulaError::TooDeep { .. } => "formula-too-large",
        FormulaError::Syntax { .. } => "syntax",
        FormulaError::UnknownName { .. } => "unknown-name",
        FormulaError::Type { .. } => "type",
        FormulaError::Unsupported { .. } => "formula-unsupported",
        FormulaError::DryRun(_) => "dry-run",
    }
}

/// Where a formula is wrong, in bytes from its start.
const fn offset(error: &FormulaError) -> Option<usize> {
    match error {
        FormulaError::TooDeep { at }
        | FormulaError::Syntax { at, .. }
        | FormulaError::UnknownName { at, .. }
        | FormulaError::Type { at, .. }
        | FormulaError::Unsupported { at, .. } => Some(*at),
        FormulaError::Missing | FormulaError::TooLong { .. } | FormulaError::DryRun(_) => None,
    }
}

fn mend(fault: &ModifiersError) -> Option<&'static str> {
    match fault {
        ModifiersError::MissingTarget => Some("write what one replica should carry, e.g. \"10\""),
        ModifiersError::BadTarget { .. } => Some("write a number above zero, e.g. \"10\""),
        ModifiersError::BadMetricType { .. } => Some("write AverageValue or Value"),
        ModifiersError::Formula(FormulaError::UnknownName { .. }) => {
            Some("give the trigger this `name`; cpu and memory cannot stand in a formula")
        }
        ModifiersError::Formula(_) => None,
    }
}

/// The letter of a text where an error lies, if the text stands in the file as it reads.
fn within(text: &Spanned<String>, at: Option<usize>) -> Span {
    let Span { file, start, end } = text.span;
    let quotes = (end.saturating_sub(start) as usize).checked_sub(text.value.len());
    match (at.and_then(|at| u32::try_from(at).ok()), quotes) {
        (Some(at), Some(0)) if start + at < end => Span::new(file, start + at, start + at + 1),
        (Some(at), Some(2)) if start + at + 2 < end => {
            Span::new(file, start + at + 1, start + at + 2)
        }
        _ => text.span,
    }
}
