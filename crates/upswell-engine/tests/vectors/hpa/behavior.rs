//! `normalize_*`, `stabilize_*`, `limit_*` and `store_event`: windows, limits and what is stored.

use serde_json::{Map, Value, json};
use upswell_engine::horizontal::{
    Bounds, ConditionChange, ReplicaCount, ScaleEvents, Stabilized, limit_default, limit_rules,
    normalize as normalized, record_recommendation, scale_down_limit, scale_up_limit,
    scale_up_limit_default, stabilize_default, stabilize_rules,
};
use upswell_engine::policy::{Behavior, Controller, HorizontalPolicy, MetricSpec};
use upswell_units::Replicas;

use super::read::{self, NOW, replicas};

/// Our answer to a `normalize_*` record.
pub(super) fn normalize(input: &Value) -> Value {
    let (policy, controller) = (policy(input), controller(input));
    let (current, proposal) = (current(input), proposal(input));
    let mut recommendations = read::recommendations(&input["recommendations"]);
    let mut events = read::scale_events(input);
    let memory = (recommendations.as_slice(), &events);
    let normalized = normalized(&policy, &controller, memory, current, proposal, NOW);
    let mut out = json!({
        "stabilized_replicas": normalized.stabilized.replicas.0,
        "replicas": normalized.limited.replicas.0,
        "conditions": conditions(&normalized.conditions()),
    });
    match &policy.behavior {
        None => out["scale_up_limit"] = json!(scale_up_limit_default(current, &controller)),
        Some(behavior) => {
            let Behavior { scale_up, scale_down } = behavior;
            out["scale_up_limit"] = json!(scale_up_limit(scale_up, &events, current, NOW));
            out["scale_down_limit"] = json!(scale_down_limit(scale_down, &events, current, NOW));
            record(&mut events, behavior, current, normalized.limited.replicas.replicas());
            out["scale_up_events"] = read::scale_events_out(&events.up);
            out["scale_down_events"] = read::scale_events_out(&events.down);
        }
    }
    remember(&mut recommendations, proposal, normalized.stabilized);
    out["recommendations"] = read::recommendations_out(&recommendations);
    out
}

/// Our answer to a `stabilize_*` record.
pub(super) fn stabilize(input: &Value) -> Value {
    let window = controller(input).downscale_stabilization;
    let (current, proposal) = (current(input), proposal(input));
    let mut recommendations = read::recommendations(&input["recommendations"]);
    let stabilized = match &policy(input).behavior {
        None => stabilize_default(&recommendations, window, proposal, NOW),
        Some(behavior) => {
            stabilize_rules(&recommendations, behavior, window, current, proposal, NOW)
        }
    };
    remember(&mut recommendations, proposal, stabilized);
    json!({
        "stabilized_replicas": stabilized.replicas.0,
        "recommendations": read::recommendations_out(&recommendations),
    })
}

/// Our answer to a `limit_*` record.
pub(super) fn limit(input: &Value) -> Value {
    let (policy, controller) = (policy(input), controller(input));
    let (current, desired, bounds) = (current(input), proposal(input), Bounds::from(&policy));
    let events = read::scale_events(input);
    let limited = match &policy.behavior {
        None => limit_default(current, desired, bounds, &controller),
        Some(behavior) => limit_rules(behavior, &events, current, desired, bounds, NOW),
    };
    json!({"replicas": limited.replicas.0, "limit_reason": limited.reason.as_str()})
}

/// Our answer to a `store_event` record.
pub(super) fn store_event(input: &Value) -> Value {
    let mut events = read::scale_events(input);
    if let Some(behavior) = &policy(input).behavior {
        record(&mut events, behavior, current(input), proposal(input).replicas());
    }
    json!({
        "scale_up_events": read::scale_events_out(&events.up),
        "scale_down_events": read::scale_events_out(&events.down),
    })
}

fn record(events: &mut ScaleEvents, behavior: &Behavior, from: Replicas, to: Replicas) {
    let rules = if to > from { &behavior.scale_up } else { &behavior.scale_down };
    if to != from {
        events.record(from, to, NOW, rules.longest_period());
    }
}

fn remember(
    recommendations: &mut Vec<upswell_engine::horizontal::Recommendation>,
    replicas: ReplicaCount,
    stabilized: Stabilized,
) {
    let recommendation = upswell_engine::horizontal::Recommendation { replicas, at: NOW };
    record_recommendation(recommendations, recommendation, stabilized.obsolete_before);
}

fn conditions(changes: &[ConditionChange]) -> Value {
    let fields = changes.iter().map(|change| match change {
        ConditionChange::Set { condition, status, reason, .. } => {
            (condition.to_string(), json!([format!("{status:?}"), reason.as_str()]))
        }
        ConditionChange::Remove(condition) => (condition.to_string(), Value::Null),
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

fn current(input: &Value) -> Replicas {
    replicas(&input["current_replicas"])
}

fn proposal(input: &Value) -> ReplicaCount {
    read::count(&input["desired_replicas"])
}

/// The policy; its behavior as it was submitted, where that is recorded.
fn policy(input: &Value) -> HorizontalPolicy {
    let behavior = read::behavior(&input["behavior"]);
    if let Some(submitted) = read::behavior(&input["behavior_submitted"]) {
        assert_eq!(Some(submitted), behavior, "defaulting");
    }
    HorizontalPolicy {
        min_replicas: replicas(&input["min_replicas"]),
        max_replicas: replicas(&input["max_replicas"]),
        metrics: vec![MetricSpec::default_metric()],
        behavior,
    }
}

fn controller(input: &Value) -> Controller {
    let default = Controller::default();
    let or = |name: &str, default: f64| input[name].as_f64().unwrap_or(default);
    Controller {
        downscale_stabilization: read::span(&input["downscale_stabilization_ms"]),
        scale_up_limit_factor: or("scale_up_limit_factor", default.scale_up_limit_factor),
        scale_up_limit_minimum: or("scale_up_limit_minimum", default.scale_up_limit_minimum),
        ..default
    }
}
