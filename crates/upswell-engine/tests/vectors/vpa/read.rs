//! Reads records and Kubernetes objects in them into the engine's types.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use upswell_engine::vertical::checkpoint::{Checkpoint, CheckpointError};
use upswell_engine::vertical::histogram::{HistogramCheckpoint, HistogramError};
use upswell_engine::vertical::limit_range::{LimitRange, LimitRangeItem, LimitRanges, LimitScope};
use upswell_engine::vertical::pod::{
    Container, ContainerStatus, ObservedContainers, Owner, Pod, Requirements, Termination,
};
use upswell_engine::vertical::policy::{
    ChangeRequirement, ContainerPolicy, ControlledValues, EvictionRequirement, OwnSettings, Policy,
    PolicyScope, ScalingMode, UpdateMode, UpdatePolicy, integer_cpu_container,
};
use upswell_engine::vertical::resources::{ContainerRecommendation, Resource, ResourceList};
use upswell_units::{Duration, PodName, Quantity, Timestamp};

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn integer(value: &Value) -> i64 {
    value.as_i64().expect("an integer")
}

pub(crate) fn secs(value: &Value) -> Option<Duration> {
    value.as_i64().map(Duration::from_secs)
}

/// Unix seconds.
pub(crate) fn instant(value: &Value) -> Timestamp {
    Timestamp::from_secs(integer(value))
}

/// RFC 3339; `null` and an absent field are the zero time.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    Some(Timestamp::from_jiff(text.parse().expect("a time in RFC 3339")))
}

pub(crate) fn quantity(value: &Value) -> Option<Quantity> {
    Some(value.as_str()?.parse().expect("a quantity"))
}

pub(crate) fn list(value: &Value) -> Option<ResourceList> {
    let list = || ResourceList { cpu: quantity(&value["cpu"]), memory: quantity(&value["memory"]) };
    value.is_object().then(list)
}

/// A bound of a recommendation. The recorder dropped empty lists when it wrote its objects.
fn bound(value: &Value) -> Option<ResourceList> {
    Some(list(value).unwrap_or_default())
}

fn resource(value: &Value) -> Option<Resource> {
    Resource::ALL.into_iter().find(|resource| value == resource.name())
}

/// A VerticalPodAutoscaler, or what stands for it.
pub(crate) fn policy(spec: &Value, annotations: &Value) -> Policy {
    let containers = spec["resourcePolicy"].is_object().then(|| {
        array(&spec["resourcePolicy"]["containerPolicies"]).iter().map(container_policy).collect()
    });
    let annotations = annotations.as_object().into_iter().flatten();
    let integer_cpu = annotations
        .filter_map(|(key, value)| integer_cpu_container(key, value.as_str()?))
        .map(str::to_owned);
    let update = spec["updatePolicy"].is_object().then(|| update_policy(&spec["updatePolicy"]));
    Policy { update, containers, integer_cpu: integer_cpu.collect() }
}

fn update_policy(value: &Value) -> UpdatePolicy {
    let requirements = array(&value["evictionRequirements"]).iter();
    UpdatePolicy {
        mode: match value["updateMode"].as_str() {
            None | Some("" | "Recreate") => UpdateMode::Recreate,
            Some("Off") => UpdateMode::Off,
            Some("Initial") => UpdateMode::Initial,
            Some("Auto") => UpdateMode::Auto,
            Some("InPlaceOrRecreate") => UpdateMode::InPlaceOrRecreate,
            Some("InPlace") => UpdateMode::InPlace,
            Some(mode) => unreachable!("no such update mode: {mode}"),
        },
        min_replicas: value["minReplicas"].as_u64().map(|replicas| replicas as u32),
        evict_after_oom: secs(&value["evictAfterOOMSeconds"]),
        eviction_requirements: requirements
            .map(|requirement| EvictionRequirement {
                resources: array(&requirement["resources"]).iter().filter_map(resource).collect(),
                change: match requirement["changeRequirement"].as_str() {
                    Some("TargetHigherThanRequests") => ChangeRequirement::TargetHigherThanRequests,
                    _ => ChangeRequirement::TargetLowerThanRequests,
                },
            })
            .collect(),
    }
}

