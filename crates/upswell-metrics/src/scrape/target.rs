//! Which labels a target has, and where it is.

use std::collections::BTreeMap;

use crate::labels::{Labels, LabelsBuilder};
use crate::relabel::{self, Relabeling};

/// Which monitor has found a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MonitorKind {
    /// A ServiceMonitor: targets are the pods behind a Service.
    #[default]
    ServiceMonitor,
    /// A PodMonitor.
    PodMonitor,
}

/// The monitor that has found a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Monitor<'a> {
    /// Its kind.
    pub kind: MonitorKind,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Which of its endpoints, from 0.
    pub endpoint_index: usize,
    /// Label of the Service, or of the pod, that becomes `job`; empty if not set.
    pub job_label: &'a str,
    /// Labels of the Service that the target gets.
    pub target_labels: Vec<&'a str>,
    /// Labels of the pod that the target gets.
    pub pod_target_labels: Vec<&'a str>,
}

/// A target as a world finds it; what does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Who has found it.
    pub monitor: Monitor<'a>,
    /// Namespace of the pod.
    pub namespace: &'a str,
    /// Name of the pod.
    pub pod: &'a str,
    /// Name of the container whose port it is.
    pub container: &'a str,
    /// Name of the Service, for a ServiceMonitor.
    pub service: &'a str,
    /// The monitor's `port`, or else its `targetPort`.
    pub endpoint: &'a str,
    /// Host and port.
    pub address: &'a str,
    /// Scheme; `http` if empty.
    pub scheme: &'a str,
    /// Path; `/metrics` if empty.
    pub path: &'a str,
    /// Parameters of the URL.
    pub params: Vec<(&'a str, &'a str)>,
    /// Labels of the pod.
    pub pod_labels: Vec<(&'a str, &'a str)>,
    /// Labels of the Service.
    pub service_labels: Vec<(&'a str, &'a str)>,
    /// Other labels that relabelings may read, such as `__meta_kubernetes_pod_node_name`.
    pub meta: Vec<(&'a str, &'a str)>,
}

/// Returns the labels of a target before the user's relabelings, those with `__` among them.
///
/// `job`, `namespace`, `pod`, `container`, `service`, `endpoint`, and the labels that the monitor
/// takes over from Service and pod. Source: prometheus-operator 0.93, pkg/prometheus/promcfg.go,
/// generateServiceMonitorConfig and generatePodMonitorConfig, whose generated relabelings this
/// stands for; names of the labels that they read: Prometheus 3, discovery/kubernetes.
#[must_use]
pub fn target_labels(origin: &Origin<'_>) -> Labels {
    let Origin { monitor, namespace, pod, container, service, endpoint, address, .. } = origin;
    let Monitor { kind, job_label, .. } = monitor;
    let mut labels = LabelsBuilder::default();
    set_internal(&mut labels, origin);
    labels.set("__tmp_prometheus_job_name", job_name(monitor));
    for (name, value) in [
        ("__address__", address),
        ("__meta_kubernetes_namespace", namespace),
        ("__meta_kubernetes_pod_name", pod),
        ("__meta_kubernetes_pod_container_name", container),
        ("__meta_kubernetes_service_name", service),
        ("namespace", namespace),
        ("pod", pod),
        ("container", container),
        ("endpoint", endpoint),
    ] {
        labels.set(name, *value);
    }
    let mut job = match kind {
        MonitorKind::ServiceMonitor => (*service).to_owned(),
        MonitorKind::PodMonitor => format!("{}/{}", monitor.namespace, monitor.name),
    };
    let job_labels = match kind {
        MonitorKind::ServiceMonitor => {
            labels.set("service", *service);
            take_over(&mut labels, &monitor.target_labels, &origin.service_labels);
            &origin.service_labels
        }
        MonitorKind::PodMonitor => &origin.pod_labels,
    };
    take_over(&mut labels, &monitor.pod_target_labels, &origin.pod_labels);
    if let Some(value) = value_of(job_labels, job_label) {
        value.clone_into(&mut job);
    }
    labels.set("job", job);
    labels.build()
}

