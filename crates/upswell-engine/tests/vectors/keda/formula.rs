//! `formula`: scalingModifiers, checked and computed.

use serde_json::{Value, json};
use upswell_engine::activation::formula::FormulaError;
use upswell_engine::activation::{
    ActivationPolicy, FormulaReading, FormulaTrigger, Health, MetricHealth, MetricTarget,
    MetricType, ModifiersError, ReplicaCounts, ScalingModifiers, State, serve,
};
use upswell_units::{MilliUnits, Timestamp, TriggerName};
use upswell_vectors::Verdict;

pub(crate) fn verdict(input: &Value, expect: &Value) -> Verdict {
    let modifiers = super::modifiers_of(&input["modifiers"]).unwrap_or_default();
    let triggers = input["triggers"].as_array().expect("triggers");
    let triggers: Vec<FormulaTrigger<'_>> = triggers
        .iter()
        .map(|trigger| FormulaTrigger {
            kind: trigger["type"].as_str().unwrap_or_default(),
            name: trigger["name"].as_str().unwrap_or_default(),
        })
        .collect();
    let compiled = match modifiers.compile(&triggers) {
        Ok(compiled) => compiled,
        Err(errors) => {
            // KEDA stops at its first error.
            let first = errors.first().map(class);
            return super::all_equal(
                &[("valid", json!(false)), ("errorClasses", json!([first]))],
                expect,
            );
        }
    };
    let Some(values) = input["values"].as_object() else {
        return super::all_equal(&[("valid", json!(true))], expect);
    };
    let policy = policy(input, modifiers);
    let state = state(input);
    let readings: Vec<FormulaReading<'_>> = values
        .iter()
        .map(|(name, value)| FormulaReading {
            name,
            served: serve(
                &policy,
                &state,
                &TriggerName(name.clone()),
                value.as_f64().and_then(MilliUnits::from_f64),
                MetricTarget {
                    metric_type: MetricType::AverageValue,
                    target: MilliUnits::from_units(1),
                },
                ReplicaCounts::default(),
            ),
        })
        .collect();
    let composite = compiled.compose(policy.fallback.as_ref(), &readings);
    let value = composite.as_ref().ok().map(|composite| composite.value.to_string());
    let active = composite
        .as_ref()
        .ok()
        .map(|composite| composite.is_active.map_or(json!("error"), |is_active| json!(is_active)));
    super::all_equal(
        &[
            ("valid", json!(true)),
            ("evaluates", json!(composite.is_ok())),
            ("metric", json!(value)),
            ("active", json!(active)),
        ],
        expect,
    )
}

fn policy(input: &Value, modifiers: ScalingModifiers) -> ActivationPolicy {
    ActivationPolicy {
        fallback: super::fallback_of(&input["fallback"]),
        modifiers: Some(modifiers),
        ..ActivationPolicy::new(Timestamp::UNIX_EPOCH)
    }
}

fn state(input: &Value) -> State {
    let mut state = State::default();
    for (name, failures) in input["failures"].as_object().into_iter().flatten() {
        let failures = u32::try_from(failures.as_u64().unwrap_or(0)).expect("a small count");
        let health = MetricHealth { failures, health: Health::Failing, last_sequence: 1 };
        state.health.insert(TriggerName(name.clone()), health);
    }
    state
}

fn class(error: &ModifiersError) -> &'static str {
    match error {
        ModifiersError::MissingTarget => "missing-target",
        ModifiersError::BadTarget { .. } => "bad-target",
        ModifiersError::BadMetricType { .. } => "bad-metric-type",
        ModifiersError::Formula(error) => match error {
            FormulaError::Missing => "missing-formula",
            FormulaError::UnknownName { .. } => "unknown-name",
            FormulaError::Type { .. } => "type",
            FormulaError::DryRun(_) => "dry-run",
            FormulaError::Syntax { .. }
            | FormulaError::TooLong { .. }
            | FormulaError::TooDeep { .. } => "syntax",
            FormulaError::Unsupported { .. } => "unsupported",
        },
    }
}
