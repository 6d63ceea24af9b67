//! `scale-decision`: one poll.

use serde_json::{Value, json};
use upswell_engine::activation::{
    ActivationPolicy, Activity, Outcome, Pause, Poll, State, decide, settle,
};
use upswell_units::{Duration, Timestamp};
use upswell_vectors::Verdict;

const NOW: Timestamp = Timestamp::from_secs(1_000_000_000);

pub(crate) fn verdict(input: &Value, expect: &Value) -> Verdict {
    let ago = |value: &Value| value.as_i64().map(|secs| NOW - Duration::from_secs(secs));
    let policy = policy(input, ago(&input["createdAgoSec"]).expect("createdAgoSec"));
    let mut state = State { last_active: ago(&input["lastActiveAgoSec"]), ..State::default() };
    let poll = Poll {
        now: NOW,
        replicas: super::replicas(&input["replicas"]),
        activity: Activity {
            is_active: input["active"] == json!(true),
            is_error: input["error"] == json!(true),
            active_triggers: Vec::new(),
        },
    };
    let decision = decide(&policy, &state, &poll);
    let before = state.last_active;
    let event = settle(&mut state, &decision, Outcome::Done);
    let mut conditions: Vec<String> = decision
        .conditions
        .iter()
        .map(|condition| {
            format!("{:?}={:?}:{}", condition.kind(), condition.status(), condition.reason())
        })
        .collect();
    conditions.sort();
    let event = event.map(|event| {
        let kind = if event.is_warning() { "Warning" } else { "Normal" };
        format!("{kind}:{}", event.reason())
    });
    super::all_equal(
        &[
            ("conditions", json!(conditions)),
            ("event", json!(event)),
            ("lastActiveUpdated", json!(state.last_active != before)),
            ("scaleTo", json!(decision.scale_to)),
        ],
        expect,
    )
}

fn policy(input: &Value, created_at: Timestamp) -> ActivationPolicy {
    let spec = &input["spec"];
    let defaults = ActivationPolicy::new(created_at);
    let secs = |field: &str, default| spec[field].as_i64().map_or(default, Duration::from_secs);
    ActivationPolicy {
        min: super::replicas(&spec["minReplicaCount"]).unwrap_or(defaults.min),
        max: super::replicas(&spec["maxReplicaCount"]).unwrap_or(defaults.max),
        idle: super::replicas(&spec["idleReplicaCount"]),
        cooldown_period: secs("cooldownPeriod", defaults.cooldown_period),
        initial_cooldown_period: secs("initialCooldownPeriod", defaults.initial_cooldown_period),
        fallback: super::fallback_of(&spec["fallback"]),
        pause: Pause::from_annotations(&super::annotations(&input["annotations"])),
        ..defaults
    }
}
