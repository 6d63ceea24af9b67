//! The pod template that Deployments, StatefulSets and Jobs share.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go; defaults: pkg/apis/core/v1/defaults.go.

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, Duration, Spanned};

use super::{Affinity, Container, LabelSelector, Resources};
use crate::decode::{Untyped, fields};
use crate::diagnostics::Diagnostics;

fields! {
    /// What every pod of a workload looks like.
    pub struct PodTemplate {
        /// Labels and annotations of the pods.
        pub metadata: Option<PodMetadata> = optional("metadata"),
        /// Containers, placement, and so on.
        pub spec: PodSpec = required("spec"),
    }
}

fields! {
    /// Labels and annotations of the pods.
    pub struct PodMetadata {
        /// Labels.
        pub labels: BTreeMap<String, Spanned<String>> = map("labels"),
        /// Annotations.
        pub annotations: BTreeMap<String, Spanned<String>> = map("annotations"),
    }
    known(
        "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
        "generateName", "generation", "managedFields", "name", "namespace", "ownerReferences",
        "resourceVersion", "selfLink", "uid",
    )
}

fields! {
    /// Containers, placement, and so on.
    pub struct PodSpec {
        /// What runs; at least one.
        pub containers: Vec<Container> = required("containers"),
        /// What runs before, or beside them if it is a sidecar.
        pub init_containers: Vec<Container> = list("initContainers"),
        /// Seconds between the stop signal and the kill, 30 unless set.
        pub termination_grace_period_seconds: Option<Spanned<i64>> =
            optional("terminationGracePeriodSeconds"),
        /// Labels that the node must have.
        pub node_selector: BTreeMap<String, Spanned<String>> = map("nodeSelector"),
        /// Rules about nodes and other pods.
        pub affinity: Option<Affinity> = optional("affinity"),
        /// Taints of nodes that are put up with.
        pub tolerations: Vec<Toleration> = list("tolerations"),
        /// Rules of spreading over zones and nodes.
        pub topology_spread_constraints: Vec<TopologySpreadConstraint> =
            list("topologySpreadConstraints"),
        /// Importance; the cluster's default class unless set.
        pub priority_class_name: Option<Spanned<String>> = optional("priorityClassName"),
        /// `Always` unless set.
        pub restart_policy: Option<Spanned<String>> = optional("restartPolicy"),
        /// Identity in the cluster, `default` unless set.
        pub service_account_name: Option<Spanned<String>> = optional("serviceAccountName"),
        /// Secrets with which images are pulled.
        pub image_pull_secrets: Vec<Untyped> = list("imagePullSecrets"),
        /// Files of the containers.
        pub volumes: Vec<Untyped> = list("volumes"),
        /// Resources of the pod as a whole.
        pub resources: Option<Resources> = optional("resources"),
    }
    known(
        "activeDeadlineSeconds", "automountServiceAccountToken", "dnsConfig", "dnsPolicy",
        "enableServiceLinks", "ephemeralContainers", "evictionResponders", "hostAliases",
        "hostIPC", "hostNetwork", "hostPID", "hostUsers", "hostname", "hostnameOverride",
        "nodeName", "os", "overhead", "preemptionPolicy", "priority", "readinessGates",
        "resourceClaims", "runtimeClassName", "schedulerName", "schedulingGates",
        "schedulingGroup", "securityContext", "serviceAccount", "setHostnameAsFQDN",
        "shareProcessNamespace", "subdomain", "workloadRef",
    )
}

fields! {
    /// A taint that is put up with.
    pub struct Toleration {
        /// Key of the taint; every taint unless set.
        pub key: Option<Spanned<String>> = optional("key"),
        /// `Equal` unless set, or `Exists`.
        pub operator: Option<Spanned<String>> = optional("operator"),
        /// Value of the taint.
        pub value: Option<Spanned<String>> = optional("value"),
        /// Effect of the taint; every effect unless set.
        pub effect: Option<Spanned<String>> = optional("effect"),
        /// Seconds until eviction under `NoExecute`; never unless set.
        pub toleration_seconds: Option<Spanned<i64>> = optional("tolerationSeconds"),
    }
}

fields! {
    /// How evenly pods lie over zones, nodes, and so on.
    pub struct TopologySpreadConstraint {
        /// How many pods the places may differ by.
        pub max_skew: Spanned<i32> = required("maxSkew"),
        /// Label of the nodes that names the place.
        pub topology_key: Spanned<String> = required("topologyKey"),
        /// `DoNotSchedule` or `ScheduleAnyway`.
        pub when_unsatisfiable: Spanned<String> = required("whenUnsatisfiable"),
        /// Which pods are counted.
        pub label_selector: Option<LabelSelector> = optional("labelSelector"),
    }
    known("matchLabelKeys", "minDomains", "nodeAffinityPolicy", "nodeTaintsPolicy")
}

/// Time between the stop signal and the kill where a manifest does not set it.
///
/// Source: Kubernetes 1.36, api/core/v1, DefaultTerminationGracePeriodSeconds.
pub const DEFAULT_TERMINATION_GRACE_PERIOD: Duration = Duration::from_secs(30);

impl PodSpec {
    /// Returns the time between the stop signal and the kill, the default applied.
    #[must_use]
    pub fn termination_grace_period(&self) -> Duration {
        self.termination_grace_period_seconds
            .map_or(DEFAULT_TERMINATION_GRACE_PERIOD, |seconds| Duration::from_secs(seconds.value))
    }

    /// Returns the container of that name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name.value == name)
    }
}

impl PodTemplate {
    /// Returns whether a selector takes these pods.
    #[must_use]
    pub fn is_selected_by(&self, selector: &LabelSelector) -> bool {
        let none = BTreeMap::new();
        selector.matches(self.metadata.as_ref().map_or(&none, |metadata| &metadata.labels))
    }
}

/// Reports a workload whose selector does not take its own pods: the API server refuses it.
pub(super) fn check_selector(
    selector: &LabelSelector,
    template: &PodTemplate,
    problems: &mut Diagnostics,
) {
    let selected = selector.match_labels.values().next();
    if selector.is_empty() {
        problems.push(
            Diagnostic::error("selector-empty", "`selector` must not be empty")
                .help("write `matchLabels` with the labels of the pod template"),
        );
    } else if !template.is_selected_by(selector) {
        let mut problem =
            Diagnostic::error("selector-misses-template", "`selector` does not match its own pods")
                .help("give the pod template the labels of the selector");
        if let Some(label) = selected {
            problem = problem.at(label.span, "not so in `template.metadata.labels`");
        }
        problems.push(problem);
    }
}
