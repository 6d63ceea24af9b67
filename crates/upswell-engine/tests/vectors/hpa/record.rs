//! `reconcile` records: whole sequences of ticks, read and judged.
//!
//! Whoever ticks is a [`Ticker`]: the engine's functions in this crate's test, the control loop of
//! the simulated world in `upswell-sim`'s, which includes this file.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use upswell_engine::horizontal::{
    Condition, ConditionReason, ConditionType, History, HorizontalDecision, LimitReason,
    MetricOutcome, Outcome, Reported, Settled, Status,
};
use upswell_engine::observation::{
    ApiError, HorizontalObservation, Pod, PodResources, PodSample, PodSamples, Reading, Run, Scale,
};
use upswell_engine::policy::{
    Controller, FeatureGates, HorizontalPolicy, InvalidMetric, MetricSource, MetricSpec, Percent,
    ResourceName, ResourceTarget, Tolerance, ValueTarget,
};
use upswell_units::{Duration, MilliUnits, ObjectRef, Timestamp};
use upswell_vectors::Verdict;

use super::read::{self, compare, error_class, int, list, milli, replicas, text};

/// What decides tick by tick, and remembers what it must between them.
pub(super) trait Ticker {
    /// Takes one tick; an error says what of it cannot be so.
    fn tick(&mut self, given: &Given) -> Result<Ticked, String>;

    /// What is remembered.
    fn history(&self) -> &History;
}

/// What one tick meets.
pub(super) struct Given {
    pub(super) policy: HorizontalPolicy,
    pub(super) observation: HorizontalObservation,
    /// Whether the API server refuses to write the scale.
    pub(super) is_write_refused: bool,
}

/// What came of one tick.
pub(super) struct Ticked {
    pub(super) decision: HorizontalDecision,
    pub(super) outcome: Outcome,
    pub(super) settled: Settled,
}

impl Given {
    /// What becomes of the write that a tick asks for, if it asks for one.
    pub(super) fn outcome(&self, is_write: bool) -> Outcome {
        match (is_write, self.is_write_refused) {
            (false, _) => Outcome::NothingToDo,
            (true, true) => Outcome::ScaleUpdateFailed(ApiError::new("conflict")),
            (true, false) => Outcome::ScaleWritten,
        }
    }
}

/// Plays a sequence; the first tick that differs fails it.
pub(super) fn play(record: &Value, ticker: &mut impl Ticker) -> Verdict {
    let (mut spec, mut pods) = (&record["hpa_spec_defaulted"], Vec::new());
    for tick in list(&record["ticks"]) {
        let input = &tick["in"];
        spec = input.get("hpa_spec_defaulted").unwrap_or(spec);
        if let Some(groups) = input.get("pods") {
            pods = list(groups).iter().map(|group| group_of_pods(group, record)).collect();
        }
        let policy = policy(spec);
        let given = Given {
            observation: observation(tick, record, &policy, pods.clone()),
            policy,
            is_write_refused: input["scale_update_error"] == true,
        };
        let at = format!("at {}", tick["t_ms"]);
        let ticked = match ticker.tick(&given) {
            Ok(ticked) => ticked,
            Err(fault) => return Verdict::Failed(format!("{at}: {fault}")),
        };
        let verdict = compare(&at, &out(input, &ticked, &ticker.history().status), &tick["out"]);
        if !matches!(verdict, Verdict::Passed) {
            return verdict;
        }
    }
    let history = ticker.history();
    let ours = json!({
        "recommendations": history.recommendations.as_deref().map(read::recommendations_out),
        "scale_up_events": read::scale_events_out(&history.scale_events.up),
        "scale_down_events": read::scale_events_out(&history.scale_events.down),
    });
    compare("final state", &ours, &record["final_state"])
}

fn out(input: &Value, ticked: &Ticked, status: &Status) -> Value {
    let Ticked { decision, outcome, settled } = ticked;
    let written = decision.rescale.as_ref().filter(|_| *outcome == Outcome::ScaleWritten);
    let replicas = written.map_or(int(&input["spec_replicas"]), |rescale| rescale.to.0.into());
    let conditions = status.conditions.iter().map(|(kind, condition)| {
        let Condition { status, reason, last_transition, .. } = condition;
        let status = format!("{status:?}");
        (kind.to_string(), json!([status, reason.as_str(), last_transition.as_millis()]))
    });
    json!({
        "replicas": replicas,
        "rescaled": written.is_some(),
        "status_current_replicas": status.current_replicas.0,
        "status_desired_replicas": status.desired_replicas.0,
        "status_written": settled.is_status_changed,
        "error": settled.has_failed,
        "metrics": decision.metrics.iter().map(metric_out).collect::<Vec<_>>(),
        "conditions": conditions.collect::<Map<_, _>>(),
        "last_scale_ms": status.last_scale.map(Timestamp::as_millis),
        "events": settled.events.iter().map(|event| event.reason.as_str()).collect::<Vec<_>>(),
    })
}

