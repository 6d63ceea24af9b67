//! Requests from their arrival to their answer.
//!
//! ```text
//!             +------------- back-off <---------------+
//!             v                                       | (the client gave up: timed out)
//! arrive -> Queue -> a free slot (Replicas) -> Seats, Completions -> answered: Ledger
//!             ^                                       |
//!             +------------- given back <-------------+--> lost   (the replica was killed)
//! ```
//!
//! [`Fleet`] plays it; times inside are spans since the start of the run.

mod completions;
mod fleet;
mod ledger;
mod meters;
mod model;
mod patience;
mod provider;
mod queue;
mod replicas;
mod request;
mod request_heap;
mod seats;
#[cfg(test)]
mod tests;

pub(crate) use fleet::{Draining, Fleet, FleetSettings};
pub(crate) use ledger::{Counts, Requests};
pub(crate) use meters::{Buckets, Meter, Timed};
pub use model::{BackOff, Clients, OnKill, ProviderLimits, WorkerModel};
pub(crate) use replicas::ReplicaId;
