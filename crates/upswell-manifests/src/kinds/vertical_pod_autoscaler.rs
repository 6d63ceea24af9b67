//! VerticalPodAutoscaler, `autoscaling.k8s.io/v1`.
//!
//! Source: Vertical Pod Autoscaler 1.7, pkg/apis/autoscaling.k8s.io/v1/types.go.

use std::collections::BTreeMap;

use upswell_units::{Quantity, Spanned};

use super::{Metadata, ObjectReference};
use crate::decode::{Untyped, fields, string_enum};

fields! {
    /// Recommends, and applies, resource requests for the pods of a target.
    pub struct VerticalPodAutoscaler {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Target and policies.
        pub spec: VerticalPodAutoscalerSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Target and policies.
    pub struct VerticalPodAutoscalerSpec {
        /// Whose pods.
        pub target_ref: ObjectReference = required("targetRef"),
        /// How recommendations are applied.
        pub update_policy: Option<UpdatePolicy> = optional("updatePolicy"),
        /// What is recommended for which container.
        pub resource_policy: Option<ResourcePolicy> = optional("resourcePolicy"),
        /// Who recommends; the default recommender if empty.
        pub recommenders: Vec<Untyped> = list("recommenders"),
        /// More CPU for pods that start.
        pub startup_boost: Option<Untyped> = optional("startupBoost"),
    }
}

fields! {
    /// How recommendations are applied.
    pub struct UpdatePolicy {
        /// When requests change, `Recreate` unless set.
        pub update_mode: Option<Spanned<UpdateMode>> = optional("updateMode"),
        /// Replicas below which no pod is evicted; the updater's flag (2) unless set.
        pub min_replicas: Option<Spanned<i32>> = optional("minReplicas"),
        /// Conditions under which pods are evicted; always if empty.
        pub eviction_requirements: Vec<EvictionRequirement> = list("evictionRequirements"),
    }
    known("evictAfterOOMSeconds")
}

string_enum! {
    /// When a recommendation reaches the pods.
    pub enum UpdateMode {
        /// Never.
        Off = "Off",
        /// When a pod is created.
        Initial = "Initial",
        /// When a pod is created, and by evicting running pods.
        Recreate = "Recreate",
        /// As `Recreate`; deprecated.
        Auto = "Auto",
        /// In the running pod, else by evicting it.
        InPlaceOrRecreate = "InPlaceOrRecreate",
        /// In the running pod, never by evicting it.
        InPlace = "InPlace",
    }
}

fields! {
    /// A condition under which pods are evicted.
    pub struct EvictionRequirement {
        /// Resources, of which one must fulfil the condition.
        pub resources: Vec<Spanned<String>> = list("resources"),
        /// The condition.
        pub change_requirement: Spanned<ChangeRequirement> = required("changeRequirement"),
    }
}

string_enum! {
    /// How a recommendation must differ from the requests.
    pub enum ChangeRequirement {
        /// It is higher.
        TargetHigherThanRequests = "TargetHigherThanRequests",
        /// It is lower.
        TargetLowerThanRequests = "TargetLowerThanRequests",
    }
}

fields! {
    /// What is recommended for which container.
    pub struct ResourcePolicy {
        /// One entry a container; `*` is all that have none.
        pub container_policies: Vec<ContainerPolicy> = list("containerPolicies"),
    }
}

fields! {
    /// What is recommended for one container.
    pub struct ContainerPolicy {
        /// Name of the container, or `*`.
        pub container_name: Option<Spanned<String>> = optional("containerName"),
        /// Whether it has recommendations, `Auto` unless set.
        pub mode: Option<Spanned<ContainerScalingMode>> = optional("mode"),
        /// Least recommendation; no bound unless set.
        pub min_allowed: BTreeMap<String, Spanned<Quantity>> = map("minAllowed"),
        /// Largest recommendation; no bound unless set.
        pub max_allowed: BTreeMap<String, Spanned<Quantity>> = map("maxAllowed"),
        /// Which resources, CPU and memory unless set.
        pub controlled_resources: Option<Vec<Spanned<String>>> = optional("controlledResources"),
        /// Whether limits follow the requests, `RequestsAndLimits` unless set.
        pub controlled_values: Option<Spanned<ControlledValues>> = optional("controlledValues"),
        /// Growth of the memory after an out-of-memory kill; the recommender's flag (1.2) unless set.
        pub oom_bump_up_ratio: Option<Spanned<Quantity>> = optional("oomBumpUpRatio"),
        /// Least growth after such a kill; the recommender's flag (100 MiB) unless set.
        pub oom_min_bump_up: Option<Spanned<Quantity>> = optional("oomMinBumpUp"),
        /// More CPU while the container starts.
        pub startup_boost: Option<Untyped> = optional("startupBoost"),
    }
    known("memoryPerCPU", "pruningGracePeriod")
}

string_enum! {
    /// Whether a container has recommendations.
    pub enum ContainerScalingMode {
        /// It has.
        Auto = "Auto",
        /// It has none.
        Off = "Off",
    }
}

string_enum! {
    /// What follows a recommendation.
    pub enum ControlledValues {
        /// Requests, and limits in proportion.
        RequestsAndLimits = "RequestsAndLimits",
        /// Requests alone.
        RequestsOnly = "RequestsOnly",
    }
}