fn metric_out(outcome: &MetricOutcome) -> Value {
    let proposal = match &outcome.result {
        Ok(proposal) => proposal,
        Err(error) => return json!({"error": error_class(error)}),
    };
    let mut out = json!({"replicas": proposal.replicas});
    match proposal.reported {
        Reported::Utilization { utilization, average_value } => {
            out["utilization"] = json!(utilization.0);
            out["average_value"] = json!(average_value.0);
        }
        Reported::AverageValue(Some(value)) => out["average_value"] = json!(value.0),
        Reported::AverageValue(None) => out["usage_unspecified"] = json!(true),
        Reported::Value(value) => out["value"] = json!(value.0),
    }
    out
}

/// How the controller of a record is set.
pub(super) fn controller(record: &Value) -> Controller {
    let config = &record["config"];
    let gate = |name: &str| config["feature_gates"][name] == true;
    Controller {
        tolerance: Tolerance(config["tolerance"].as_f64().unwrap()),
        downscale_stabilization: read::span(&config["downscale_stabilization_ms"]),
        cpu_initialization_period: read::span(&config["cpu_initialization_period_ms"]),
        initial_readiness_delay: read::span(&config["initial_readiness_delay_ms"]),
        scale_up_limit_factor: config["scale_up_limit_factor"].as_f64().unwrap(),
        scale_up_limit_minimum: config["scale_up_limit_minimum"].as_f64().unwrap(),
        sync_period: Duration::from_secs(15),
        gates: FeatureGates {
            scale_to_zero: gate("HPAScaleToZero"),
            configurable_tolerance: gate("HPAConfigurableTolerance"),
            pod_level_resources: true,
        },
    }
}

/// What is remembered before the first tick.
pub(super) fn history(record: &Value) -> History {
    let Some(state) = record.get("initial_state") else { return History::default() };
    let conditions = state["conditions"].as_object().into_iter().flatten();
    let conditions = conditions.map(|(name, value)| {
        let condition = Condition {
            status: read::condition_status(text(&value[0])),
            reason: condition_reason(text(&value[1])),
            message: "before".to_owned(),
            last_transition: read::ZERO_TIME,
        };
        (condition_type(name), condition)
    });
    let recommendations = &state["recommendations"];
    History {
        recommendations: recommendations.is_array().then(|| read::recommendations(recommendations)),
        scale_events: read::scale_events(state),
        status: Status {
            current_replicas: replicas(&state["status_current_replicas"]),
            desired_replicas: replicas(&state["status_desired_replicas"]),
            conditions: conditions.collect(),
            ..Status::default()
        },
    }
}

fn condition_type(name: &str) -> ConditionType {
    use ConditionType::{AbleToScale, ScaledToZero, ScalingActive, ScalingLimited};
    let all = [AbleToScale, ScalingActive, ScalingLimited, ScaledToZero];
    *all.iter().find(|condition| condition.as_str() == name).unwrap()
}

fn condition_reason(name: &str) -> ConditionReason {
    use ConditionReason as Reason;
    let all = [
        Reason::SucceededGetScale,
        Reason::FailedGetScale,
        Reason::ReadyForNewScale,
        Reason::ScaleUpStabilized,
        Reason::ScaleDownStabilized,
        Reason::SucceededRescale,
        Reason::FailedUpdateScale,
        Reason::ValidMetricFound,
        Reason::ScalingDisabled,
        Reason::Limit(LimitReason::DesiredWithinRange),
        Reason::Limit(LimitReason::TooFewReplicas),
        Reason::Limit(LimitReason::TooManyReplicas),
        Reason::ScaledToZero,
        Reason::NotScaledToZero,
    ];
    *all.iter().find(|reason| reason.as_str() == name).unwrap_or_else(|| panic!("{name}"))
}

fn policy(spec: &Value) -> HorizontalPolicy {
    HorizontalPolicy {
        min_replicas: spec.get("minReplicas").map_or(upswell_units::Replicas(1), replicas),
        max_replicas: replicas(&spec["maxReplicas"]),
        metrics: list(&spec["metrics"]).iter().map(metric).collect(),
        behavior: read::behavior(&spec["behavior"]),
    }
}

