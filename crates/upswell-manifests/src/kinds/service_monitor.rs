//! ServiceMonitor, `monitoring.coreos.com/v1`.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/servicemonitor_types.go, types.go.

use upswell_units::Spanned;

use super::{LabelSelector, Metadata, NamespaceSelector};
use crate::decode::{IntOrString, PrometheusDuration, Untyped, fields};

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
    }
    known(
        "attachMetadata", "bodySizeLimit", "convertClassicHistogramsToNHCB",
        "fallbackScrapeProtocol", "keepDroppedTargets", "labelLimit", "labelNameLengthLimit",
        "labelValueLengthLimit", "nativeHistogramBucketLimit", "nativeHistogramMinBucketFactor",
        "podTargetLabels", "sampleLimit", "scrapeClass", "scrapeClassicHistograms",
        "scrapeNativeHistograms", "scrapeProtocols", "selectorMechanism", "serviceDiscoveryRole",
        "targetLabels", "targetLimit",
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
        /// Changes to labels and samples after the scrape.
        pub metric_relabelings: Vec<Untyped> = list("metricRelabelings"),
        /// Changes to the target's labels before the scrape.
        pub relabelings: Vec<Untyped> = list("relabelings"),
    }
    known(
        "authorization", "basicAuth", "bearerTokenFile", "bearerTokenSecret", "enableHttp2",
        "filterRunning", "followRedirects", "honorLabels", "honorTimestamps", "noProxy", "oauth2",
        "params", "proxyConnectHeader", "proxyFromEnvironment", "proxyUrl", "tlsConfig",
        "trackTimestampsStaleness",
    )
}
