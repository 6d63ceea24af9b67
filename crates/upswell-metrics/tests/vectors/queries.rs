//! Queries, answered and compared.

use serde_json::Value;
use upswell_metrics::Time;
use upswell_metrics::promql::{
    self, Dialect, EvalError, Options, Query, Series, ValueType, Windows,
};
use upswell_metrics::store::Reader;
use upswell_units::Duration;
use upswell_vectors::Verdict;

use crate::answers::{self, Answer};
use crate::series::Sets;

/// How Prometheus 2.42, which gave the answers, evaluates.
const OPTIONS: Options = Options {
    lookback: Duration::from_secs(300),
    windows: Windows::LeftClosed,
    default_step: Duration::from_secs(60),
    samples_max: 50_000_000,
};

/// Judges one query.
pub(crate) fn verdict(record: &Value, sets: &Sets) -> Verdict {
    let set = record["series"].as_str().expect("the name of a set");
    let Some(reader) = sets.get(set) else {
        return Verdict::Failed(format!("no series of the set {set}"));
    };
    let text = record["query"].as_str().expect("a query");
    let ours = answer(text, record, reader);
    match (record.get("error"), ours) {
        (Some(error), Err((kind, message))) => {
            let recorded = error["type"].as_str().expect("a type");
            if kind == recorded {
                return Verdict::Passed;
            }
            Verdict::Failed(format!("{text}: ours {kind} ({message}), recorded {error}"))
        }
        (Some(error), Ok(ours)) => {
            Verdict::Failed(format!("{text}: ours {ours:?}, recorded {error}"))
        }
        (None, Err((kind, message))) => Verdict::Failed(format!("{text}: {kind}: {message}")),
        (None, Ok(ours)) => match answers::difference(record, &ours) {
            None => Verdict::Passed,
            Some(difference) => Verdict::Failed(format!("{text}: {difference}")),
        },
    }
}

/// Answers a query, or says which type of error it is and why.
fn answer(text: &str, record: &Value, reader: &Reader) -> Result<Answer, (&'static str, String)> {
    let execution = |error: EvalError| ("execution", error.0);
    let query = promql::parse_as(text, Dialect::Prometheus2)
        .map_err(|error| ("bad_data", error.message))?;
    let Some(range) = record.get("range") else {
        let at = time(&record["time"]);
        let value = promql::instant(&query, reader, at, &OPTIONS).map_err(execution)?;
        return Ok(Answer::of_instant(value));
    };
    if matches!(query.kind(), ValueType::String | ValueType::Matrix) {
        return Err(("bad_data", "invalid type of expression for a range query".to_owned()));
    }
    let series = range_of(&query, range, reader).map_err(execution)?;
    Ok(Answer::of_range(series))
}

fn range_of(query: &Query, range: &Value, reader: &Reader) -> Result<Vec<Series>, EvalError> {
    let step = Duration::from_secs_f64(range["step"].as_f64().expect("seconds"));
    promql::range(query, reader, time(&range["start"]), time(&range["end"]), step, &OPTIONS)
}

fn time(secs: &Value) -> Time {
    Time::from_secs_f64(secs.as_f64().expect("seconds"))
}