fn container_policy(value: &Value) -> ContainerPolicy {
    ContainerPolicy {
        scope: match text(&value["containerName"]).as_str() {
            "*" => PolicyScope::AllOthers,
            name => PolicyScope::Container(name.to_owned()),
        },
        mode: if value["mode"] == "Off" { ScalingMode::Off } else { ScalingMode::Auto },
        min_allowed: list(&value["minAllowed"]).unwrap_or_default(),
        max_allowed: list(&value["maxAllowed"]).unwrap_or_default(),
        controlled_resources: value["controlledResources"]
            .as_array()
            .map(|resources| resources.iter().filter_map(resource).collect()),
        controlled_values: match value["controlledValues"].as_str() {
            Some("RequestsOnly") => ControlledValues::RequestsOnly,
            _ => ControlledValues::RequestsAndLimits,
        },
        own: OwnSettings {
            oom_bump_up_ratio: quantity(&value["oomBumpUpRatio"]),
            oom_min_bump_up: quantity(&value["oomMinBumpUp"]),
            memory_aggregation_interval: secs(&value["memoryAggregationIntervalSeconds"]),
        },
    }
}

/// The recommendation in the status of a VerticalPodAutoscaler.
pub(crate) fn recommendations(vpa: &Value) -> Option<Vec<ContainerRecommendation>> {
    let recommendation = &vpa["status"]["recommendation"];
    recommendation.is_object().then(|| {
        let containers = array(&recommendation["containerRecommendations"]).iter();
        let read = |value: &Value| ContainerRecommendation {
            container: text(&value["containerName"]),
            target: list(&value["target"]),
            lower_bound: bound(&value["lowerBound"]),
            upper_bound: bound(&value["upperBound"]),
            uncapped_target: bound(&value["uncappedTarget"]),
        };
        containers.map(read).collect()
    })
}

pub(crate) fn limit_ranges(value: &Value) -> LimitRanges {
    let items = array(value).iter().flat_map(|range| array(&range["spec"]["limits"]));
    let items: Vec<_> = items
        .filter_map(|item| {
            let scope = match item["type"].as_str() {
                Some("Container") => LimitScope::Container,
                Some("Pod") => LimitScope::Pod,
                _ => return None,
            };
            let (min, max) = (list(&item["min"]), list(&item["max"]));
            let limits = LimitRange { min, max, default: list(&item["default"]) };
            Some(LimitRangeItem { scope, limits })
        })
        .collect();
    LimitRanges::combine(&items)
}

pub(crate) fn pod(value: &Value) -> Pod {
    let (metadata, status) = (&value["metadata"], &value["status"]);
    let owners = array(&metadata["ownerReferences"]);
    let owner = owners.iter().find(|owner| owner["controller"] == true);
    let statuses = array(&status["containerStatuses"]);
    let container = |container: &Value| Container {
        name: text(&container["name"]),
        spec: requirements(&container["resources"]),
        status: statuses.iter().find(|s| s["name"] == container["name"]).map(container_status),
    };
    Pod {
        name: PodName(text(&metadata["name"])),
        owner: owner.map(|owner| Owner { kind: text(&owner["kind"]), name: text(&owner["name"]) }),
        is_deleted: metadata["deletionTimestamp"].is_string(),
        is_pending: status["phase"] == "Pending",
        started: time(&status["startTime"]),
        observed_containers: metadata["annotations"]["vpaObservedContainers"]
            .as_str()
            .and_then(ObservedContainers::parse),
        containers: array(&value["spec"]["containers"]).iter().map(container).collect(),
    }
}

fn requirements(value: &Value) -> Requirements {
    Requirements { requests: list(&value["requests"]), limits: list(&value["limits"]) }
}

