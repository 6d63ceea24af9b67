//! Deployment, `apps/v1`.
//!
//! Source: Kubernetes 1.36, api/apps/v1/types.go; defaults: pkg/apis/apps/v1/defaults.go.

use upswell_units::{Replicas, Spanned};

use super::pod::check_selector;
use super::{LabelSelector, Metadata, PodTemplate};
use crate::decode::fields;
use crate::diagnostics::Diagnostics;

fields! {
    /// Keeps a number of like pods running.
    pub struct Deployment {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Replicas and pods.
        pub spec: DeploymentSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Replicas and pods.
    pub struct DeploymentSpec {
        /// How many pods, 1 unless set.
        pub replicas: Option<Spanned<Replicas>> = optional("replicas"),
        /// Which pods are its own.
        pub selector: LabelSelector = required("selector"),
        /// What the pods look like.
        pub template: PodTemplate = required("template"),
        /// Seconds that a pod must be ready to count as available, 0 unless set.
        pub min_ready_seconds: Option<Spanned<i32>> = optional("minReadySeconds"),
    }
    known("paused", "progressDeadlineSeconds", "revisionHistoryLimit", "strategy")
    check(check)
}

impl DeploymentSpec {
    /// Returns how many pods are wanted, the default applied.
    #[must_use]
    pub fn replicas(&self) -> Replicas {
        self.replicas.map_or(Replicas(1), |replicas| replicas.value)
    }
}

fn check(spec: &DeploymentSpec, problems: &mut Diagnostics) {
    check_selector(&spec.selector, &spec.template, problems);
}
