//! The world in virtual time.
mod agenda;
mod fleet;
mod random;
mod service;
mod statistics;
mod summary;
pub mod traffic;
pub use fleet::{OnKill, WorkerModel};
pub use random::{Distribution, Entity, Stream};
