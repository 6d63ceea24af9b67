//! Where Prometheus scrapes the pods: the ServiceMonitors and PodMonitors that lead to them, and
//! why the others do not.

use upswell_manifests::decode::{IntOrString, PrometheusDuration};
use upswell_manifests::kinds::container::{Container, ContainerPort};
use upswell_manifests::kinds::pod_monitor::{PodMetricsEndpoint, PodMonitor};
use upswell_manifests::kinds::service::{Service, ServicePort};
use upswell_manifests::kinds::service_monitor::{Endpoint as ServiceEndpoint, ServiceMonitor};
use upswell_manifests::kinds::{self, Metadata, NamespaceSelector, Object};
use upswell_metrics::relabel::{Action, Config, RelabelError, Relabeling};
use upswell_metrics::scrape::MonitorKind;
use upswell_units::{Duration, Spanned};

use super::notes::name;
use super::pods::Pods;
use crate::exporters::{Endpoint, ServiceObject};

/// Time between scrapes where a monitor sets none: the operator's default.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);

/// A shorter interval is taken for this one: nothing that is simulated changes as often.
const INTERVAL_MIN: Duration = Duration::from_secs(1);

/// The endpoints that lead to the pods, and why each other monitor leads nowhere.
#[derive(Default)]
pub(super) struct Monitors {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) leading_nowhere: Vec<String>,
}

impl Monitors {
    /// Why nothing scrapes the pods.
    pub(super) fn why_unscraped(&self) -> String {
        match &self.leading_nowhere[..] {
            [] => "no ServiceMonitor or PodMonitor of the bundle selects the pods".to_owned(),
            reasons => reasons.join("; "),
        }
    }
}

/// Follows the monitors of a bundle to the pods; `namespace` is that of the pods.
pub(super) fn monitors(objects: &[&Object], pods: &Pods<'_>, namespace: &str) -> Monitors {
    let search = Search { objects, pods, namespace };
    let mut monitors = Monitors::default();
    for object in objects {
        let found = match object {
            Object::PodMonitor(monitor) => search.pod_monitor(monitor),
            Object::ServiceMonitor(monitor) => search.service_monitor(monitor),
            _ => continue,
        };
        match found {
            Ok(endpoints) => monitors.endpoints.extend(endpoints),
            Err(why) => monitors.leading_nowhere.push(format!("{}: {why}", name(object))),
        }
    }
    monitors
}

struct Search<'a> {
    objects: &'a [&'a Object],
    pods: &'a Pods<'a>,
    namespace: &'a str,
}

