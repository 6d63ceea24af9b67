//! KEDA's own half of autoscaling: between none and some replicas, where the HPA does not act.
//!
//! ```text
//! readings --ingest--> State        (how often each metric failed in a row)
//!     |                  |
//!     +----- serve ------+--> Served: the value, a substitute, nil for the formula, or an error
//!                               |
//!            compose (formula) -+--> summarize --> Activity --decide--> ActivationDecision
//!                                                                            |
//!                                              the world acts --settle--> State, Event
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`policy`] | what a ScaledObject asks for |
//! | [`state`] | what is remembered between polls |
//! | [`pause`] | the annotations that stop or force scaling |
//! | [`fallback`] | values for metrics that cannot be read |
//! | [`modifiers`], [`formula`] | one metric computed from many |
//! | [`activity`] | whether the triggers of one poll are active |
//! | [`mod@decide`] | the poll's decision and its outcome |
//! | [`reason`] | why, and the conditions and events that say so |
//! | [`scaled_job`] | how many Jobs a ScaledJob starts |
//!
//! Source: KEDA 2.20 (commit 8b4f083), pkg/scaling and apis/keda/v1alpha1.

pub mod activity;
pub mod decide;
pub mod fallback;
pub mod formula;
pub mod modifiers;
pub mod pause;
pub mod policy;
pub mod reason;
pub mod scaled_job;
pub mod state;

pub use activity::{Activity, TriggerPoll, summarize};
pub use decide::{ActivationDecision, Outcome, Poll, decide, settle};
pub use fallback::{
    Fallback, FallbackBehavior, FallbackError, MetricTarget, ReplicaCounts, Served, Unserved, serve,
};
pub use modifiers::{
    Composite, CompositeMetric, FormulaReading, FormulaTrigger, MetricType, ModifiersError,
    ScalingModifiers,
};
pub use pause::{Pause, PausedReplicas};
pub use policy::ActivationPolicy;
pub use reason::{Cause, Condition, ConditionKind, ConditionStatus, Event, Reason};
pub use state::{Health, MetricHealth, NumberedReading, State, ingest};
