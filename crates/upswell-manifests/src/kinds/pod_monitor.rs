//! PodMonitor, `monitoring.coreos.com/v1`.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/podmonitor_types.go.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use super::{ByteSize, LabelSelector, Metadata, NamespaceSelector, Relabeling};
use crate::decode::{IntOrString, PrometheusDuration, fields};

fields! {
    /// Scrapes pods.
    pub struct PodMonitor {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Pods and endpoints.
        pub spec: PodMonitorSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Pods and endpoints.
    pub struct PodMonitorSpec {
        /// Which pods.
        pub selector: Spanned<LabelSelector> = required("selector"),
        /// In which namespaces.
        pub namespace_selector: Option<NamespaceSelector> = optional("namespaceSelector"),
        /// What is scraped at each.
        pub pod_metrics_endpoints: Vec<PodMetricsEndpoint> = list("podMetricsEndpoints"),
        /// Label of the pod that becomes `job`; the monitor's name unless set.
        pub job_label: Option<Spanned<String>> = optional("jobLabel"),
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
        "selectorMechanism", "targetLimit",
    )
}

fields! {
    /// One port that is scraped.
    pub struct PodMetricsEndpoint {
        /// Name of the container's port.
        pub port: Option<Spanned<String>> = optional("port"),
        /// Number of the container's port.
        pub port_number: Option<Spanned<u16>> = optional("portNumber"),
        /// Number or name of the container's port; deprecated.
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
        "authorization", "basicAuth", "bearerTokenSecret", "enableHttp2", "filterRunning",
        "followRedirects", "noProxy", "oauth2", "proxyConnectHeader", "proxyFromEnvironment",
        "proxyUrl", "tlsConfig", "trackTimestampsStaleness",
    )
}
