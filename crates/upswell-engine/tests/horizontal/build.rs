//! What the tests are made of: pods, readings, policies, and a target that obeys its autoscaler.

use std::sync::Arc;

use upswell_engine::horizontal::{
    History, HorizontalDecision, Inputs, MetricError, Outcome, Proposal, Recommendation,
    ReplicaCount, decide, propose, settle,
};
use upswell_engine::observation::{
    ConditionStatus, Container, ContainerKind, HorizontalObservation, Pod, PodPhase, PodResources,
    PodSample, PodSamples, Reading, ReadyCondition, Run, Scale,
};
use upswell_engine::policy::{
    Allowance, Behavior, Controller, HorizontalPolicy, MetricSpec, Percent, ResourceName,
    ResourceTarget, ScalingPolicy, SubmittedRules, Tolerance, Tolerances, ValueTarget,
};
use upswell_units::{Duration, MilliUnits, Replicas, Timestamp};

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_000_000);
pub(super) const TEN_PERCENT: Tolerances = Tolerances { up: Tolerance(0.1), down: Tolerance(0.1) };

/// A pod that requests one core and has been ready for a long time.
pub(super) fn ready_pod() -> Pod {
    let long_ago = NOW - Duration::from_secs(100_000);
    Pod {
        phase: PodPhase::Running,
        ready: Some(ReadyCondition { status: ConditionStatus::True, changed_at: long_ago }),
        started_at: Some(long_ago),
        is_deleted: false,
        resources: Arc::new(PodResources {
            containers: vec![container("main", ContainerKind::Main, Some(1000))],
            ..PodResources::default()
        }),
    }
}

/// A pod that started a minute ago and is not ready.
pub(super) fn starting_pod() -> Pod {
    let started = NOW - Duration::from_secs(60);
    let ready = ReadyCondition { status: ConditionStatus::False, changed_at: started };
    Pod { ready: Some(ready), started_at: Some(started), ..ready_pod() }
}

pub(super) fn container(name: &str, kind: ContainerKind, millicores: Option<i64>) -> Container {
    let requests = millicores.map(|request| (ResourceName::Cpu, MilliUnits(request)));
    Container { name: name.to_owned(), kind, requests: requests.into_iter().collect() }
}

pub(super) fn pods(count: u32, pod: Pod) -> Vec<Run<Pod>> {
    vec![Run { count, item: pod }]
}

/// A fresh sample.
pub(super) fn sample(milli: i64) -> PodSample {
    PodSample {
        value: Some(MilliUnits(milli)),
        at: NOW - Duration::from_secs(10),
        window: Duration::from_secs(30),
    }
}

/// Samples in the order of the pods; `None` for a pod without one.
pub(super) fn samples(values: &[Option<i64>]) -> Reading {
    let of_pods = values.iter().map(|value| Run::one(value.map(sample))).collect();
    Reading::Pods(PodSamples { of_pods, of_others: Vec::new() })
}

/// The same sample for each of `count` pods.
pub(super) fn alike(count: u32, milli: i64) -> Reading {
    let of_pods = vec![Run { count, item: Some(sample(milli)) }];
    Reading::Pods(PodSamples { of_pods, of_others: Vec::new() })
}

pub(super) fn external(units: i64) -> Reading {
    Reading::External { values: vec![MilliUnits::from_units(units)], at: NOW }
}

pub(super) fn failed() -> Reading {
    Reading::Failed(upswell_engine::observation::ApiError::new("no answer"))
}

pub(super) fn cpu_utilization(percent: i32) -> MetricSpec {
    let target = ResourceTarget::Utilization(Percent(percent));
    MetricSpec::Resource { resource: ResourceName::Cpu, target }
}

/// A queue of which each replica should hold `per_replica` jobs.
pub(super) fn queue(per_replica: i64) -> MetricSpec {
    let target = ValueTarget::AverageValue(MilliUnits::from_units(per_replica));
    MetricSpec::External { metric: "queue_jobs".to_owned(), target }
}

pub(super) fn policy(metrics: Vec<MetricSpec>, min: u32, max: u32) -> HorizontalPolicy {
    let (min_replicas, max_replicas) = (Replicas(min), Replicas(max));
    HorizontalPolicy { min_replicas, max_replicas, metrics, behavior: None }
}

