//! The control loop in virtual time: reads triggers from the simulated world, decides, acts.

use std::collections::BTreeMap;
use std::sync::Arc;

use upswell_engine::decision::StepName;
use upswell_engine::horizontal::Outcome;
use upswell_engine::memory::{TriggerReading, TriggerValues};
use upswell_engine::observation::{ApiError, PodResources, Reading, Scale};
use upswell_engine::policy::MetricSpec;
use upswell_engine::{Memory, Observation, Policy, Record, decide, ingest, settle, wants};
use upswell_triggers::{
    RedisQuery, RedisReply, RedisType, Request, Response, Trigger, TriggerMemory,
};
use upswell_units::{Replicas, Timestamp};

use crate::fleet::Fleet;
use crate::observe::{ResourceMetrics, pods};

/// One autoscaler at work.
pub(crate) struct Control<'a> {
    policy: Policy,
    triggers: &'a [Box<dyn Trigger>],
    trigger_memories: Vec<TriggerMemory>,
    sequence: u64,
    memory: Memory,
    records: Vec<Record>,
    /// The last record of each of the two decisions.
    last: BTreeMap<StepName, Record>,
}

/// What the control loop can see.
pub(crate) struct Sight<'a> {
    pub(crate) fleet: &'a Fleet,
    pub(crate) metrics: &'a ResourceMetrics,
    pub(crate) pod_resources: &'a Arc<PodResources>,
    pub(crate) queue: Option<&'a str>,
}

impl<'a> Control<'a> {
    pub(crate) fn new(policy: Policy, triggers: &'a [Box<dyn Trigger>], now: Timestamp) -> Self {
        let memory = Memory::new(&policy, now);
        let trigger_memories = triggers.iter().map(|_| TriggerMemory::default()).collect();
        let (records, last) = (Vec::new(), BTreeMap::new());
        Self { policy, triggers, trigger_memories, sequence: 0, memory, records, last }
    }

    /// When the loop wants to be called again.
    pub(crate) fn wake_at(&self) -> Timestamp {
        self.memory.wake_at()
    }

    /// Takes one decision and writes the scale through `scale_to`.
    pub(crate) fn step(&mut self, sight: &Sight<'_>, now: Timestamp) -> Option<Replicas> {
        for position in wants(&self.policy, &self.memory, now) {
            let reading = self.read(position, sight, now);
            ingest(&self.policy, &mut self.memory, &reading);
        }
        let decision = decide(&self.policy, &self.memory, &self.observe(sight, now));
        let scale_to = decision.scale_to();
        let outcome = if scale_to.is_some() { Outcome::ScaleWritten } else { Outcome::NothingToDo };
        settle(&self.policy, &mut self.memory, &decision, &outcome);
        self.keep(Record::new(&self.policy.target, &decision, outcome));
        scale_to
    }

    pub(crate) fn into_records(self) -> Vec<Record> {
        self.records
    }

    /// Keeps what says anything new; thousands of ticks a run say nothing.
    fn keep(&mut self, record: Record) {
        let before = self.last.get(&record.step);
        if before.is_none_or(|before| record.is_news_after(before)) {
            self.records.push(record.clone());
        }
        self.last.insert(record.step, record);
    }

    fn read(&mut self, position: usize, sight: &Sight<'_>, now: Timestamp) -> TriggerReading {
        let trigger = &self.triggers[position];
        self.sequence += 1;
        let result = match answer(&trigger.request(), sight, now) {
            Some(response) => trigger
                .reading(&response, &mut self.trigger_memories[position])
                .map(|reading| TriggerValues { values: reading.values, is_active: reading.active })
                .map_err(|error| ApiError::new(error.to_string())),
            None => Err(ApiError::new("the simulated world does not answer this request")),
        };
        TriggerReading { trigger: position, sequence: self.sequence, at: now, result }
    }

    fn observe(&self, sight: &Sight<'_>, now: Timestamp) -> Observation {
        let active = sight.fleet.active();
        let mut readings = BTreeMap::new();
        for (position, metric) in self.policy.horizontal.metrics.iter().enumerate() {
            if let MetricSpec::Resource { resource, .. }
            | MetricSpec::ContainerResource { resource, .. } = metric
            {
                // The model has one container, so that its usage is the pod's.
                let samples = sight.metrics.samples(sight.fleet, resource);
                readings.insert(position, Reading::Pods(samples));
            }
        }
        Observation {
            now,
            scale: Ok(Scale { spec_replicas: active, status_replicas: active }),
            pods: Ok(pods(sight.fleet, sight.pod_resources)),
            readings,
        }
    }
}

/// What the simulated world answers; nothing where it does not know the source.
pub(crate) fn answer(request: &Request, sight: &Sight<'_>, now: Timestamp) -> Option<Response> {
    match request {
        Request::Clock => Some(Response::Clock(now)),
        Request::Redis(redis) => match &redis.query {
            RedisQuery::Length { key } if Some(key.as_str()) == sight.queue => {
                let length = sight.fleet.queued() as i64;
                Some(Response::Redis(RedisReply::Key { holds: RedisType::List, length }))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Returns why the simulated world cannot answer a trigger; nothing if it can.
#[must_use]
pub(crate) fn unanswered(request: &Request, queue: Option<&str>) -> Option<String> {
    match request {
        Request::Clock | Request::ResourceMetrics => None,
        Request::Redis(redis) => match (&redis.query, queue) {
            (RedisQuery::Length { key }, Some(queue)) if key == queue => None,
            (RedisQuery::Length { key }, Some(queue)) => {
                Some(format!("the traffic goes to the list `{queue}`, not to `{key}`"))
            }
            (RedisQuery::Length { .. }, None) => Some("no workload eats this list".to_owned()),
            _ => Some("Redis streams are not simulated yet".to_owned()),
        },
        Request::PromQl(_) => Some("PromQL is not evaluated yet".to_owned()),
        _ => Some("its source is not simulated yet".to_owned()),
    }
}
