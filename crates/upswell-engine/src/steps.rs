//! The three steps of every world: a read, a decision and its outcome are three moments.
//!
//! ```text
//! reading -> ingest -> Memory --+
//!                               +-> decide -> Decision -> the world acts -> settle -> Memory
//! observation ------------------+
//! ```
//!
//! One decision is due at a time: the activation decision or the horizontal one, each on its own
//! timer. Where both are due at once, the activation decision comes first and the world is asked
//! again at once, as it may have changed the replicas.

use upswell_units::{Duration, MilliUnits, Replicas, Timestamp, TriggerName};

use crate::activation::{
    self, ActivationDecision, ActivationPolicy, Composite, FormulaReading, NumberedReading, Poll,
    ReplicaCounts, Served, TriggerPoll,
};
use crate::decision::{Decision, Step};
use crate::horizontal::{self, Outcome, count_ready};
use crate::memory::{Memory, TriggerReading};
use crate::observation::{ApiError, HorizontalObservation, Observation, Pod, Reading, Run};
use crate::policy::{MetricSpec, Policy, TriggerMetric, TriggerSource};
use crate::reason::Substitute;
use crate::record::{ReadValue, ReadingUsed};

/// Returns the positions of the triggers to read before deciding at `now`.
#[must_use]
pub fn wants(policy: &Policy, memory: &Memory, now: Timestamp) -> Vec<usize> {
    let is_poll = memory.is_poll_due(now);
    if !is_poll && memory.horizontal_due > now {
        return Vec::new();
    }
    let is_wanted = |position: &usize| {
        let trigger = &policy.triggers[*position];
        let last = memory.readings.get(position);
        let is_fresh = policy.reading.is_shared && last.is_some_and(|last| last.at == now);
        let is_cached = !is_poll && trigger.is_cached && last.is_some();
        trigger.source != TriggerSource::Resource && !is_fresh && !is_cached
    };
    (0..policy.triggers.len()).filter(is_wanted).collect()
}

/// Takes one reading in; a reading that was taken in before, or that a later one overtook, changes
/// nothing.
pub fn ingest(policy: &Policy, memory: &mut Memory, reading: &TriggerReading) {
    let known = memory.readings.get(&reading.trigger);
    if known.is_some_and(|known| known.sequence >= reading.sequence) {
        return;
    }
    let Some(trigger) = policy.triggers.get(reading.trigger) else { return };
    memory.readings.insert(reading.trigger, reading.clone());
    let (Some(activation), TriggerSource::External(metrics)) =
        (&policy.activation, &trigger.source)
    else {
        return;
    };
    for TriggerMetric { name, .. } in metrics {
        let is_failed = value_of(reading, name).is_none();
        if is_failed {
            let last = memory.failure_counted_at.get(name);
            if last.is_some_and(|last| reading.at < *last + policy.reading.failure_spacing) {
                continue;
            }
            memory.failure_counted_at.insert(name.clone(), reading.at);
        }
        let (metric, sequence) = (name.clone(), reading.sequence);
        let numbered = NumberedReading { metric, sequence, is_failed };
        activation::ingest(activation, &mut memory.activation, &numbered);
    }
}

/// Decides what is due; changes nothing.
pub fn decide(policy: &Policy, memory: &Memory, observation: &Observation) -> Decision {
    let served = serve_all(policy, memory, observation);
    let is_poll = memory.is_poll_due(observation.now);
    let current = observation.scale.as_ref().ok().map(|scale| scale.spec_replicas);
    let step = match &policy.activation {
        Some(activation) if is_poll || is_left_to_poll(policy, current) => {
            Step::Activation(activate(policy, activation, memory, &served, observation))
        }
        _ => {
            let seen = horizontal_observation(policy, &served, observation);
            let (history, controller) = (&memory.horizontal, &policy.controller);
            let decided = horizontal::decide(&policy.horizontal, controller, history, &seen);
            Step::Horizontal(Box::new(decided))
        }
    };
    let wake_at = dues_after(policy, memory, current, &step).wake_at();
    Decision {
        at: observation.now,
        current,
        readings: served.iter().map(|served| served.used(observation.now)).collect(),
        substitutes: served.iter().filter_map(ServedMetric::substitute).collect(),
        step,
        wake_at,
    }
}

