//! A formula that was checked, and its evaluation.

use std::collections::{BTreeMap, BTreeSet};

use super::TEXT_BYTES_MAX;
use super::check::check;
use super::error::{FormulaError, RunError};
use super::parse::parse;
use super::run::run;
use super::tree::Node;
use super::value::Value;

/// Readings by trigger name; `None` is nil.
pub type TriggerValues = BTreeMap<String, Option<f64>>;

/// What KEDA reads from every trigger when it tries a formula.
const DRY_RUN_READING: f64 = -1.0;

/// A formula that names only known triggers, gives a number, and runs when all of them read -1.
#[derive(Clone, Debug)]
pub struct Formula {
    tree: Node,
}

impl Formula {
    /// Checks a formula over the triggers `names` and makes it ready to run.
    ///
    /// The result becomes a float as in KEDA: the text is wrapped in `float(…)`, unless it starts
    /// so already; with `??` in it, nil stays nil.
    ///
    /// ```
    /// use upswell_engine::activation::formula::Formula;
    ///
    /// let names = ["queue".to_owned(), "rate".to_owned()].into();
    /// let formula = Formula::compile("max(queue, rate * 2)", &names)?;
    /// let values = [("queue".to_owned(), Some(7.0)), ("rate".to_owned(), Some(4.0))].into();
    /// assert_eq!(formula.evaluate(&values), Ok(Some(8.0)));
    /// # Ok::<(), upswell_engine::activation::formula::FormulaError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first fault, in KEDA's order: syntax, names and types, the run on -1.
    /// Source: KEDA 2.20, apis/keda/v1alpha1/scaledobject_webhook.go, castToFloatIfNecessary.
    pub fn compile(text: &str, names: &BTreeSet<String>) -> Result<Self, FormulaError> {
        if text.is_empty() {
            return Err(FormulaError::Missing);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(FormulaError::TooLong { bytes: text.len() });
        }
        let (wrapped, prefix_bytes) = wrap(text);
        let compiled = Self::checked(&wrapped, names);
        compiled.map_err(|error| error.shifted(prefix_bytes, text.len()))
    }

    fn checked(wrapped: &str, names: &BTreeSet<String>) -> Result<Self, FormulaError> {
        let tree = parse(wrapped, names)?;
        check(&tree, names)?;
        let values = names.iter().map(|name| (name.clone(), Some(DRY_RUN_READING))).collect();
        run(&tree, &values).map_err(FormulaError::DryRun)?;
        Ok(Self { tree })
    }

    /// Runs the formula; nil is `None`.
    ///
    /// # Errors
    ///
    /// When an operator or function does not take what the readings give it, when the result is no
    /// finite number, and when the run passes its bounds.
    pub fn evaluate(&self, values: &TriggerValues) -> Result<Option<f64>, RunError> {
        match run(&self.tree, values)? {
            Value::Nil => Ok(None),
            Value::Float(result) if result.is_finite() => Ok(Some(result)),
            Value::Float(result) => Err(RunError::NotFinite { result: result.to_string() }),
            other => Err(RunError::WrongResult { found: other.name() }),
        }
    }
}

/// Makes the result a float. Returns the text and how many bytes stand before the user's.
fn wrap(text: &str) -> (String, usize) {
    const KEEPING_NIL: &str = "let _kedaCompositeResult = (";
    const FLOAT: &str = "float(";
    if text.contains("??") {
        let rest = "); _kedaCompositeResult == nil ? nil : float(_kedaCompositeResult)";
        return (format!("{KEEPING_NIL}{text}{rest}"), KEEPING_NIL.len());
    }
    if text.starts_with(FLOAT) {
        return (text.to_owned(), 0);
    }
    (format!("{FLOAT}{text})"), FLOAT.len())
}
