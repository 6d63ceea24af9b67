//! From a bundle to a scenario: which target, which queue, which autoscaler, which nodes; and what
//! was taken for granted or left out on the way.
//!
//! ```text
//! bundle -> target -> autoscaler: what scales it, what it reads     \
//!                  -> worker:     slots, service time, clients       > Scenario, and the Notes
//!                  -> nodes:      pools that take its pods          /
//!                  -> cluster:    start-up, budget, spread, spot   /
//!                  -> monitoring: who exports, who looks at it     /
//! ```

mod alerts;
mod autoscaler;
mod cluster;
mod interruptions;
mod monitoring;
mod monitors;
mod nodes;
mod notes;
pub(crate) mod place;
mod pods;
mod rules;
mod scenario;
mod worker;

pub use interruptions::parse_interruptions;
pub use scenario::{Options, Prepared, prepare};