fn container_status(value: &Value) -> ContainerStatus {
    let terminated = &value["lastState"]["terminated"];
    ContainerStatus {
        resources: value["resources"].is_object().then(|| requirements(&value["resources"])),
        last_termination: terminated.is_object().then(|| Termination {
            is_oom_kill: terminated["reason"] == "OOMKilled",
            started: time(&terminated["startedAt"]).unwrap_or(Timestamp::MIN),
            finished: time(&terminated["finishedAt"]).unwrap_or(Timestamp::MIN),
        }),
    }
}

pub(crate) fn histogram_checkpoint(value: &Value) -> HistogramCheckpoint {
    let weights = value["bucketWeights"].as_object().into_iter().flatten();
    let weight = |(bucket, weight): (&String, &Value)| {
        (bucket.parse().expect("a bucket"), integer(weight) as u32)
    };
    HistogramCheckpoint {
        reference: time(&value["referenceTimestamp"]),
        bucket_weights: weights.map(weight).collect(),
        total_weight: value["totalWeight"].as_f64().unwrap_or(0.0),
    }
}

pub(crate) fn checkpoint(status: &Value) -> Checkpoint {
    Checkpoint {
        version: text(&status["version"]),
        last_update: time(&status["lastUpdateTime"]).expect("a time of update"),
        cpu: histogram_checkpoint(&status["cpuHistogram"]),
        memory: histogram_checkpoint(&status["memoryHistogram"]),
        first_sample: time(&status["firstSampleStart"]),
        last_sample: time(&status["lastSampleStart"]),
        samples: status["totalSamplesCount"].as_u64().unwrap_or(0),
    }
}

/// The name that the README gives an error.
pub(crate) fn histogram_error(error: &HistogramError) -> &'static str {
    match error {
        HistogramError::NegativeTotalWeight(_) => "negativeTotalWeight",
        HistogramError::NegativeBucket(_) => "negativeBucket",
        HistogramError::BucketTooLarge(_) => "bucketTooLarge",
    }
}

/// The name that the README gives an error.
pub(crate) fn checkpoint_error(error: &CheckpointError) -> &'static str {
    match error {
        CheckpointError::UnsupportedVersion(_) => "version",
        CheckpointError::Memory(error) | CheckpointError::Cpu(error) => histogram_error(error),
    }
}

/// As Kubernetes writes it: `null` for the zero time.
pub(crate) fn time_json(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |time| json!(time.to_string()))
}

/// As Kubernetes writes it: without what is empty or zero.
pub(crate) fn histogram_json(checkpoint: &HistogramCheckpoint) -> Value {
    let HistogramCheckpoint { reference, bucket_weights, total_weight } = checkpoint;
    let mut fields = Map::new();
    fields.insert("referenceTimestamp".to_owned(), time_json(*reference));
    if !bucket_weights.is_empty() {
        let weights: BTreeMap<_, _> =
            bucket_weights.iter().map(|(bucket, weight)| (bucket.to_string(), weight)).collect();
        fields.insert("bucketWeights".to_owned(), json!(weights));
    }
    if *total_weight != 0.0 {
        fields.insert("totalWeight".to_owned(), json!(total_weight));
    }
    Value::Object(fields)
}

/// A list in millicores and bytes.
pub(crate) fn amounts_json(list: Option<&ResourceList>) -> Value {
    let Some(list) = list else { return Value::Null };
    let amounts = list.iter().map(|(resource, quantity)| {
        let amount = match resource {
            Resource::Cpu => quantity.milli_value(),
            Resource::Memory => quantity.value(),
        };
        (resource.name().to_owned(), json!(amount))
    });
    Value::Object(amounts.collect())
}

/// A recommendation in millicores and bytes.
pub(crate) fn recommendation_json(recommendation: &ContainerRecommendation) -> Value {
    json!({
        "name": recommendation.container,
        "target": amounts_json(recommendation.target.as_ref()),
        "lowerBound": amounts_json(recommendation.lower_bound.as_ref()),
        "upperBound": amounts_json(recommendation.upper_bound.as_ref()),
        "uncappedTarget": amounts_json(recommendation.uncapped_target.as_ref()),
    })
}
