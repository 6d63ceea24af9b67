//! What manifests ask for, and how the controllers that serve them are set.
//!
//! Manifests compile to these types; nothing here knows YAML. Defaults are those of
//! autoscaling/v2 and of kube-controller-manager, both as of Kubernetes 1.36.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, MilliUnits, ObjectRef, Replicas, ScaleTarget, TriggerName};

use crate::activation::{ActivationPolicy, CompositeMetric, MetricTarget};

/// All that is asked for one scale target.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What is scaled.
    pub target: ScaleTarget,
    /// What the HorizontalPodAutoscaler asks for, or the one that a ScaledObject stands for.
    pub horizontal: HorizontalPolicy,
    /// How the loop of the horizontal decision is set; its `sync_period` is the loop's period.
    pub controller: Controller,
    /// What a ScaledObject asks for beyond its HPA; its `polling_interval` is the loop's period.
    /// Absent for a plain HorizontalPodAutoscaler.
    pub activation: Option<ActivationPolicy>,
    /// The formula of `scalingModifiers`, compiled.
    pub composite: Option<CompositeMetric>,
    /// The triggers of the ScaledObject, in its order.
    pub triggers: Vec<TriggerPolicy>,
    /// How readings are shared and failures counted.
    pub reading: ReadingPolicy,
}

/// A trigger, as far as decisions look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerPolicy {
    /// The name by which a formula calls it; empty where it has none.
    pub name: String,
    /// What is read.
    pub source: TriggerSource,
    /// Whether the horizontal decision takes the activation's reading (`useCachedMetrics`).
    pub is_cached: bool,
}

/// What a trigger reads.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerSource {
    /// The resource metrics of the pods: nothing to read here.
    Resource,
    /// These metrics from its own source.
    External(Vec<TriggerMetric>),
}

/// A metric that a trigger reads from its own source.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerMetric {
    /// Its name in the HPA.
    pub name: TriggerName,
    /// What it is compared with.
    pub target: MetricTarget,
}

/// How readings are shared and failures counted.
///
/// Upstream reads anew for every poll and every HPA query, and counts every failure. Upswell reads
/// once for both and much more often; so that the user's `failureThreshold` keeps its meaning in
/// time, it counts at most one failure for each of the user's own polling intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadingPolicy {
    /// Whether a reading serves every decision of its instant.
    pub is_shared: bool,
    /// Least time between two failures of a metric that are both counted.
    pub failure_spacing: Duration,
}

/// What one HorizontalPodAutoscaler asks for, after API defaulting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizontalPolicy {
    /// Never fewer than this; zero only where the gate `HPAScaleToZero` is on.
    pub min_replicas: Replicas,
    /// Never more than this.
    pub max_replicas: Replicas,
    /// The metrics; the one that proposes most replicas wins.
    pub metrics: Vec<MetricSpec>,
    /// Windows and rates; without it the controller's own limits hold.
    pub behavior: Option<Behavior>,
}

/// One metric and its target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetricSpec {
    /// A resource that the pods use, all their containers together.
    Resource {
        /// Which resource.
        resource: ResourceName,
        /// How much of it a pod should use.
        target: ResourceTarget,
    },
    /// A resource that one container of each pod uses.
    ContainerResource {
        /// Which resource.
        resource: ResourceName,
        /// Name of the container.
        container: String,
        /// How much of it the container should use.
        target: ResourceTarget,
    },
    /// A metric that each pod reports about itself.
    Pods {
        /// Name of the metric.
        metric: String,
        /// The average over the pods to reach.
        average_value: MilliUnits,
    },
    /// A metric of one Kubernetes object.
    Object {
        /// Name of the metric.
        metric: String,
        /// The object that the metric describes.
        described_object: ObjectRef,
        /// The value to reach.
        target: ValueTarget,
    },
    /// A metric from outside of the cluster.
    External {
        /// Name of the metric.
        metric: String,
        /// The value to reach.
        target: ValueTarget,
    },
    /// A metric that the API server let pass and the controller cannot use.
    Invalid(InvalidMetric),
}

/// Why a metric of the manifest cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvalidMetric {
    /// The source type is none of the five that autoscaling/v2 knows.
    SourceType(String),
    /// The source has no target that fits it.
    NoTarget(MetricSource),
}

/// Where a metric comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MetricSource {
    /// The resource metrics of whole pods.
    Resource,
    /// The resource metrics of one container.
    ContainerResource,
    /// The custom metrics of pods.
    Pods,
    /// The custom metrics of another object.
    Object,
    /// The external metrics.
    External,
}

/// A compute resource, as it stands in `resources.requests`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResourceName {
    /// `cpu`, in cores.
    Cpu,
    /// `memory`, in bytes.
    Memory,
    /// Any other, such as `nvidia.com/gpu`.
    Other(String),
}

