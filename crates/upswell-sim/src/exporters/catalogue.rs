//! Every family that a simulated cluster could export, and why some are not there.

use super::family::{Family, Kind, Subject, Table};
use super::monitoring::Endpoint;
use super::objects::{Objects, Server};
use super::{cadvisor, controller_manager, keda, kube_state_metrics, vllm, worker};

/// Every family that could be exported, by exporter and in the order of its table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The families.
    pub families: Vec<Exportable>,
}

/// A family that could be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exportable {
    /// Name of its series.
    pub name: &'static str,
    /// How its values go.
    pub kind: Kind,
    /// Labels that its exporter sets; those of the target come on top.
    pub labels: Vec<&'static str>,
    /// Who exports it.
    pub exporter: Exporter,
    /// Why it is not there in this bundle; nothing if it is.
    pub missing: Option<Missing>,
}

/// Why a family is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The pods export it, and nothing scrapes them: why not.
    Unscraped(String),
    /// Only what is not in the bundle, or not in the model, could export it: what that is.
    NotHere(&'static str),
}

/// Who exports series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exporter {
    /// A worker that calls a model elsewhere.
    Worker,
    /// A vLLM server.
    Vllm,
    /// kube-state-metrics.
    KubeStateMetrics,
    /// cAdvisor, in the kubelet.
    Cadvisor,
    /// KEDA's operator.
    Keda,
    /// kube-controller-manager.
    ControllerManager,
}

/// What real exporters have and the model of the world does not know.
const UNKNOWN: &[(&str, Kind, Exporter, &str)] = &[
    (
        "vllm:kv_cache_usage_perc",
        Kind::Gauge,
        Exporter::Vllm,
        "the model of a server has no KV cache",
    ),
    (
        "vllm:prefix_cache_hits_total",
        Kind::Counter,
        Exporter::Vllm,
        "the model of a server has no KV cache",
    ),
    (
        "vllm:prefix_cache_queries_total",
        Kind::Counter,
        Exporter::Vllm,
        "the model of a server has no KV cache",
    ),
    (
        "vllm:num_preemptions_total",
        Kind::Counter,
        Exporter::Vllm,
        "the model of a server has no KV cache",
    ),
    (
        "kube_node_status_allocatable",
        Kind::Gauge,
        Exporter::KubeStateMetrics,
        "the model knows a node by the pods that fit on it",
    ),
    (
        "kube_node_status_capacity",
        Kind::Gauge,
        Exporter::KubeStateMetrics,
        "the model knows a node by the pods that fit on it",
    ),
    (
        "kube_node_spec_taint",
        Kind::Gauge,
        Exporter::KubeStateMetrics,
        "the model knows a node by the pods that fit on it",
    ),
    (
        "kube_pod_labels",
        Kind::Gauge,
        Exporter::KubeStateMetrics,
        "kube-state-metrics exports it with --metric-labels-allowlist only",
    ),
    (
        "kube_deployment_labels",
        Kind::Gauge,
        Exporter::KubeStateMetrics,
        "kube-state-metrics exports it with --metric-labels-allowlist only",
    ),
    (
        "container_cpu_cfs_throttled_periods_total",
        Kind::Counter,
        Exporter::Cadvisor,
        "the model does not throttle",
    ),
    (
        "container_cpu_cfs_periods_total",
        Kind::Counter,
        Exporter::Cadvisor,
        "the model does not throttle",
    ),
    (
        "horizontal_pod_autoscaler_controller_reconciliation_duration_seconds_bucket",
        Kind::Histogram,
        Exporter::ControllerManager,
        "a decision takes no time in the model",
    ),
    (
        "horizontal_pod_autoscaler_controller_reconciliation_duration_seconds_sum",
        Kind::Histogram,
        Exporter::ControllerManager,
        "a decision takes no time in the model",
    ),
    (
        "horizontal_pod_autoscaler_controller_metric_computation_total",
        Kind::Counter,
        Exporter::ControllerManager,
        "the model counts decisions, not metrics",
    ),
    (
        "keda_scaler_metrics_latency_seconds",
        Kind::Gauge,
        Exporter::Keda,
        "a reading takes no time in the model",
    ),
    (
        "keda_internal_scale_loop_latency_seconds",
        Kind::Gauge,
        Exporter::Keda,
        "a reading takes no time in the model",
    ),
];

impl Catalogue {
    /// Lists all families, as they are there with these objects; `unscraped` says why no monitor
    /// leads to the pods.
    #[must_use]
    pub fn new(
        objects: &Objects,
        endpoints: &[Endpoint],
        unscraped: &str,
        has_nodes: bool,
    ) -> Self {
        let mut catalogue = Self::default();
        let is_worker = objects.workload.server == Server::Worker;
        let of_pods = |is_right: bool, wrong: &'static str| match (is_right, endpoints) {
            (false, _) => Some(Missing::NotHere(wrong)),
            (true, []) => Some(Missing::Unscraped(unscraped.to_owned())),
            (true, _) => None,
        };
        let missing = of_pods(is_worker, "the pods are vLLM servers");
        catalogue.add(&worker::TABLE, Exporter::Worker, missing.as_ref());
        let missing = of_pods(!is_worker, "the image of the pods is none of vLLM's");
        catalogue.add(&vllm::TABLE, Exporter::Vllm, missing.as_ref());
        catalogue.add_cluster(objects, has_nodes);
        for (name, kind, exporter, why) in UNKNOWN {
            catalogue.families.push(Exportable {
                name,
                kind: *kind,
                labels: Vec::new(),
                exporter: *exporter,
                missing: Some(Missing::NotHere(why)),
            });
        }
        catalogue
    }

    fn add_cluster(&mut self, objects: &Objects, has_nodes: bool) {
        let unless =
            |is_there: bool, why: &'static str| (!is_there).then_some(Missing::NotHere(why));
        let kind = objects.workload.kind.as_str();
        let state = Exporter::KubeStateMetrics;
        let missing = unless(
            !objects.autoscalers.is_empty(),
            "the bundle has no HorizontalPodAutoscaler that a cluster takes",
        );
        self.add(&kube_state_metrics::AUTOSCALERS, state, missing.as_ref());
        let missing = unless(kind == "Deployment", "the workload is no Deployment");
        self.add(&kube_state_metrics::DEPLOYMENTS, state, missing.as_ref());
        let missing = unless(kind == "StatefulSet", "the workload is no StatefulSet");
        self.add(&kube_state_metrics::STATEFUL_SETS, state, missing.as_ref());
        self.add(&kube_state_metrics::PODS, state, None);
        let missing = unless(has_nodes, "the bundle has no node pools");
        self.add(&kube_state_metrics::NODES, state, missing.as_ref());
        self.add(&cadvisor::TABLE, Exporter::Cadvisor, None);
        let missing = unless(objects.scaled_object.is_some(), "no ScaledObject is at work");
        self.add(&keda::TABLE, Exporter::Keda, missing.as_ref());
        self.add(&controller_manager::TABLE, Exporter::ControllerManager, None);
    }

    /// Returns the family of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Exportable> {
        self.families.iter().find(|family| family.name == name)
    }

    fn add<S: Subject>(&mut self, table: &Table<S>, exporter: Exporter, missing: Option<&Missing>) {
        self.families.extend(table.families.iter().map(|family: &Family<S>| {
            let mut labels = [table.labels, family.labels].concat();
            labels.sort_unstable();
            let Family { name, kind, .. } = *family;
            Exportable { name, kind, labels, exporter, missing: missing.cloned() }
        }));
    }
}
