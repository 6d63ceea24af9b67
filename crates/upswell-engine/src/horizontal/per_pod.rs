//! Resource, ContainerResource and Pods metrics: one sample per pod.

use upswell_units::MilliUnits;

use super::calculator::{Basis, Inputs, MetricError, Proposal, Reported};
use super::classify::{PodGroup, PodGroups, classify, usable, with_samples};
use super::replica_count::ReplicaCount;
use super::requests::pod_request;
use crate::observation::{Pod, PodSamples};
use crate::policy::{Percent, ResourceName};

/// What the samples are measured against.
pub(super) enum PerPod<'a> {
    /// The requests of the pods, or of one container of each.
    Utilization { resource: &'a ResourceName, container: Option<&'a str>, target: Percent },
    /// A fixed amount per pod. The resource is absent for Pods metrics.
    Average { resource: Option<&'a ResourceName>, target: MilliUnits },
}

/// Sums over some of the pods. They wrap at 64 bits, as upstream.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// Samples, including those of pods that the selector does not match.
    samples: i64,
    /// Samples that usage and requests add up.
    entries: i64,
    usage: i64,
    requests: i64,
}

/// What one walk over the pods gathers.
#[derive(Default)]
struct Tally {
    groups: PodGroups,
    /// The samples that count.
    sampled: Sums,
    /// Pods without a sample, each taken to use what it should.
    missing: Sums,
    /// Pods that start up, each taken to use nothing.
    unready: Sums,
    /// The first pod whose request is not known.
    request_error: Option<MetricError>,
}

/// Usage against the target.
struct Measured {
    ratio: f64,
    reported: Reported,
}

/// Returns what a metric of the pods wants.
///
/// Pods that start up or have no sample are first left out. If that leaves something to do, they
/// are filled in so that they speak against it; what still remains is done.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, GetResourceReplicas and
/// calcPlainMetricReplicas.
pub(super) fn propose_per_pod(
    per_pod: &PerPod,
    inputs: &Inputs,
    samples: &PodSamples,
) -> Result<Proposal, MetricError> {
    if inputs.pods.iter().all(|run| run.count == 0) {
        return Err(MetricError::NoPods);
    }
    let tally = per_pod.tally(inputs, samples);
    if tally.sampled.samples == 0 {
        return Err(MetricError::NoUsableSamples);
    }
    if let Some(error) = tally.request_error {
        return Err(error);
    }
    let Measured { ratio, reported } = per_pod.measure(tally.sampled)?;
    let current = ReplicaCount::from(inputs.scale.spec_replicas);
    let scales_up_with_unready = tally.groups.unready > 0 && ratio > 1.0;
    let (replicas, basis) = if tally.groups.missing > 0 || scales_up_with_unready {
        let filled = tally.filled_in(ratio);
        let new_ratio = per_pod.measure(filled)?.ratio;
        match replicas_filled_in(ratio, new_ratio, filled.samples, current, inputs) {
            Some(replicas) => (replicas, Basis::Ratio),
            None => (current, Basis::HeldByPods(tally.groups)),
        }
    } else if inputs.tolerances.allow(ratio) {
        (current, Basis::WithinTolerance)
    } else {
        (ReplicaCount::ceil(ratio * tally.groups.ready as f64), Basis::Ratio)
    };
    Ok(Proposal { replicas, basis, reported, sampled_at: samples.first_at() })
}

/// The replicas that the ratio with all pods filled in asks for, unless it reverses the first one.
fn replicas_filled_in(
    ratio: f64,
    new_ratio: f64,
    samples: i64,
    current: ReplicaCount,
    inputs: &Inputs,
) -> Option<ReplicaCount> {
    let reverses = (ratio < 1.0 && new_ratio > 1.0) || (ratio > 1.0 && new_ratio < 1.0);
    if inputs.tolerances.allow(new_ratio) || reverses {
        return None;
    }
    let replicas = ReplicaCount::ceil(new_ratio * samples as f64);
    // Samples may number more or fewer than the replicas, and so turn the direction as well.
    let turns = (new_ratio < 1.0 && replicas > current) || (new_ratio > 1.0 && replicas < current);
    (!turns).then_some(replicas)
}

