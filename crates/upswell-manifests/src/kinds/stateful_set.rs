//! StatefulSet, `apps/v1`.
//!
//! Source: Kubernetes 1.36, api/apps/v1/types.go; defaults: pkg/apis/apps/v1/defaults.go.

use upswell_units::{Replicas, Spanned};

use super::pod::check_selector;
use super::{LabelSelector, Metadata, PodTemplate};
use crate::decode::{fields, string_enum};
use crate::diagnostics::Diagnostics;

fields! {
    /// Keeps a number of numbered pods running, each with its own volumes.
    pub struct StatefulSet {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Replicas and pods.
        pub spec: StatefulSetSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Replicas and pods.
    pub struct StatefulSetSpec {
        /// How many pods, 1 unless set.
        pub replicas: Option<Spanned<Replicas>> = optional("replicas"),
        /// Which pods are its own.
        pub selector: LabelSelector = required("selector"),
        /// What the pods look like.
        pub template: PodTemplate = required("template"),
        /// The headless Service that gives the pods their names.
        pub service_name: Option<Spanned<String>> = optional("serviceName"),
        /// Whether pods start one after the other, `OrderedReady` unless set.
        pub pod_management_policy: Option<Spanned<PodManagementPolicy>> =
            optional("podManagementPolicy"),
        /// Seconds that a pod must be ready to count as available, 0 unless set.
        pub min_ready_seconds: Option<Spanned<i32>> = optional("minReadySeconds"),
    }
    known(
        "ordinals", "persistentVolumeClaimRetentionPolicy", "revisionHistoryLimit",
        "updateStrategy", "volumeClaimTemplates",
    )
    check(check)
}

string_enum! {
    /// In which order pods start and stop.
    pub enum PodManagementPolicy {
        /// One after the other, each once the one before is ready.
        OrderedReady = "OrderedReady",
        /// All at once.
        Parallel = "Parallel",
    }
}

impl StatefulSetSpec {
    /// Returns how many pods are wanted, the default applied.
    #[must_use]
    pub fn replicas(&self) -> Replicas {
        self.replicas.map_or(Replicas(1), |replicas| replicas.value)
    }
}

fn check(spec: &StatefulSetSpec, problems: &mut Diagnostics) {
    check_selector(&spec.selector, &spec.template, problems);
}
