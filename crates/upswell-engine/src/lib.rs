//! The pure decisions of Upswell: given a policy, memory and an observation, what to do and why.
//!
//! No I/O, no clock, no async, no global state, no randomness. Time comes in as a value.

pub mod vertical;
