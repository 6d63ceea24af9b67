//! What is recommended, as far as policy, LimitRanges and the limits of one pod allow.
//!
//! Source: vertical-pod-autoscaler 1.8.0, `utils/vpa/capping.go`.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::Quantity;

use super::limit_range::{LimitRange, LimitRanges};
use super::pod::{Container, Pod, Requirements};
use super::policy::{ControlledValues, Policy};
use super::proportion::{Present, Rounding, scale};
use super::resources::{Bound, ContainerRecommendation, Resource, ResourceList, quantity_in};

/// Recommendations that fit a pod, and what had to be changed for that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capped {
    /// For containers of the pod only. A container without recommendation is among them if a
    /// LimitRange for pods had to count it: its target is what it requests.
    pub recommendations: Vec<ContainerRecommendation>,
    /// What was changed in the targets, by container.
    pub remarks: BTreeMap<String, Vec<Remark>>,
}

/// Why a resource of a container is not what was recommended.
///
/// [`fmt::Display`] gives the text that upstream puts into the pod's annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The resource.
    pub resource: Resource,
    /// What happened to it.
    pub cause: Cause,
}

/// What happened to a resource of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The policy's minimum is higher.
    MinAllowed,
    /// The policy's maximum is lower.
    MaxAllowed,
    /// The container's limit is lower and must stay.
    ContainerLimit,
    /// With it the limit would be above the LimitRange's maximum.
    LimitRangeMax,
    /// With it the limit, or the request, would be below the LimitRange's minimum.
    LimitRangeMin,
    /// It gets no limit, because it has none.
    NoLimit,
    /// It gets no limit, because nothing is recommended for it.
    NoRequest,
    /// Its limit does not fit 64 bits and is out of proportion.
    LimitOverflow,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource, cause } = self;
        match cause {
            Cause::MinAllowed => write!(f, "{resource} capped to minAllowed"),
            Cause::MaxAllowed => write!(f, "{resource} capped to maxAllowed"),
            Cause::ContainerLimit => write!(f, "{resource} capped to container limit"),
            Cause::LimitRangeMax => {
                write!(f, "{resource} capped to fit Max in container LimitRange")
            }
            Cause::LimitRangeMin => {
                write!(f, "{resource} capped to fit Min in container LimitRange")
            }
            Cause::NoLimit => {
                write!(f, "{resource}: limit NOT set since originalLimit is nil or 0")
            }
            Cause::NoRequest => {
                write!(f, "{resource}: limit NOT set since recommendedRequest is nil or 0")
            }
            Cause::LimitOverflow => write!(
                f,
                "{resource}: failed to keep limit to request ratio; capping limit to int64"
            ),
        }
    }
}

/// Caps recommendations for one pod: LimitRange of pods, then for each container LimitRange,
/// policy, present limit. The uncapped target stays.
///
/// Without recommendation and without container policies there is nothing to cap.
#[must_use]
pub fn cap_for_pod(
    policy: &Policy,
    recommendations: Option<&[ContainerRecommendation]>,
    limit_ranges: &LimitRanges,
    pod: &Pod,
) -> Capped {
    let mut capped = Capped::default();
    if recommendations.is_none() && policy.containers.is_none() {
        return capped;
    }
    let mut recommendations = recommendations.unwrap_or_default().to_vec();
    if let Some(range) = &limit_ranges.pod {
        add_missing(&mut recommendations, pod);
        for bound in [Bound::Upper, Bound::Target, Bound::Lower] {
            for resource in Resource::ALL {
                fit_pod(&mut recommendations, pod, range, resource, bound);
            }
        }
    }
    for mut recommendation in recommendations {
        let named = |container: &&Container| container.name == recommendation.container;
        let Some(container) = pod.containers.iter().find(named) else { continue };
        let range = limit_ranges.container.as_ref();
        let remarks = fit_container(&mut recommendation, policy, range, container);
        if !remarks.is_empty() {
            capped.remarks.insert(recommendation.container.clone(), remarks);
        }
        capped.recommendations.push(recommendation);
    }
    capped
}

/// Raises a named resource to a minimum; an absent or zero minimum is none. Says whether it did.
pub(super) fn cap_below(
    list: &mut ResourceList,
    resource: Resource,
    min: Option<&Quantity>,
) -> bool {
    let Some(min) = min.filter(|min| !min.is_zero()) else { return false };
    let is_below = list.get(resource).is_some_and(|quantity| quantity < min);
    if is_below {
        list.set(resource, min.clone());
    }
    is_below
}

/// Lowers a named resource to a maximum; an absent or zero maximum is none. Says whether it did.
pub(super) fn cap_above(
    list: &mut ResourceList,
    resource: Resource,
    max: Option<&Quantity>,
) -> bool {
    let Some(max) = max.filter(|max| !max.is_zero()) else { return false };
    let is_above = list.get(resource).is_some_and(|quantity| quantity > max);
    if is_above {
        list.set(resource, max.clone());
    }
    is_above
}

/// Takes the requests of containers without recommendation for their targets.
fn add_missing(recommendations: &mut Vec<ContainerRecommendation>, pod: &Pod) {
    let missing: Vec<_> = pod
        .containers
        .iter()
        .filter(|container| ContainerRecommendation::of(&container.name, recommendations).is_none())
        .filter_map(|container| {
            let requests = container.requirements().requests.clone();
            let target = requests.filter(|requests| !requests.is_empty())?;
            let container = container.name.clone();
            Some(ContainerRecommendation { container, target: Some(target), ..Default::default() })
        })
        .collect();
    recommendations.extend(missing);
}

