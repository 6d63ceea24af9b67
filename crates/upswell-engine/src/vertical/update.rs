//! One pass of the updater: which pods are far enough off what is recommended to be evicted.
//!
//! Source: vertical-pod-autoscaler 1.8.0, `updater/logic` and `updater/priority`.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::{Duration, PodName, Timestamp};

use super::capping::cap_for_pod;
use super::eviction::EvictionBudget;
use super::limit_range::LimitRanges;
use super::pod::{Owner, Pod};
use super::policy::{ChangeRequirement, EvictionRequirement, Policy};
use super::resources::{Bound, ContainerRecommendation, Resource, ResourceList, quantity_in};

/// The settings of the updater. The default is upstream's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateSettings {
    /// Relative change of resources below which a pod within its bounds stays.
    pub min_change_priority: f64,
    /// Age below which a pod within its bounds stays.
    pub pod_lifetime_threshold: Duration,
    /// A container killed for want of memory after less than this is too small.
    pub evict_after_oom_threshold: Duration,
    /// Live pods below which an owner keeps them all; the policy may say otherwise.
    pub min_replicas: u32,
    /// Share of an owner's replicas that may be missing.
    pub eviction_tolerance_fraction: f64,
    /// The alpha gate PerVPAConfig: the policy may set the OOM threshold.
    pub per_vpa_config: bool,
}

impl Default for UpdateSettings {
    fn default() -> Self {
        Self {
            min_change_priority: 0.1,
            pod_lifetime_threshold: Duration::from_secs(12 * 60 * 60),
            evict_after_oom_threshold: Duration::from_secs(10 * 60),
            min_replicas: 2,
            eviction_tolerance_fraction: 0.5,
            per_vpa_config: false,
        }
    }
}

/// What the updater sees of a target.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The time of the pass.
    pub now: Timestamp,
    /// What is recommended; `None` if the status has no recommendation yet.
    pub recommendations: Option<&'a [ContainerRecommendation]>,
    /// The LimitRanges of the namespace.
    pub limit_ranges: &'a LimitRanges,
    /// The pods of the target. Those of equal priority are evicted in this order.
    pub pods: &'a [Pod],
    /// The replicas that each owner wants, see [`EvictionBudget::new`].
    pub controllers: &'a BTreeMap<Owner, u32>,
}

/// What a pass comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// What was found of each live pod, in the order observed.
    pub reviews: Vec<Review>,
    /// Pods that should be updated and could be evicted at the start, most urgent first.
    pub order: Vec<PodName>,
    /// Pods to evict, in this order.
    pub evicted: Vec<PodName>,
}

/// What was found of one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// The pod.
    pub pod: PodName,
    /// What is recommended for this very pod.
    pub recommendations: Vec<ContainerRecommendation>,
    /// How far off it is.
    pub priority: Priority,
    /// Whether it should be updated, and why.
    pub verdict: Verdict,
    /// Whether the policy's eviction requirements are met.
    pub is_admitted: bool,
    /// Whether its owner could spare it at the start of the pass.
    pub can_be_evicted: bool,
}

/// How far a pod is off what is recommended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Priority {
    /// Whether some request is outside its bounds.
    pub is_outside_range: bool,
    /// Whether some container needs more.
    pub is_scale_up: bool,
    /// The relative change of the pod's requests, summed over the resources.
    pub resource_diff: f64,
}

/// Whether a pod should be updated, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Yes: some request is outside its bounds.
    OutsideRange,
    /// Yes: a container was killed for want of memory soon after it started.
    QuickOom,
    /// Yes: it is old enough and the change is large enough.
    Drifted {
        /// The relative change.
        resource_diff: f64,
    },
    /// No: it has not started.
    NotStarted,
    /// No: it is within its bounds and too young.
    TooYoung {
        /// When it will be old enough.
        until: Timestamp,
    },
    /// No: it is within its bounds and the change is too small.
    TooSmall {
        /// The relative change.
        resource_diff: f64,
    },
    /// No: a container was killed for want of memory, but it would get no other resources.
    QuickOomUnchanged,
}

