//! The JSON of Prometheus's HTTP API v1.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use upswell_metrics::labels::Labels;
use upswell_metrics::promql::{Series, Value};
use upswell_metrics::sample::{Sample, Time};

use super::error::RemoteError;
use crate::http::Answer;

/// An answer without an error.
#[derive(Debug, Deserialize)]
pub(super) struct Success<T> {
    pub(super) data: T,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

/// An answer that is an error.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    error_type: String,
    error: String,
}

/// What `status/buildinfo` says.
#[derive(Debug, Deserialize)]
pub(super) struct BuildInfo {
    pub(super) version: String,
}

/// Seconds and a number in Go's notation.
type Point = (f64, String);

/// The result of a query.
#[derive(Debug, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(super) enum Data {
    Scalar(Point),
    String(Point),
    Vector(Vec<Element>),
    Matrix(Vec<Run>),
}

#[derive(Debug, Deserialize)]
pub(super) struct Element {
    metric: Labels,
    /// Absent where the sample is a native histogram.
    value: Option<Point>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    metric: Labels,
    #[serde(default)]
    values: Vec<Point>,
    histograms: Option<IgnoredAny>,
}

/// The most of a foreign error that is repeated.
const SAID_CHARS_MAX: usize = 200;

/// Reads an answer of any status.
pub(super) fn read<T: DeserializeOwned>(
    server: &str,
    answer: &Answer,
) -> Result<Success<T>, RemoteError> {
    let server = server.to_owned();
    let Answer { status, retry_after, ref body } = *answer;
    if (200..300).contains(&status) {
        return serde_json::from_slice(body)
            .map_err(|error| RemoteError::NotPrometheus { server, cause: error.to_string() });
    }
    if let Ok(Failure { error_type: kind, error: message }) = serde_json::from_slice(body) {
        return Err(RemoteError::Query { server, kind, message, retry_after });
    }
    if matches!(status, 401 | 403) {
        return Err(RemoteError::Login { server, status });
    }
    let said = String::from_utf8_lossy(body);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = words.chars().take(SAID_CHARS_MAX).collect();
    Err(RemoteError::Status { server, status, retry_after, body })
}

const NATIVE_HISTOGRAM: &str = "a native histogram, which is not read yet";

impl Data {
    pub(super) fn value(self) -> Result<Value, String> {
        Ok(match self {
            Self::Scalar(point) => Value::Scalar(sample(&point)?),
            Self::String((at, text)) => Value::String(Time::from_secs_f64(at), text),
            Self::Vector(elements) => {
                let read = |Element { metric, value }| {
                    let point = value.as_ref().ok_or(NATIVE_HISTOGRAM)?;
                    Ok((metric, sample(point)?))
                };
                Value::Vector(elements.into_iter().map(read).collect::<Result<_, String>>()?)
            }
            Self::Matrix(runs) => {
                Value::Matrix(runs.into_iter().map(series).collect::<Result<_, _>>()?)
            }
        })
    }

    pub(super) fn matrix(self) -> Result<Vec<Series>, String> {
        match self {
            Self::Matrix(runs) => runs.into_iter().map(series).collect(),
            _ => Err("a range query that is not answered with a matrix".to_owned()),
        }
    }
}

fn series(Run { metric, values, histograms }: Run) -> Result<Series, String> {
    if histograms.is_some() {
        return Err(NATIVE_HISTOGRAM.to_owned());
    }
    let samples = values.iter().map(sample).collect::<Result<_, _>>()?;
    Ok(Series { labels: metric, samples })
}

fn sample((at, value): &Point) -> Result<Sample, String> {
    let number = value.parse().map_err(|_| format!("{value:?} is no number"))?;
    Ok(Sample { at: Time::from_secs_f64(*at), value: number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Result<Value, String> {
        let answer = Answer { status: 200, retry_after: None, body: json.into() };
        let success: Success<Data> = read("S", &answer).map_err(|error| error.to_string())?;
        success.data.value()
    }

    #[test]
    fn every_type_of_result_is_read() {
        let sample = |at, value| Sample { at: Time(at), value };
        let up = Labels::new([("__name__", "up")]);
        for (result, expected) in [
            (r#""scalar","result":[1.5,"-Inf"]"#, Value::Scalar(sample(1500, f64::NEG_INFINITY))),
            (r#""string","result":[1,"a"]"#, Value::String(Time(1000), "a".to_owned())),
            (
                r#""vector","result":[{"metric":{"__name__":"up"},"value":[1.001,"1e+06"]}]"#,
                Value::Vector(vec![(up.clone(), sample(1001, 1e6))]),
            ),
            (
                r#""matrix","result":[{"metric":{"__name__":"up"},"values":[[1,"1"],[2,"+Inf"]]}]"#,
                Value::Matrix(vec![Series {
                    labels: up.clone(),
                    samples: vec![sample(1000, 1.0), sample(2000, f64::INFINITY)],
                }]),
            ),
        ] {
            let json = format!(r#"{{"status":"success","data":{{"resultType":{result}}}}}"#);
            assert_eq!(value(&json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_no_answer_of_prometheus_says_so() {
        for (json, cause) in [
            ("<html>", "expected value"),
            ("{}", "missing field `data`"),
            (r#"{"data":{"resultType":"scalar","result":[1,"many"]}}"#, "\"many\" is no number"),
            (r#"{"data":{"resultType":"vector","result":[{"metric":{}}]}}"#, "a native histogram"),
            (
                r#"{"data":{"resultType":"matrix","result":[{"metric":{},"histograms":[]}]}}"#,
                "a native histogram",
            ),
            (r#"{"data":{"resultType":"streams","result":[]}}"#, "unknown variant"),
        ] {
            let error = value(json).unwrap_err();
            assert!(error.contains(cause), "{json}: {error}");
        }
    }

    #[test]
    fn errors_keep_what_the_server_says_in_few_words() {
        let error = |status, body: &str| {
            let answer = Answer { status, retry_after: None, body: body.into() };
            read::<Data>("http://a", &answer).unwrap_err().to_string()
        };
        let json = r#"{"status":"error","errorType":"bad_data","error":"no"}"#;
        assert_eq!(error(400, json), "http://a answers bad_data: no");
        assert_eq!(error(401, "<html>"), "http://a refuses the login: status 401");
        assert_eq!(error(502, " Bad\n Gateway"), "http://a answers with status 502: Bad Gateway");
        assert_eq!(error(500, ""), "http://a answers with status 500");
        assert!(error(500, &"x".repeat(1 << 20)).len() < 300);
    }
}
