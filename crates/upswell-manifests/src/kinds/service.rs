//! Service, `v1`.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use super::Metadata;
use crate::decode::{IntOrString, fields};

fields! {
    /// One address for the pods that it selects.
    pub struct Service {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Ports and pods.
        pub spec: ServiceSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Ports and pods.
    pub struct ServiceSpec {
        /// `ClusterIP` unless set.
        pub service_type: Option<Spanned<String>> = optional("type"),
        /// Labels of the pods behind it; none means that it selects no pods.
        pub selector: BTreeMap<String, Spanned<String>> = map("selector"),
        /// Ports.
        pub ports: Vec<ServicePort> = list("ports"),
        /// `None` makes it headless.
        pub cluster_ip: Option<Spanned<String>> = optional("clusterIP"),
    }
    known(
        "allocateLoadBalancerNodePorts", "clusterIPs", "externalIPs", "externalName",
        "externalTrafficPolicy", "healthCheckNodePort", "internalTrafficPolicy", "ipFamilies",
        "ipFamily", "ipFamilyPolicy", "loadBalancerClass", "loadBalancerIP",
        "loadBalancerSourceRanges", "publishNotReadyAddresses", "sessionAffinity",
        "sessionAffinityConfig", "topologyKeys", "trafficDistribution",
    )
}

fields! {
    /// One port of a Service.
    pub struct ServicePort {
        /// Name, by which ServiceMonitors refer to it.
        pub name: Option<Spanned<String>> = optional("name"),
        /// Number at the Service.
        pub port: Spanned<u16> = required("port"),
        /// Number or name at the pods; the same number unless set.
        pub target_port: Option<Spanned<IntOrString>> = optional("targetPort"),
        /// `TCP` unless set.
        pub protocol: Option<Spanned<String>> = optional("protocol"),
    }
    known("appProtocol", "nodePort")
}