/// What a Resource or ContainerResource metric should come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceTarget {
    /// Average usage as a share of the requests.
    Utilization(Percent),
    /// Average usage per pod, in thousandths of a core or of a byte.
    AverageValue(MilliUnits),
}

/// What an Object or External metric should come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueTarget {
    /// The metric itself; replicas grow with value ÷ target.
    Value(MilliUnits),
    /// The metric divided by the replicas.
    AverageValue(MilliUnits),
}

/// Hundredths, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(pub i32);

/// How far usage ÷ target may be from one before anything happens, as a fraction: 0.1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tolerance(pub f64);

/// How fast and how steadily to scale, after API defaulting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Behavior {
    /// Rules for more replicas.
    pub scale_up: ScalingRules,
    /// Rules for fewer replicas.
    pub scale_down: ScalingRules,
}

/// The rules of one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingRules {
    /// How far back recommendations are looked at. Absent, which defaulting leaves only for scaling
    /// down, stands for the controller's downscale stabilization.
    pub stabilization_window: Option<Duration>,
    /// Which policy decides where several allow different amounts.
    pub select_policy: SelectPolicy,
    /// How much may change in how much time.
    pub policies: Vec<ScalingPolicy>,
    /// Replaces the controller's tolerance in this direction.
    pub tolerance: Option<Tolerance>,
}

/// The rules of one direction as they were written: any field may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubmittedRules {
    /// `stabilizationWindowSeconds`.
    pub stabilization_window: Option<Duration>,
    /// `selectPolicy`.
    pub select_policy: Option<SelectPolicy>,
    /// `policies`.
    pub policies: Option<Vec<ScalingPolicy>>,
    /// `tolerance`.
    pub tolerance: Option<Tolerance>,
}

/// Which of several scaling policies decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    Max,
    /// The one that allows the smallest change.
    Min,
    /// None: no scaling in this direction.
    Disabled,
}

/// How much may change within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingPolicy {
    /// How much.
    pub allowance: Allowance,
    /// Over which time, looking back from now.
    pub period: Duration,
}

/// The change that a policy allows within its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allowance {
    /// This many pods.
    Pods(Replicas),
    /// This share of the replicas at the start of the period.
    Percent(Percent),
}

/// The settings of kube-controller-manager that the HPA depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Controller {
    /// `--horizontal-pod-autoscaler-tolerance`.
    pub tolerance: Tolerance,
    /// `--horizontal-pod-autoscaler-downscale-stabilization`.
    pub downscale_stabilization: Duration,
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`.
    pub cpu_initialization_period: Duration,
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`.
    pub initial_readiness_delay: Duration,
    /// Without behavior, one tick at most multiplies the replicas by this.
    pub scale_up_limit_factor: f64,
    /// Without behavior, one tick may always go up to this many replicas.
    pub scale_up_limit_minimum: f64,
    /// `--horizontal-pod-autoscaler-sync-period`: time between two ticks.
    pub sync_period: Duration,
    /// Feature gates.
    pub gates: FeatureGates,
}

/// The feature gates of Kubernetes that change what the HPA decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureGates {
    /// `HPAScaleToZero`: alpha, off.
    pub scale_to_zero: bool,
    /// `HPAConfigurableTolerance`: on.
    pub configurable_tolerance: bool,
    /// `PodLevelResources`: on.
    pub pod_level_resources: bool,
}

/// The tolerances that hold for one decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Above the target.
    pub up: Tolerance,
    /// Below the target.
    pub down: Tolerance,
}

/// Source: Kubernetes 1.36, cmd/kube-controller-manager/app/options/hpacontroller.go and
/// pkg/controller/podautoscaler/horizontal.go.
impl Default for Controller {
    fn default() -> Self {
        Self {
            tolerance: Tolerance(0.1),
            downscale_stabilization: Duration::from_secs(300),
            cpu_initialization_period: Duration::from_secs(300),
            initial_readiness_delay: Duration::from_secs(30),
            scale_up_limit_factor: 2.0,
            scale_up_limit_minimum: 4.0,
            sync_period: Duration::from_secs(15),
            gates: FeatureGates::default(),
        }
    }
}

impl Default for FeatureGates {
    fn default() -> Self {
        Self { scale_to_zero: false, configurable_tolerance: true, pod_level_resources: true }
    }
}

impl Behavior {
    /// Fills in what was not written, field by field.
    ///
    /// Up: no window, the largest of 4 pods or 100 % in 15 s. Down: 100 % in 15 s; the window stays
    /// absent, and so becomes the controller's. An empty list of policies is a written one.
    /// Source: Kubernetes 1.36, pkg/apis/autoscaling/v2/defaults.go.
    #[must_use]
    pub fn with_defaults(scale_up: SubmittedRules, scale_down: SubmittedRules) -> Self {
        let in_15_s = |allowance| ScalingPolicy { allowance, period: Duration::from_secs(15) };
        let doubling = in_15_s(Allowance::Percent(Percent(100)));
        let four_pods = in_15_s(Allowance::Pods(Replicas(4)));
        let mut scale_up = scale_up.or_policies(vec![four_pods, doubling]);
        scale_up.stabilization_window.get_or_insert(Duration::ZERO);
        Self { scale_up, scale_down: scale_down.or_policies(vec![doubling]) }
    }
}

