//! Usage series, OOM kills and a policy, to a recommendation.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use upswell_engine::vertical::histogram::DecayingHistogram;
use upswell_engine::vertical::history::{ContainerId, History, Sample, Usage};
use upswell_engine::vertical::policy::Policy;
use upswell_engine::vertical::recommend::{Percentiles, Settings, recommend};
use upswell_engine::vertical::resources::{ContainerRecommendation, ResourceList};
use upswell_units::{Bytes, Millicores, PodName, Timestamp};
use upswell_vectors::Verdict;

use super::compare::verdict;
use super::read;

pub(crate) fn judge(record: &Value) -> Verdict {
    let settings = settings(&record["config"]);
    let policy = read::policy(&record["vpa"], &record["vpa"]["annotations"]);
    let mut history = History::default();
    let discarded = feed(&mut history, &settings, &policy, &record["pods"]);
    let recommended = recommend(&settings, &policy, &history);
    let ours = json!({
        "containers": containers_json(&recommended),
        "status": status_json(&recommended),
        "aggregates": aggregates_json(&settings, &policy, &history),
        "discarded": discarded,
    });
    verdict(&ours, &record["expect"])
}

/// The settings that differ from the defaults.
pub(crate) fn settings(config: &Value) -> Settings {
    let mut settings = Settings::default();
    let float = |field: &str, into: &mut f64| {
        *into = config[field].as_f64().unwrap_or(*into);
    };
    let integer = |field: &str, into: &mut i64| {
        *into = config[field].as_i64().unwrap_or(*into);
    };
    float("safetyMarginFraction", &mut settings.safety_margin_fraction);
    integer("podMinCpuMillicores", &mut settings.pod_min_cpu.0);
    let mib = config["podMinMemoryMb"].as_i64().map(|mib| Bytes(mib << 20));
    settings.pod_min_memory = mib.unwrap_or(settings.pod_min_memory);
    float("targetCpuPercentile", &mut settings.cpu.target);
    float("lowerBoundCpuPercentile", &mut settings.cpu.lower_bound);
    float("upperBoundCpuPercentile", &mut settings.cpu.upper_bound);
    float("targetMemoryPercentile", &mut settings.memory.target);
    float("lowerBoundMemoryPercentile", &mut settings.memory.lower_bound);
    float("upperBoundMemoryPercentile", &mut settings.memory.upper_bound);
    integer("roundCpuMillicores", &mut settings.round_cpu.0);
    integer("roundMemoryBytes", &mut settings.round_memory.0);
    settings.global_max_allowed = read::list(&config["globalMaxAllowed"]).unwrap_or_default();
    for (field, into) in [
        ("confidenceIntervalCpuSeconds", &mut settings.cpu.confidence_interval),
        ("confidenceIntervalMemorySeconds", &mut settings.memory.confidence_interval),
        ("cpuHistogramHalfLifeSeconds", &mut settings.cpu_half_life),
        ("memoryHistogramHalfLifeSeconds", &mut settings.memory_half_life),
        ("memoryAggregationIntervalSeconds", &mut settings.memory_peaks.aggregation_interval),
    ] {
        *into = read::secs(&config[field]).unwrap_or(*into);
    }
    float("oomBumpUpRatio", &mut settings.memory_peaks.oom_bump_up_ratio);
    float("oomMinBumpUpBytes", &mut settings.memory_peaks.oom_min_bump_up);
    settings.per_vpa_config = config["perVpaConfig"] == true;
    settings.integer_cpu = config["integerCpuPostProcessor"] == true;
    settings
}

/// When and in which order a sample is delivered.
type Arrival = (i64, bool, usize, usize, u8);

/// Tracks pods and feeds their samples in the order of the README; counts what was refused.
pub(crate) fn feed(
    history: &mut History,
    settings: &Settings,
    policy: &Policy,
    pods: &Value,
) -> Value {
    let mut deliveries: Vec<(Arrival, ContainerId, Sample)> = Vec::new();
    for (pod_index, pod) in read::array(pods).iter().enumerate() {
        let name = PodName(read::text(&pod["name"]));
        let labels = pod["labels"].as_object().into_iter().flatten();
        let labels = labels.map(|(key, value)| (key.clone(), read::text(value))).collect();
        let containers = read::array(&pod["containers"]);
        let names = containers.iter().map(|container| read::text(&container["name"])).collect();
        history.track(settings, &name, &labels, &names);
        for (index, container) in containers.iter().enumerate() {
            let id = ContainerId { pod: name.clone(), container: read::text(&container["name"]) };
            for (arrival, is_oom, order, sample) in samples(container) {
                deliveries.push(((arrival, is_oom, pod_index, index, order), id.clone(), sample));
            }
        }
    }
    deliveries.sort_by_key(|(arrival, _, _)| *arrival);
    let mut discarded: BTreeMap<String, BTreeMap<&str, u32>> = BTreeMap::new();
    for (_, id, sample) in deliveries {
        if history.ingest(settings, policy, &id, sample).is_err() {
            let kind = match sample.usage {
                Usage::Cpu(_) => "cpu",
                Usage::Memory(_) => "memory",
                Usage::OutOfMemory(_) => "oom",
            };
            let of = discarded.entry(format!("{}/{}", id.pod, id.container)).or_default();
            *of.entry(kind).or_default() += 1;
        }
    }
    json!(discarded)
}

