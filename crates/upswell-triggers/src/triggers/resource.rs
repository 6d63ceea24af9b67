//! `cpu` and `memory`: usage of the scale target's pods. KEDA's `cpu` and `memory` scalers.
//!
//! They ask nothing: the autoscaler reads the resource metrics API itself. `metricType` must be
//! `Utilization` (percent of the requests) or `AverageValue` (a quantity a pod).
//! Source: KEDA main at 8b4f083, cpu_memory_scaler.go; where that panics on an unreadable
//! quantity, this reports a bad value.

use serde_json::json;
use upswell_units::{Quantity, TriggerName};

use crate::fault::FaultClass;
use crate::reader::{Common, Reader};
use crate::request::Request;
use crate::response::Response;
use crate::trigger::{
    MetricSource, MetricSpec, MetricTarget, ReadError, Reading, Trigger, TriggerMemory,
    common_trigger_parts,
};

#[derive(Debug)]
struct Resource {
    common: Common,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let resource = read.kind();
    let value = read.parameter("value").text().required();
    let container = read.parameter("containerName").text().optional();
    if read.parameter("type").text().optional().is_some() {
        let message = "`type` was removed in KEDA 2.18";
        let fault = read.fault(FaultClass::RemovedSetting, "type", message);
        fault.help = Some("use the trigger's `metricType` instead".to_owned());
    }
    let target = target(read, value);
    let source = match container {
        None => MetricSource::Resource { resource },
        Some(container) => MetricSource::ContainerResource { resource, container },
    };
    let name = TriggerName(resource.to_owned());
    Box::new(Resource { common: read.finish(vec![MetricSpec { name, source, target }]) })
}

fn target(read: &mut Reader<'_>, value: String) -> MetricTarget {
    let metric_type = read.input().metric_type.unwrap_or_default();
    match metric_type {
        "Utilization" => {
            let percent = value.parse::<i32>();
            let is_wrong = percent.is_err() && !value.is_empty();
            read.check(!is_wrong, FaultClass::BadValue, "value", "`value` is not a whole percent");
            let percent = percent.unwrap_or_default();
            read.settings().compute("averageUtilization", json!(percent));
            read.settings().compute("targetType", json!(metric_type));
            MetricTarget::Utilization(percent)
        }
        "AverageValue" => {
            let is_wrong = value.parse::<Quantity>().is_err() && !value.is_empty();
            read.check(!is_wrong, FaultClass::BadValue, "value", "`value` is not a quantity");
            read.settings().compute("averageValue", json!(value));
            read.settings().compute("targetType", json!(metric_type));
            MetricTarget::AverageValue(value)
        }
        _ => {
            let message = format!("`{}` triggers need a `metricType`", read.kind());
            let fault = read.fault(FaultClass::BadMetricType, "metricType", message);
            fault.help = Some("use `Utilization` or `AverageValue`".to_owned());
            MetricTarget::Utilization(0)
        }
    }
}

impl Trigger for Resource {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::ResourceMetrics
    }

    fn reading(&self, _: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        Err(ReadError::expected("the resource metrics API, which the autoscaler reads itself"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::parsed_as;
    use super::*;

    #[test]
    fn the_metric_type_says_what_the_value_is() {
        for (metric_type, value, target) in [
            ("Utilization", "60", Ok(MetricTarget::Utilization(60))),
            ("Utilization", "60%", Err("bad-value")),
            ("AverageValue", "1.5Gi", Ok(MetricTarget::AverageValue("1.5Gi".to_owned()))),
            ("AverageValue", "many", Err("bad-value")),
            ("Value", "60", Err("bad-metric-type")),
            ("", "60", Err("bad-metric-type")),
        ] {
            let ours = parsed_as("memory", metric_type, &[("value", value)]);
            let ours = ours.map(|trigger| trigger.metric_specs()[0].target.clone());
            let ours = ours.map_err(|faults| faults[0].class.code());
            assert_eq!(ours, target, "{metric_type} {value}");
        }
    }

    #[test]
    fn a_container_is_measured_alone() {
        let metadata = [("value", "60"), ("containerName", "app")];
        let trigger = parsed_as("cpu", "Utilization", &metadata).expect("valid");
        let container = "app".to_owned();
        let source = MetricSource::ContainerResource { resource: "cpu", container };
        assert_eq!(trigger.metric_specs()[0].source, source);
        assert_eq!(trigger.request(), Request::ResourceMetrics);
    }
}
