//! A decision as it is kept: versioned and append-only, the same in every world.

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, MilliUnits, Replicas, ScaleTarget, Timestamp, TriggerName};

use crate::decision::{Decision, StepName};
use crate::horizontal::Outcome;
use crate::reason::Reason;

/// Version of [`Record`]; raised when a field changes its meaning.
pub const VERSION: u32 = 1;

/// One decision, what led to it and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// When it was made, in nanoseconds since the Unix epoch.
    #[serde(rename = "at_ns")]
    pub at: Timestamp,
    /// For which target.
    pub target: ScaleTarget,
    /// Which of the two decisions it was.
    pub step: StepName,
    /// Replicas before; absent if they could not be read.
    pub from: Option<Replicas>,
    /// Replicas to have; absent if that could not be told.
    pub to: Option<Replicas>,
    /// What the world did.
    pub outcome: Outcome,
    /// Why, in the order of thought.
    pub reasons: Vec<Reason>,
    /// The readings that it rests on.
    pub readings: Vec<ReadingUsed>,
}

/// A reading that a decision rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingUsed {
    /// The metric.
    pub metric: TriggerName,
    /// How old it was, in nanoseconds.
    #[serde(rename = "age_ns")]
    pub age: Duration,
    /// What it said.
    #[serde(flatten)]
    pub value: ReadValue,
}

/// What a reading said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadValue {
    /// The value, in thousandths of its unit.
    #[serde(rename = "value_milli")]
    Value(MilliUnits),
    /// Nothing, and why.
    #[serde(rename = "error")]
    Failed(String),
}

impl Record {
    /// Takes a decision and what came of it.
    #[must_use]
    pub fn new(target: &ScaleTarget, decision: &Decision, outcome: Outcome) -> Self {
        Self {
            version: VERSION,
            at: decision.at,
            target: target.clone(),
            step: decision.step.name(),
            from: decision.current,
            to: decision.to(),
            outcome,
            reasons: decision.reasons(),
            readings: decision.readings.clone(),
        }
    }

    /// Returns the reasons that decided, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let deciding = self.reasons.iter().filter(|reason| reason.is_deciding());
        deciding.map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// Returns whether this record says anything that `previous` did not: a write, a failure, or
    /// something else that holds the replicas.
    #[must_use]
    pub fn is_news_after(&self, previous: &Self) -> bool {
        let holds = |record: &Self| -> Vec<_> {
            let holds = record.reasons.iter().filter(|reason| !reason.is_proposal());
            holds.map(Reason::kind).collect()
        };
        self.to != self.from || self.outcome != previous.outcome || holds(self) != holds(previous)
    }
}
