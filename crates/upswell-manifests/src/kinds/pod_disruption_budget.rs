//! PodDisruptionBudget, `policy/v1`.
//!
//! Source: Kubernetes 1.36, api/policy/v1/types.go.

use upswell_units::{Diagnostic, Spanned};

use super::{LabelSelector, Metadata};
use crate::decode::{IntOrString, fields};
use crate::diagnostics::Diagnostics;

fields! {
    /// Bounds how many pods may be evicted at a time.
    pub struct PodDisruptionBudget {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Pods and bound.
        pub spec: PodDisruptionBudgetSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Pods and bound.
    pub struct PodDisruptionBudgetSpec {
        /// Which pods.
        pub selector: Option<LabelSelector> = optional("selector"),
        /// Pods, or percent of them, that must stay.
        pub min_available: Option<Spanned<IntOrString>> = optional("minAvailable"),
        /// Pods, or percent of them, that may go.
        pub max_unavailable: Option<Spanned<IntOrString>> = optional("maxUnavailable"),
    }
    known("unhealthyPodEvictionPolicy")
    check(check)
}

fn check(spec: &PodDisruptionBudgetSpec, problems: &mut Diagnostics) {
    if let (Some(min), Some(max)) = (&spec.min_available, &spec.max_unavailable) {
        problems.push(
            Diagnostic::error("two-bounds", "a budget has one bound, not two")
                .at(max.span, "`maxUnavailable`")
                .also_at(min.span, "`minAvailable`")
                .help("keep `maxUnavailable`, which stays right when the replicas change"),
        );
    }
}
