//! The world in virtual time: rehearses one scale target against recorded traffic.
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
mod control;
mod fleet;
mod found;
mod observe;
mod outcome;
mod prepare;
mod random;
mod run;
mod scenario;
mod service;
mod statistics;
mod summary;
mod targets;
mod text;
mod traffic;

pub use fleet::{OnKill, WorkerModel};
pub use found::{Fault, Found, ScaledBy};
pub use outcome::{
    Assumption, Goal, Mode, Periods, Point, Rehearsal, Run, TimedRecord, TrafficFacts, VERSION,
};
pub use prepare::{Options, Prepared, prepare};
pub use random::Distribution;
pub use run::run;
pub use scenario::{Scaler, Scenario};
pub use service::{ServiceTime, Usage};
pub use statistics::Percentiles;
pub use summary::Summary;
pub use traffic::{Arrival, Traffic, parse_trace};
