//! Scrapes of what runs beside the workload: kube-state-metrics, kubelets, KEDA, the controllers.
//!
//! They are there in every cluster with kube-prometheus-stack, whatever the bundle says.

use upswell_metrics::{Labels, Time};
use upswell_units::Duration;

use super::cadvisor::{self, Container, ContainerView};
use super::controller_manager::{self, Controller, ControllerView, SYNC_PERIOD};
use super::keda::{self, ScaledObject, ScaledObjectView};
use super::kube_state_metrics::{
    AUTOSCALERS, Autoscaler, AutoscalerView, DEPLOYMENTS, NODES, Node, NodeView, PODS, PodSubject,
    PodView, STATEFUL_SETS, Workload, WorkloadView,
};
use super::objects::{AutoscalerRole, Objects};
use super::recorder::{Exposed, Recorder, Selected, Watched};
use super::subjects::Subjects;
use super::target::Target;
use super::telemetry::Seen;
use super::workers::{UP, Up};
use crate::cluster::{AGE_AT_REST, PodId};
use crate::control::{Control, Reconciliations};

/// Time between scrapes of the control plane: kube-prometheus-stack's default.
pub(crate) const INTERVAL: Duration = Duration::from_secs(30);

/// One job of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    KubeStateMetrics,
    Kubelet,
    Keda,
    ControllerManager,
}

impl Job {
    pub(super) const ALL: [Self; 4] =
        [Self::KubeStateMetrics, Self::Kubelet, Self::Keda, Self::ControllerManager];

    /// The label `job`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::KubeStateMetrics => "kube-state-metrics",
            Self::Kubelet => "kubelet",
            Self::Keda => "keda-operator",
            Self::ControllerManager => "kube-controller-manager",
        }
    }

    /// The target as kube-prometheus-stack and KEDA's chart set it up.
    fn target(self) -> Target<'static> {
        let labels: &[(&str, &str)] = match self {
            Self::KubeStateMetrics => &[
                ("container", "kube-state-metrics"),
                ("endpoint", "http"),
                ("instance", "10.255.0.1:8080"),
                ("namespace", "monitoring"),
                ("pod", "kube-prometheus-stack-kube-state-metrics-0"),
                ("service", "kube-prometheus-stack-kube-state-metrics"),
            ],
            Self::Kubelet => &[
                ("endpoint", "https-metrics"),
                ("metrics_path", "/metrics/cadvisor"),
                ("instance", "172.31.255.1:10250"),
                ("service", "kube-prometheus-stack-kubelet"),
            ],
            Self::Keda => &[
                ("container", "keda-operator"),
                ("endpoint", "metrics"),
                ("instance", "10.255.0.2:8080"),
                ("namespace", "keda"),
                ("pod", "keda-operator-0"),
                ("service", "keda-operator"),
            ],
            Self::ControllerManager => &[
                ("endpoint", "http-metrics"),
                ("instance", "172.31.255.2:10257"),
                ("namespace", "kube-system"),
                ("pod", "kube-controller-manager-0"),
                ("service", "kube-prometheus-stack-kube-controller-manager"),
            ],
        };
        let labels = labels.iter().copied().chain([("job", self.name())]);
        let honor_labels = matches!(self, Self::KubeStateMetrics | Self::Kubelet);
        Target { labels: Labels::new(labels), honor_labels, metric_relabelings: &[] }
    }
}

/// All jobs of the control plane, with the series of theirs that somebody looks at.
pub(super) struct ControlPlane<'a> {
    objects: &'a Objects,
    targets: [Target<'static>; 4],
    up: (Selected<Up>, [Exposed; 4]),
    autoscalers: (Selected<Autoscaler>, Vec<Exposed>),
    workload: (Selected<Workload>, Exposed),
    pods: (Selected<PodSubject>, Subjects<PodId>),
    nodes: (Selected<Node>, Subjects<upswell_engine::nodes::NodeId>),
    containers: (Selected<Container>, Subjects<PodId>),
    scaled_object: (Selected<ScaledObject>, Exposed),
    controller: (Selected<Controller>, Exposed),
}

impl<'a> ControlPlane<'a> {
    pub(super) fn new(objects: &'a Objects, watched: &Watched) -> Self {
        let workloads =
            if objects.workload.kind == "StatefulSet" { &STATEFUL_SETS } else { &DEPLOYMENTS };
        Self {
            objects,
            targets: Job::ALL.map(Job::target),
            up: (Selected::of(&UP, watched, false), Default::default()),
            autoscalers: (
                Selected::of(&AUTOSCALERS, watched, false),
                objects.autoscalers.iter().map(|_| Exposed::default()).collect(),
            ),
            workload: (Selected::of(workloads, watched, false), Exposed::default()),
            pods: (Selected::of(&PODS, watched, false), Subjects::default()),
            nodes: (Selected::of(&NODES, watched, false), Subjects::default()),
            containers: (Selected::of(&cadvisor::TABLE, watched, false), Subjects::default()),
            scaled_object: (Selected::of(&keda::TABLE, watched, false), Exposed::default()),
            controller: (
                Selected::of(&controller_manager::TABLE, watched, false),
                Exposed::default(),
            ),
        }
    }

    /// Whether nobody looks at anything of a job.
    pub(super) fn is_idle(&self, job: Job) -> bool {
        self.up.0.is_empty()
            && match job {
                Job::KubeStateMetrics => {
                    self.autoscalers.0.is_empty()
                        && self.workload.0.is_empty()
                        && self.pods.0.is_empty()
                        && self.nodes.0.is_empty()
                }
                Job::Kubelet => self.containers.0.is_empty(),
                Job::Keda => self.scaled_object.0.is_empty(),
                Job::ControllerManager => self.controller.0.is_empty(),
            }
    }