fn metric(spec: &Value) -> MetricSpec {
    let source = match text(&spec["type"]) {
        "Resource" => MetricSource::Resource,
        "ContainerResource" => MetricSource::ContainerResource,
        "Pods" => MetricSource::Pods,
        "Object" => MetricSource::Object,
        "External" => MetricSource::External,
        other => return MetricSpec::Invalid(InvalidMetric::SourceType(other.to_owned())),
    };
    let name = |spec: &Value| text(&spec["metric"]["name"]).to_owned();
    let valid = match source {
        MetricSource::Resource => {
            let spec = &spec["resource"];
            resource_target(&spec["target"])
                .map(|target| MetricSpec::Resource { resource: text(&spec["name"]).into(), target })
        }
        MetricSource::ContainerResource => {
            let spec = &spec["containerResource"];
            resource_target(&spec["target"]).map(|target| MetricSpec::ContainerResource {
                resource: text(&spec["name"]).into(),
                container: text(&spec["container"]).to_owned(),
                target,
            })
        }
        MetricSource::Pods => {
            let spec = &spec["pods"];
            target_value(&spec["target"]["averageValue"])
                .map(|average_value| MetricSpec::Pods { metric: name(spec), average_value })
        }
        MetricSource::Object => {
            let spec = &spec["object"];
            let object = &spec["describedObject"];
            let described_object = ObjectRef {
                kind: text(&object["kind"]).to_owned(),
                namespace: String::new(),
                name: text(&object["name"]).to_owned(),
            };
            value_target(&spec["target"]).map(|target| MetricSpec::Object {
                metric: name(spec),
                described_object,
                target,
            })
        }
        MetricSource::External => {
            let spec = &spec["external"];
            value_target(&spec["target"])
                .map(|target| MetricSpec::External { metric: name(spec), target })
        }
    };
    valid.unwrap_or(MetricSpec::Invalid(InvalidMetric::NoTarget(source)))
}

fn target_value(value: &Value) -> Option<MilliUnits> {
    value.is_string().then(|| MilliUnits::from(&read::quantity(value)))
}

fn resource_target(target: &Value) -> Option<ResourceTarget> {
    let percent = target["averageUtilization"].as_i64();
    let percent = percent.map(|percent| Percent(i32::try_from(percent).unwrap()));
    let average = target_value(&target["averageValue"]).map(ResourceTarget::AverageValue);
    average.or(percent.map(ResourceTarget::Utilization))
}

fn value_target(target: &Value) -> Option<ValueTarget> {
    let average = target_value(&target["averageValue"]).map(ValueTarget::AverageValue);
    average.or(target_value(&target["value"]).map(ValueTarget::Value))
}

fn group_of_pods(group: &Value, record: &Value) -> Run<Pod> {
    let containers = group.get("containers").unwrap_or(&record["pod_containers"]);
    let containers = list(containers).iter().map(|container| {
        let requests = container["requests"].as_object().into_iter().flatten();
        let requests =
            requests.map(|(name, value)| (ResourceName::from(name.as_str()), milli(value)));
        read::container(container, requests.collect())
    });
    let resources = PodResources { containers: containers.collect(), ..PodResources::default() };
    let count = u32::try_from(int(&group["count"])).unwrap();
    Run { count, item: read::pod(group, Arc::new(resources)) }
}

fn observation(
    tick: &Value,
    record: &Value,
    policy: &HorizontalPolicy,
    pods: Vec<Run<Pod>>,
) -> HorizontalObservation {
    let (now, input) = (read::instant(&tick["t_ms"]), &tick["in"]);
    let scale = Scale {
        spec_replicas: replicas(&input["spec_replicas"]),
        status_replicas: replicas(&input["status_replicas"]),
    };
    let is_unreadable = input["scale_get_error"] == true;
    let scale = if is_unreadable { Err(ApiError::new("no answer")) } else { Ok(scale) };
    let readings = policy.metrics.iter().zip(list(&input["metrics"]));
    let readings = readings.map(|(metric, value)| reading(metric, value, record, now)).collect();
    HorizontalObservation { now, scale, pods: Ok(pods), readings }
}

fn reading(metric: &MetricSpec, value: &Value, record: &Value, now: Timestamp) -> Reading {
    if value["error"] == true {
        return Reading::Failed(ApiError::new("no answer"));
    }
    let or_default = |name: &str| read::span(value.get(name).unwrap_or(&record[name]));
    let (at, window) = (now - or_default("sample_age_ms"), or_default("sample_window_ms"));
    let sample = |value: &Value| PodSample { value: Some(milli(value)), at, window };
    let run = |run: &Value| Run {
        count: u32::try_from(int(&run[0])).unwrap(),
        item: Some(&run[1]).filter(|value| !value.is_null()).map(sample),
    };
    match metric.source() {
        Some(MetricSource::Object) => value.get("value").map_or_else(
            || Reading::Failed(ApiError::new("no value")),
            |value| Reading::Object { value: milli(value), at },
        ),
        Some(MetricSource::External) => {
            Reading::External { values: list(&value["values"]).iter().map(milli).collect(), at }
        }
        _ => Reading::Pods(PodSamples {
            of_pods: list(&value["samples"]).iter().map(run).collect(),
            of_others: list(&value["extra_samples"]).iter().map(sample).collect(),
        }),
    }
}
