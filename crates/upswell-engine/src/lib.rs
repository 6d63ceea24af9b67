//! The pure decisions of Upswell: given a policy, memory and an observation, what to do and why.
//!
//! No I/O, no clock, no async, no global state, no randomness. Time comes in as a value.
//!
//! | nouns | |
//! | --- | --- |
//! | [`policy`] | what manifests ask for, and how the controllers are set |
//! | [`observation`] | what a world sees at one moment |
//! | [`memory`] | what is remembered from one decision to the next |
//! | [`decision`] | what to do, with every reason |
//! | [`reason`] | why |
//! | [`record`] | a decision as it is kept |
//!
//! | verbs | |
//! | --- | --- |
//! | [`wants`], [`ingest`], [`decide`], [`settle`] | the steps of one scale target |
//! | [`horizontal`] | the HorizontalPodAutoscaler of Kubernetes 1.36 |
//! | [`activation`] | KEDA 2.20's own half: none to some replicas, fallback, formulas |
//! | [`vertical`] | the recommender, updater and admission of VPA 1.8 |
//! | [`nodes`] | the node autoscaler: orders nodes for pods, gives idle ones back |

pub mod activation;
pub mod decision;
pub mod horizontal;
pub mod memory;
pub mod nodes;
pub mod observation;
pub mod policy;
pub mod reason;
pub mod record;
mod steps;
pub mod vertical;

pub use decision::Decision;
pub use memory::Memory;
pub use observation::Observation;
pub use policy::Policy;
pub use record::Record;
pub use steps::{decide, ingest, settle, wants};
