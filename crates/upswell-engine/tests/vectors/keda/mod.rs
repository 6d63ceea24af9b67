//! Judges the records of `vectors/keda` that activation answers.

mod fallback;
mod formula;
mod pause;
mod scale_decision;
mod scaled_job;

use std::collections::BTreeMap;

use serde_json::Value;
use upswell_engine::activation::{Fallback, FallbackBehavior, ScalingModifiers};
use upswell_units::Replicas;
use upswell_vectors::Verdict;

/// Says whether the engine's answer to a record is the recorded one.
pub(crate) fn verdict(record: &Value) -> Verdict {
    let (input, expect) = (&record["input"], &record["expect"]);
    match record["category"].as_str().unwrap_or_default() {
        "fallback" => fallback::verdict(input, expect),
        "fallback-validity" => fallback::validity(input, expect),
        "formula" => formula::verdict(input, expect),
        "pause" => pause::verdict(input, expect),
        "scale-decision" => scale_decision::verdict(input, expect),
        "scaledjob-limits" => scaled_job::limits(input, expect),
        "scaledjob-metrics" => scaled_job::metrics(input, expect),
        "scaledjob-decision" => scaled_job::decision(input, expect),
        other => Verdict::not_here(env!("CARGO_PKG_NAME"), other),
    }
}

/// Passes if every named answer equals the recorded one, null where a record has none.
fn all_equal(ours: &[(&str, Value)], expect: &Value) -> Verdict {
    for (name, ours) in ours {
        let recorded = &expect[*name];
        if !is_same(ours, recorded) {
            return Verdict::Failed(format!("{name}: ours {ours}, recorded {recorded}"));
        }
    }
    let known = |name: &str| ours.iter().any(|(known, _)| *known == name);
    let unknown = expect.as_object().into_iter().flatten().find(|(name, _)| !known(name));
    match unknown {
        Some((name, _)) => Verdict::Failed(format!("nobody compares {name}")),
        None => Verdict::Passed,
    }
}

/// Quantities are compared as numbers.
fn is_same(ours: &Value, recorded: &Value) -> bool {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    match (number(ours), number(recorded)) {
        (Some(ours), Some(recorded)) => ours == recorded,
        _ => ours == recorded,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn replicas(value: &Value) -> Option<Replicas> {
    let number = value.as_i64()?;
    Some(Replicas(u32::try_from(number).expect("a recorded number of replicas is not negative")))
}

fn annotations(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), text(value))).collect()
}

fn behavior(value: &Value) -> FallbackBehavior {
    let known = [
        ("", FallbackBehavior::Unset),
        ("static", FallbackBehavior::Static),
        ("currentReplicas", FallbackBehavior::CurrentReplicas),
        ("currentReplicasIfHigher", FallbackBehavior::CurrentReplicasIfHigher),
        ("currentReplicasIfLower", FallbackBehavior::CurrentReplicasIfLower),
        ("scalingModifiers", FallbackBehavior::ScalingModifiers),
    ];
    let name = value.as_str().unwrap_or_default();
    known.iter().find(|(known, _)| *known == name).expect("a behavior of the schema").1
}

/// A fallback that admission would let pass.
fn fallback_of(value: &Value) -> Option<Fallback> {
    value.is_object().then(|| Fallback {
        failure_threshold: replicas(&value["failureThreshold"]).expect("a threshold").0,
        replicas: replicas(&value["replicas"]).expect("replicas"),
        behavior: behavior(&value["behavior"]),
    })
}

fn modifiers_of(value: &Value) -> Option<ScalingModifiers> {
    let modifiers = ScalingModifiers {
        formula: text(&value["formula"]),
        target: text(&value["target"]),
        activation_target: text(&value["activationTarget"]),
        metric_type: text(&value["metricType"]),
    };
    (modifiers != ScalingModifiers::default()).then_some(modifiers)
}
