//! `prometheus`: the value of a PromQL query. KEDA's `prometheus` scaler.
//!
//! The query must give one value, or none. With `ignoreNullValues`, which upstream turns on by
//! default, an empty result and NaN and infinities are zero; without it they fail the reading.
//! The query runs at the server's own time; upstream sends its clock's.
//! Source: KEDA main at 8b4f083, prometheus_scaler.go.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use upswell_units::Duration;

use crate::fault::FaultClass;
use crate::http_auth::HttpAuth;
use crate::reader::{Common, MA, Reader};
use crate::request::{HttpLogin, HttpRequest, PromQlRequest, Request, TokenSource, Url};
use crate::response::{HttpResponse, Response};
use crate::secret::Secret;
use crate::served::metric_quantity;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};
use crate::url_text::query_escape;

#[derive(Debug)]
struct Prometheus {
    common: Common,
    request: PromQlRequest,
    activation_threshold: f64,
    ignore_null_values: bool,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let server_address = read.parameter("serverAddress").text().required();
    let query = read.parameter("query").text().required();
    let query_parameters = read.parameter("queryParameters").map().or_zero();
    let threshold = read.parameter("threshold").float().required();
    let activation_threshold = read.parameter("activationThreshold").float().or_zero();
    let namespace = read.parameter("namespace").text().optional();
    let headers = read.parameter("customHeaders").map().hidden().or_zero();
    let ignore_null_values = read.parameter("ignoreNullValues").boolean().or(true);
    let unsafe_ssl = read.parameter("unsafeSsl").boolean().or_zero();
    read.parameter("awsRegion").from(MA).text().optional();
    let timeout = read.parameter("timeout").duration().or_zero();
    read.parameter("identityOwner").text().optional();
    let auth = HttpAuth::read(read);
    let message = "a pod identity and `authModes` exclude each other";
    let holds = !auth.is_enabled() || read.pod_identity().is_none();
    read.check(holds, FaultClass::Conflict, "authModes", message);

    let headers = headers.into_iter().map(|(name, value)| (name, Secret::from(value)));
    let url = url(&server_address, &query, namespace.as_deref(), &query_parameters);
    let http = HttpRequest {
        url: Url::from(url),
        headers: headers.chain(auth.custom_header()).collect(),
        login: login(read, &auth),
        tls: auth.tls(unsafe_ssl),
        timeout: (timeout > Duration::ZERO).then_some(timeout),
    };
    let common = read.external("prometheus", metric_quantity(threshold));
    let request = PromQlRequest { query, http };
    Box::new(Prometheus { common, request, activation_threshold, ignore_null_values })
}

fn url(
    server: &str,
    query: &str,
    namespace: Option<&str>,
    parameters: &BTreeMap<String, String>,
) -> String {
    let mut url = format!("{server}/api/v1/query?query={}", query_escape(query));
    let parameters = parameters.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let namespace = namespace.map(|namespace| ("namespace", namespace));
    for (key, value) in namespace.into_iter().chain(parameters) {
        url.push_str(&format!("&{}={}", query_escape(key), query_escape(value)));
    }
    url
}

fn login(read: &Reader<'_>, auth: &HttpAuth) -> Option<HttpLogin> {
    let identity = read.pod_identity().map(|provider| {
        let provider = provider.to_owned();
        HttpLogin::Token(TokenSource::PodIdentity { provider, resource: None })
    });
    auth.login().or(identity)
}

impl Trigger for Prometheus {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::PromQl(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Http(http) = response else {
            return Err(ReadError::expected("Prometheus over HTTP"));
        };
        let value = match self.value(http)? {
            Some(value) => value,
            None if self.ignore_null_values => 0.0,
            None => return Err(ReadError::missing("value, and `ignoreNullValues` is off")),
        };
        self.common.reading(value, value > self.activation_threshold)
    }
}

/// The answer of Prometheus's query API.
#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    /// `vector`, `scalar`, `matrix` or `string`.
    #[serde(rename = "resultType", default)]
    result_type: String,
    #[serde(default)]
    result: Option<Vec<Value>>,
}

