//! PodMonitor, `monitoring.coreos.com/v1`.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/podmonitor_types.go.

use upswell_units::Spanned;

use super::{LabelSelector, Metadata, NamespaceSelector};
use crate::decode::{IntOrString, PrometheusDuration, Untyped, fields};

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
    }
    known(
        "attachMetadata", "bodySizeLimit", "convertClassicHistogramsToNHCB",
        "fallbackScrapeProtocol", "keepDroppedTargets", "labelLimit", "labelNameLengthLimit",
        "labelValueLengthLimit", "nativeHistogramBucketLimit", "nativeHistogramMinBucketFactor",
        "podTargetLabels", "sampleLimit", "scrapeClass", "scrapeClassicHistograms",
        "scrapeNativeHistograms", "scrapeProtocols", "selectorMechanism", "targetLimit",
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
        /// Changes to labels and samples after the scrape.
        pub metric_relabelings: Vec<Untyped> = list("metricRelabelings"),
        /// Changes to the target's labels before the scrape.
        pub relabelings: Vec<Untyped> = list("relabelings"),
    }
    known(
        "authorization", "basicAuth", "bearerTokenSecret", "enableHttp2", "filterRunning",
        "followRedirects", "honorLabels", "honorTimestamps", "noProxy", "oauth2", "params",
        "proxyConnectHeader", "proxyFromEnvironment", "proxyUrl", "tlsConfig",
        "trackTimestampsStaleness",
    )
}
