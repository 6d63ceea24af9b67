//! One pod admission: the resources a new pod gets, and the JSON patch that gives them.
//!
//! Source: vertical-pod-autoscaler 1.8.0, `admission-controller/resource/pod`.

use std::collections::BTreeMap;

use super::capping::{Capped, Cause, Remark, cap_for_pod, present};
use super::limit_range::LimitRanges;
use super::pod::{Container, Pod, Requirements};
use super::policy::{ControlledValues, Policy, UpdateMode};
use super::proportion::ProportionalLimit;
use super::resources::{ContainerRecommendation, Resource, ResourceList, quantity_in};

/// What an admission comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// What was computed for each container, in the order of the pod; absent lists stay as they
    /// are. In mode Off this is only for information.
    pub computed: Vec<Requirements>,
    /// What each container asks for in the end.
    pub admitted: Vec<Requirements>,
    /// Why that is not what was recommended, by container.
    pub remarks: BTreeMap<String, Vec<Remark>>,
    /// What leads there: each adds a value, parents first.
    pub patches: Vec<Patch>,
}

/// An operation `add` of a JSON patch (RFC 6902).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// JSON pointer (RFC 6901).
    pub path: String,
    /// The value to add.
    pub value: PatchValue,
}

/// The value of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchValue {
    /// An empty object, for others to fill.
    Object,
    /// A quantity in canonical form.
    Quantity(String),
}

/// Gives a new pod the resources that are recommended for it.
///
/// In mode Off no amount is changed, and what is computed does not heed which values the policy
/// controls. All other modes admit alike. In every mode a container without resources gets an
/// empty object of them, for patches to follow or not.
#[must_use]
pub fn admit(
    policy: &Policy,
    recommendations: Option<&[ContainerRecommendation]>,
    limit_ranges: &LimitRanges,
    pod: &Pod,
) -> Admission {
    let Capped { recommendations, mut remarks } = match recommendations {
        Some(recommendations) => cap_for_pod(policy, Some(recommendations), limit_ranges, pod),
        None => Capped::default(),
    };
    let is_off = policy.update_mode() == UpdateMode::Off;
    let default_limit = limit_ranges.container.as_ref().and_then(|range| range.default.as_ref());
    let mut computed = Vec::new();
    for container in &pod.containers {
        let recommendation = ContainerRecommendation::of(&container.name, &recommendations);
        let target = recommendation.and_then(|recommendation| recommendation.target.clone());
        let mut requirements = Requirements { requests: target, limits: None };
        let values = policy.controlled_values(&container.name);
        if recommendation.is_some() && (is_off || values == ControlledValues::RequestsAndLimits) {
            let requests = requirements.requests.as_ref();
            let (limits, why) = proportional_limits(container, requests, default_limit);
            if !limits.is_empty() {
                requirements.limits = Some(limits);
                remarks.entry(container.name.clone()).or_default().extend(why);
            }
        }
        computed.push(requirements);
    }
    remarks.retain(|_, remarks| !remarks.is_empty());
    let nothing = vec![Requirements::default(); pod.containers.len()];
    let given = if is_off { &nothing } else { &computed };
    let pairs = || pod.containers.iter().zip(given);
    Admission {
        admitted: pairs().map(|(container, given)| overlaid(container, given)).collect(),
        patches: pairs()
            .enumerate()
            .flat_map(|(index, (c, given))| patches(index, c, given))
            .collect(),
        computed,
        remarks,
    }
}

/// The limits that go with new requests, and why they are not in proportion or not there.
fn proportional_limits(
    container: &Container,
    new_requests: Option<&ResourceList>,
    default_limit: Option<&ResourceList>,
) -> (ResourceList, Vec<Remark>) {
    let (mut limits, mut remarks) = (ResourceList::default(), Vec::new());
    for resource in Resource::ALL {
        let new_request = quantity_in(new_requests, resource);
        let present = present(container.requirements(), default_limit, resource);
        let limit = present.proportional_limit(resource, &new_request);
        let cause = match limit {
            ProportionalLimit::Kept(_) => None,
            ProportionalLimit::Capped(_) => Some(Cause::LimitOverflow),
            ProportionalLimit::NoLimit => Some(Cause::NoLimit),
            ProportionalLimit::NoRequest => Some(Cause::NoRequest),
        };
        remarks.extend(cause.map(|cause| Remark { resource, cause }));
        if let Some(quantity) = limit.quantity() {
            limits.set(resource, quantity.clone());
        }
    }
    (limits, remarks)
}

/// What a container asks for with new values over its own.
fn overlaid(container: &Container, given: &Requirements) -> Requirements {
    let over = |own: &Option<ResourceList>, given: &Option<ResourceList>| {
        let Some(given) = given.as_ref().filter(|given| !given.is_empty()) else {
            return own.clone();
        };
        let mut list = own.clone().unwrap_or_default();
        for (resource, quantity) in given.iter() {
            list.set(resource, quantity.clone());
        }
        Some(list)
    };
    let Requirements { requests, limits } = container.requirements();
    Requirements { requests: over(requests, &given.requests), limits: over(limits, &given.limits) }
}

/// The patches of one container.
fn patches(index: usize, container: &Container, given: &Requirements) -> Vec<Patch> {
    let root = format!("/spec/containers/{index}/resources");
    let Requirements { requests, limits } = container.requirements();
    let mut patches = Vec::new();
    if requests.is_none() && limits.is_none() {
        patches.push(Patch { path: root.clone(), value: PatchValue::Object });
    }
    for (field, own, given) in
        [("requests", requests, &given.requests), ("limits", limits, &given.limits)]
    {
        let Some(given) = given.as_ref().filter(|given| !given.is_empty()) else { continue };
        let list = format!("{root}/{field}");
        if own.is_none() {
            patches.push(Patch { path: list.clone(), value: PatchValue::Object });
        }
        patches.extend(given.iter().map(|(resource, quantity)| Patch {
            path: format!("{list}/{resource}"),
            value: PatchValue::Quantity(quantity.to_string()),
        }));
    }
    patches
}