impl ScalingRules {
    /// Returns the longest period of the policies.
    #[must_use]
    pub fn longest_period(&self) -> Duration {
        self.policies.iter().map(|policy| policy.period).max().unwrap_or(Duration::ZERO)
    }
}

impl SubmittedRules {
    fn or_policies(self, policies: Vec<ScalingPolicy>) -> ScalingRules {
        let Self { stabilization_window, select_policy, policies: written, tolerance } = self;
        ScalingRules {
            stabilization_window,
            select_policy: select_policy.unwrap_or(SelectPolicy::Max),
            policies: written.unwrap_or(policies),
            tolerance,
        }
    }
}

impl HorizontalPolicy {
    /// Returns the tolerances of both directions: the policy's own where the gate
    /// `HPAConfigurableTolerance` allows them, and else the controller's.
    #[must_use]
    pub fn tolerances(&self, controller: &Controller) -> Tolerances {
        let own = self.behavior.as_ref().filter(|_| controller.gates.configurable_tolerance);
        let or_controller = |own: Option<Tolerance>| own.unwrap_or(controller.tolerance);
        Tolerances {
            up: or_controller(own.and_then(|behavior| behavior.scale_up.tolerance)),
            down: or_controller(own.and_then(|behavior| behavior.scale_down.tolerance)),
        }
    }

    /// Returns whether a metric exists that has a value while no pod runs.
    #[must_use]
    pub fn has_metric_without_pods(&self) -> bool {
        let mut sources = self.metrics.iter().filter_map(MetricSpec::source);
        sources.any(|source| matches!(source, MetricSource::Object | MetricSource::External))
    }
}

impl MetricSpec {
    /// Returns where the metric comes from; `None` for an unknown type.
    #[must_use]
    pub const fn source(&self) -> Option<MetricSource> {
        match self {
            Self::Resource { .. } => Some(MetricSource::Resource),
            Self::ContainerResource { .. } => Some(MetricSource::ContainerResource),
            Self::Pods { .. } => Some(MetricSource::Pods),
            Self::Object { .. } => Some(MetricSource::Object),
            Self::External { .. } => Some(MetricSource::External),
            Self::Invalid(InvalidMetric::NoTarget(source)) => Some(*source),
            Self::Invalid(InvalidMetric::SourceType(_)) => None,
        }
    }

    /// Returns the metric that the API server adds where a manifest names none: 80 % of the
    /// requested CPU.
    #[must_use]
    pub const fn default_metric() -> Self {
        Self::Resource {
            resource: ResourceName::Cpu,
            target: ResourceTarget::Utilization(Percent(80)),
        }
    }
}

impl Tolerances {
    /// Returns whether `ratio` (usage ÷ target) is too close to one to act; both ends count.
    #[must_use]
    pub fn allow(self, ratio: f64) -> bool {
        // The form matters: |ratio − 1| <= tolerance rounds differently on the edges.
        1.0 - self.down.0 <= ratio && ratio <= 1.0 + self.up.0
    }
}

impl From<&str> for ResourceName {
    fn from(name: &str) -> Self {
        match name {
            "cpu" => Self::Cpu,
            "memory" => Self::Memory,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Other(name) => name,
        })
    }
}

impl MetricSource {
    /// Returns the name of the type in autoscaling/v2.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::ContainerResource => "ContainerResource",
            Self::Pods => "Pods",
            Self::Object => "Object",
            Self::External => "External",
        }
    }
}

impl fmt::Display for MetricSpec {
    /// Names the metric for people: `cpu utilization`, `external metric queue_depth`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource { resource, target } => write!(f, "{resource} {target}"),
            Self::ContainerResource { resource, container, target } => {
                write!(f, "{resource} {target} of container {container}")
            }
            Self::Pods { metric, .. } => write!(f, "pods metric {metric}"),
            Self::Object { metric, described_object, .. } => {
                write!(f, "metric {metric} of {described_object}")
            }
            Self::External { metric, .. } => write!(f, "external metric {metric}"),
            Self::Invalid(InvalidMetric::SourceType(source)) => {
                write!(f, "metric of unknown type {source}")
            }
            Self::Invalid(InvalidMetric::NoTarget(source)) => {
                write!(f, "{} metric without a target", source.as_str())
            }
        }
    }
}

impl fmt::Display for ResourceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utilization(_) => "utilization",
            Self::AverageValue(_) => "usage",
        })
    }
}
