//! What the simulated world shows to the control loop: its fleet, its metrics, its queue.

use std::sync::Arc;

use upswell_engine::observation::{
    ApiError, Pod, PodResources, Reading, Run, Scale, SelectorError,
};
use upswell_engine::policy::MetricSpec;
use upswell_triggers::{PromQlRequest, RedisQuery, RedisReply, RedisType, Request, Response};
use upswell_units::Timestamp;

use crate::cluster::Cluster;
use crate::control::Sight;
use crate::exporters::Telemetry;
use crate::observe::{ResourceMetrics, pods};
use crate::scenario::Scenario;
use crate::serve::Fleet;

/// The simulated world at one instant.
pub(crate) struct SimulatedSight<'a> {
    pub(crate) fleet: &'a Fleet,
    pub(crate) cluster: &'a Cluster,
    pub(crate) metrics: &'a ResourceMetrics,
    pub(crate) telemetry: Option<&'a Telemetry<'a>>,
    pub(crate) scenario: &'a Scenario,
    pub(crate) now: Timestamp,
}

impl Sight for SimulatedSight<'_> {
    fn scale(&self) -> Result<Scale, ApiError> {
        let active = self.cluster.active();
        Ok(Scale { spec_replicas: active, status_replicas: active })
    }

    fn pods(&self) -> Result<Vec<Run<Pod>>, SelectorError> {
        let resources: &Arc<PodResources> = &self.scenario.pod_resources;
        Ok(pods(self.cluster, resources))
    }

    fn reading(&self, position: usize, metric: &MetricSpec) -> Option<Reading> {
        match metric {
            MetricSpec::Resource { resource, .. }
            | MetricSpec::ContainerResource { resource, .. } => {
                // The model has one container, so that its usage is the pod's.
                Some(Reading::Pods(self.metrics.samples(self.cluster, resource)))
            }
            MetricSpec::Pods { .. } | MetricSpec::Object { .. } => {
                let telemetry = self.telemetry?;
                Some(telemetry.custom_metric(position, metric, self.cluster, self.now))
            }
            MetricSpec::External { .. } => {
                let is_served = self.scenario.monitoring.custom_metrics.contains_key(&position);
                let telemetry = self.telemetry.filter(|_| is_served)?;
                Some(telemetry.custom_metric(position, metric, self.cluster, self.now))
            }
            MetricSpec::Invalid(_) => None,
        }
    }

    fn answer(&self, request: &Request) -> Result<Response, ApiError> {
        let unknown = || ApiError::new("the simulated world does not answer this request");
        match request {
            Request::Clock => Ok(Response::Clock(self.now)),
            Request::Redis(redis) => match &redis.query {
                RedisQuery::Length { key } if Some(key) == self.scenario.queue.as_ref() => {
                    let (length, holds) = (self.queue_length()?, RedisType::List);
                    Ok(Response::Redis(RedisReply::Key { holds, length }))
                }
                _ => Err(unknown()),
            },
            Request::PromQl(PromQlRequest { query, .. }) => {
                let answer = self.telemetry.and_then(|found| found.answer(query, self.now));
                answer.ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }
}

impl SimulatedSight<'_> {
    /// Requests that wait, or what the script says instead.
    fn queue_length(&self) -> Result<i64, ApiError> {
        let Some(script) = &self.scenario.scripted_queue else {
            return Ok(self.fleet.queued() as i64);
        };
        let length = script.length_at(self.now.since(self.scenario.start));
        length.map(i64::from).ok_or_else(|| ApiError::new("the queue does not answer"))
    }
}

/// Returns why the simulated world cannot answer a trigger; nothing if it can.
#[must_use]
pub(crate) fn unanswered(request: &Request, queue: Option<&str>) -> Option<String> {
    match request {
        Request::Clock | Request::ResourceMetrics | Request::PromQl(_) => None,
        Request::Redis(redis) => match (&redis.query, queue) {
            (RedisQuery::Length { key }, Some(queue)) if key == queue => None,
            (RedisQuery::Length { key }, Some(queue)) => {
                Some(format!("the traffic goes to the list `{queue}`, not to `{key}`"))
            }
            (RedisQuery::Length { .. }, None) => Some("no workload eats this list".to_owned()),
            _ => Some("Redis streams are not simulated yet".to_owned()),
        },
        _ => Some("its source is not simulated yet".to_owned()),
    }
}
