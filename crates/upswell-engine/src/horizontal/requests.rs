//! What a pod requests of a resource, which utilization is measured against.

use upswell_units::MilliUnits;

use super::calculator::MetricError;
use crate::observation::{Container, ContainerKind, PodResources};
use crate::policy::ResourceName;

/// Returns what a pod, or one `container` of it, requests of `resource`.
///
/// A request for the pod as a whole takes the place of the containers' sum if `use_pod_level`, the
/// gate `PodLevelResources`, is on and no container is named.
///
/// # Errors
///
/// A container without a request for the resource, a container that the pod does not have, or a pod
/// with pod-level requests of which nothing yields the resource.
/// Source: Kubernetes 1.36, podautoscaler/replica_calculator.go, calculateRequests.
pub fn pod_request(
    resources: &PodResources,
    resource: &ResourceName,
    container: Option<&str>,
    use_pod_level: bool,
) -> Result<MilliUnits, MetricError> {
    let has_pod_level = use_pod_level && !resources.pod_level_requests.is_empty();
    if let Some(name) = container {
        let is_named = |container: &Container| container.name == name;
        let named = long_running(resources).find(|container| is_named(container));
        let named = named.ok_or_else(|| MetricError::ContainerNotFound(name.to_owned()))?;
        return request_of(named, resource);
    }
    if has_pod_level {
        let whole = resources.pod_level_requests.get(resource).copied();
        let request = whole.or_else(|| effective_request(resources, resource));
        return request.ok_or_else(|| MetricError::MissingPodLevelRequest(resource.clone()));
    }
    long_running(resources)
        .try_fold(MilliUnits(0), |sum, container| Ok(plus(sum, request_of(container, resource)?)))
}

/// The containers that run as long as the pod does.
fn long_running(resources: &PodResources) -> impl Iterator<Item = &Container> {
    resources.containers.iter().filter(|container| container.kind != ContainerKind::Init)
}

fn request_of(container: &Container, resource: &ResourceName) -> Result<MilliUnits, MetricError> {
    container.requests.get(resource).copied().ok_or_else(|| MetricError::MissingRequest {
        resource: resource.clone(),
        container: container.name.clone(),
    })
}

/// What the scheduler reserves for the containers: the larger of what runs for good and of the peak
/// while the init containers pass. `None` if no container requests the resource.
///
/// Source: Kubernetes 1.36, component-helpers/resource/helpers.go, AggregateContainerRequests.
fn effective_request(resources: &PodResources, resource: &ResourceName) -> Option<MilliUnits> {
    let (mut running, mut sidecars, mut peak) = (MilliUnits(0), MilliUnits(0), MilliUnits(0));
    let mut is_requested = false;
    for container in &resources.containers {
        let Some(request) = container.requests.get(resource).copied() else { continue };
        is_requested = true;
        match container.kind {
            ContainerKind::Main => running = plus(running, request),
            ContainerKind::Sidecar => {
                running = plus(running, request);
                sidecars = plus(sidecars, request);
                peak = peak.max(sidecars);
            }
            ContainerKind::Init => peak = peak.max(plus(sidecars, request)),
        }
    }
    is_requested.then_some(running.max(peak))
}

fn plus(left: MilliUnits, right: MilliUnits) -> MilliUnits {
    MilliUnits(left.0.saturating_add(right.0))
}