/// Takes in what became of a decision; to be called once for each.
pub fn settle(policy: &Policy, memory: &mut Memory, decision: &Decision, outcome: &Outcome) {
    let dues = dues_after(policy, memory, decision.current, &decision.step);
    memory.activation_due = dues.activation;
    memory.horizontal_due = dues.horizontal;
    match &decision.step {
        Step::Activation(step) => {
            let outcome = match outcome {
                Outcome::ScaleWritten => activation::Outcome::Done,
                Outcome::NothingToDo if step.scale_to.is_none() => activation::Outcome::Done,
                Outcome::NothingToDo | Outcome::ScaleUpdateFailed(_) => activation::Outcome::Failed,
            };
            let _ = activation::settle(&mut memory.activation, step, outcome);
        }
        Step::Horizontal(step) => {
            let _ = horizontal::settle(&mut memory.horizontal, step, outcome);
        }
    }
}

/// KEDA's poll; a paused object is brought to the replicas that its annotation names.
fn activate(
    policy: &Policy,
    activation: &ActivationPolicy,
    memory: &Memory,
    served: &[ServedMetric<'_>],
    observation: &Observation,
) -> ActivationDecision {
    let polls = polls(policy, memory, served);
    let composite = compose(policy, served);
    let activity = activation::summarize(activation, &polls, composite.as_ref());
    let replicas = observation.scale.as_ref().ok().map(|scale| scale.spec_replicas);
    let poll = Poll { now: observation.now, replicas, activity };
    let mut decision = activation::decide(activation, &memory.activation, &poll);
    if activation.pause.stops_scaling() && replicas.is_some() {
        decision.scale_to = activation.pause.target().filter(|target| Some(*target) != replicas);
    }
    decision
}

/// When the next decisions are due.
struct Dues {
    activation: Option<Timestamp>,
    horizontal: Timestamp,
}

impl Dues {
    fn wake_at(&self) -> Timestamp {
        self.activation.map_or(self.horizontal, |due| due.min(self.horizontal))
    }
}

/// Whether the horizontal decision is held off, so that only the poll acts.
///
/// KEDA takes the HPA of a paused object away. In Upswell's own loop, where one read serves both
/// decisions, so does an idle count that the target rests at: the minimum of the horizontal decision
/// is above it, and KEDA's poll and its HPA undo each other's writes there for ever.
fn is_left_to_poll(policy: &Policy, current: Option<Replicas>) -> bool {
    let Some(activation) = &policy.activation else { return false };
    let rests = policy.reading.is_shared
        && current.is_some_and(|current| {
            // A target at zero is not the horizontal decision's anyway.
            let is_idle = activation.idle == Some(current) && current > Replicas::ZERO;
            is_idle && current < policy.horizontal.min_replicas
        });
    rests || activation.pause.stops_scaling()
}

/// Moves the timer of the step that was taken; a late step does not make the next one early.
fn dues_after(policy: &Policy, memory: &Memory, current: Option<Replicas>, step: &Step) -> Dues {
    let mut dues = Dues { activation: memory.activation_due, horizontal: memory.horizontal_due };
    match step {
        Step::Activation(step) => {
            dues.activation = Some(step.wake_at);
            if is_left_to_poll(policy, current) {
                dues.horizontal = dues.horizontal.max(step.at + policy.controller.sync_period);
            }
        }
        Step::Horizontal(step) => dues.horizontal = step.wake_at,
    }
    dues
}

/// One metric of a trigger, and what is served for it.
struct ServedMetric<'a> {
    position: usize,
    trigger: &'a str,
    metric: &'a TriggerMetric,
    reading: Option<&'a TriggerReading>,
    served: Served,
}

fn serve_all<'a>(
    policy: &'a Policy,
    memory: &'a Memory,
    observation: &Observation,
) -> Vec<ServedMetric<'a>> {
    let Some(activation) = &policy.activation else { return Vec::new() };
    let replicas = ReplicaCounts {
        current: observation.scale.as_ref().ok().map(|scale| scale.spec_replicas),
        ready: observation.pods.as_ref().ok().map(|pods| ready_replicas(pods)),
    };
    let mut all = Vec::new();
    for (position, trigger) in policy.triggers.iter().enumerate() {
        let TriggerSource::External(metrics) = &trigger.source else { continue };
        let reading = memory.readings.get(&position);
        for metric in metrics {
            let value = reading.and_then(|reading| value_of(reading, &metric.name));
            let state = &memory.activation;
            let served =
                activation::serve(activation, state, &metric.name, value, metric.target, replicas);
            all.push(ServedMetric { position, trigger: &trigger.name, metric, reading, served });
        }
    }
    all
}

fn ready_replicas(pods: &[Run<Pod>]) -> Replicas {
    Replicas(u32::try_from(count_ready(pods)).unwrap_or(u32::MAX))
}