impl Prometheus {
    /// Returns the query's one value; absent if there is none, or none that is finite.
    fn value(&self, http: &HttpResponse) -> Result<Option<f64>, ReadError> {
        if !(200..300).contains(&http.status) {
            return Err(ReadError::HttpStatus { status: http.status });
        }
        let answer: Answer = serde_json::from_slice(&http.body)
            .map_err(|error| ReadError::malformed("a Prometheus query result", error))?;
        let Data { result_type, result } = answer.data;
        if !matches!(result_type.as_str(), "" | "vector") {
            return Err(ReadError::unusable(format!(
                "the query gives a {result_type}, not an instant vector; wrap a scalar in vector()"
            )));
        }
        let elements = result.unwrap_or_default();
        if elements.len() > 1 {
            let count = elements.len();
            return Err(ReadError::unusable(format!("the query gives {count} values, not one")));
        }
        let Some(sample) = elements.first().and_then(|element| element["value"].as_array()) else {
            return Ok(None);
        };
        match sample.as_slice() {
            [] => Ok(None),
            [_, Value::String(text)] => {
                let value: f64 = text
                    .parse()
                    .map_err(|_| ReadError::malformed("a Prometheus sample", "not a number"))?;
                Ok(Some(value).filter(|value| value.is_finite()))
            }
            _ => Err(ReadError::malformed("a Prometheus sample", "not a time and a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, read, refused, trigger};
    use super::*;

    const METADATA: &[(&str, &str)] =
        &[("serverAddress", "http://p:9090"), ("query", "up > 0"), ("threshold", "2.5")];

    #[test]
    fn a_value_is_read_and_compared_with_the_activation_threshold() {
        let metadata = [METADATA, &[("activationThreshold", "7")]].concat();
        let trigger = trigger("prometheus", &metadata);
        for (value, milli, active) in
            [("7", 7_000, false), ("7.0005", 7_000, true), ("12.3456", 12_346, true)]
        {
            let answer = format!(
                r#"{{"data":{{"resultType":"vector","result":[{{"value":[1,"{value}"]}}]}}}}"#
            );
            assert_eq!(read(&*trigger, &body(&answer)), Ok((milli, active)));
        }
    }

    #[test]
    fn no_value_is_zero_only_if_null_values_are_ignored() {
        let strict = [METADATA, &[("ignoreNullValues", "false")]].concat();
        let (lenient, strict) = (trigger("prometheus", METADATA), trigger("prometheus", &strict));
        for answer in [
            r#"{"data":{"resultType":"vector","result":[]}}"#,
            r#"{"data":{"resultType":"vector","result":null}}"#,
            r#"{"data":{"resultType":"vector","result":[{"value":[]}]}}"#,
            r#"{"data":{"resultType":"vector","result":[{"value":[1,"NaN"]}]}}"#,
            r#"{"data":{"resultType":"vector","result":[{"value":[1,"+Inf"]}]}}"#,
        ] {
            assert_eq!(read(&*lenient, &body(answer)), Ok((0, false)), "{answer}");
            assert!(read(&*strict, &body(answer)).is_err(), "{answer}");
        }
    }

    #[test]
    fn what_is_not_one_value_fails_whatever_the_settings() {
        let trigger = trigger("prometheus", METADATA);
        for answer in [
            "",
            "{}",
            r#"{"data":{"resultType":"scalar","result":[1,"5"]}}"#,
            r#"{"data":{"resultType":"matrix","result":[]}}"#,
            r#"{"data":{"result":[{"value":[1,"1"]},{"value":[1,"2"]}]}}"#,
            r#"{"data":{"result":[{"value":[1]}]}}"#,
            r#"{"data":{"result":[{"value":[1,"x"]}]}}"#,
        ] {
            assert!(read(&*trigger, &body(answer)).is_err(), "{answer}");
        }
        let refused = Response::Http(HttpResponse { status: 503, body: Vec::new() });
        assert!(read(&*trigger, &refused).is_err());
    }

    #[test]
    fn the_request_carries_query_namespace_and_parameters() {
        let metadata =
            [METADATA, &[("namespace", "a b"), ("queryParameters", "dedup=true")]].concat();
        let Request::PromQl(request) = trigger("prometheus", &metadata).request() else {
            panic!("not PromQL")
        };
        let url = "http://p:9090/api/v1/query?query=up+%3E+0&namespace=a+b&dedup=true";
        assert_eq!(request.http.url.reveal(), url);
        assert_eq!(request.query, "up > 0");
    }

    #[test]
    fn modes_must_be_complete() {
        let metadata = [METADATA, &[("authModes", "custom,basic,bearer")]].concat();
        let codes = refused("prometheus", &metadata);
        assert_eq!(
            codes,
            [
                "exclusive-modes",
                "missing-credentials",
                "missing-credentials",
                "missing-credentials"
            ]
        );
    }
}
