//! ServiceMonitor, `monitoring.coreos.com/v1`.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/servicemonitor_types.go, types.go.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use super::{ByteSize, LabelSelector, Metadata, NamespaceSelector, Relabeling};
use crate::decode::{IntOrString, PrometheusDuration, fields};

fields! {
    /// Scrapes the pods behind Services.
    pub struct ServiceMonitor {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Services and endpoints.
        pub spec: ServiceMonitorSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Services and endpoints.
    pub struct ServiceMonitorSpec {
        /// Which Services.
        pub selector: Spanned<LabelSelector> = required("selector"),
        /// In which namespaces.
        pub namespace_selector: Option<NamespaceSelector> = optional("namespaceSelector"),
        /// What is scraped at each.
        pub endpoints: Vec<Endpoint> = required("endpoints"),
        /// Label of the Service that becomes `job`; the Service's name unless set.
        pub job_label: Option<Spanned<String>> = optional("jobLabel"),
        /// Labels of the Service that its targets get.
        pub target_labels: Vec<Spanned<String>> = list("targetLabels"),
        /// Labels of the pod that its targets get.
        pub pod_target_labels: Vec<Spanned<String>> = list("podTargetLabels"),
        /// Most samples that a target may send, after relabelling; 0 or unset for no bound.
        pub sample_limit: Option<Spanned<u64>> = optional("sampleLimit"),
        /// Most labels that a sample may have; 0 or unset for no bound.
        pub label_limit: Option<Spanned<u64>> = optional("labelLimit"),
        /// Most bytes of the name of a label; 0 or unset for no bound.
        pub label_name_length_limit: Option<Spanned<u64>> = optional("labelNameLengthLimit"),
        /// Most bytes of the value of a label; 0 or unset for no bound.
        pub label_value_length_limit: Option<Spanned<u64>> = optional("labelValueLengthLimit"),
        /// Most bytes of an uncompressed page; 0 or unset for no bound.
        pub body_size_limit: Option<Spanned<ByteSize>> = optional("bodySizeLimit"),
    }
    known(
        "attachMetadata", "convertClassicHistogramsToNHCB", "fallbackScrapeProtocol",
        "keepDroppedTargets", "nativeHistogramBucketLimit", "nativeHistogramMinBucketFactor",
        "scrapeClass", "scrapeClassicHistograms", "scrapeNativeHistograms", "scrapeProtocols",
        "selectorMechanism", "serviceDiscoveryRole", "targetLimit",
    )
}

fields! {
    /// One port that is scraped.
    pub struct Endpoint {
        /// Name of the Service's port.
        pub port: Option<Spanned<String>> = optional("port"),
        /// Number or name of the container's port, instead of `port`.
        pub target_port: Option<Spanned<IntOrString>> = optional("targetPort"),
        /// Path, `/metrics` unless set.
        pub path: Option<Spanned<String>> = optional("path"),
        /// `http` unless set.
        pub scheme: Option<Spanned<String>> = optional("scheme"),
        /// Time between scrapes; Prometheus's own (30 s by the operator) unless set.
        pub interval: Option<Spanned<PrometheusDuration>> = optional("interval"),
        /// Longest scrape; Prometheus's own (10 s) unless set.
        pub scrape_timeout: Option<Spanned<PrometheusDuration>> = optional("scrapeTimeout"),
        /// Parameters of the URL.
        pub params: BTreeMap<String, Vec<Spanned<String>>> = map("params"),
        /// Whether a label of a sample goes before one of the target; not unless set.
        pub honor_labels: Option<Spanned<bool>> = optional("honorLabels"),
        /// Whether samples have the times that the page gives them; they do unless set.
        pub honor_timestamps: Option<Spanned<bool>> = optional("honorTimestamps"),
        /// Changes to labels and samples after the scrape.
        pub metric_relabelings: Vec<Relabeling> = list("metricRelabelings"),
        /// Changes to the target's labels before the scrape.
        pub relabelings: Vec<Relabeling> = list("relabelings"),
    }
    known(
        "authorization", "basicAuth", "bearerTokenFile", "bearerTokenSecret", "enableHttp2",
        "filterRunning", "followRedirects", "noProxy", "oauth2", "proxyConnectHeader",
        "proxyFromEnvironment", "proxyUrl", "tlsConfig", "trackTimestampsStaleness",
    )
}
