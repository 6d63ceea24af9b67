//! From the vectors' JSON to the engine's types.

use std::sync::Arc;

use serde_json::{Value, json};
use upswell_engine::horizontal::{
    MetricError, Recommendation, ReplicaCount, ScaleEvent, ScaleEvents,
};
use upswell_engine::observation::{
    ConditionStatus, Container, ContainerKind, Pod, PodPhase, PodResources, ReadyCondition,
};
use upswell_engine::policy::{
    Allowance, Behavior, Percent, ResourceName, ScalingPolicy, SelectPolicy, SubmittedRules,
    Tolerance,
};
use upswell_units::{Duration, MilliUnits, Quantity, Replicas, Timestamp};
use upswell_vectors::Verdict;

/// The moment that the vectors call zero.
pub(super) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// What the vectors write for upstream's zero time, which is earlier than anything.
pub(super) const ZERO_TIME: Timestamp = Timestamp::from_millis(-9_000_000_000_000);

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("not an integer: {value}"))
}

pub(super) fn replicas(value: &Value) -> Replicas {
    Replicas(u32::try_from(int(value)).unwrap())
}

pub(super) fn count(value: &Value) -> ReplicaCount {
    ReplicaCount(i32::try_from(int(value)).unwrap())
}

pub(super) fn milli(value: &Value) -> MilliUnits {
    MilliUnits(int(value))
}

pub(super) fn quantity(value: &Value) -> Quantity {
    value.as_str().unwrap().parse().unwrap()
}

pub(super) fn instant(value: &Value) -> Timestamp {
    Timestamp::from_millis(int(value))
}

pub(super) fn span(value: &Value) -> Duration {
    Duration::from_millis(int(value))
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}"))
}

/// A pod; `resources` is that of its template.
pub(super) fn pod(value: &Value, resources: Arc<PodResources>) -> Pod {
    let phase = match value["phase"].as_str().unwrap_or("Running") {
        "Pending" => PodPhase::Pending,
        "Running" => PodPhase::Running,
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        "Unknown" => PodPhase::Unknown,
        other => panic!("phase {other}"),
    };
    let status = match value["ready"].as_str().unwrap_or("True") {
        "Absent" => None,
        status => Some(condition_status(status)),
    };
    let changed_at = value.get("ready_transition_ms").map_or(ZERO_TIME, instant);
    Pod {
        phase,
        ready: status.map(|status| ReadyCondition { status, changed_at }),
        started_at: value.get("start_ms").map(instant),
        is_deleted: value["deleted"] == true,
        resources,
    }
}

pub(super) fn condition_status(status: &str) -> ConditionStatus {
    match status {
        "True" => ConditionStatus::True,
        "False" => ConditionStatus::False,
        "Unknown" => ConditionStatus::Unknown,
        other => panic!("condition status {other}"),
    }
}

pub(super) fn container(value: &Value, requests: Vec<(ResourceName, MilliUnits)>) -> Container {
    let kind = match value["init"].as_str() {
        None => ContainerKind::Main,
        Some("restartable") => ContainerKind::Sidecar,
        Some("regular") => ContainerKind::Init,
        Some(other) => panic!("init {other}"),
    };
    let name = text(&value["name"]).to_owned();
    Container { name, kind, requests: requests.into_iter().collect() }
}

/// `behavior` as submitted or after defaulting, which is the same once defaulted.
pub(super) fn behavior(value: &Value) -> Option<Behavior> {
    let rules = |direction: &str| submitted_rules(&value[direction]);
    value.is_object().then(|| Behavior::with_defaults(rules("scaleUp"), rules("scaleDown")))
}

fn submitted_rules(value: &Value) -> SubmittedRules {
    let window = value["stabilizationWindowSeconds"].as_i64();
    SubmittedRules {
        stabilization_window: window.map(Duration::from_secs),
        select_policy: value["selectPolicy"].as_str().map(|policy| match policy {
            "Max" => SelectPolicy::Max,
            "Min" => SelectPolicy::Min,
            "Disabled" => SelectPolicy::Disabled,
            other => panic!("selectPolicy {other}"),
        }),
        policies: value["policies"].as_array().map(|list| list.iter().map(policy).collect()),
        tolerance: value
            .get("tolerance")
            .map(|tolerance| Tolerance(quantity(tolerance).approximate_f64())),
    }
}

fn policy(value: &Value) -> ScalingPolicy {
    let allowance = match text(&value["type"]) {
        "Pods" => Allowance::Pods(replicas(&value["value"])),
        "Percent" => Allowance::Percent(Percent(i32::try_from(int(&value["value"])).unwrap())),
        other => panic!("policy {other}"),
    };
    ScalingPolicy { allowance, period: Duration::from_secs(int(&value["periodSeconds"])) }
}

pub(super) fn recommendations(value: &Value) -> Vec<Recommendation> {
    let read = |value: &Value| Recommendation {
        replicas: count(&value["replicas"]),
        at: instant(&value["at_ms"]),
    };
    list(value).iter().map(read).collect()
}

pub(super) fn recommendations_out(recommendations: &[Recommendation]) -> Value {
    let write =
        |old: &Recommendation| json!({"replicas": old.replicas.0, "at_ms": old.at.as_millis()});
    recommendations.iter().map(write).collect()
}

/// `scale_up_events` and `scale_down_events` of `value`.
pub(super) fn scale_events(value: &Value) -> ScaleEvents {
    let read = |value: &Value| ScaleEvent {
        change: replicas(&value["change"]),
        at: instant(&value["at_ms"]),
        is_outdated: value["outdated"] == true,
    };
    let read_all = |name: &str| list(&value[name]).iter().map(read).collect();
    ScaleEvents { up: read_all("scale_up_events"), down: read_all("scale_down_events") }
}

pub(super) fn scale_events_out(events: &[ScaleEvent]) -> Value {
    let write = |event: &ScaleEvent| {
        let mut value = json!({"change": event.change.0, "at_ms": event.at.as_millis()});
        if event.is_outdated {
            value["outdated"] = json!(true);
        }
        value
    };
    events.iter().map(write).collect()
}

/// The vectors' name for an error.
pub(super) fn error_class(error: &MetricError) -> &'static str {
    match error {
        MetricError::Fetch(_) | MetricError::NoSamples => "metrics_fetch",
        MetricError::WrongReading => "wrong_reading",
        MetricError::NoPods => "no_pods",
        MetricError::NoUsableSamples => "no_usable_metrics",
        MetricError::MissingRequest { .. } => "missing_request",
        MetricError::MissingPodLevelRequest(_) => "missing_pod_level_request",
        MetricError::ContainerNotFound(_) => "container_not_found",
        MetricError::ZeroRequests => "zero_requests",
        MetricError::InvalidTarget(_) => "invalid_target",
        MetricError::InvalidSourceType(_) => "invalid_source_type",
    }
}

/// Compares two answers. What is absent, null or empty is the same.
pub(super) fn compare(what: &str, ours: &Value, recorded: &Value) -> Verdict {
    Verdict::equal(what, &without_nothing(ours), &without_nothing(recorded))
}

fn without_nothing(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let is_something = |value: &Value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(serde_json::Map::is_empty);
        !value.is_null() && !is_empty
    };
    let fields = fields.iter().map(|(name, value)| (name.clone(), without_nothing(value)));
    Value::Object(fields.filter(|(_, value)| is_something(value)).collect())
}
