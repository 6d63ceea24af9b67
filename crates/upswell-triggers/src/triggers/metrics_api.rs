//! `metrics-api`: one number of a body that an HTTP server answers with. KEDA's `metrics-api`
//! scaler.
//!
//! With `aggregateFromKubeServiceEndpoints` every ready endpoint of the URL's Service is asked;
//! those that fail are left out, unless all do.
//! Source: KEDA main at 8b4f083, metrics_api_scaler.go.

use upswell_units::Duration;

use crate::fault::FaultClass;
use crate::http_auth::HttpAuth;
use crate::reader::{Choice, Common, Reader};
use crate::request::{EndpointsRequest, HttpRequest, Request};
use crate::response::{HttpResponse, Response};
use crate::served::metric_quantity;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};
use crate::url_text;
use crate::value_at::{JsonPath, Location, MetricSelector, YamlPath};

#[derive(Debug)]
struct MetricsApi {
    common: Common,
    request: Request,
    location: Location,
    aggregation: Aggregation,
    activation_target_value: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Format {
    #[default]
    Json,
    Prometheus,
    Xml,
    Yaml,
}

impl Choice for Format {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("json", Self::Json),
        ("prometheus", Self::Prometheus),
        ("xml", Self::Xml),
        ("yaml", Self::Yaml),
    ];
}

/// How the values of several endpoints become one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Aggregation {
    #[default]
    Average,
    Sum,
    Max,
    Min,
}

impl Choice for Aggregation {
    const WORDS: &'static [(&'static str, Self)] =
        &[("average", Self::Average), ("sum", Self::Sum), ("max", Self::Max), ("min", Self::Min)];
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let target_value = read.parameter("targetValue").float().or_zero();
    let activation_target_value = read.parameter("activationTargetValue").float().or(0.0);
    let url = read.parameter("url").text().required();
    let format = read.parameter("format").choice().or(Format::Json);
    let value_location = read.parameter("valueLocation").text().required();
    let unsafe_ssl = read.parameter("unsafeSsl").boolean().or(false);
    let aggregates = read.parameter("aggregateFromKubeServiceEndpoints").boolean().or(false);
    let aggregation = read.parameter("aggregationType").choice().or(Aggregation::Average);
    let timeout = read.parameter("timeout").duration().or_zero();
    let auth = HttpAuth::read(read);
    let is_needed = !read.input().as_metric_source && !read.is_faulty("targetValue");
    if target_value == 0.0 && is_needed {
        let message = "`targetValue` is missing or zero";
        read.fault(FaultClass::MissingRequired, "targetValue", message);
    }
    let location = location(read, format, &value_location);
    let http = HttpRequest {
        url: auth.with_api_key(&url),
        headers: auth.api_key_header().into_iter().collect(),
        login: auth.login(),
        tls: auth.tls(unsafe_ssl),
        timeout: (timeout > Duration::ZERO).then_some(timeout),
    };
    let request = if aggregates {
        let (service, namespace) = service_of(&url, read.input().namespace);
        Request::HttpEachEndpoint(EndpointsRequest { service, namespace, http })
    } else {
        Request::Http(http)
    };
    let base = format!("metric-api-{value_location}");
    let common = read.external(&base, metric_quantity(target_value));
    Box::new(MetricsApi { common, request, location, aggregation, activation_target_value })
}

fn location(read: &mut Reader<'_>, format: Format, text: &str) -> Location {
    let location = match format {
        Format::Json => JsonPath::parse(text).map(Location::Json),
        Format::Prometheus => MetricSelector::parse(text).map(Location::Prometheus),
        Format::Yaml => Ok(Location::Yaml(YamlPath::parse(text))),
        Format::Xml => Ok(Location::Xml),
    };
    location.unwrap_or_else(|why| {
        if !text.is_empty() {
            let message = format!("`valueLocation`: {why}");
            read.fault(FaultClass::BadValue, "valueLocation", message);
        }
        // The trigger is refused, so nothing will be looked up here.
        Location::Xml
    })
}

/// Returns the Service and namespace that begin a URL's host.
///
/// A host of one word is a Service of the trigger's own namespace; upstream fails on it when it
/// reads.
fn service_of(url: &str, own_namespace: &str) -> (String, String) {
    let host = url_text::split(url).map_or("", |parts| parts.host);
    let name = host.split(':').next().unwrap_or_default();
    let mut labels = name.split('.');
    let service = labels.next().unwrap_or_default();
    (service.to_owned(), labels.next().unwrap_or(own_namespace).to_owned())
}

impl Trigger for MetricsApi {
    common_trigger_parts!();

    fn request(&self) -> Request {
        self.request.clone()
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let value = match (&self.request, response) {
            (Request::Http(_), Response::Http(http)) => self.number(http)?,
            (Request::HttpEachEndpoint(_), Response::HttpEachEndpoint(answers)) => {
                let numbers = answers.iter().flatten().map(|http| self.number(http));
                let numbers: Vec<f64> = numbers.filter_map(Result::ok).collect();
                self.aggregation.of(&numbers).ok_or_else(|| {
                    let count = answers.len();
                    ReadError::missing(format!("value from any of {count} endpoints"))
                })?
            }
            _ => return Err(ReadError::expected("the metrics API over HTTP")),
        };
        self.common.reading(value, value > self.activation_target_value)
    }
}

