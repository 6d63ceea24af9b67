//! The world in virtual time: rehearses one scale target against traffic.
//!
//! ```text
//! Traffic --arrive--> queue --> Fleet (replicas, slots) --> answered: Summary
//!                       |            ^        |
//!                       |            | scale  | pods, CPU, memory
//!                       v            |        v
//!                    triggers --> the engine's three steps --> decisions: Record
//! ```
//!
//! Single-threaded, one seed, one queue of events: the same seed gives the same bytes. Stock and
//! Upswell differ in [`Periods`] and in nothing else.

mod agenda;
mod alerts;
mod cluster;
mod compare;
mod control;
mod exponential;
pub mod exporters;
mod found;
mod observe;
mod outcome;
mod prepare;
mod random;
mod report;
mod rows;
mod run;
mod scenario;
mod script;
mod serve;
mod service;
mod sight;
mod statistics;
mod summary;
mod surges;
mod targets;
mod traffic;
mod ziggurat;

pub use alerts::{
    Absence, Alert, ExpectationOutcome, Finding, MissingSelector, RunVerdict, Verdict,
    check_expectations, find_uncheckable, judge_alerts,
};
pub use cluster::{
    CapacityType, ClusterModel, DisruptionBudget, Interruptions, Loss, NodeManager, Pool,
    ScaleDown, Startup, ZoneSpread,
};
pub use compare::{
    COMPARISON_VERSION, Comparison, Cost, Line, Outcome, Place, Played, Refusal, Trials,
};
pub use found::{Fault, Found, ScaledBy};
pub use outcome::{
    Assumption, DemandToReady, Goal, Mode, Money, Nodes, Periods, Point, Rehearsal, Run, Samples,
    Surge, TimedRecord, TrafficFacts, VERSION,
};
pub use prepare::{Options, Prepared, parse_interruptions, prepare};
pub use random::Distribution;
pub use report::{Html, Layout, Text};
pub use run::run;
pub use scenario::{Scaler, Scenario};
pub use script::ScriptedQueue;
pub use serve::{BackOff, Clients, OnKill, ProviderLimits, WorkerModel};
pub use service::{Batch, ServiceTime, Usage};
pub use statistics::Percentiles;
pub use summary::Summary;
pub use traffic::{
    Arrival, Arrivals, Began, DetectedSurge, NotARate, ParseTransformError, Scale, Sizes, Speed,
    SurgeDetector, TokenSpread, Traffic, Transform, Window, parse_pattern, parse_trace,
};
