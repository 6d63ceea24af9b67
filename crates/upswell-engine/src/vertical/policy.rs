//! What the user asks for: the spec of a VerticalPodAutoscaler.

use std::collections::BTreeSet;

use upswell_units::{Duration, Quantity};

use super::resources::{Resource, ResourceList};

/// The spec of one VerticalPodAutoscaler. The default controls everything and evicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `updatePolicy`; absent differs from empty, see [`super::update`].
    pub update: Option<UpdatePolicy>,
    /// `resourcePolicy.containerPolicies`; `None` without a `resourcePolicy`.
    pub containers: Option<Vec<ContainerPolicy>>,
    /// Containers whose CPU is rounded up to whole cores; see [`integer_cpu_container`].
    pub integer_cpu: BTreeSet<String>,
}

/// `updatePolicy`: how recommendations reach the pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdatePolicy {
    /// `updateMode`.
    pub mode: UpdateMode,
    /// `minReplicas`: live pods below which an owner's pods are not evicted.
    pub min_replicas: Option<u32>,
    /// `evictAfterOOMSeconds`; counts only with [`UpdateSettings::per_vpa_config`].
    ///
    /// [`UpdateSettings::per_vpa_config`]: super::update::UpdateSettings::per_vpa_config
    pub evict_after_oom: Option<Duration>,
    /// `evictionRequirements`: all must hold for some container.
    pub eviction_requirements: Vec<EvictionRequirement>,
}

/// `updateMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMode {
    /// Recommends only.
    Off,
    /// Sets resources when a pod is created.
    Initial,
    /// Also evicts pods whose resources are far off. The default.
    #[default]
    Recreate,
    /// The old name of [`Self::Recreate`].
    Auto,
    /// Resizes in place, and evicts where that fails. The updater here leaves such pods alone.
    InPlaceOrRecreate,
    /// Resizes in place or not at all. The updater here leaves such pods alone.
    InPlace,
}

/// A condition under which a pod may be evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvictionRequirement {
    /// The resources of which at least one must change so.
    pub resources: Vec<Resource>,
    /// The direction of the change.
    pub change: ChangeRequirement,
}

/// In which direction a target must differ from the present request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRequirement {
    /// `TargetHigherThanRequests`.
    TargetHigherThanRequests,
    /// `TargetLowerThanRequests`.
    TargetLowerThanRequests,
}

/// An entry of `containerPolicies`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerPolicy {
    /// Which containers it is for.
    pub scope: PolicyScope,
    /// `mode`.
    pub mode: ScalingMode,
    /// `minAllowed`; a zero means no minimum.
    pub min_allowed: ResourceList,
    /// `maxAllowed`; a zero means no maximum.
    pub max_allowed: ResourceList,
    /// `controlledResources`; `None` means all.
    pub controlled_resources: Option<BTreeSet<Resource>>,
    /// `controlledValues`.
    pub controlled_values: ControlledValues,
    /// What the alpha gate PerVPAConfig lets one container set for itself.
    pub own: OwnSettings,
}

/// Settings of the recommender that a container policy may replace, with the gate on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnSettings {
    /// `oomBumpUpRatio`.
    pub oom_bump_up_ratio: Option<Quantity>,
    /// `oomMinBumpUp`, in bytes.
    pub oom_min_bump_up: Option<Quantity>,
    /// `memoryAggregationIntervalSeconds`.
    pub memory_aggregation_interval: Option<Duration>,
}

/// Which containers an entry of `containerPolicies` is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PolicyScope {
    /// `*`: those without an entry of their own.
    #[default]
    AllOthers,
    /// The container with this name.
    Container(String),
}

/// `mode` of a container policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScalingMode {
    /// Recommended for.
    #[default]
    Auto,
    /// Left alone by the recommender.
    Off,
}

/// `controlledValues` of a container policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ControlledValues {
    /// Limits keep their proportion to requests.
    #[default]
    RequestsAndLimits,
    /// Limits stay as they are, and cap the requests.
    RequestsOnly,
}

impl Policy {
    /// Returns the entry of a container: the one with its name, else the last `*`.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&ContainerPolicy> {
        let entries = self.containers.as_deref().unwrap_or_default();
        let named = |entry: &&ContainerPolicy| matches!(&entry.scope, PolicyScope::Container(scope) if scope == name);
        let for_others = |entry: &&ContainerPolicy| entry.scope == PolicyScope::AllOthers;
        entries.iter().find(named).or_else(|| entries.iter().rfind(for_others))
    }

    /// Returns how recommendations reach the pods.
    #[must_use]
    pub fn update_mode(&self) -> UpdateMode {
        self.update.as_ref().map_or_else(UpdateMode::default, |update| update.mode)
    }

    /// Returns whether the recommender leaves a container alone.
    #[must_use]
    pub fn is_off(&self, container: &str) -> bool {
        self.container(container).is_some_and(|entry| entry.mode == ScalingMode::Off)
    }

    /// Returns whether the limits of a container follow its requests.
    #[must_use]
    pub fn controlled_values(&self, container: &str) -> ControlledValues {
        self.container(container)
            .map_or_else(ControlledValues::default, |entry| entry.controlled_values)
    }

    /// Returns whether a resource of a container is recommended for.
    #[must_use]
    pub fn controls(&self, container: &str, resource: Resource) -> bool {
        let controlled =
            self.container(container).and_then(|entry| entry.controlled_resources.as_ref());
        controlled.is_none_or(|controlled| controlled.contains(&resource))
    }
}

impl UpdateMode {
    /// Returns whether pods are evicted for their resources.
    #[must_use]
    pub const fn evicts(self) -> bool {
        match self {
            Self::Recreate | Self::Auto => true,
            Self::Off | Self::Initial | Self::InPlaceOrRecreate | Self::InPlace => false,
        }
    }
}

/// Returns the container whose CPU an annotation of the VerticalPodAutoscaler wants in whole cores.
///
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/routines/cpu_integer_post_processor.go`.
///
/// ```
/// # use upswell_engine::vertical::policy::integer_cpu_container;
/// let key = "vpa-post-processor.kubernetes.io/app_integerCPU";
/// assert_eq!(integer_cpu_container(key, "true"), Some("app"));
/// assert_eq!(integer_cpu_container(key, "yes"), None);
/// ```
#[must_use]
pub fn integer_cpu_container<'a>(key: &'a str, value: &str) -> Option<&'a str> {
    let container =
        key.strip_prefix("vpa-post-processor.kubernetes.io/")?.strip_suffix("_integerCPU")?;
    (value == "true" && !container.is_empty()).then_some(container)
}
