//! What a simulated cluster exports, and what alerts, triggers and autoscalers make of it: told
//! from manifests, through whole runs.

mod alerts;
mod ask;
mod control_plane;
mod examples;
mod expectations;
mod findings;
mod pods;
mod scaling;
#[path = "../world/mod.rs"]
mod world;