impl Search<'_> {
    fn pod_monitor(&self, monitor: &PodMonitor) -> Result<Vec<Endpoint>, String> {
        let spec = &monitor.spec;
        self.check_namespace(&monitor.metadata, spec.namespace_selector.as_ref())?;
        if !self.pods.are_selected_by(Some(&spec.selector.value)) {
            return Err("it selects other pods".to_owned());
        }
        let endpoints = spec.pod_metrics_endpoints.iter().enumerate();
        let endpoints = endpoints.map(|(index, endpoint)| {
            Ok(Endpoint {
                kind: MonitorKind::PodMonitor,
                namespace: self.namespace_of(&monitor.metadata).to_owned(),
                monitor: monitor.metadata.name().to_owned(),
                index,
                interval: interval(endpoint.interval.as_ref()),
                job_label: text(spec.job_label.as_ref()),
                pod_target_labels: names(&spec.pod_target_labels),
                honor_labels: endpoint.honor_labels.as_ref().is_some_and(|honor| honor.value),
                relabelings: relabelings(&endpoint.relabelings)?,
                metric_relabelings: relabelings(&endpoint.metric_relabelings)?,
                ..self.pod_port(endpoint)?
            })
        });
        endpoints.collect()
    }

    fn service_monitor(&self, monitor: &ServiceMonitor) -> Result<Vec<Endpoint>, String> {
        let spec = &monitor.spec;
        self.check_namespace(&monitor.metadata, spec.namespace_selector.as_ref())?;
        let services = self.objects.iter().filter_map(|object| match object {
            Object::Service(service) => Some(&**service),
            _ => None,
        });
        let mut services =
            services.filter(|service| spec.selector.value.matches(&service.metadata.labels));
        let Some(service) = services.find(|service| self.is_before_pods(service)) else {
            return Err("no Service with the labels that it selects leads to the pods".to_owned());
        };
        let labels = service.metadata.labels.iter();
        let labels = labels.map(|(key, value)| (key.clone(), value.value.clone())).collect();
        let before = ServiceObject { name: service.metadata.name().to_owned(), labels };
        let endpoints = spec.endpoints.iter().enumerate();
        let endpoints = endpoints.map(|(index, endpoint)| {
            Ok(Endpoint {
                kind: MonitorKind::ServiceMonitor,
                namespace: self.namespace_of(&monitor.metadata).to_owned(),
                monitor: monitor.metadata.name().to_owned(),
                index,
                interval: interval(endpoint.interval.as_ref()),
                job_label: text(spec.job_label.as_ref()),
                target_labels: names(&spec.target_labels),
                pod_target_labels: names(&spec.pod_target_labels),
                service: Some(before.clone()),
                honor_labels: endpoint.honor_labels.as_ref().is_some_and(|honor| honor.value),
                relabelings: relabelings(&endpoint.relabelings)?,
                metric_relabelings: relabelings(&endpoint.metric_relabelings)?,
                ..self.service_port(service, endpoint)?
            })
        });
        endpoints.collect()
    }

    /// Whether a Service leads to the pods.
    fn is_before_pods(&self, service: &Service) -> bool {
        let metadata = self.pods.template.and_then(|template| template.metadata.as_ref());
        let Some(metadata) = metadata else { return false };
        let has =
            |key: &str, due: &str| metadata.labels.get(key).is_some_and(|found| found.value == due);
        let mut selector = service.spec.selector.iter();
        !service.spec.selector.is_empty() && selector.all(|(key, due)| has(key, &due.value))
    }

    fn pod_port(&self, endpoint: &PodMetricsEndpoint) -> Result<Endpoint, String> {
        let PodMetricsEndpoint { port, port_number, target_port, .. } = endpoint;
        if let Some(port) = port {
            return self.named_port(&port.value, &port.value);
        }
        if let Some(number) = port_number {
            return self.numbered_port(number.value, &number.value.to_string());
        }
        self.target_port(target_port.as_ref())
    }

    fn service_port(
        &self,
        service: &Service,
        endpoint: &ServiceEndpoint,
    ) -> Result<Endpoint, String> {
        let Some(port) = &endpoint.port else {
            return self.target_port(endpoint.target_port.as_ref());
        };
        let is_named =
            |found: &&ServicePort| found.name.as_ref().is_some_and(|name| name.value == port.value);
        let Some(found) = service.spec.ports.iter().find(is_named) else {
            let service = service.metadata.name();
            return Err(format!("Service/{service} has no port named `{}`", port.value));
        };
        match found.target_port.as_ref().map(|target| &target.value) {
            Some(IntOrString::String(name)) => self.named_port(name, &port.value),
            Some(IntOrString::Int(number)) => {
                self.numbered_port(u16::try_from(*number).unwrap_or(0), &port.value)
            }
            None => self.numbered_port(found.port.value, &port.value),
        }
    }

    fn target_port(&self, port: Option<&Spanned<IntOrString>>) -> Result<Endpoint, String> {
        match port.map(|port| &port.value) {
            Some(IntOrString::String(name)) => self.named_port(name, name),
            Some(IntOrString::Int(number)) => {
                self.numbered_port(u16::try_from(*number).unwrap_or(0), &number.to_string())
            }
            None => Err("an endpoint names no port".to_owned()),
        }
    }

    fn named_port(&self, name: &str, endpoint: &str) -> Result<Endpoint, String> {
        let is_named =
            |port: &ContainerPort| port.name.as_ref().is_some_and(|found| found.value == name);
        let ports = self.container_ports();
        let found = ports.into_iter().find(|(_, port)| is_named(port));
        let why = || format!("no container of the pods has a port named `{name}`");
        let (container, port) = found.ok_or_else(why)?;
        Ok(at(container, port.container_port.value, endpoint))
    }

    /// A port by its number, which the container need not declare.
    fn numbered_port(&self, number: u16, endpoint: &str) -> Result<Endpoint, String> {
        let mut ports = self.container_ports().into_iter();
        let declared = ports.find(|(_, port)| port.container_port.value == number);
        let first = self.pods.spec().and_then(|spec| spec.containers.first());
        let container = declared.map(|(container, _)| container).or(first);
        container
            .map(|container| at(container, number, endpoint))
            .ok_or_else(|| "the pods are of a kind that is not read".to_owned())
    }

    fn container_ports(&self) -> Vec<(&Container, &ContainerPort)> {
        let containers = self.pods.spec().map(|spec| &spec.containers[..]).unwrap_or_default();
        let ports = containers
            .iter()
            .flat_map(|container| container.ports.iter().map(move |port| (container, port)));
        ports.collect()
    }

    /// The namespace of an object; that of the pods where it names none.
    fn namespace_of<'s>(&'s self, metadata: &'s Metadata) -> &'s str {
        Some(metadata.namespace()).filter(|found| !found.is_empty()).unwrap_or(self.namespace)
    }

    fn check_namespace(
        &self,
        metadata: &Metadata,
        selector: Option<&NamespaceSelector>,
    ) -> Result<(), String> {
        let own = self.namespace_of(metadata);
        let is_any =
            selector.and_then(|selector| selector.any.as_ref()).is_some_and(|any| any.value);
        let names = selector.map(|selector| &selector.match_names[..]).unwrap_or_default();
        let is_near = match names {
            _ if is_any => true,
            [] => own == self.namespace,
            names => names.iter().any(|name| name.value == self.namespace),
        };
        match is_near {
            true => Ok(()),
            false => Err(format!("it does not look into the namespace `{}`", self.namespace)),
        }
    }
}