pub(super) fn inputs<'a>(
    current: u32,
    pods: &'a [Run<Pod>],
    controller: &'a Controller,
) -> Inputs<'a> {
    let (spec_replicas, status_replicas) = (Replicas(current), Replicas(current));
    let scale = Scale { spec_replicas, status_replicas };
    Inputs { now: NOW, scale, pods, tolerances: TEN_PERCENT, controller }
}

/// Asks one metric, with stock settings.
pub(super) fn ask(
    metric: &MetricSpec,
    current: u32,
    pods: &[Run<Pod>],
    reading: &Reading,
) -> Result<Proposal, MetricError> {
    propose(metric, &inputs(current, pods, &Controller::default()), reading)
}

/// As [`ask`], for the replicas alone.
pub(super) fn proposed(
    metric: &MetricSpec,
    current: u32,
    pods: &[Run<Pod>],
    reading: &Reading,
) -> i32 {
    ask(metric, current, pods, reading).expect("the metric can be read").replicas.0
}

pub(super) fn rules(window_secs: i64, policies: &[(Allowance, i64)]) -> SubmittedRules {
    let policy = |&(allowance, secs): &(Allowance, i64)| ScalingPolicy {
        allowance,
        period: Duration::from_secs(secs),
    };
    SubmittedRules {
        stabilization_window: Some(Duration::from_secs(window_secs)),
        policies: Some(policies.iter().map(policy).collect()),
        ..SubmittedRules::default()
    }
}

pub(super) fn behavior(scale_up: SubmittedRules, scale_down: SubmittedRules) -> Behavior {
    Behavior::with_defaults(scale_up, scale_down)
}

pub(super) fn percent(value: i32) -> Allowance {
    Allowance::Percent(Percent(value))
}

pub(super) fn in_pods(value: u32) -> Allowance {
    Allowance::Pods(Replicas(value))
}

/// Recommendations with their age in seconds.
pub(super) fn recommended(entries: &[(i32, i64)]) -> Vec<Recommendation> {
    let entry = |&(replicas, age): &(i32, i64)| Recommendation {
        replicas: ReplicaCount(replicas),
        at: NOW - Duration::from_secs(age),
    };
    entries.iter().map(entry).collect()
}

/// A scale target that does at once what its autoscaler says, tick by tick.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) policy: HorizontalPolicy,
    pub(super) controller: Controller,
    pub(super) history: History,
    pub(super) replicas: Replicas,
    pub(super) now: Timestamp,
}

impl Target {
    pub(super) fn new(policy: HorizontalPolicy, replicas: u32) -> Self {
        let (controller, history) = (Controller::default(), History::default());
        Self { policy, controller, history, replicas: Replicas(replicas), now: NOW }
    }

    pub(super) fn with_behavior(mut self, behavior: Behavior) -> Self {
        self.policy.behavior = Some(behavior);
        self
    }

    pub(super) fn observe(&self, readings: Vec<Reading>) -> HorizontalObservation {
        let scale = Scale { spec_replicas: self.replicas, status_replicas: self.replicas };
        HorizontalObservation {
            now: self.now,
            scale: Ok(scale),
            pods: Ok(pods(self.replicas.0, ready_pod())),
            readings,
        }
    }

    pub(super) fn decide(&self, readings: Vec<Reading>) -> HorizontalDecision {
        decide(&self.policy, &self.controller, &self.history, &self.observe(readings))
    }

    /// One tick, done as decided; returns the decision. The next tick is due 15 s later.
    pub(super) fn tick(&mut self, readings: Vec<Reading>) -> HorizontalDecision {
        let decision = self.decide(readings);
        let outcome = match &decision.rescale {
            Some(rescale) => {
                self.replicas = rescale.to;
                Outcome::ScaleWritten
            }
            None => Outcome::NothingToDo,
        };
        let _ = settle(&mut self.history, &decision, &outcome);
        self.now = decision.wake_at;
        decision
    }

    /// Ticks for `secs` with the same readings; returns the replicas at the end.
    pub(super) fn run(&mut self, secs: i64, readings: &[Reading]) -> u32 {
        let end = self.now + Duration::from_secs(secs);
        while self.now < end {
            let _ = self.tick(readings.to_vec());
        }
        self.replicas.0
    }
}
