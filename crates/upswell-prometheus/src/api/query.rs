//! `query`, `query_range`, `query_exemplars`, `format_query`.

use axum::extract::State;
use upswell_metrics::Time;
use upswell_metrics::promql::{self, EvalError, Query, Value, ValueType};
use upswell_units::Duration;

use super::answer::{Answer, Failure};
use super::encode;
use super::execute::{Deadline, execute};
use super::parameters::Parameters;
use super::routes::Shared;
use crate::clock;

/// Answers a query at one instant.
pub(super) async fn instant(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let limit = parameters.limit("limit")?;
    let at = parameters.time_or("time", clock::now())?;
    let timeout = timeout(&parameters, &shared)?;
    let options = options(&parameters, &shared)?;
    let query = parse(&parameters, &shared)?;
    execute(&shared.slots, timeout, move |deadline| {
        let proceed = || !deadline.is_over();
        let answer = promql::instant_while(&query, &shared.api.reader, at, &options, &proceed);
        let mut value = answer.map_err(|error| failure(&error, deadline))?;
        let is_truncated = match &mut value {
            Value::Vector(samples) => truncate(samples, limit),
            Value::Matrix(series) => truncate(series, limit),
            Value::Scalar(_) | Value::String(..) => false,
        };
        Ok(Answer::of_json(encode::query_data(&value)?).truncated(is_truncated))
    })
    .await
}

/// Answers a query over a range of time.
pub(super) async fn range(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let limit = parameters.limit("limit")?;
    let (start, end, step) = grid(&parameters)?;
    let timeout = timeout(&parameters, &shared)?;
    let options = options(&parameters, &shared)?;
    let query = parse(&parameters, &shared)?;
    check_type(&query)?;
    execute(&shared.slots, timeout, move |deadline| {
        let (reader, proceed) = (&shared.api.reader, || !deadline.is_over());
        let answer = promql::range_while(&query, reader, (start, end, step), &options, &proceed);
        let mut series = answer.map_err(|error| failure(&error, deadline))?;
        let is_truncated = truncate(&mut series, limit);
        Ok(Answer::of_json(encode::matrix_data(&series)?).truncated(is_truncated))
    })
    .await
}

/// Answers that there are no exemplars: the store keeps none.
pub(super) async fn exemplars(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let (start, end) = parameters.time_range()?;
    if end < start {
        return Err(Failure::bad_data("end timestamp must not be before start timestamp"));
    }
    promql::parse_as(parameters.text("query"), shared.api.options.dialect)
        .map_err(|error| Failure::bad_data(error.to_string()))?;
    Ok(Answer::of_json(b"[]".to_vec()))
}

/// Answers with the query as it would be written with care.
pub(super) async fn format(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let query = parse(&parameters, &shared)?;
    // Our parser bounds what may be asked of this one, and takes some texts more: those stay.
    let tree = promql_parser::parser::parse(query.text());
    Answer::of(&tree.map_or_else(|_| query.text().to_owned(), |tree| tree.prettify()))
}

fn parse(parameters: &Parameters, shared: &Shared) -> Result<Query, Failure> {
    let query = promql::parse_as(parameters.text("query"), shared.api.options.dialect);
    query.map_err(|error| Failure::bad_parameter("query", error))
}

/// Returns the first and the last instant of a range query, and the step.
fn grid(parameters: &Parameters) -> Result<(Time, Time, Duration), Failure> {
    let (start, end) = (parameters.time("start")?, parameters.time("end")?);
    if end < start {
        let message = "end timestamp must not be before start time";
        return Err(Failure::bad_parameter("end", message));
    }
    let step = parameters.duration("step")?;
    if step.as_millis() <= 0 {
        let message = "zero or negative query resolution step widths are not accepted. \
                       Try a positive integer";
        return Err(Failure::bad_parameter("step", message));
    }
    if end.millis_since(start) / step.as_millis() > promql::STEPS_MAX as i64 {
        let message = "exceeded maximum resolution of 11,000 points per timeseries. \
                       Try decreasing the query resolution (?step=XX)";
        return Err(Failure::bad_data(message));
    }
    Ok((start, end, step))
}

/// Refuses what has no single value at a step.
fn check_type(query: &Query) -> Result<(), Failure> {
    let kind = match query.kind() {
        ValueType::Scalar | ValueType::Vector => return Ok(()),
        ValueType::Matrix => "range vector",
        ValueType::String => "string",
    };
    let message = format!(
        "invalid expression type {kind:?} for range query, must be Scalar or instant Vector"
    );
    Err(Failure::bad_parameter("query", message))
}

/// Returns how long the query may take: what the request says, and never longer than the server
/// allows.
fn timeout(parameters: &Parameters, shared: &Shared) -> Result<std::time::Duration, Failure> {
    let most = shared.api.options.timeout;
    if parameters.text("timeout").is_empty() {
        return Ok(most);
    }
    let wanted = parameters.duration("timeout")?;
    if wanted <= Duration::ZERO {
        let message = format!("timeout must be positive, got {wanted}");
        return Err(Failure::bad_parameter("timeout", message));
    }
    Ok(most.min(std::time::Duration::from_nanos(wanted.as_nanos().unsigned_abs())))
}

/// Returns how the query is evaluated.
fn options(parameters: &Parameters, shared: &Shared) -> Result<promql::Options, Failure> {
    let mut options = shared.api.options.promql;
    if !parameters.text("lookback_delta").is_empty() {
        let lookback = parameters.duration("lookback_delta")?;
        // As in Prometheus, nothing at all stands for the default.
        if lookback > Duration::ZERO {
            options.lookback = lookback;
        }
    }
    Ok(options)
}

fn truncate<T>(results: &mut Vec<T>, limit: usize) -> bool {
    let is_truncated = results.len() > limit;
    results.truncate(limit);
    is_truncated
}

/// What an error of the evaluator is to the one who asked.
fn failure(error: &EvalError, deadline: &Deadline) -> Failure {
    if deadline.is_over() {
        return Failure::timeout("query execution");
    }
    Failure::execution(error.to_string())
}
