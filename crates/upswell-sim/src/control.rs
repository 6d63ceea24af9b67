//! The control loop in virtual time: reads triggers, decides, and remembers what came of it.

use std::collections::BTreeMap;

use upswell_engine::decision::{Step, StepName};
use upswell_engine::horizontal::{HorizontalDecision, Outcome, Status};
use upswell_engine::memory::{TriggerReading, TriggerValues};
use upswell_engine::observation::{ApiError, Pod, Reading, Run, Scale, SelectorError};
use upswell_engine::policy::MetricSpec;
use upswell_engine::{
    Decision, Memory, Observation, Policy, Record, decide, ingest, settle, wants,
};
use upswell_triggers::{Request, Response, Trigger, TriggerMemory};
use upswell_units::{MilliUnits, Timestamp, TriggerName};

/// What a control loop sees of its world at one instant.
pub(crate) trait Sight {
    /// The replicas of the target.
    fn scale(&self) -> Result<Scale, ApiError>;

    /// The pods of the target.
    fn pods(&self) -> Result<Vec<Run<Pod>>, SelectorError>;

    /// What the metrics APIs say about the metric at a position of the policy; nothing about a
    /// metric that a trigger reads.
    fn reading(&self, position: usize, metric: &MetricSpec) -> Option<Reading>;

    /// What a trigger's source answers.
    fn answer(&self, request: &Request) -> Result<Response, ApiError>;
}

/// One autoscaler at work: it decides, its world acts, it settles.
pub(crate) struct Control<'a> {
    policy: Policy,
    triggers: &'a [Box<dyn Trigger>],
    trigger_memories: Vec<TriggerMemory>,
    sequence: u64,
    memory: Memory,
    records: Vec<Record>,
    /// The last record of each of the two decisions.
    last: BTreeMap<StepName, Record>,
    tallies: Vec<TriggerTally>,
    reconciliations: Reconciliations,
}

/// What the reads of one trigger came to, as KEDA's exporter tells it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TriggerTally {
    /// The last values that were read, by metric; a failed read changes none.
    pub(crate) values: BTreeMap<TriggerName, MilliUnits>,
    /// Whether it was active at its last read; nothing before the first.
    pub(crate) is_active: Option<bool>,
    /// Reads that failed.
    pub(crate) errors: u64,
}

/// Horizontal decisions by what they did, as the controller counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reconciliations {
    pub(crate) scale_up: u64,
    pub(crate) scale_down: u64,
    /// Those that left the replicas as they were, and failed nowhere.
    pub(crate) none: u64,
    /// Those in which something failed.
    pub(crate) failed: u64,
}

impl<'a> Control<'a> {
    pub(crate) fn new(policy: Policy, triggers: &'a [Box<dyn Trigger>], now: Timestamp) -> Self {
        let memory = Memory::new(&policy, now);
        let trigger_memories = triggers.iter().map(|_| TriggerMemory::default()).collect();
        let tallies = triggers.iter().map(|_| TriggerTally::default()).collect();
        Self {
            policy,
            triggers,
            trigger_memories,
            sequence: 0,
            memory,
            records: Vec::new(),
            last: BTreeMap::new(),
            tallies,
            reconciliations: Reconciliations::default(),
        }
    }

    /// The status of the HorizontalPodAutoscaler, or of the one that a ScaledObject stands for.
    pub(crate) fn status(&self) -> &Status {
        &self.memory.horizontal.status
    }

    /// What the reads of each trigger came to, in the order of the policy.
    pub(crate) fn tallies(&self) -> &[TriggerTally] {
        &self.tallies
    }

    /// Horizontal decisions so far.
    pub(crate) fn reconciliations(&self) -> Reconciliations {
        self.reconciliations
    }

    /// When the loop wants to be called again.
    pub(crate) fn wake_at(&self) -> Timestamp {
        self.memory.wake_at()
    }

    /// Reads what is wanted and decides what is due; the world then acts, and settles.
    pub(crate) fn decide(&mut self, sight: &impl Sight, now: Timestamp) -> Decision {
        for position in wants(&self.policy, &self.memory, now) {
            let reading = self.read(position, sight, now);
            ingest(&self.policy, &mut self.memory, &reading);
        }
        decide(&self.policy, &self.memory, &self.observe(sight, now))
    }

    /// Takes in what became of the decision; to be called once for each.
    pub(crate) fn settle(&mut self, decision: &Decision, outcome: Outcome) {
        settle(&self.policy, &mut self.memory, decision, &outcome);
        if let Step::Horizontal(horizontal) = &decision.step {
            self.reconciliations.count(horizontal);
        }
        self.keep(Record::new(&self.policy.target, decision, outcome));
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

    fn read(&mut self, position: usize, sight: &impl Sight, now: Timestamp) -> TriggerReading {
        let trigger = &self.triggers[position];
        self.sequence += 1;
        let result = sight.answer(&trigger.request()).and_then(|response| {
            trigger
                .reading(&response, &mut self.trigger_memories[position])
                .map(|reading| TriggerValues { values: reading.values, is_active: reading.active })
                .map_err(|error| ApiError::new(error.to_string()))
        });
        self.tallies[position].count(&result);
        TriggerReading { trigger: position, sequence: self.sequence, at: now, result }
    }

    fn observe(&self, sight: &impl Sight, now: Timestamp) -> Observation {
        let metrics = self.policy.horizontal.metrics.iter().enumerate();
        let readings = metrics
            .filter_map(|(position, metric)| Some((position, sight.reading(position, metric)?)));
        Observation { now, scale: sight.scale(), pods: sight.pods(), readings: readings.collect() }
    }
}

impl TriggerTally {
    fn count(&mut self, result: &Result<TriggerValues, ApiError>) {
        match result {
            Ok(TriggerValues { values, is_active }) => {
                self.values.extend(values.iter().map(|(name, value)| (name.clone(), *value)));
                self.is_active = Some(*is_active);
            }
            Err(_) => self.errors += 1,
        }
    }
}

impl Reconciliations {
    fn count(&mut self, decision: &HorizontalDecision) {
        let counter = match &decision.rescale {
            _ if decision.has_failed => &mut self.failed,
            Some(rescale) if rescale.to > rescale.from => &mut self.scale_up,
            Some(_) => &mut self.scale_down,
            None => &mut self.none,
        };
        *counter += 1;
    }
}

#[cfg(test)]
mod vectors;
