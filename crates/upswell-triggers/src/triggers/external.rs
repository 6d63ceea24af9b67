//! `external` and `external-push`: a scaler of the user's own, asked over gRPC. KEDA's external
//! scalers.
//!
//! All metadata go to the scaler; `<name>FromEnv` keys keep their name, with the variable's value.
//! The metrics are known only once the scaler has answered.
//! Source: KEDA main at 8b4f083, external_scaler.go and externalscaler.proto.

use std::collections::BTreeMap;

use serde_json::json;
use upswell_units::TriggerName;

use crate::input::Input;
use crate::reader::{A, Common, MetricType, Reader, metric_name};
use crate::request::{ExternalScalerRequest, Request, Tls};
use crate::response::{ExternalMetricSpec, ExternalMetricValue, ExternalScalerReply, Response};
use crate::secret::Secret;
use crate::served::{metric_milli_units, metric_quantity};
use crate::trigger::{
    MetricSource, MetricSpec, MetricTarget, ReadError, Reading, Trigger, TriggerMemory,
    common_trigger_parts,
};

#[derive(Debug)]
struct External {
    common: Common,
    request: ExternalScalerRequest,
    index: usize,
    metric_type: MetricType,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let address = read.parameter("scalerAddress").text().required();
    let enable_tls = read.parameter("enableTLS").boolean().or_zero();
    let tls = Tls {
        skip_verification: read.parameter("unsafeSsl").boolean().or_zero(),
        ca: read.parameter("caCert").from(A).secret().optional(),
        cert: read.parameter("tlsClientCert").from(A).secret().optional(),
        key: read.parameter("tlsClientKey").from(A).secret().optional(),
        key_password: None,
    };
    let metadata = passed_on(read.input());
    let revealed: BTreeMap<&str, &str> =
        metadata.iter().map(|(key, value)| (key.as_str(), value.reveal())).collect();
    read.settings().compute_secret("scalerMetadata", json!(revealed));
    let (index, namespace) = (read.input().index, read.input().namespace.to_owned());
    let (metric_type, push) = (read.external_metric_type(), read.kind() == "external-push");
    // Upstream connects with TLS too where only certificates say so.
    let tls = (enable_tls || tls.ca.is_some() || tls.cert.is_some()).then_some(tls);
    let request = ExternalScalerRequest { address, tls, namespace, metadata, push };
    Box::new(External { common: read.finish(Vec::new()), request, index, metric_type })
}

/// Returns the metadata with the values of variables; what is not set is left out.
fn passed_on(input: &Input<'_>) -> BTreeMap<String, Secret> {
    let value = |key: &str, value: &str| {
        if !key.ends_with("FromEnv") {
            return Some(Secret::from(value));
        }
        let value = input.env.get(value).filter(|value| !value.is_empty());
        value.map(|value| Secret::from(value.as_str()))
    };
    let pairs = input.metadata.iter();
    pairs.filter_map(|(key, text)| Some((key.to_owned(), value(key, text)?))).collect()
}

impl Trigger for External {
    common_trigger_parts!();

    fn discovered_specs(&self, response: &Response) -> Result<Vec<MetricSpec>, ReadError> {
        let reply = reply(response)?;
        Ok(reply.specs.iter().map(|spec| self.spec(spec)).collect())
    }

    fn request(&self) -> Request {
        Request::ExternalScaler(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let reply = reply(response)?;
        let mut values = BTreeMap::new();
        for spec in &reply.specs {
            let found = reply.values.get(&spec.name).map_or(&[][..], Vec::as_slice);
            let value = self.value(&spec.name, found)?;
            values.insert(self.name(&spec.name), metric_milli_units(value));
        }
        Ok(Reading { values, active: reply.active })
    }
}

impl External {
    /// Names a metric; upstream does not normalise the names that a scaler gives.
    fn name(&self, name: &str) -> TriggerName {
        let TriggerName(prefix) = metric_name(self.index, "");
        TriggerName(prefix + name)
    }

    fn spec(&self, spec: &ExternalMetricSpec) -> MetricSpec {
        let target = if spec.target_size_float > 0.0 {
            metric_quantity(spec.target_size_float)
        } else {
            spec.target_size.to_string()
        };
        let target = match self.metric_type {
            MetricType::AverageValue => MetricTarget::AverageValue(target),
            MetricType::Value => MetricTarget::Value(target),
        };
        MetricSpec { name: self.name(&spec.name), source: MetricSource::External, target }
    }

    /// Returns the sum of a metric's values, as the autoscaler sums those of one name.
    fn value(&self, name: &str, values: &[ExternalMetricValue]) -> Result<f64, ReadError> {
        if values.is_empty() {
            return Err(ReadError::missing(format!("value of the metric `{name}`")));
        }
        let value = |value: &ExternalMetricValue| {
            if value.value_float > 0.0 { value.value_float } else { value.value as f64 }
        };
        let sum: f64 = values.iter().map(value).map(|value| value.max(0.0)).sum();
        if sum.is_finite() {
            return Ok(sum);
        }
        Err(ReadError::unusable(format!("the metric `{name}` is not a finite number")))
    }
}

fn reply(response: &Response) -> Result<&ExternalScalerReply, ReadError> {
    match response {
        Response::ExternalScaler(reply) => Ok(reply),
        _ => Err(ReadError::expected("an external scaler")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, trigger};
    use super::*;

    fn answer(value: i64, value_float: f64) -> Response {
        let name = "jobs.high".to_owned();
        let values = [(name.clone(), vec![ExternalMetricValue { value, value_float }])].into();
        let specs = vec![ExternalMetricSpec { name, target_size: 5, target_size_float: 2.5 }];
        Response::ExternalScaler(ExternalScalerReply { specs, values, active: true })
    }

    #[test]
    fn floats_win_over_whole_numbers_if_they_are_above_zero() {
        let trigger = trigger("external", &[("scalerAddress", "s:1")]);
        assert_eq!(read(&*trigger, &answer(7, 0.5)), Ok((500, true)));
        assert_eq!(read(&*trigger, &answer(7, -1.0)), Ok((7_000, true)));
        assert!(read(&*trigger, &answer(7, f64::INFINITY)).is_err());
    }

    #[test]
    fn the_scaler_names_the_metrics() {
        let trigger = trigger("external-push", &[("scalerAddress", "s:1")]);
        assert!(trigger.metric_specs().is_empty());
        let specs = trigger.discovered_specs(&answer(7, 0.0)).expect("a reply");
        assert_eq!(specs[0].name.0, "s0-jobs.high");
        assert_eq!(specs[0].target, MetricTarget::AverageValue("2.5".to_owned()));
        let Request::ExternalScaler(request) = trigger.request() else { panic!("not external") };
        assert!(request.push);
    }
}
