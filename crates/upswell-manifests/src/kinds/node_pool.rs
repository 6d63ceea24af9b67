//! NodePool, `karpenter.sh/v1`.
//!
//! Source: Karpenter 1.14, pkg/apis/v1/nodepool.go and nodeclaim.go.

use std::collections::BTreeMap;

use upswell_units::{Quantity, Spanned};

use super::Metadata;
use crate::decode::{Untyped, fields};

fields! {
    /// Nodes that Karpenter makes as pods need them.
    pub struct NodePool {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Nodes, disruption, limits.
        pub spec: NodePoolSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Nodes, disruption, limits.
    pub struct NodePoolSpec {
        /// What the nodes look like.
        pub template: NodeClaimTemplate = required("template"),
        /// When nodes are replaced or removed.
        pub disruption: Option<Disruption> = optional("disruption"),
        /// Most of each resource in the whole pool; no bound unless set.
        pub limits: BTreeMap<String, Spanned<Quantity>> = map("limits"),
        /// Pools of higher weight come first, 0 unless set.
        pub weight: Option<Spanned<i32>> = optional("weight"),
        /// A fixed number of nodes instead of as many as pods need.
        pub replicas: Option<Spanned<i64>> = optional("replicas"),
    }
}

fields! {
    /// What the nodes look like.
    pub struct NodeClaimTemplate {
        /// Labels and annotations of the nodes.
        pub metadata: Option<NodeMetadata> = optional("metadata"),
        /// Machines.
        pub spec: NodeClaimSpec = required("spec"),
    }
}

fields! {
    /// Labels and annotations of the nodes.
    pub struct NodeMetadata {
        /// Labels.
        pub labels: BTreeMap<String, Spanned<String>> = map("labels"),
        /// Annotations.
        pub annotations: BTreeMap<String, Spanned<String>> = map("annotations"),
    }
}

fields! {
    /// The machines of a pool.
    pub struct NodeClaimSpec {
        /// Conditions on machine types, zones, capacity types.
        pub requirements: Vec<NodeRequirement> = required("requirements"),
        /// The cloud's own settings.
        pub node_class_ref: Untyped = required("nodeClassRef"),
        /// Taints of the nodes.
        pub taints: Vec<Taint> = list("taints"),
        /// Taints of the nodes until they are ready.
        pub startup_taints: Vec<Taint> = list("startupTaints"),
        /// Life of a node, as in `720h` or `Never`; 720h unless set.
        pub expire_after: Option<Spanned<String>> = optional("expireAfter"),
        /// Longest drain of a node; no bound unless set.
        pub termination_grace_period: Option<Spanned<String>> = optional("terminationGracePeriod"),
    }
}

fields! {
    /// A condition on one label of the nodes.
    pub struct NodeRequirement {
        /// The label, as in `karpenter.sh/capacity-type`.
        pub key: Spanned<String> = required("key"),
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`, `Gte` or `Lte`.
        pub operator: Spanned<String> = required("operator"),
        /// The values it is about.
        pub values: Vec<Spanned<String>> = list("values"),
        /// Different values that must stay possible.
        pub min_values: Option<Spanned<i32>> = optional("minValues"),
    }
}

fields! {
    /// Keeps pods without a toleration away.
    pub struct Taint {
        /// Key.
        pub key: Spanned<String> = required("key"),
        /// Value; empty unless set.
        pub value: Option<Spanned<String>> = optional("value"),
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        pub effect: Spanned<String> = required("effect"),
    }
    known("timeAdded")
}

fields! {
    /// When nodes are replaced or removed.
    pub struct Disruption {
        /// Time without change before a node is removed, as in `30s` or `Never`.
        pub consolidate_after: Option<Spanned<String>> = optional("consolidateAfter"),
        /// `WhenEmptyOrUnderutilized` unless set, or `WhenEmpty`.
        pub consolidation_policy: Option<Spanned<String>> = optional("consolidationPolicy"),
        /// How many nodes at a time; 10 % unless set.
        pub budgets: Vec<Untyped> = list("budgets"),
    }
}
