//! The table of kinds: a new kind is one file and one line here.

use upswell_units::Replicas;

use super::{
    ConfigMap, ContainerNodePool, Deployment, HorizontalPodAutoscaler, LimitRange, Metadata,
    Namespace, NodePool, PodDisruptionBudget, PodMonitor, PodSpec, PodTemplate, PriorityClass,
    PrometheusRule, Secret, Service, ServiceMonitor, StatefulSet, VerticalPodAutoscaler,
    horizontal_pod_autoscaler_v1,
};
use crate::decode::Decode;
use crate::diagnostics::Diagnostics;
use crate::keda::{ScaledJob, ScaledObject, TriggerAuthentication};
use crate::yaml::Node;

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster.
    Cluster,
}

/// Defines [`Kind`], [`Object`] and what goes from one to the other.
macro_rules! kinds {
    ($($variant:ident: $type:ty, $scope:ident, $group:literal, [$($version:literal => $decode:expr),+ $(,)?];)+) => {
        /// A kind that Upswell reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are those of the kinds")]
        pub enum Kind {
            $($variant,)+
        }

        /// An object of a kind that Upswell reads.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "the names are those of the kinds")]
        pub enum Object {
            $($variant(Box<$type>),)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name in the field `kind`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }

            /// Returns the group; empty for the core group.
            #[must_use]
            pub const fn group(self) -> &'static str {
                match self { $(Self::$variant => $group,)+ }
            }

            /// Returns the versions that are read, the newest first.
            #[must_use]
            pub const fn versions(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($version),+],)+ }
            }

            /// Returns where its objects live.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)+ }
            }

            fn decode(self, version: &str, node: &Node, problems: &mut Diagnostics) -> Option<Object> {
                match (self, version) {
                    $($((Self::$variant, $version) => {
                        $decode(node, problems).map(|object| Object::$variant(Box::new(object)))
                    })+)+
                    _ => None,
                }
            }
        }

        impl Object {
            /// Returns its kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$variant(_) => Kind::$variant,)+ }
            }

            /// Returns name, namespace, labels and annotations.
            #[must_use]
            pub fn metadata(&self) -> &Metadata {
                match self { $(Self::$variant(object) => &object.metadata,)+ }
            }
        }
    };
}

kinds! {
    ClusterTriggerAuthentication: TriggerAuthentication, Cluster, "keda.sh",
        ["v1alpha1" => Decode::decode];
    ConfigMap: ConfigMap, Namespaced, "", ["v1" => Decode::decode];
    ContainerNodePool: ContainerNodePool, Namespaced, "container.cnrm.cloud.google.com",
        ["v1beta1" => Decode::decode];
    Deployment: Deployment, Namespaced, "apps", ["v1" => Decode::decode];
    HorizontalPodAutoscaler: HorizontalPodAutoscaler, Namespaced, "autoscaling",
        ["v2" => Decode::decode, "v1" => horizontal_pod_autoscaler_v1::decode];
    LimitRange: LimitRange, Namespaced, "", ["v1" => Decode::decode];
    Namespace: Namespace, Cluster, "", ["v1" => Decode::decode];
    NodePool: NodePool, Cluster, "karpenter.sh", ["v1" => Decode::decode];
    PodDisruptionBudget: PodDisruptionBudget, Namespaced, "policy", ["v1" => Decode::decode];
    PodMonitor: PodMonitor, Namespaced, "monitoring.coreos.com", ["v1" => Decode::decode];
    PriorityClass: PriorityClass, Cluster, "scheduling.k8s.io", ["v1" => Decode::decode];
    PrometheusRule: PrometheusRule, Namespaced, "monitoring.coreos.com", ["v1" => Decode::decode];
    ScaledJob: ScaledJob, Namespaced, "keda.sh", ["v1alpha1" => Decode::decode];
    ScaledObject: ScaledObject, Namespaced, "keda.sh", ["v1alpha1" => Decode::decode];
    Secret: Secret, Namespaced, "", ["v1" => Decode::decode];
    Service: Service, Namespaced, "", ["v1" => Decode::decode];
    ServiceMonitor: ServiceMonitor, Namespaced, "monitoring.coreos.com", ["v1" => Decode::decode];
    StatefulSet: StatefulSet, Namespaced, "apps", ["v1" => Decode::decode];
    TriggerAuthentication: TriggerAuthentication, Namespaced, "keda.sh",
        ["v1alpha1" => Decode::decode];
    VerticalPodAutoscaler: VerticalPodAutoscaler, Namespaced, "autoscaling.k8s.io",
        ["v1" => Decode::decode, "v1beta2" => Decode::decode];
}

/// What `apiVersion` and `kind` of an object lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A kind that is read.
    Known(Kind),
    /// A kind that is read, in a version that is not.
    OtherVersion(Kind),
    /// A kind that nobody here reads.
    Unknown,
}

impl Kind {
    /// Finds the kind that a manifest names, as in `apps/v1` and `Deployment`.
    #[must_use]
    pub fn lookup(api_version: &str, kind: &str) -> Lookup {
        let (group, version) = split(api_version);
        let found =
            Self::ALL.iter().copied().find(|known| known.name() == kind && known.group() == group);
        match found {
            Some(known) if known.versions().contains(&version) => Lookup::Known(known),
            Some(known) => Lookup::OtherVersion(known),
            None => Lookup::Unknown,
        }
    }

    /// Returns group and version as a manifest writes them, the newest that is read.
    #[must_use]
    pub fn api_version(self) -> String {
        let version = self.versions()[0];
        if self.group().is_empty() {
            return version.to_owned();
        }
        format!("{}/{version}", self.group())
    }
}

impl Object {
    /// Reads an object of a kind that [`Kind::lookup`] found.
    ///
    /// May report problems and still return an object, as [`Decode::decode`] does.
    pub fn decode(
        kind: Kind,
        api_version: &str,
        node: &Node,
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        kind.decode(split(api_version).1, node, problems)
    }

    /// Returns what the pods of a Deployment or a StatefulSet look like, labels included; none for
    /// another kind.
    #[must_use]
    pub fn pod_template(&self) -> Option<&PodTemplate> {
        match self {
            Self::Deployment(deployment) => Some(&deployment.spec.template),
            Self::StatefulSet(stateful_set) => Some(&stateful_set.spec.template),
            _ => None,
        }
    }

    /// Returns what runs in the pods of a Deployment or a StatefulSet; none for another kind.
    #[must_use]
    pub fn pod_spec(&self) -> Option<&PodSpec> {
        self.pod_template().map(|template| &template.spec)
    }

    /// Returns how many pods a Deployment or a StatefulSet asks for, the default applied; none for
    /// another kind.
    #[must_use]
    pub fn replicas(&self) -> Option<Replicas> {
        match self {
            Self::Deployment(deployment) => Some(deployment.spec.replicas()),
            Self::StatefulSet(stateful_set) => Some(stateful_set.spec.replicas()),
            _ => None,
        }
    }
}

/// Group and version of `apps/v1`; the core group has no name.
fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}
