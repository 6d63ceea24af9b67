//! From usage to a recommendation: percentile, margin, confidence, minimum, rounding, policy.

use std::collections::BTreeMap;

use upswell_units::{Bytes, Duration, Millicores, Quantity};

use super::aggregate::Aggregate;
use super::capping::{cap_above, cap_below};
use super::history::History;
use super::policy::{OwnSettings, Policy};
use super::resources::{Bound, ContainerRecommendation, Resource, ResourceList};

/// The settings of the recommender. The default is upstream's.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Share added to every percentile.
    pub safety_margin_fraction: f64,
    /// Least CPU of a pod, shared out evenly between its containers.
    pub pod_min_cpu: Millicores,
    /// Least memory of a pod, shared out evenly between its containers.
    pub pod_min_memory: Bytes,
    /// How CPU usage becomes bounds.
    pub cpu: Percentiles,
    /// How memory peaks become bounds.
    pub memory: Percentiles,
    /// CPU is rounded up to a multiple of this; one or less rounds nothing.
    pub round_cpu: Millicores,
    /// Memory is rounded up to a multiple of this; one or less rounds nothing.
    pub round_memory: Bytes,
    /// Stands in where a container policy names no maximum of a resource.
    pub global_max_allowed: ResourceList,
    /// Age at which a CPU sample weighs half.
    pub cpu_half_life: Duration,
    /// Age at which a memory peak weighs half.
    pub memory_half_life: Duration,
    /// Memory intervals and OOM kills.
    pub memory_peaks: MemorySettings,
    /// The alpha gate PerVPAConfig: container policies may set OOM bumps and intervals.
    pub per_vpa_config: bool,
    /// Heeds annotations that want whole cores, see [`Policy::integer_cpu`].
    pub integer_cpu: bool,
}

/// How a histogram of one resource becomes target and bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// Percentile of the target, between 0 and 1.
    pub target: f64,
    /// Percentile of the lower bound.
    pub lower_bound: f64,
    /// Percentile of the upper bound.
    pub upper_bound: f64,
    /// How long a history at a sample a minute must be for a confidence of one.
    pub confidence_interval: Duration,
}

/// How memory samples become peaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemorySettings {
    /// One peak counts in each such interval.
    pub aggregation_interval: Duration,
    /// An OOM kill multiplies what was used by this.
    pub oom_bump_up_ratio: f64,
    /// An OOM kill adds at least so many bytes.
    pub oom_min_bump_up: f64,
}

/// No more is ever recommended, in millicores and in bytes.
const AMOUNT_MAX: f64 = 1e14;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Settings {
    fn default() -> Self {
        let percentiles = Percentiles {
            target: 0.9,
            lower_bound: 0.5,
            upper_bound: 0.95,
            confidence_interval: DAY,
        };
        Self {
            safety_margin_fraction: 0.15,
            pod_min_cpu: Millicores(25),
            pod_min_memory: Bytes(250 << 20),
            cpu: percentiles,
            memory: percentiles,
            round_cpu: Millicores(1),
            round_memory: Bytes(1),
            global_max_allowed: ResourceList::default(),
            cpu_half_life: DAY,
            memory_half_life: DAY,
            memory_peaks: MemorySettings {
                aggregation_interval: DAY,
                oom_bump_up_ratio: 1.2,
                oom_min_bump_up: 104_857_600.0,
            },
            per_vpa_config: false,
            integer_cpu: false,
        }
    }
}

impl Settings {
    /// Returns how a container's memory samples become peaks.
    #[must_use]
    pub fn memory_for(&self, policy: &Policy, container: &str) -> MemorySettings {
        let entry = policy.container(container).filter(|_| self.per_vpa_config);
        let Some(entry) = entry else { return self.memory_peaks };
        let OwnSettings { oom_bump_up_ratio, oom_min_bump_up, memory_aggregation_interval } =
            &entry.own;
        let float = |quantity: &Quantity| quantity.milli_value() as f64 / 1000.0;
        let general = self.memory_peaks;
        MemorySettings {
            aggregation_interval: memory_aggregation_interval
                .unwrap_or(general.aggregation_interval),
            oom_bump_up_ratio: oom_bump_up_ratio.as_ref().map_or(general.oom_bump_up_ratio, float),
            oom_min_bump_up: oom_min_bump_up.as_ref().map_or(general.oom_min_bump_up, float),
        }
    }
}

