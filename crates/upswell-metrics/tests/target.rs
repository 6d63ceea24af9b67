//! Targets have the labels that prometheus-operator's configuration gives them.

use upswell_metrics::Labels;
use upswell_metrics::relabel::{Action, Config, Relabeling};
use upswell_metrics::scrape::{Monitor, MonitorKind, Origin, Target, TargetError, target_labels};

fn origin(kind: MonitorKind) -> Origin<'static> {
    Origin {
        monitor: Monitor {
            kind,
            namespace: "monitoring",
            name: "workers",
            endpoint_index: 1,
            job_label: "",
            target_labels: vec!["team", "nosuch"],
            pod_target_labels: vec!["app.kubernetes.io/name"],
        },
        namespace: "llm",
        pod: "worker-0",
        container: "worker",
        service: if kind == MonitorKind::ServiceMonitor { "workers-svc" } else { "" },
        endpoint: "metrics",
        address: "10.0.0.7:9000",
        params: vec![("match", "a"), ("match", "b")],
        pod_labels: vec![("app.kubernetes.io/name", "worker"), ("tier", "gpu")],
        service_labels: vec![("team", "ml")],
        meta: vec![("__meta_kubernetes_pod_node_name", "node-1")],
        ..Origin::default()
    }
}

fn target(origin: &Origin<'_>, relabelings: &[Config]) -> Result<Option<Target>, TargetError> {
    let rules = relabelings.iter().cloned().map(|rule| Relabeling::new(rule).expect("a good rule"));
    Target::new(target_labels(origin), &rules.collect::<Vec<_>>())
}

fn labels(origin: &Origin<'_>, relabelings: &[Config]) -> String {
    let target = target(origin, relabelings).expect("an address").expect("kept");
    target.labels.to_string()
}

#[test]
fn a_target_of_a_service_monitor_is_named_after_service_and_pod() {
    let mut origin = origin(MonitorKind::ServiceMonitor);
    let due = "{app_kubernetes_io_name=\"worker\", container=\"worker\", endpoint=\"metrics\", \
               instance=\"10.0.0.7:9000\", job=\"workers-svc\", namespace=\"llm\", \
               pod=\"worker-0\", service=\"workers-svc\", team=\"ml\"}";
    assert_eq!(labels(&origin, &[]), due);
    origin.monitor.job_label = "team";
    assert_eq!(labels(&origin, &[]), due.replace("job=\"workers-svc\"", "job=\"ml\""));
    origin.monitor.job_label = "nosuch";
    assert_eq!(labels(&origin, &[]), due);
}

#[test]
fn a_target_of_a_pod_monitor_is_named_after_monitor_and_pod() {
    let mut origin = origin(MonitorKind::PodMonitor);
    let due = "{app_kubernetes_io_name=\"worker\", container=\"worker\", endpoint=\"metrics\", \
               instance=\"10.0.0.7:9000\", job=\"monitoring/workers\", namespace=\"llm\", \
               pod=\"worker-0\"}";
    assert_eq!(labels(&origin, &[]), due);
    origin.monitor.job_label = "tier";
    assert_eq!(labels(&origin, &[]), due.replace("monitoring/workers", "gpu"));
}

#[test]
fn relabelings_see_what_was_discovered_and_may_change_the_address() {
    let origin = origin(MonitorKind::ServiceMonitor);
    let set = |source: &str, target: &str, replacement: &str| Config {
        source_labels: vec![String::from(source)],
        target_label: target.to_owned(),
        replacement: replacement.to_owned(),
        ..Config::default()
    };
    let rules = [
        set("__meta_kubernetes_pod_node_name", "node", "$1"),
        set("__meta_kubernetes_pod_label_tier", "tier", "$1"),
        set("__meta_kubernetes_pod_labelpresent_tier", "has_tier", "$1"),
        set("__tmp_prometheus_job_name", "config", "$1"),
        set("__address__", "__address__", "proxy:80"),
        set("pod", "instance", "$1"),
        set("pod", "__param_pod", "$1"),
    ];
    let target = target(&origin, &rules).expect("an address").expect("kept");
    let found = |name| target.labels.get(name).to_owned();
    assert_eq!(found("node"), "node-1");
    assert_eq!(found("tier"), "gpu");
    assert_eq!(found("has_tier"), "true");
    assert_eq!(found("config"), "serviceMonitor/monitoring/workers/1");
    assert_eq!(found("instance"), "worker-0");
    assert!(target.labels.iter().all(|(name, _)| !name.starts_with("__")));
    assert_eq!(target.discovered.get("__address__"), "10.0.0.7:9000");
    assert_eq!((target.scheme.as_str(), target.path.as_str()), ("http", "/metrics"));
    assert_eq!(target.address, "proxy:80");
    let params: Vec<_> =
        target.params.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(params, ["match=a", "pod=worker-0"]);
}

#[test]
fn a_target_that_is_dropped_or_has_no_address_is_not_scraped() {
    let drop = Config {
        source_labels: vec!["pod".to_owned()],
        regex: "worker-.*".to_owned(),
        action: Action::Drop,
        ..Config::default()
    };
    let mut origin = origin(MonitorKind::PodMonitor);
    assert_eq!(target(&origin, &[drop]), Ok(None));
    origin.address = "";
    assert_eq!(target(&origin, &[]), Err(TargetError::NoAddress));
    origin.address = "10.0.0.7:9000/path";
    let refused = target(&origin, &[]).expect_err("a path is no address").to_string();
    assert_eq!(refused, "\"10.0.0.7:9000/path\" is not a host and a port");
    assert_eq!(Target::new(Labels::empty(), &[]), Err(TargetError::NoAddress));
}
