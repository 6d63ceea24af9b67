//! What a pod requests.

use upswell_engine::horizontal::{MetricError, pod_request};
use upswell_engine::observation::{Container, ContainerKind, PodResources};
use upswell_engine::policy::ResourceName;
use upswell_units::MilliUnits;

use super::build::container;

fn resources(containers: Vec<Container>, pod_level: &[(ResourceName, i64)]) -> PodResources {
    let pod_level = pod_level.iter().map(|(name, request)| (name.clone(), MilliUnits(*request)));
    PodResources { containers, pod_level_requests: pod_level.collect() }
}

fn cpu(resources: &PodResources, container: Option<&str>) -> Result<i64, MetricError> {
    pod_request(resources, &ResourceName::Cpu, container, true).map(|request| request.0)
}

#[test]
fn main_containers_and_sidecars_add_up_and_init_containers_do_not() {
    let all = resources(
        vec![
            container("setup", ContainerKind::Init, None),
            container("proxy", ContainerKind::Sidecar, Some(100)),
            container("main", ContainerKind::Main, Some(500)),
        ],
        &[],
    );
    assert_eq!(cpu(&all, None), Ok(600));
    assert_eq!(cpu(&all, Some("proxy")), Ok(100));
    for missing in ["setup", "other"] {
        let expected = Err(MetricError::ContainerNotFound(missing.to_owned()));
        assert_eq!(cpu(&all, Some(missing)), expected);
    }
}

#[test]
fn a_container_without_a_request_spoils_the_sum() {
    let pod = resources(
        vec![
            container("main", ContainerKind::Main, Some(500)),
            container("side", ContainerKind::Main, None),
        ],
        &[],
    );
    let error = cpu(&pod, None).unwrap_err();
    assert_eq!(error.to_string(), "container side has no request for cpu");
    assert_eq!(cpu(&pod, Some("main")), Ok(500));
}

#[test]
fn a_request_of_the_pod_takes_the_place_of_the_sum() {
    let containers = vec![container("main", ContainerKind::Main, Some(500))];
    let pod = resources(containers, &[(ResourceName::Cpu, 2000)]);
    assert_eq!(cpu(&pod, None), Ok(2000));
    assert_eq!(cpu(&pod, Some("main")), Ok(500));
    let without_gate = pod_request(&pod, &ResourceName::Cpu, None, false);
    assert_eq!(without_gate, Ok(MilliUnits(500)));
}

#[test]
fn with_requests_of_the_pod_for_other_resources_the_effective_request_counts() {
    let memory = [(ResourceName::Memory, 1)];
    let init = |request| container("setup", ContainerKind::Init, Some(request));
    let sidecar = container("proxy", ContainerKind::Sidecar, Some(100));
    let main = container("main", ContainerKind::Main, Some(500));
    let silent = container("side", ContainerKind::Main, None);
    let cases = [
        (vec![main.clone(), silent.clone()], Some(500)),
        // The init container runs beside the sidecars that were started before it.
        (vec![sidecar.clone(), init(900), main.clone()], Some(1000)),
        (vec![init(550), sidecar.clone(), main.clone()], Some(600)),
        (vec![silent], None),
    ];
    for (containers, expected) in cases {
        let expected = expected.ok_or(MetricError::MissingPodLevelRequest(ResourceName::Cpu));
        assert_eq!(cpu(&resources(containers, &memory), None), expected);
    }
}