/// The endpoint of a container's port, as far as the port says it.
fn at(container: &Container, port: u16, endpoint: &str) -> Endpoint {
    Endpoint {
        kind: MonitorKind::PodMonitor,
        namespace: String::new(),
        monitor: String::new(),
        index: 0,
        job_label: String::new(),
        target_labels: Vec::new(),
        pod_target_labels: Vec::new(),
        service: None,
        interval: DEFAULT_INTERVAL,
        port,
        endpoint: endpoint.to_owned(),
        container: container.name.value.clone(),
        honor_labels: false,
        relabelings: Vec::new(),
        metric_relabelings: Vec::new(),
    }
}

fn interval(written: Option<&Spanned<PrometheusDuration>>) -> Duration {
    let written = written.map(|interval| interval.value.0);
    let written = written.filter(|interval| *interval > Duration::ZERO);
    written.unwrap_or(DEFAULT_INTERVAL).max(INTERVAL_MIN)
}

fn text(written: Option<&Spanned<String>>) -> String {
    written.map_or_else(String::new, |text| text.value.clone())
}

fn names(written: &[Spanned<String>]) -> Vec<String> {
    written.iter().map(|name| name.value.clone()).collect()
}

fn relabelings(written: &[kinds::Relabeling]) -> Result<Vec<Relabeling>, String> {
    written.iter().map(relabeling).collect()
}

fn relabeling(written: &kinds::Relabeling) -> Result<Relabeling, String> {
    let kinds::Relabeling {
        span: _,
        source_labels,
        separator,
        target_label,
        regex,
        modulus,
        replacement,
        action,
    } = written;
    let default = Config::default();
    let or = |written: &Option<Spanned<String>>, default: String| {
        written.as_ref().map_or(default, |text| text.value.clone())
    };
    let action = action.as_ref().map(|action| action.value.as_str().parse::<Action>());
    let failed = |error: RelabelError| format!("one of its relabelings is none: {error}");
    let config = Config {
        source_labels: names(source_labels),
        separator: or(separator, default.separator),
        target_label: or(target_label, default.target_label),
        regex: or(regex, default.regex),
        modulus: modulus.as_ref().map_or(default.modulus, |modulus| modulus.value),
        replacement: or(replacement, default.replacement),
        action: action.transpose().map_err(failed)?.unwrap_or(default.action),
    };
    Relabeling::new(config).map_err(failed)
}