fn value_of(reading: &TriggerReading, metric: &TriggerName) -> Option<MilliUnits> {
    reading.result.as_ref().ok()?.values.get(metric).copied()
}

fn polls(policy: &Policy, memory: &Memory, served: &[ServedMetric<'_>]) -> Vec<TriggerPoll> {
    let mut polls = Vec::new();
    for (position, trigger) in policy.triggers.iter().enumerate() {
        if trigger.source == TriggerSource::Resource {
            polls.push(TriggerPoll::Resource);
            continue;
        }
        let result = memory.readings.get(&position).map(|reading| &reading.result);
        let is_active = result.is_some_and(|result| result.as_ref().is_ok_and(|v| v.is_active));
        let before = polls.len();
        let own = served.iter().filter(|served| served.position == position);
        polls.extend(own.map(|served| TriggerPoll::External {
            metric: served.metric.name.clone(),
            served: served.served,
            is_active,
        }));
        if polls.len() == before {
            polls.push(TriggerPoll::Unreachable);
        }
    }
    polls
}

/// The metric that a formula computes, if there is a formula.
fn compose(
    policy: &Policy,
    served: &[ServedMetric<'_>],
) -> Option<Result<Composite, activation::formula::RunError>> {
    let composite = policy.composite.as_ref()?;
    let named = served.iter().filter(|served| !served.trigger.is_empty());
    let readings: Vec<FormulaReading<'_>> = named
        .map(|served| FormulaReading { name: served.trigger, served: served.served })
        .collect();
    let fallback = policy.activation.as_ref().and_then(ActivationPolicy::usable_fallback);
    Some(composite.compose(fallback, &readings))
}

fn horizontal_observation(
    policy: &Policy,
    served: &[ServedMetric<'_>],
    observation: &Observation,
) -> HorizontalObservation {
    let metrics = policy.horizontal.metrics.iter().enumerate();
    let readings = metrics.map(|(position, metric)| {
        if let Some(reading) = observation.readings.get(&position) {
            return reading.clone();
        }
        match metric {
            MetricSpec::External { metric, .. } => {
                external_reading(policy, served, metric, observation.now)
            }
            _ => Reading::Failed(ApiError::new("nothing reads this metric")),
        }
    });
    HorizontalObservation {
        now: observation.now,
        scale: observation.scale.clone(),
        readings: readings.collect(),
        pods: observation.pods.clone(),
    }
}

/// What the external metrics API would answer for one metric of the ScaledObject.
fn external_reading(
    policy: &Policy,
    served: &[ServedMetric<'_>],
    name: &str,
    now: Timestamp,
) -> Reading {
    if name == activation::activity::COMPOSITE_METRIC {
        return match compose(policy, served) {
            Some(Ok(composite)) => Reading::External { values: vec![composite.value], at: now },
            Some(Err(error)) => Reading::Failed(ApiError::new(error.to_string())),
            None => Reading::Failed(ApiError::new("there is no formula")),
        };
    }
    let Some(own) = served.iter().find(|served| served.metric.name.0 == name) else {
        return Reading::Failed(ApiError::new("no trigger reads this metric"));
    };
    match own.served {
        Served::Reading(value) | Served::Substitute(value) => {
            let at = own.reading.map_or(now, |reading| reading.at);
            Reading::External { values: vec![value], at }
        }
        Served::LeftToFormula | Served::Unserved(_) => Reading::Failed(own.failure()),
    }
}

impl ServedMetric<'_> {
    /// Why the metric has no value.
    fn failure(&self) -> ApiError {
        match self.reading.map(|reading| &reading.result) {
            Some(Err(error)) => error.clone(),
            Some(Ok(_)) => ApiError::new("the trigger gave no value for this metric"),
            None => ApiError::new("the trigger was not read yet"),
        }
    }

    fn used(&self, now: Timestamp) -> ReadingUsed {
        let value = self.reading.and_then(|reading| value_of(reading, &self.metric.name));
        ReadingUsed {
            metric: self.metric.name.clone(),
            age: self.reading.map_or(Duration::ZERO, |reading| now.since(reading.at)),
            value: value
                .map_or_else(|| ReadValue::Failed(self.failure().to_string()), ReadValue::Value),
        }
    }

    fn substitute(&self) -> Option<Substitute> {
        match self.served {
            Served::Substitute(value) => {
                Some(Substitute { metric: self.metric.name.clone(), value })
            }
            _ => None,
        }
    }
}