/// Returns the name of the scrape job that the operator makes of an endpoint of a monitor:
/// `serviceMonitor/NAMESPACE/NAME/0`.
fn job_name(monitor: &Monitor<'_>) -> String {
    let Monitor { kind, namespace, name, endpoint_index, .. } = monitor;
    let kind = match kind {
        MonitorKind::ServiceMonitor => "serviceMonitor",
        MonitorKind::PodMonitor => "podMonitor",
    };
    format!("{kind}/{namespace}/{name}/{endpoint_index}")
}

/// Sets the labels that start with `__` and come from lists.
fn set_internal(labels: &mut LabelsBuilder, origin: &Origin<'_>) {
    for (name, value) in &origin.meta {
        labels.set(*name, *value);
    }
    let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.to_owned();
    labels.set("__scheme__", or(origin.scheme, "http"));
    labels.set("__metrics_path__", or(origin.path, "/metrics"));
    for (name, value) in origin.params.iter().rev() {
        labels.set(format!("__param_{name}"), *value);
    }
    for (of, pairs) in [("pod", &origin.pod_labels), ("service", &origin.service_labels)] {
        for (name, value) in pairs {
            let name = sanitized(name);
            labels.set(format!("__meta_kubernetes_{of}_label_{name}"), *value);
            labels.set(format!("__meta_kubernetes_{of}_labelpresent_{name}"), "true");
        }
    }
}

/// Copies the labels of some names; one that is not there changes nothing.
fn take_over(labels: &mut LabelsBuilder, names: &[&str], from: &[(&str, &str)]) {
    for name in names {
        if let Some(value) = value_of(from, name) {
            labels.set(sanitized(name), value);
        }
    }
}

fn value_of<'a>(pairs: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    let name = sanitized(name);
    let found = pairs.iter().find(|(of_pair, _)| sanitized(of_pair) == name);
    found.map(|(_, value)| *value).filter(|value| !value.is_empty())
}

/// The name of a Kubernetes label as Prometheus can have it.
fn sanitized(name: &str) -> String {
    let allowed = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
    name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect()
}

/// A target that is to be scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its labels before relabelling.
    pub discovered: Labels,
    /// Its labels, `job` and `instance` among them.
    pub labels: Labels,
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub address: String,
    /// Path.
    pub path: String,
    /// Parameters of the URL.
    pub params: BTreeMap<String, String>,
}

/// Why a target cannot be scraped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The relabelings have left no `__address__`.
    #[error("the target has no address")]
    NoAddress,
    /// The address is more than host and port.
    #[error("{0:?} is not a host and a port")]
    InvalidAddress(String),
}

impl Target {
    /// Relabels what was found; `None` if the relabelings drop it.
    ///
    /// `instance` is the address unless they set it; labels that start with `__` go.
    /// Source: Prometheus 3, scrape/target.go, PopulateLabels.
    ///
    /// # Errors
    ///
    /// If what is left has no address.
    pub fn new(
        discovered: Labels,
        relabelings: &[Relabeling],
    ) -> Result<Option<Self>, TargetError> {
        let Some(labels) = relabel::apply(relabelings, discovered.clone()) else { return Ok(None) };
        let address = labels.get("__address__").to_owned();
        if address.is_empty() {
            return Err(TargetError::NoAddress);
        }
        if address.contains('/') {
            return Err(TargetError::InvalidAddress(address));
        }
        let params = labels.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix("__param_")?.to_owned(), value.to_owned()))
        });
        let mut public = labels.edit();
        public.retain(|name, _| !name.starts_with("__"));
        if public.get("instance").is_empty() {
            public.set("instance", address.as_str());
        }
        Ok(Some(Self {
            params: params.collect(),
            scheme: labels.get("__scheme__").to_owned(),
            path: labels.get("__metrics_path__").to_owned(),
            labels: public.build(),
            discovered,
            address,
        }))
    }
}
