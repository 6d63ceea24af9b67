//! `fallback`: counting failures and serving substitutes; `fallback-validity`: admission.

use serde_json::{Value, json};
use upswell_engine::activation::{
    ActivationPolicy, Fallback, FallbackError, Health, MetricHealth, MetricTarget, MetricType,
    NumberedReading, ReplicaCounts, Served, State, ingest, serve,
};
use upswell_units::{MilliUnits, Timestamp, TriggerName};
use upswell_vectors::Verdict;

pub(crate) fn verdict(input: &Value, expect: &Value) -> Verdict {
    let (metric, other) = (TriggerName("m".to_owned()), TriggerName("other".to_owned()));
    let policy = ActivationPolicy {
        fallback: super::fallback_of(&input["fallback"]),
        modifiers: super::modifiers_of(&input["modifiers"]),
        ..ActivationPolicy::new(Timestamp::UNIX_EPOCH)
    };
    let mut state = State::default();
    if let Some(failures) = count(&input["failures"]) {
        state.health.insert(metric.clone(), MetricHealth { failures, ..MetricHealth::default() });
    }
    if let Some(failures) = count(&input["otherFailures"]) {
        let health = MetricHealth { failures, health: Health::Failing, last_sequence: 0 };
        state.health.insert(other, health);
    }
    let is_failed = input["scalerError"] == json!(true);
    ingest(
        &policy,
        &mut state,
        &NumberedReading { metric: metric.clone(), sequence: 1, is_failed },
    );
    let target = MetricTarget {
        metric_type: metric_type(&input["metricType"]),
        target: milli(&input["target"]).expect("a target"),
    };
    let reading = if is_failed { None } else { milli(&input["value"]) };
    let served = serve(&policy, &state, &metric, reading, target, replica_counts(input));
    let is_composite = policy.modifiers.is_some() && matches!(served, Served::Substitute(_));
    let (value, name) = match served {
        Served::Reading(value) | Served::Substitute(value) => {
            let name = if is_composite { "composite-metric" } else { "m" };
            (json!(value.to_string()), json!(name))
        }
        // What KEDA hands to the formula until nil takes its place.
        Served::LeftToFormula => (json!("-1"), json!("m")),
        Served::Unserved(_) => (Value::Null, Value::Null),
    };
    let condition = state.fallback_condition(&policy);
    let health = state.health.get(&metric);
    super::all_equal(
        &[
            ("fallbackActive", json!(matches!(served, Served::Substitute(_)))),
            ("error", json!(matches!(served, Served::Unserved(_)))),
            ("metric", value),
            ("metricName", name),
            ("failures", json!(health.map(|health| health.failures))),
            ("health", json!(health.map(|health| health.health))),
            (
                "condition",
                json!(condition.map_or("Unknown".to_owned(), |c| format!("{:?}", c.status()))),
            ),
        ],
        expect,
    )
}

pub(crate) fn validity(input: &Value, expect: &Value) -> Verdict {
    let triggers = input["triggers"].as_array().expect("triggers");
    let kinds: Vec<&str> = triggers.iter().filter_map(|trigger| trigger["type"].as_str()).collect();
    let modifiers = super::modifiers_of(&input["advanced"]["scalingModifiers"]);
    let fallback = &input["fallback"];
    let number = |field: &str| {
        i32::try_from(fallback[field].as_i64().unwrap_or(0)).expect("the CRD's 32 bits")
    };
    let admitted = Fallback::admit(
        number("failureThreshold"),
        number("replicas"),
        super::behavior(&fallback["behavior"]),
        &kinds,
        modifiers.is_some(),
    );
    let errors = admitted.as_ref().err().map(|errors| {
        // KEDA stops at its first error.
        let first = errors.first().map(|error| match error {
            FallbackError::NegativeValue { .. } => "negative-value",
            FallbackError::NoEligibleTrigger => "no-eligible-trigger",
        });
        json!([first])
    });
    let usable = admitted.as_ref().ok().map(|fallback| {
        let policy = ActivationPolicy {
            fallback: Some(*fallback),
            modifiers,
            ..ActivationPolicy::new(Timestamp::UNIX_EPOCH)
        };
        policy.usable_fallback().is_some()
    });
    super::all_equal(
        &[
            ("ok", json!(admitted.is_ok())),
            ("errorClasses", errors.unwrap_or(Value::Null)),
            ("usable", json!(usable)),
        ],
        expect,
    )
}

fn replica_counts(input: &Value) -> ReplicaCounts {
    let is_unreadable = input["currentError"] == json!(true);
    // The recording's own stand-in for the cluster answered zero where a record names no number.
    let current = super::replicas(&input["currentReplicas"]).unwrap_or_default();
    ReplicaCounts {
        current: (!is_unreadable).then_some(current),
        ready: super::replicas(&input["readyReplicas"]),
    }
}

fn count(value: &Value) -> Option<u32> {
    value.as_u64().map(|count| u32::try_from(count).expect("a small count"))
}

fn milli(value: &Value) -> Option<MilliUnits> {
    value.as_f64().and_then(|value| MilliUnits::from_f64((value * 1000.0).round() / 1000.0))
}

fn metric_type(value: &Value) -> MetricType {
    match value.as_str() {
        Some("Value") => MetricType::Value,
        _ => MetricType::AverageValue,
    }
}