    /// Scrapes one job.
    pub(super) fn scrape(&mut self, job: Job, seen: &Seen<'_>, recorder: &mut Recorder) {
        let at = Time::from(seen.now);
        let (up, exposed) = &mut self.up;
        let target = &self.targets[job as usize];
        recorder.expose(up, target, (&true, 0), &mut exposed[job as usize], at);
        match job {
            Job::KubeStateMetrics => {
                self.scrape_autoscalers(seen, recorder, at);
                self.scrape_workload(seen, recorder, at);
                self.scrape_pods(seen, recorder, at);
                self.scrape_nodes(seen, recorder, at);
            }
            Job::Kubelet => self.scrape_containers(seen, recorder, at),
            Job::Keda => self.scrape_scaled_object(seen, recorder, at),
            Job::ControllerManager => self.scrape_controller(seen, recorder, at),
        }
    }

    fn scrape_autoscalers(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let (selected, exposed) = &mut self.autoscalers;
        let target = &self.targets[Job::KubeStateMetrics as usize];
        for (object, exposed) in self.objects.autoscalers.iter().zip(exposed) {
            let scales = object.role == AutoscalerRole::Scales;
            let view = AutoscalerView {
                objects: self.objects,
                object,
                status: seen.control.filter(|_| scales).map(Control::status),
                replicas: seen.cluster.active(),
            };
            recorder.expose(selected, target, (&view, 0), exposed, at);
        }
    }

    fn scrape_workload(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let (selected, exposed) = &mut self.workload;
        let view = WorkloadView {
            objects: self.objects,
            created: seen.start - AGE_AT_REST,
            wanted: seen.cluster.wanted().0,
            active: seen.cluster.active().0,
            ready: seen.cluster.ready().0,
        };
        let target = &self.targets[Job::KubeStateMetrics as usize];
        recorder.expose(selected, target, (&view, 0), exposed, at);
    }

    fn scrape_pods(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let (selected, subjects) = &mut self.pods;
        if selected.is_empty() {
            return;
        }
        let target = &self.targets[Job::KubeStateMetrics as usize];
        subjects.visit(seen.cluster.pods(), recorder, at, |(id, pod), exposed, recorder| {
            let node = seen.cluster.node_of_pod(pod);
            let view = PodView { objects: self.objects, id, pod, node };
            recorder.expose(selected, target, (&view, view.generation()), exposed, at);
        });
    }

    fn scrape_nodes(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let (selected, subjects) = &mut self.nodes;
        if selected.is_empty() {
            return;
        }
        let target = &self.targets[Job::KubeStateMetrics as usize];
        let nodes = seen.cluster.running_nodes().map(|node| (node.id, node));
        subjects.visit(nodes, recorder, at, |(_, node), exposed, recorder| {
            recorder.expose(selected, target, (&NodeView { node }, 0), exposed, at);
        });
    }

    fn scrape_containers(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let (selected, subjects) = &mut self.containers;
        if selected.is_empty() {
            return;
        }
        let target = &self.targets[Job::Kubelet as usize];
        let running = seen.cluster.pods().filter(|(_, pod)| pod.pulled.is_some());
        subjects.visit(running, recorder, at, |(id, pod), exposed, recorder| {
            let node = seen.cluster.node_of_pod(pod);
            let work = pod.replica.map_or(0, |replica| seen.fleet.work(replica, seen.now));
            let view = ContainerView {
                pod: PodView { objects: self.objects, id, pod, node },
                usage: seen.usage,
                started: pod.pulled.unwrap_or(pod.created),
                now: seen.now,
                work_s: work as f64 / 1e9,
                in_flight: pod.replica.map_or(0, |replica| seen.fleet.busy_slots(replica)),
            };
            recorder.expose(selected, target, (&view, 0), exposed, at);
        });
    }

    fn scrape_scaled_object(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let Some(object) = &self.objects.scaled_object else { return };
        let (selected, exposed) = &mut self.scaled_object;
        let tallies = seen.control.map_or(&[][..], Control::tallies);
        let view = ScaledObjectView { objects: self.objects, object, tallies };
        let target = &self.targets[Job::Keda as usize];
        recorder.expose(selected, target, (&view, 0), exposed, at);
    }

    fn scrape_controller(&mut self, seen: &Seen<'_>, recorder: &mut Recorder, at: Time) {
        let (selected, exposed) = &mut self.controller;
        let is_stopped = |role| matches!(role, AutoscalerRole::Stopped { .. });
        let stopped = self.objects.autoscalers.iter().filter(|found| is_stopped(found.role));
        let ticks = seen.now.since(seen.start - AGE_AT_REST).as_nanos() / SYNC_PERIOD.as_nanos();
        let desired = seen.control.map(|control| control.status().desired_replicas.0);
        let view = ControllerView {
            objects: self.objects,
            counted: seen.control.map_or(Reconciliations::default(), Control::reconciliations),
            stopped: stopped.count() as u64 * ticks.max(0) as u64,
            desired: desired.filter(|desired| *desired > 0).unwrap_or(seen.cluster.active().0),
        };
        let target = &self.targets[Job::ControllerManager as usize];
        recorder.expose(selected, target, (&view, 0), exposed, at);
    }
}
