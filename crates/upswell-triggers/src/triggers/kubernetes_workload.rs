//! `kubernetes-workload`: pods that match a selector. KEDA's `kubernetes-workload` scaler.
//!
//! Pods that have ended do not count. With `groupByNode` the nodes of assigned pods count instead.
//! Source: KEDA main at 8b4f083, kubernetes_workload_scaler.go.

use std::collections::BTreeSet;

use crate::fault::FaultClass;
use crate::reader::{Common, Reader};
use crate::request::{PodsRequest, Request};
use crate::response::{PodState, Response};
use crate::selector::LabelSelector;
use crate::served::metric_quantity;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

#[derive(Debug)]
struct KubernetesWorkload {
    common: Common,
    request: PodsRequest,
    activation_value: f64,
    group_by_node: bool,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let pod_selector = read.parameter("podSelector").text().required();
    let value = read.parameter("value").float().or(0.0);
    let activation_value = read.parameter("activationValue").float().or(0.0);
    let group_by_node = read.parameter("groupByNode").boolean().or(false);
    let message = "`value` must be above zero";
    let holds = value > 0.0 || read.input().as_metric_source;
    read.check(holds, FaultClass::OutOfRange, "value", message);
    let selector = LabelSelector::parse(&pod_selector).unwrap_or_else(|error| {
        let message = format!("`podSelector`: {error}");
        read.fault(FaultClass::BadValue, "podSelector", message);
        LabelSelector::default()
    });
    let namespace = read.input().namespace.to_owned();
    let common = read.external(&format!("workload-{namespace}"), metric_quantity(value));
    let request = PodsRequest { namespace, selector };
    Box::new(KubernetesWorkload { common, request, activation_value, group_by_node })
}

fn has_ended(pod: &PodState) -> bool {
    matches!(pod.phase.as_str(), "Succeeded" | "Failed")
}

impl Trigger for KubernetesWorkload {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::Pods(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Pods(pods) = response else {
            return Err(ReadError::expected("the Kubernetes API, about pods"));
        };
        let counted = pods.iter().filter(|pod| !has_ended(pod));
        let count = if self.group_by_node {
            let nodes = counted.filter_map(|pod| pod.node.as_deref());
            nodes.filter(|node| !node.is_empty()).collect::<BTreeSet<_>>().len()
        } else {
            counted.count()
        };
        self.common.reading(count as f64, count as f64 > self.activation_value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, refused, trigger};
    use super::*;

    #[test]
    fn pods_that_have_not_ended_count_or_their_nodes() {
        let pods = [
            ("Running", Some("a")),
            ("Running", Some("a")),
            ("Pending", None),
            ("Succeeded", Some("b")),
            ("Failed", Some("c")),
        ];
        let pods = pods.map(|(phase, node)| PodState {
            phase: phase.to_owned(),
            node: node.map(str::to_owned),
        });
        for (group_by_node, count) in [("false", 3_000), ("true", 1_000)] {
            let metadata =
                [("podSelector", "app=x"), ("value", "2"), ("groupByNode", group_by_node)];
            let trigger = trigger("kubernetes-workload", &metadata);
            assert_eq!(read(&*trigger, &Response::Pods(pods.to_vec())), Ok((count, true)));
        }
    }

    #[test]
    fn a_selector_that_kubernetes_refuses_is_a_bad_value() {
        let metadata = [("podSelector", "app in ("), ("value", "2")];
        assert_eq!(refused("kubernetes-workload", &metadata), ["bad-value"]);
    }
}
