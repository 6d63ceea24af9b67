//! The HorizontalPodAutoscaler of Kubernetes 1.36 (autoscaling/v2), as pure functions.
//!
//! ```text
//! observation --> propose (each metric) --> the largest --> stabilize --> limit --> decision
//!                 calculator, per_pod,                      history's     policies,    |
//!                 per_value, classify, requests             windows       min, max     v
//! history <------------------------------------------------------------------------- settle
//! ```
//!
//! [`decide`] looks and changes nothing; the world writes the scale; [`settle`] then writes the
//! [`History`]. A recommendation is remembered even if the write fails, a scale event is not.

mod calculator;
mod classify;
mod condition;
mod decision;
mod history;
mod limits;
mod normalize;
mod per_pod;
mod per_value;
mod reason;
mod replica_count;
mod requests;
mod settle;
mod stabilize;
mod tick;

pub use calculator::{Basis, Inputs, MetricError, Proposal, Reported, propose};
pub use classify::{PodGroup, PodGroups, classify, count_ready, group_pods};
pub use condition::{Condition, ConditionChange, ConditionReason, ConditionType};
pub use decision::{
    Event, EventReason, HorizontalDecision, MetricOutcome, Outcome, Rescale, Settled,
};
pub use history::{
    History, MetricStatus, Recommendation, ScaleEvent, ScaleEvents, Status, record_recommendation,
};
pub use limits::{
    Bounds, LimitReason, Limited, limit_default, limit_rules, scale_down_limit, scale_up_limit,
    scale_up_limit_default,
};
pub use normalize::{Normalized, normalize};
pub use reason::Reason;
pub use replica_count::ReplicaCount;
pub use requests::pod_request;
pub use settle::settle;
pub use stabilize::{Hold, Stabilized, stabilize_default, stabilize_rules};
pub use tick::decide;
