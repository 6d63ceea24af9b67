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

pub mod horizontal;
pub mod observation;
pub mod policy;
pub mod reason;