/// Scales one list of all containers until the pod's requests and limits fit a LimitRange.
fn fit_pod(
    recommendations: &mut [ContainerRecommendation],
    pod: &Pod,
    range: &LimitRange,
    resource: Resource,
    bound: Bound,
) {
    let LimitRange { min, max, default } = range;
    let (min, max) = (quantity_in(min.as_ref(), resource), quantity_in(max.as_ref(), resource));
    let (mut requests, mut limits) = (Quantity::ZERO, Quantity::ZERO);
    for container in &pod.containers {
        let present = present(container.requirements(), default.as_ref(), resource);
        let request = match ContainerRecommendation::of(&container.name, recommendations) {
            Some(recommendation) => quantity_in(recommendation.list(bound), resource),
            None => present.request.clone(),
        };
        if let Some(limit) = present.proportional_limit(resource, &request).quantity() {
            limits = limits.plus(limit);
        }
        requests = requests.plus(&request);
    }
    let is_above_max = !max.is_zero() && limits > max;
    let (base, goal, rounding) = if limits.is_zero() {
        return;
    } else if requests < min {
        (requests, min, Rounding::Up)
    } else if is_above_max {
        (limits, max, Rounding::BelowByte)
    } else if limits < min {
        (limits, min, Rounding::BelowByte)
    } else {
        return;
    };
    for container in &pod.containers {
        let named = |other: &&mut ContainerRecommendation| other.container == container.name;
        let recommendation = recommendations.iter_mut().find(named);
        let Some(list) = recommendation.and_then(|of| of.list_mut(bound)) else { continue };
        // A resource that was not recommended is one from here on: upstream does not ask.
        let scaled = scale(resource, &list.get_or_zero(resource), &base, &goal, rounding);
        list.set(resource, scaled.unwrap_or_else(|capped| capped));
    }
}

/// Caps the three lists of one container; returns what was changed in the target.
fn fit_container(
    recommendation: &mut ContainerRecommendation,
    policy: &Policy,
    range: Option<&LimitRange>,
    container: &Container,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for bound in [Bound::Target, Bound::Lower, Bound::Upper] {
        let Some(list) = recommendation.list_mut(bound) else { continue };
        let changed = fit_list(list, policy, range, container);
        if bound == Bound::Target {
            remarks = changed;
        }
    }
    remarks
}

fn fit_list(
    list: &mut ResourceList,
    policy: &Policy,
    range: Option<&LimitRange>,
    container: &Container,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut remark = |is_capped: bool, resource, cause| {
        if is_capped {
            remarks.push(Remark { resource, cause });
        }
    };
    let Requirements { limits, .. } = container.requirements();
    let entry = policy.container(&container.name);
    let keeps_limits = policy.controlled_values(&container.name) == ControlledValues::RequestsOnly;
    for resource in Resource::ALL {
        if let Some(range) = range {
            let (min, max) = boundaries(range, container.requirements(), resource);
            remark(cap_below(list, resource, Some(&min)), resource, Cause::LimitRangeMin);
            remark(cap_above(list, resource, Some(&max)), resource, Cause::LimitRangeMax);
        }
        if let Some(entry) = entry {
            let (min, max) = (entry.min_allowed.get(resource), entry.max_allowed.get(resource));
            remark(cap_below(list, resource, min), resource, Cause::MinAllowed);
            remark(cap_above(list, resource, max), resource, Cause::MaxAllowed);
        }
        let limit = limits.as_ref().and_then(|limits| limits.get(resource));
        if keeps_limits && let Some(limit) = limit {
            remark(cut_to_limit(list, resource, limit), resource, Cause::ContainerLimit);
        }
    }
    remarks
}

/// Lowers a named resource to the container's limit, were it zero. Says whether it did.
fn cut_to_limit(list: &mut ResourceList, resource: Resource, limit: &Quantity) -> bool {
    let is_above =
        list.get(resource).is_some_and(|quantity| quantity.milli_value() > limit.milli_value());
    if is_above {
        list.set(resource, limit.clone());
    }
    is_above
}

/// The least and the highest request with which request and limit fit a LimitRange; zero for none.
fn boundaries(
    range: &LimitRange,
    requirements: &Requirements,
    resource: Resource,
) -> (Quantity, Quantity) {
    let LimitRange { min, max, default } = range;
    let present = present(requirements, default.as_ref(), resource);
    let min = quantity_in(min.as_ref(), resource);
    let max = quantity_in(max.as_ref(), resource);
    let min_for_limit = present.request_at_limit(resource, &min);
    (
        if min > min_for_limit { min } else { min_for_limit },
        present.request_at_limit(resource, &max),
    )
}

/// Request and limit of a container, with a LimitRange's default.
pub(super) fn present(
    requirements: &Requirements,
    default_limit: Option<&ResourceList>,
    resource: Resource,
) -> Present {
    let Requirements { requests, limits } = requirements;
    Present::new(
        quantity_in(requests.as_ref(), resource),
        quantity_in(limits.as_ref(), resource),
        quantity_in(default_limit, resource),
    )
}
