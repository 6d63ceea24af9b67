//! `advanced.scalingModifiers`: one metric computed from many.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use upswell_units::{MilliUnits, Replicas};

use super::fallback::{Fallback, Served};
use super::formula::{Formula, FormulaError, RunError, TriggerValues};

/// `advanced.scalingModifiers` as written; an absent field is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingModifiers {
    /// Computes the composite metric from named triggers.
    pub formula: String,
    /// What the HPA compares the composite metric with.
    pub target: String,
    /// Above which value of the composite metric the object is active; zero where empty.
    pub activation_target: String,
    /// `AverageValue` (where empty) or `Value`.
    pub metric_type: String,
}

/// Whether a target is per replica or for all replicas together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetricType {
    /// desired = ceil(value ÷ target).
    #[default]
    AverageValue,
    /// desired = ceil(ready replicas × value ÷ target).
    Value,
}

/// A trigger as a formula sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormulaTrigger<'a> {
    /// Type of the trigger, such as `redis`.
    pub kind: &'a str,
    /// Name by which formulas call it; empty where it has none.
    pub name: &'a str,
}

/// Why modifiers are refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModifiersError {
    /// There is no target.
    #[error("`scalingModifiers.target` is missing")]
    MissingTarget,
    /// The target is no number above zero.
    #[error("`scalingModifiers.target` is `{target}`, not a number above zero")]
    BadTarget {
        /// The target as written.
        target: String,
    },
    /// The metric type is neither AverageValue nor Value.
    #[error("`scalingModifiers.metricType` is `{metric_type}`, neither AverageValue nor Value")]
    BadMetricType {
        /// The metric type as written.
        metric_type: String,
    },
    /// The formula is refused.
    #[error("`scalingModifiers.formula`: {0}")]
    Formula(FormulaError),
}

/// Modifiers that were checked.
#[derive(Clone, Debug)]
pub struct CompositeMetric {
    formula: Formula,
    target: f64,
    metric_type: MetricType,
    activation_target: Option<f64>,
}

/// The composite metric of one poll or query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Composite {
    /// Its value; may be negative.
    pub value: MilliUnits,
    /// Whether it is above the activation target; `None` if that target is no number.
    pub is_active: Option<bool>,
}

/// What is served for one trigger of the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormulaReading<'a> {
    /// The trigger's name in the formula.
    pub name: &'a str,
    /// What is served for it.
    pub served: Served,
}

impl ScalingModifiers {
    /// Returns the target, if it is a finite number above zero.
    #[must_use]
    pub fn target(&self) -> Option<f64> {
        finite(&self.target).filter(|target| *target > 0.0)
    }

    /// Returns the metric type; what is not `Value` is `AverageValue`.
    #[must_use]
    pub fn metric_type(&self) -> MetricType {
        if self.metric_type == "Value" { MetricType::Value } else { MetricType::AverageValue }
    }

    /// Whether a fallback may be used beside these modifiers: only with a whole target above zero.
    #[must_use]
    pub fn allows_fallback(&self) -> bool {
        self.target.parse().is_ok_and(|target: i64| target > 0)
    }

    /// Checks the modifiers over the triggers of the object.
    ///
    /// Only named triggers other than cpu and memory can stand in a formula.
    ///
    /// # Errors
    ///
    /// All faults, in the order in which KEDA looks for them.
    /// Source: KEDA 2.20, apis/keda/v1alpha1/scaledobject_webhook.go,
    /// ValidateAndCompileScalingModifiers.
    pub fn compile(
        &self,
        triggers: &[FormulaTrigger<'_>],
    ) -> Result<CompositeMetric, Vec<ModifiersError>> {
        let names: BTreeSet<String> = triggers
            .iter()
            .filter(|trigger| !matches!(trigger.kind, "cpu" | "memory") && !trigger.name.is_empty())
            .map(|trigger| trigger.name.to_owned())
            .collect();
        let mut errors = Vec::new();
        let formula = match Formula::compile(&self.formula, &names) {
            Ok(formula) => Some(formula),
            Err(error) => {
                errors.push(ModifiersError::Formula(error));
                None
            }
        };
        let target = self.target();
        if self.target.is_empty() {
            // KEDA asks for the target before it compiles a formula that is there.
            let at = if self.formula.is_empty() { errors.len() } else { 0 };
            errors.insert(at, ModifiersError::MissingTarget);
        } else if target.is_none() {
            errors.push(ModifiersError::BadTarget { target: self.target.clone() });
        }
        if !matches!(self.metric_type.as_str(), "" | "AverageValue" | "Value") {
            let metric_type = self.metric_type.clone();
            errors.push(ModifiersError::BadMetricType { metric_type });
        }
        match (formula, target) {
            (Some(formula), Some(target)) if errors.is_empty() => Ok(CompositeMetric {
                formula,
                target,
                metric_type: self.metric_type(),
                activation_target: self.activation_target(),
            }),
            _ => Err(errors),
        }
    }

    /// The activation target; `None` if it is no number, which KEDA finds out at run time only.
    fn activation_target(&self) -> Option<f64> {
        if self.activation_target.is_empty() { Some(0.0) } else { finite(&self.activation_target) }
    }
}

impl CompositeMetric {
    /// Returns what the HPA compares the composite metric with, cut to thousandths.
    ///
    /// A target below a thousandth becomes zero, which the HPA API refuses.
    #[must_use]
    pub fn target(&self) -> Option<MilliUnits> {
        MilliUnits::from_f64(self.target)
    }

    /// Returns whether the target is per replica or for all replicas together.
    #[must_use]
    pub fn metric_type(&self) -> MetricType {
        self.metric_type
    }

    /// Computes the composite metric from what is served for its triggers.
    ///
    /// The first substitute takes the place of the whole metric. A nil result asks for the
    /// fallback's replicas.
    ///
    /// # Errors
    ///
    /// When a trigger could not be read and has no substitute, when the formula fails, and when
    /// its result is no finite number that a metric can hold, or nil without a fallback.
    /// Source: KEDA 2.20, pkg/scaling/modifiers/formula.go.
    pub fn compose(
        &self,
        fallback: Option<&Fallback>,
        readings: &[FormulaReading<'_>],
    ) -> Result<Composite, RunError> {
        let substitute = readings.iter().find_map(|reading| match reading.served {
            Served::Substitute(value) => Some(value),
            _ => None,
        });
        if let Some(value) = substitute {
            return Ok(self.composite(value));
        }
        let mut values = TriggerValues::new();
        for reading in readings {
            let value = match reading.served {
                Served::Reading(value) | Served::Substitute(value) => Some(value.as_f64()),
                Served::LeftToFormula => None,
                Served::Unserved(_) => {
                    return Err(RunError::ReadingFailed { name: reading.name.to_owned() });
                }
            };
            values.insert(reading.name.to_owned(), value);
        }
        let result = match (self.formula.evaluate(&values)?, fallback) {
            (Some(result), _) => result,
            (None, Some(Fallback { replicas: Replicas(replicas), .. })) => {
                f64::from(*replicas) * self.target
            }
            (None, None) => return Err(RunError::NilWithoutFallback),
        };
        let value = MilliUnits::from_f64(result);
        let value = value.ok_or_else(|| RunError::NotFinite { result: result.to_string() })?;
        Ok(self.composite(value))
    }

    fn composite(&self, value: MilliUnits) -> Composite {
        let is_active = self.activation_target.map(|target| value.as_f64() > target);
        Composite { value, is_active }
    }
}

/// Reads a finite decimal number, without blanks around it.
fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
