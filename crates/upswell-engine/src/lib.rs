//! The pure decisions of Upswell: given a policy, memory and an observation, what to do and why.
//!
//! No I/O, no clock, no async, no global state, no randomness. Time comes in as a value.
//!
//! | nouns | |
//! | --- | --- |
//! | [`policy`] | what a manifest asks for, and how the controller is set |
//! | [`observation`] | what a world sees at one moment |
//! | [`reason`] | why a decision is what it is |
//!
//! | verbs | |
//! | --- | --- |
//! | [`horizontal`] | the HorizontalPodAutoscaler of Kubernetes 1.36 |

pub mod activation;
pub mod decision;
pub mod horizontal;
pub mod memory;
pub mod observation;
pub mod policy;
pub mod reason;
pub mod record;
mod steps;

pub use decision::Decision;
pub use memory::Memory;
pub use observation::Observation;
pub use policy::Policy;
pub use record::Record;
pub use steps::{decide, ingest, settle, wants};