impl MetricsApi {
    fn number(&self, http: &HttpResponse) -> Result<f64, ReadError> {
        match http.status {
            200 => self.location.number(&http.body),
            status => Err(ReadError::HttpStatus { status }),
        }
    }
}

impl Aggregation {
    /// Returns the aggregate of values; absent if there is none.
    fn of(self, values: &[f64]) -> Option<f64> {
        let sum = values.iter().sum::<f64>();
        let (first, count) = (*values.first()?, values.len() as f64);
        Some(match self {
            Self::Average => sum / count,
            Self::Sum => sum,
            Self::Max => values.iter().copied().fold(first, f64::max),
            Self::Min => values.iter().copied().fold(first, f64::min),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, parsed, read, refused, trigger};
    use super::*;

    const METADATA: &[(&str, &str)] =
        &[("url", "http://svc.ns:8080/api"), ("valueLocation", "a.b"), ("targetValue", "5")];

    fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        [METADATA, more].concat()
    }

    #[test]
    fn a_value_is_read_and_any_status_but_200_is_an_error() {
        let trigger = trigger("metrics-api", &with(&[("activationTargetValue", "3")]));
        assert_eq!(read(&*trigger, &body(r#"{"a":{"b":"3.5"}}"#)), Ok((3_500, true)));
        assert_eq!(read(&*trigger, &body(r#"{"a":{"b":3}}"#)), Ok((3_000, false)));
        let response = Response::Http(HttpResponse { status: 204, body: Vec::new() });
        assert_eq!(read(&*trigger, &response), Err(ReadError::HttpStatus { status: 204 }));
    }

    #[test]
    fn endpoints_are_aggregated_and_those_that_fail_are_left_out() {
        let answer = |number: &str| {
            let body = format!(r#"{{"a":{{"b":{number}}}}}"#).into_bytes();
            Some(HttpResponse { status: 200, body })
        };
        let answers = vec![answer("2"), None, answer("6"), answer("null")];
        for (aggregation, value) in [("average", 4), ("sum", 8), ("max", 6), ("min", 2)] {
            let metadata = with(&[
                ("aggregateFromKubeServiceEndpoints", "true"),
                ("aggregationType", aggregation),
            ]);
            let trigger = trigger("metrics-api", &metadata);
            let response = Response::HttpEachEndpoint(answers.clone());
            assert_eq!(read(&*trigger, &response), Ok((value * 1000, true)), "{aggregation}");
            assert!(read(&*trigger, &Response::HttpEachEndpoint(vec![None])).is_err());
            let Request::HttpEachEndpoint(request) = trigger.request() else {
                panic!("not endpoints")
            };
            assert_eq!((request.service.as_str(), request.namespace.as_str()), ("svc", "ns"));
        }
    }

    #[test]
    fn a_service_without_a_namespace_is_one_of_the_triggers_own() {
        for (url, service, namespace) in [
            ("http://svc.ns:8080/api", "svc", "ns"),
            ("http://svc.ns.svc.cluster.local", "svc", "ns"),
            ("http://svc:80", "svc", "own"),
            ("", "", "own"),
        ] {
            let expected = (service.to_owned(), namespace.to_owned());
            assert_eq!(service_of(url, "own"), expected, "{url}");
        }
    }

    #[test]
    fn an_api_key_goes_where_the_method_says_and_never_shows() {
        for (method, url) in [
            ("query", "http://svc.ns:8080/api?api_key=k%2Fey"),
            ("header", "http://svc.ns:8080/api"),
        ] {
            let metadata = with(&[("authMode", "apiKey"), ("method", method)]);
            let trigger = parsed("metrics-api", &metadata, &[("apiKey", "k/ey")]).expect("valid");
            let Request::Http(request) = trigger.request() else { panic!("not HTTP") };
            assert_eq!(request.url.reveal(), url);
            assert_eq!(request.headers.contains_key("X-API-KEY"), method == "header");
            let shown = format!("{trigger:?}{request:?}");
            assert!(!shown.contains("k/ey") && !shown.contains("k%2Fey"));
        }
    }

    #[test]
    fn a_location_that_is_not_understood_is_refused() {
        for (format, location) in [("json", "a.#(b>1).c"), ("prometheus", "rate(jobs[5m])")] {
            let metadata = [
                ("url", "u"),
                ("targetValue", "1"),
                ("format", format),
                ("valueLocation", location),
            ];
            assert_eq!(refused("metrics-api", &metadata), ["bad-value"]);
        }
        let xml = trigger("metrics-api", &with(&[("format", "xml")]));
        assert!(read(&*xml, &body("<a><b>1</b></a>")).is_err());
    }
}
