//! What a cluster refuses: KEDA's webhook, one file a check, and the HorizontalPodAutoscaler
//! controller's refusal to work. What it takes in and never uses is warned about.
//!
//! ```text
//! objects in the order of `kubectl apply` --> review, one by one, against those before --+
//!                                                                                        |
//!      Admitted { objects, refused, stopped, warnings } <-- ambiguous selectors <--------+
//! ```

mod admit;
mod ambiguous_selector;
mod cluster;
mod fallback;
mod immutable;
mod irrelevant;
mod modifiers;
mod names;
mod objection;
mod other_autoscaler;
mod other_scaled_object;
mod replica_bounds;
mod resources;
mod review;
mod trigger_authentication;
mod triggers;
mod unknown_parameters;

pub use admit::{Admitted, Refusal, admit};
pub use ambiguous_selector::Stopped;
pub use cluster::{Cluster, Workload};
pub use objection::{Check, Objection};
pub use review::{Review, review, review_scaled_job, review_trigger_authentication};
