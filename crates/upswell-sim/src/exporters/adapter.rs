//! The custom metrics API, as prometheus-adapter's default rules serve it from Prometheus.
//!
//! Source: prometheus-adapter 0.12, its chart's `rules.default`. A metric has the name of its
//! series; a counter loses `_total` (or `_seconds_total`) and is its rate over five minutes; of
//! `container_*` the prefix goes too. The default rules serve no external metrics.

use std::collections::BTreeMap;

use upswell_engine::observation::{ApiError, PodSample, PodSamples, Reading, Run};
use upswell_engine::policy::MetricSpec;
use upswell_metrics::promql::{Query, Value, parse};
use upswell_units::{Duration, MilliUnits, Timestamp};

use super::objects::Objects;
use super::{names, telemetry::Telemetry};
use crate::cluster::Cluster;

/// The time that a sample of the custom metrics API is taken to stand for.
///
/// Source: Kubernetes 1.36, podautoscaler/metrics/client.go, metricServerDefaultMetricWindow.
const WINDOW: Duration = Duration::from_secs(60);

/// What the rules make of one metric: the queries of the rules that may serve it, in their order.
#[derive(Clone, Debug, Default)]
pub struct CustomMetric {
    /// The first one that has an answer counts.
    pub(super) queries: Vec<Query>,
}

impl CustomMetric {
    /// Makes the queries of a metric; nothing of one that the custom metrics API does not serve.
    #[must_use]
    pub fn of(metric: &MetricSpec, namespace: &str) -> Option<Self> {
        let (name, label, matcher) = match metric {
            MetricSpec::Pods { metric, .. } => (metric, "pod".to_owned(), String::new()),
            MetricSpec::Object { metric, described_object, .. } => {
                let label = described_object.kind.to_lowercase();
                let matcher = format!(",{label}={:?}", described_object.name);
                (metric, label, matcher)
            }
            _ => return None,
        };
        let texts = queries(name, &format!("namespace={namespace:?}{matcher}"), &label);
        // A name that no series can have has no query, and so no answer.
        let queries = texts.iter().filter_map(|text| parse(text).ok()).collect();
        Some(Self { queries })
    }
}

/// The queries of the default rules for a metric, in the order of the rules.
fn queries(name: &str, matchers: &str, group_by: &str) -> Vec<String> {
    let container = format!("{matchers},container!=\"POD\"");
    let rate = |series: &str, matchers: &str| {
        format!("sum(rate({series}{{{matchers}}}[5m])) by ({group_by})")
    };
    let plain =
        |series: &str, matchers: &str| format!("sum({series}{{{matchers}}}) by ({group_by})");
    let mut queries = vec![rate(&format!("container_{name}_seconds_total"), &container)];
    if !name.ends_with("_seconds") {
        queries.push(rate(&format!("container_{name}_total"), &container));
    }
    if !name.ends_with("_total") {
        queries.push(plain(&format!("container_{name}"), &container));
    }
    if name.starts_with("container_") {
        return queries;
    }
    if !name.ends_with("_total") {
        queries.push(plain(name, matchers));
    }
    if !name.ends_with("_seconds") {
        queries.push(rate(&format!("{name}_total"), matchers));
    }
    queries.push(rate(&format!("{name}_seconds_total"), matchers));
    queries
}

/// Reads a metric of pods or of an object.
pub(crate) fn reading(
    metric: &MetricSpec,
    custom: Option<&CustomMetric>,
    (telemetry, objects): (&Telemetry<'_>, &Objects),
    cluster: &Cluster,
    now: Timestamp,
) -> Reading {
    let vector = custom.into_iter().flat_map(|custom| &custom.queries).find_map(|query| {
        match telemetry.instant(query, now) {
            Ok(Value::Vector(vector)) if !vector.is_empty() => Some(vector),
            _ => None,
        }
    });
    match (metric, vector) {
        (MetricSpec::Pods { .. }, Some(vector)) => {
            let values = vector.iter();
            let values = values.map(|(labels, sample)| (labels.get("pod"), sample.value)).collect();
            of_pods(&values, objects, cluster, now)
                .unwrap_or_else(|| Reading::Failed(unknown(metric)))
        }
        (MetricSpec::Object { .. }, Some(vector)) => {
            let value = vector.first().map_or(0.0, |(_, sample)| sample.value);
            Reading::Object { value: milli_units(value), at: now }
        }
        _ => Reading::Failed(unknown(metric)),
    }
}

/// The samples of the pods that have one; nothing if none has.
fn of_pods(
    values: &BTreeMap<&str, f64>,
    objects: &Objects,
    cluster: &Cluster,
    now: Timestamp,
) -> Option<Reading> {
    let workload = &objects.workload;
    let mut of_pods: Vec<Run<Option<PodSample>>> = Vec::new();
    for (id, _) in cluster.pods() {
        let value = values.get(&*names::pod(&workload.kind, &workload.name, id));
        let sample = value.map(|value| PodSample {
            value: Some(milli_units(*value)),
            at: now,
            window: WINDOW,
        });
        match of_pods.last_mut() {
            Some(run) if run.item == sample => run.count += 1,
            _ => of_pods.push(Run::one(sample)),
        }
    }
    let has_any = of_pods.iter().any(|run| run.item.is_some());
    has_any.then(|| Reading::Pods(PodSamples { of_pods, of_others: Vec::new() }))
}

/// The adapter serves whole thousandths, cut off, and zero for what is no number.
fn milli_units(value: f64) -> MilliUnits {
    MilliUnits((value * 1000.0) as i64)
}

/// What the API server says about a metric that nobody serves.
fn unknown(metric: &MetricSpec) -> ApiError {
    let (api, name, of) = match metric {
        MetricSpec::Pods { metric, .. } => ("custom", metric.as_str(), "pods".to_owned()),
        MetricSpec::Object { metric, described_object, .. } => {
            ("custom", metric.as_str(), described_object.to_string())
        }
        MetricSpec::External { metric, .. } => {
            return ApiError::new(format!(
                "unable to fetch metrics from external metrics API: nobody serves {metric}"
            ));
        }
        _ => ("custom", "", String::new()),
    };
    ApiError::new(format!(
        "unable to fetch metrics from {api} metrics API: the server could not find the metric \
         {name} for {of}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_served_under_its_name_without_total_as_a_rate() {
        let queries = queries("llm_requests", "namespace=\"llm\"", "pod");
        assert!(queries.contains(&"sum(llm_requests{namespace=\"llm\"}) by (pod)".to_owned()));
        let rate = "sum(rate(llm_requests_total{namespace=\"llm\"}[5m])) by (pod)";
        assert!(queries.contains(&rate.to_owned()), "{queries:?}");
    }

    #[test]
    fn the_name_with_total_is_not_served() {
        let queries = queries("llm_requests_total", "namespace=\"llm\"", "pod");
        assert!(!queries.iter().any(|query| query.contains("llm_requests_total{")), "{queries:?}");
    }
}