/// Recommends for every container that the policy does not leave alone, in the order of names.
///
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/logic` and `recommender/routines`.
#[must_use]
pub fn recommend(
    settings: &Settings,
    policy: &Policy,
    history: &History,
) -> Vec<ContainerRecommendation> {
    let mut containers = history.by_container(settings);
    containers.retain(|name, _| !policy.is_off(name));
    recommend_for(settings, policy, &containers)
}

fn recommend_for(
    settings: &Settings,
    policy: &Policy,
    containers: &BTreeMap<String, Aggregate>,
) -> Vec<ContainerRecommendation> {
    let share = 1.0 / containers.len() as f64;
    let recommended = containers.iter().map(|(name, aggregate)| {
        let cpu = Estimator {
            percentiles: &settings.cpu,
            margin: settings.safety_margin_fraction,
            // By way of cores, whose rounding upstream has, too.
            minimum: amount(amount(settings.pod_min_cpu.0 as f64 * 0.001 * 1000.0) as f64 * share),
            aggregate,
            at_percentile: |p| amount(aggregate.cpu.percentile(p) * 1000.0),
        };
        let memory = Estimator {
            percentiles: &settings.memory,
            margin: settings.safety_margin_fraction,
            minimum: amount(amount(settings.pod_min_memory.0 as f64) as f64 * share),
            aggregate,
            at_percentile: |p| amount(aggregate.memory_peaks.percentile(p)),
        };
        let list = |bound| {
            let cpu = Millicores(cpu.estimate(bound));
            let memory = Bytes(memory.estimate(bound));
            controlled(settings, policy, name, cpu, memory)
        };
        let target = list(Bound::Target);
        let mut recommendation = ContainerRecommendation {
            container: name.clone(),
            uncapped_target: Some(target.clone()),
            target: Some(target),
            lower_bound: Some(list(Bound::Lower)),
            upper_bound: Some(list(Bound::Upper)),
        };
        cap_to_policy(&mut recommendation, policy, &settings.global_max_allowed);
        recommendation
    });
    recommended.collect()
}

/// How one resource of one container is estimated.
struct Estimator<'a, P: Fn(f64) -> i64> {
    percentiles: &'a Percentiles,
    margin: f64,
    minimum: i64,
    aggregate: &'a Aggregate,
    /// The histogram's answer in millicores or bytes.
    at_percentile: P,
}

impl<P: Fn(f64) -> i64> Estimator<'_, P> {
    fn estimate(&self, bound: Bound) -> i64 {
        let percentile = match bound {
            Bound::Target => self.percentiles.target,
            Bound::Lower => self.percentiles.lower_bound,
            Bound::Upper => self.percentiles.upper_bound,
        };
        let base = (self.at_percentile)(percentile);
        let with_margin = base.saturating_add(amount(base as f64 * self.margin));
        let confidence = confidence(self.aggregate, self.percentiles.confidence_interval);
        let widened = match bound {
            Bound::Target => with_margin,
            Bound::Lower => {
                let narrow = 1.0 + 0.001 / confidence;
                amount(with_margin as f64 * (1.0 / (narrow * narrow)))
            }
            Bound::Upper => amount(with_margin as f64 * (1.0 + 1.0 / confidence)),
        };
        widened.max(self.minimum)
    }
}

/// How much a history says: days of it, at a sample a minute; fewer samples count for less.
///
/// Only CPU samples count, for memory, too.
fn confidence(aggregate: &Aggregate, interval: Duration) -> f64 {
    let nanos = interval.as_nanos() as f64;
    let lifespan = aggregate.lifespan().as_nanos() as f64 / nanos;
    let minutes = interval.as_secs() / 60;
    let rest = interval - Duration::from_secs(minutes.saturating_mul(60));
    let minutes = minutes as f64 + rest.as_nanos() as f64 / 60e9;
    lifespan.min(aggregate.samples as f64 / minutes)
}

/// Cuts a float down to a whole amount of millicores or bytes within what can be recommended.
pub(super) fn amount(amount: f64) -> i64 {
    // `clamp` keeps NaN, which a float-to-integer `as` turns into zero.
    amount.clamp(0.0, AMOUNT_MAX) as i64
}

/// Rounds the amounts and names those that the policy controls.
fn controlled(
    settings: &Settings,
    policy: &Policy,
    container: &str,
    cpu: Millicores,
    memory: Bytes,
) -> ResourceList {
    let mut cpu = round_up(cpu.0, settings.round_cpu.0);
    if settings.integer_cpu && policy.integer_cpu.contains(container) {
        cpu = round_up(cpu, 1000);
    }
    let memory = round_up(memory.0, settings.round_memory.0);
    let is_controlled = |resource| policy.controls(container, resource);
    ResourceList {
        cpu: is_controlled(Resource::Cpu).then(|| Millicores(cpu).into()),
        memory: is_controlled(Resource::Memory).then(|| Bytes(memory).into()),
    }
}

/// The next multiple of `step`.
fn round_up(amount: i64, step: i64) -> i64 {
    if step <= 1 {
        return amount;
    }
    let rest = amount.rem_euclid(step);
    if rest == 0 { amount } else { amount.saturating_add(step - rest) }
}

/// Caps target and bounds, not the uncapped target, to what the policy and then everybody allows.
fn cap_to_policy(
    recommendation: &mut ContainerRecommendation,
    policy: &Policy,
    global_max_allowed: &ResourceList,
) {
    let entry = policy.container(&recommendation.container);
    let (min, max) = match entry {
        Some(entry) => (entry.min_allowed.clone(), entry.max_allowed.clone()),
        None => (ResourceList::default(), ResourceList::default()),
    };
    let max = ResourceList {
        cpu: max.cpu.or_else(|| global_max_allowed.cpu.clone()),
        memory: max.memory.or_else(|| global_max_allowed.memory.clone()),
    };
    for bound in [Bound::Target, Bound::Lower, Bound::Upper] {
        let Some(list) = recommendation.list_mut(bound) else { continue };
        for resource in Resource::ALL {
            cap_below(list, resource, min.get(resource));
            cap_above(list, resource, max.get(resource));
        }
    }
}
