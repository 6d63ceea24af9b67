//! Requests from their arrival to their answer.

mod model;

pub use model::{BackOff, Clients, OnKill, ProviderLimits, WorkerModel};
