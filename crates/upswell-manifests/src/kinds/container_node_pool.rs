//! ContainerNodePool, `container.cnrm.cloud.google.com/v1beta1`: a GKE node pool.
//!
//! Source: Config Connector, CRD containernodepools of August 2026.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use super::Metadata;
use crate::decode::fields;

fields! {
    /// Like nodes of one GKE cluster.
    pub struct ContainerNodePool {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Cluster, size, machines.
        pub spec: ContainerNodePoolSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Cluster, size, machines.
    pub struct ContainerNodePoolSpec {
        /// The cluster; refused without.
        pub cluster_ref: Option<ResourceRef> = expected("clusterRef"),
        /// Region or zone; refused without.
        pub location: Option<Spanned<String>> = expected("location"),
        /// Zones; those of the cluster unless set.
        pub node_locations: Vec<Spanned<String>> = list("nodeLocations"),
        /// Nodes to start with, per zone.
        pub initial_node_count: Option<Spanned<u32>> = optional("initialNodeCount"),
        /// Nodes per zone, without autoscaling.
        pub node_count: Option<Spanned<u32>> = optional("nodeCount"),
        /// Bounds of the cluster autoscaler; no autoscaling unless set.
        pub autoscaling: Option<Spanned<NodeAutoscaling>> = optional("autoscaling"),
        /// Machines.
        pub node_config: Option<NodeConfig> = optional("nodeConfig"),
        /// Most pods on one node; 110 unless set.
        pub max_pods_per_node: Option<Spanned<u32>> = optional("maxPodsPerNode"),
    }
    known(
        "management", "namePrefix", "networkConfig", "placementPolicy", "queuedProvisioning",
        "resourceID", "upgradeSettings", "version",
    )
}

fields! {
    /// Another object of Config Connector, or one outside the cluster.
    pub struct ResourceRef {
        /// Name of the object.
        pub name: Option<Spanned<String>> = optional("name"),
        /// Namespace of the object.
        pub namespace: Option<Spanned<String>> = optional("namespace"),
        /// Name of a resource that Config Connector does not manage.
        pub external: Option<Spanned<String>> = optional("external"),
    }
}

fields! {
    /// Bounds of the cluster autoscaler, either per zone or in total.
    pub struct NodeAutoscaling {
        /// Fewest nodes per zone.
        pub min_node_count: Option<Spanned<u32>> = optional("minNodeCount"),
        /// Most nodes per zone.
        pub max_node_count: Option<Spanned<u32>> = optional("maxNodeCount"),
        /// Fewest nodes in all.
        pub total_min_node_count: Option<Spanned<u32>> = optional("totalMinNodeCount"),
        /// Most nodes in all.
        pub total_max_node_count: Option<Spanned<u32>> = optional("totalMaxNodeCount"),
        /// `BALANCED` unless set, or `ANY`, which spot pools want.
        pub location_policy: Option<Spanned<String>> = optional("locationPolicy"),
    }
}

fields! {
    /// The machines of a node pool.
    pub struct NodeConfig {
        /// Machine type; `e2-medium` unless set.
        pub machine_type: Option<Spanned<String>> = optional("machineType"),
        /// Whether they are spot VMs.
        pub spot: Option<Spanned<bool>> = optional("spot"),
        /// Whether they are preemptible VMs, the predecessor of spot.
        pub preemptible: Option<Spanned<bool>> = optional("preemptible"),
        /// Labels of the nodes.
        pub labels: BTreeMap<String, Spanned<String>> = map("labels"),
        /// Taints of the nodes.
        pub taints: Vec<NodeTaint> = list("taint"),
        /// GPUs of each node.
        pub guest_accelerators: Vec<GuestAccelerator> = list("guestAccelerator"),
    }
    known(
        "advancedMachineFeatures", "bootDiskKMSCryptoKeyRef", "confidentialNodes", "diskSizeGb",
        "diskType", "ephemeralStorageConfig", "ephemeralStorageLocalSsdConfig", "fastSocket",
        "gcfsConfig", "gvnic", "hostMaintenancePolicy", "imageType", "kubeletConfig",
        "linuxNodeConfig", "localNvmeSsdBlockConfig", "localSsdCount", "loggingVariant",
        "metadata", "minCpuPlatform", "nodeGroupRef", "oauthScopes", "reservationAffinity",
        "resourceLabels", "sandboxConfig", "serviceAccountRef", "shieldedInstanceConfig",
        "soleTenantConfig", "tags", "workloadMetadataConfig",
    )
}

fields! {
    /// Keeps pods without a toleration away.
    pub struct NodeTaint {
        /// Key.
        pub key: Spanned<String> = required("key"),
        /// Value.
        pub value: Spanned<String> = required("value"),
        /// `NO_SCHEDULE`, `PREFER_NO_SCHEDULE` or `NO_EXECUTE`.
        pub effect: Spanned<String> = required("effect"),
    }
}

fields! {
    /// GPUs of each node.
    pub struct GuestAccelerator {
        /// Type, as in `nvidia-l4`.
        pub accelerator_type: Spanned<String> = required("type"),
        /// How many.
        pub count: Spanned<u32> = required("count"),
    }
    known("gpuDriverInstallationConfig", "gpuPartitionSize", "gpuSharingConfig")
}