impl Verdict {
    /// Returns whether the pod should be updated.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::OutsideRange | Self::QuickOom | Self::Drifted { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideRange => f.write_str("a request is outside its recommended range"),
            Self::QuickOom => {
                f.write_str("a container was killed for want of memory soon after it started")
            }
            Self::Drifted { resource_diff } => {
                write!(f, "its requests would change by {:.0} %", resource_diff * 100.0)
            }
            Self::NotStarted => f.write_str("it has not started"),
            Self::TooYoung { until } => {
                write!(f, "it is within its recommended range and too young until {until}")
            }
            Self::TooSmall { resource_diff } => write!(
                f,
                "it is within its recommended range and would change by only {:.0} %",
                resource_diff * 100.0
            ),
            Self::QuickOomUnchanged => f.write_str(
                "a container was killed for want of memory, but it would get no other resources",
            ),
        }
    }
}

/// Reviews all live pods and chooses whom to evict.
///
/// Chooses nobody in a mode that does not evict, see [`UpdateMode::evicts`].
///
/// [`UpdateMode::evicts`]: super::policy::UpdateMode::evicts
#[must_use]
pub fn pass(settings: &UpdateSettings, policy: &Policy, observed: &Observed<'_>) -> Pass {
    let live: Vec<&Pod> = observed.pods.iter().filter(|pod| !pod.is_deleted).collect();
    let own_minimum = policy.update.as_ref().and_then(|update| update.min_replicas);
    let mut budget = EvictionBudget::new(
        &live,
        observed.controllers,
        own_minimum.unwrap_or(settings.min_replicas),
        settings.eviction_tolerance_fraction,
    );
    let review_pod = |pod: &&Pod| review(settings, policy, observed, &budget, pod);
    let reviews: Vec<Review> = live.iter().map(review_pod).collect();
    let mut queue: Vec<(&Pod, &Review)> = live.into_iter().zip(&reviews).collect();
    queue.retain(|(_, review)| {
        policy.update_mode().evicts()
            && review.can_be_evicted
            && review.verdict.is_accepted()
            && review.is_admitted
    });
    queue.sort_by(|(_, one), (_, other)| other.priority.compare(&one.priority));
    let mut evicted = Vec::new();
    for (pod, _) in &queue {
        if budget.can_evict(pod) {
            budget.evict(pod);
            evicted.push(pod.name.clone());
        }
    }
    let order = queue.iter().map(|(pod, _)| pod.name.clone()).collect();
    Pass { order, evicted, reviews }
}

impl Priority {
    /// Those that need more come first, then those that change most.
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let by_direction = self.is_scale_up.cmp(&other.is_scale_up);
        by_direction.then(self.resource_diff.total_cmp(&other.resource_diff))
    }
}

fn review(
    settings: &UpdateSettings,
    policy: &Policy,
    observed: &Observed<'_>,
    budget: &EvictionBudget<'_>,
    pod: &Pod,
) -> Review {
    let Observed { now, recommendations, limit_ranges, .. } = *observed;
    let recommendations = cap_for_pod(policy, recommendations, limit_ranges, pod).recommendations;
    let priority = priority(pod, &recommendations);
    Review {
        pod: pod.name.clone(),
        priority,
        verdict: verdict(settings, policy, now, pod, &priority),
        is_admitted: is_admitted(policy, pod, &recommendations),
        can_be_evicted: budget.can_evict(pod),
        recommendations,
    }
}

