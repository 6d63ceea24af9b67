//! Answers of the Prometheus in virtual time, as its HTTP API would give them.

use serde_json::json;
use upswell_metrics::promql::{EvalError, ParseError, Value};
use upswell_metrics::{Labels, Sample};
use upswell_triggers::{HttpResponse, Response};

/// The answer to an instant query.
///
/// Source: Prometheus 3, web/api/v1/api.go: 400 `bad_data` for what is no query, 422 `execution`
/// for one that has no answer.
pub(super) fn response(answer: Result<Result<Value, EvalError>, &ParseError>) -> Response {
    let (status, body) = match answer {
        Ok(Ok(value)) => (200, json!({"status": "success", "data": data(&value)})),
        Ok(Err(error)) => (422, failure("execution", &error.to_string())),
        Err(error) => {
            let message = format!("invalid parameter \"query\": {error}");
            (400, failure("bad_data", &message))
        }
    };
    Response::Http(HttpResponse { status, body: body.to_string().into_bytes() })
}

fn failure(error_type: &str, error: &str) -> serde_json::Value {
    json!({"status": "error", "errorType": error_type, "error": error})
}

fn data(value: &Value) -> serde_json::Value {
    let (result_type, result) = match value {
        Value::Scalar(at) => ("scalar", sample(*at)),
        Value::String(at, text) => ("string", json!([at.as_secs_f64(), text])),
        Value::Vector(series) => {
            let element =
                |(labels, at): &(Labels, Sample)| json!({"metric": labels, "value": sample(*at)});
            ("vector", series.iter().map(element).collect())
        }
        Value::Matrix(series) => {
            let element = |series: &upswell_metrics::promql::Series| {
                let values: Vec<_> = series.samples.iter().map(|at| sample(*at)).collect();
                json!({"metric": series.labels, "values": values})
            };
            ("matrix", series.iter().map(element).collect())
        }
    };
    json!({"resultType": result_type, "result": result})
}

fn sample(Sample { at, value }: Sample) -> serde_json::Value {
    let text = match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    };
    json!([at.as_secs_f64(), text])
}

#[cfg(test)]
mod tests {
    use super::*;
    use upswell_metrics::Time;

    fn body(response: Response) -> (u16, String) {
        let Response::Http(HttpResponse { status, body }) = response else { panic!() };
        (status, String::from_utf8(body).unwrap())
    }

    #[test]
    fn answers_and_failures_are_those_of_the_api() {
        let sample = Sample { at: Time(1500), value: f64::INFINITY };
        let vector = Value::Vector(vec![(Labels::new([("a", "b")]), sample)]);
        let (status, text) = body(response(Ok(Ok(vector))));
        assert_eq!(status, 200);
        let due = r#""result":[{"metric":{"a":"b"},"value":[1.5,"+Inf"]}]"#;
        assert!(text.contains(due), "{text}");
        assert!(text.contains(r#""resultType":"vector""#), "{text}");
        let failed = response(Ok(Err(EvalError("many-to-many".to_owned()))));
        assert_eq!(body(failed).0, 422);
        let error = ParseError { message: "no".to_owned(), at: 0..1, help: None };
        let (status, text) = body(response(Err(&error)));
        assert!(status == 400 && text.contains("bad_data"), "{text}");
    }
}
