//! PriorityClass, `scheduling.k8s.io/v1`.
//!
//! Source: Kubernetes 1.36, api/scheduling/v1/types.go.

use upswell_units::Spanned;

use super::Metadata;
use crate::decode::fields;

fields! {
    /// How important pods are, and whether they push others out.
    pub struct PriorityClass {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Higher is more important.
        pub value: Spanned<i32> = required("value"),
        /// Whether pods without a class have this one; not unless set.
        pub global_default: Option<Spanned<bool>> = optional("globalDefault"),
        /// `PreemptLowerPriority` unless set, or `Never`.
        pub preemption_policy: Option<Spanned<String>> = optional("preemptionPolicy"),
    }
    known("apiVersion", "kind", "description")
}