/// The samples of a container: arrival, whether an OOM kill, order among equals.
fn samples(container: &Value) -> Vec<(i64, bool, u8, Sample)> {
    let sample = |at: i64, usage| Sample { at: Timestamp::from_secs(at), usage };
    let mut samples = Vec::new();
    let cpu = |value| Usage::Cpu(Millicores(value));
    let memory = |value| Usage::Memory(Bytes(value));
    for segment in read::array(&container["cpu"]) {
        let series = series(segment).into_iter();
        samples.extend(series.map(|(at, value)| (at, false, 0, sample(at, cpu(value)))));
    }
    for segment in read::array(&container["memory"]) {
        let series = series(segment).into_iter();
        samples.extend(series.map(|(at, value)| (at, false, 1, sample(at, memory(value)))));
    }
    for late in read::array(&container["late"]) {
        let [arrival, at, value] = [0, 2, 3].map(|field| read::integer(&late[field]));
        let (order, usage) = if late[1] == "cpu" { (2, cpu(value)) } else { (3, memory(value)) };
        samples.push((arrival, false, order, sample(at, usage)));
    }
    for oom in read::array(&container["ooms"]) {
        let [arrival, at, requested] = [0, 1, 2].map(|field| read::integer(&oom[field]));
        samples.push((arrival, true, 0, sample(at, Usage::OutOfMemory(Bytes(requested)))));
    }
    samples
}

/// A segment `[t0, step, n, pattern]`.
fn series(segment: &Value) -> Vec<(i64, i64)> {
    let [start, step, count] = [0, 1, 2].map(|field| read::integer(&segment[field]));
    let pattern: Vec<i64> = read::array(&segment[3]).iter().map(read::integer).collect();
    let pattern = pattern.into_iter().cycle();
    (0..count).zip(pattern).map(|(i, value)| (start + i * step, value)).collect()
}

pub(crate) fn containers_json(recommended: &[ContainerRecommendation]) -> Value {
    recommended.iter().map(read::recommendation_json).collect()
}

/// The status as Kubernetes writes it: without what is empty.
fn status_json(recommended: &[ContainerRecommendation]) -> Value {
    let list = |list: &Option<ResourceList>| {
        let list = list.clone().unwrap_or_default();
        let quantities = list.iter().map(|(r, q)| (r.name().to_owned(), json!(q.to_string())));
        Value::Object(quantities.collect())
    };
    let container = |recommendation: &ContainerRecommendation| {
        let mut status = json!({
            "containerName": recommendation.container,
            "target": list(&recommendation.target),
        });
        for (field, bound) in [
            ("lowerBound", &recommendation.lower_bound),
            ("upperBound", &recommendation.upper_bound),
            ("uncappedTarget", &recommendation.uncapped_target),
        ] {
            if bound.as_ref().is_some_and(|bound| !bound.is_empty()) {
                status[field] = list(bound);
            }
        }
        status
    };
    if recommended.is_empty() {
        return json!({});
    }
    json!({ "containerRecommendations": recommended.iter().map(container).collect::<Vec<_>>() })
}

/// The aggregates of the containers that are recommended for.
pub(crate) fn aggregates_json(settings: &Settings, policy: &Policy, history: &History) -> Value {
    let controlled =
        history.by_container(settings).into_iter().filter(|(name, _)| !policy.is_off(name));
    let aggregates = controlled.map(|(name, aggregate)| {
        let secs = |at: Timestamp| at.as_millis() / 1000;
        let percentiles = |of: &Percentiles, histogram: &DecayingHistogram| {
            [of.lower_bound, of.target, of.upper_bound].map(|p| histogram.percentile(p))
        };
        let json = json!({
            "samples": aggregate.samples,
            "firstSample": aggregate.first_sample.map(secs),
            "lastSample": aggregate.last_sample.map(secs),
            "lifespanSeconds": aggregate.lifespan().as_secs(),
            "cpuPercentiles": percentiles(&settings.cpu, &aggregate.cpu),
            "memoryPercentiles": percentiles(&settings.memory, &aggregate.memory_peaks),
        });
        (name, json)
    });
    Value::Object(aggregates.collect::<Map<_, _>>())
}