/// Compares what a pod requests with what is recommended for it.
fn priority(pod: &Pod, recommendations: &[ContainerRecommendation]) -> Priority {
    let mut priority = Priority::default();
    for resource in Resource::ALL {
        let (mut requested_milli, mut recommended_milli, mut is_recommended) =
            (0_i64, 0_i64, false);
        for container in pod.containers.iter().filter(|c| pod.has_observed(&c.name)) {
            let recommendation = ContainerRecommendation::of(&container.name, recommendations);
            let bound = |bound| recommendation.and_then(|of| of.list(bound)?.get(resource));
            let Some(target) = bound(Bound::Target) else { continue };
            is_recommended = true;
            recommended_milli = recommended_milli.saturating_add(target.milli_value());
            let requests = container.requirements().requests.as_ref();
            let Some(request) = requests.and_then(|requests| requests.get(resource)) else {
                priority.is_scale_up = true;
                priority.is_outside_range = true;
                continue;
            };
            requested_milli = requested_milli.saturating_add(request.milli_value());
            priority.is_scale_up |= target.milli_value() > request.milli_value();
            priority.is_outside_range |= bound(Bound::Lower).is_some_and(|lower| request < lower)
                || bound(Bound::Upper).is_some_and(|upper| request > upper);
        }
        if is_recommended {
            let requested = (requested_milli as f64).max(1.0);
            priority.resource_diff += (requested - recommended_milli as f64).abs() / requested;
        }
    }
    priority
}

fn verdict(
    settings: &UpdateSettings,
    policy: &Policy,
    now: Timestamp,
    pod: &Pod,
    priority: &Priority,
) -> Verdict {
    let resource_diff = priority.resource_diff;
    let has_quick_oom = has_quick_oom(settings, policy, pod);
    if has_quick_oom && resource_diff == 0.0 {
        return Verdict::QuickOomUnchanged;
    }
    if priority.is_outside_range {
        return Verdict::OutsideRange;
    }
    if has_quick_oom {
        return Verdict::QuickOom;
    }
    let Some(started) = pod.started else { return Verdict::NotStarted };
    let until = started + settings.pod_lifetime_threshold;
    if now < until {
        return Verdict::TooYoung { until };
    }
    if resource_diff < settings.min_change_priority {
        return Verdict::TooSmall { resource_diff };
    }
    Verdict::Drifted { resource_diff }
}

/// Whether a controlled container was killed for want of memory soon after it started.
fn has_quick_oom(settings: &UpdateSettings, policy: &Policy, pod: &Pod) -> bool {
    let own = policy.update.as_ref().and_then(|update| update.evict_after_oom);
    let threshold =
        own.filter(|_| settings.per_vpa_config).unwrap_or(settings.evict_after_oom_threshold);
    pod.containers.iter().any(|container| {
        let termination =
            container.status.as_ref().and_then(|status| status.last_termination.as_ref());
        pod.has_observed(&container.name)
            && !policy.is_off(&container.name)
            && termination.is_some_and(|last| {
                last.is_oom_kill && last.finished.since(last.started) < threshold
            })
    })
}

/// Whether some container with a recommendation meets all eviction requirements.
///
/// Without an `updatePolicy` every pod is admitted; with one, a pod without any recommended
/// container is not, even if there are no requirements.
fn is_admitted(policy: &Policy, pod: &Pod, recommendations: &[ContainerRecommendation]) -> bool {
    let Some(update) = &policy.update else { return true };
    pod.containers.iter().any(|container| {
        let recommendation = ContainerRecommendation::of(&container.name, recommendations);
        recommendation.is_some_and(|recommendation| {
            let requests = container.requirements().requests.as_ref();
            let target = recommendation.target.as_ref();
            let has_request =
                |resource| requests.is_some_and(|requests| requests.get(resource).is_some());
            !Resource::ALL.into_iter().all(has_request)
                || update.eviction_requirements.iter().all(|one| is_met(one, requests, target))
        })
    })
}

/// Whether one of a requirement's resources changes in the demanded direction.
fn is_met(
    requirement: &EvictionRequirement,
    requests: Option<&ResourceList>,
    target: Option<&ResourceList>,
) -> bool {
    requirement.resources.iter().any(|resource| {
        let request = quantity_in(requests, *resource).milli_value();
        let target = quantity_in(target, *resource).milli_value();
        match requirement.change {
            ChangeRequirement::TargetHigherThanRequests => target > request,
            ChangeRequirement::TargetLowerThanRequests => target < request,
        }
    })
}