impl PerPod<'_> {
    fn tally(&self, inputs: &Inputs, samples: &PodSamples) -> Tally {
        let mut tally = Tally::default();
        for (count, pod, sample) in with_samples(inputs.pods, samples) {
            let sample = usable(sample);
            let group = classify(pod, sample, self.resource(), inputs.controller, inputs.now);
            let request = self.request_of(pod, inputs).unwrap_or_else(|error| {
                tally.request_error.get_or_insert(error);
                0
            });
            let value = sample.and_then(|sample| sample.value).unwrap_or_default();
            let expected = self.expected_usage(request);
            let (pods, sums, usage) = match group {
                PodGroup::Ignored => {
                    tally.groups.ignored += u64::from(count);
                    continue;
                }
                PodGroup::Ready => (&mut tally.groups.ready, &mut tally.sampled, value.0),
                PodGroup::Unready => (&mut tally.groups.unready, &mut tally.unready, 0),
                PodGroup::Missing => (&mut tally.groups.missing, &mut tally.missing, expected),
            };
            *pods += u64::from(count);
            sums.add(i64::from(count), usage, request);
        }
        for value in samples.of_others.iter().filter_map(|sample| sample.value) {
            self.add_other(&mut tally.sampled, value);
        }
        tally
    }

    /// Counts the sample of a pod that the selector does not match. Its request is not known, so
    /// that it is no part of a utilization; it still counts as a sample.
    fn add_other(&self, sampled: &mut Sums, value: MilliUnits) {
        match self {
            Self::Utilization { .. } => sampled.samples += 1,
            Self::Average { .. } => sampled.add(1, value.0, 0),
        }
    }

    fn resource(&self) -> Option<&ResourceName> {
        match self {
            Self::Utilization { resource, .. } => Some(resource),
            Self::Average { resource, .. } => *resource,
        }
    }

    fn request_of(&self, pod: &Pod, inputs: &Inputs) -> Result<i64, MetricError> {
        let Self::Utilization { resource, container, .. } = self else { return Ok(0) };
        let use_pod_level = inputs.controller.gates.pod_level_resources;
        pod_request(&pod.resources, resource, *container, use_pod_level).map(|request| request.0)
    }

    /// What a pod without a sample is taken to use on the way down: its target, and at least what
    /// it requests.
    fn expected_usage(&self, request: i64) -> i64 {
        match self {
            Self::Utilization { target, .. } => {
                request.wrapping_mul(i64::from(target.0.max(100))) / 100
            }
            Self::Average { target, .. } => target.0,
        }
    }

    /// Usage against the target. All divisions truncate toward zero; a utilization is a whole
    /// percent in 32 bits.
    fn measure(&self, sums: Sums) -> Result<Measured, MetricError> {
        match self {
            Self::Utilization { target, .. } => {
                if sums.requests == 0 {
                    return Err(MetricError::ZeroRequests);
                }
                let percent = sums.usage.wrapping_mul(100).wrapping_div(sums.requests) as i32;
                let average_value = MilliUnits(sums.usage.checked_div(sums.entries).unwrap_or(0));
                Ok(Measured {
                    ratio: f64::from(percent) / f64::from(target.0),
                    reported: Reported::Utilization {
                        utilization: Percent(percent),
                        average_value,
                    },
                })
            }
            Self::Average { target, .. } => {
                let average = sums.usage.checked_div(sums.samples).unwrap_or(0);
                Ok(Measured {
                    ratio: average as f64 / target.0 as f64,
                    reported: Reported::AverageValue(Some(MilliUnits(average))),
                })
            }
        }
    }
}

impl Tally {
    /// Adds the pods that were left out, so that they speak against what `ratio` asks for.
    fn filled_in(&self, ratio: f64) -> Sums {
        let mut filled = self.sampled;
        if ratio < 1.0 {
            filled.add_all(self.missing);
        } else if ratio > 1.0 {
            filled.add_all(Sums { usage: 0, ..self.missing });
            filled.add_all(self.unready);
        }
        filled
    }
}

impl Sums {
    /// Counts `count` pods that are alike.
    fn add(&mut self, count: i64, usage: i64, request: i64) {
        let usage = count.wrapping_mul(usage);
        let requests = count.wrapping_mul(request);
        self.add_all(Self { samples: count, entries: count, usage, requests });
    }

    fn add_all(&mut self, other: Self) {
        let Self { samples, entries, usage, requests } = other;
        self.samples += samples;
        self.entries += entries;
        self.usage = self.usage.wrapping_add(usage);
        self.requests = self.requests.wrapping_add(requests);
    }
}
