//! `series`, `labels`, `label/NAME/values`.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use serde::Serialize;
use upswell_metrics::store::Reader;
use upswell_metrics::{Matcher, Time};

use super::answer::{Answer, Failure};
use super::execute::execute;
use super::parameters::Parameters;
use super::routes::Shared;

/// Answers with the labels of the series that a selector means.
pub(super) async fn series(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    if parameters.all("match[]").next().is_none() {
        return Err(Failure::bad_data("no match[] parameter provided"));
    }
    found(shared, &parameters, Reader::series).await
}

/// Answers with the names of labels.
pub(super) async fn names(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let names = |reader: &Reader, matchers: &[Matcher], start, end| {
        let names = reader.label_names(matchers, start, end);
        names.iter().map(ToString::to_string).collect()
    };
    found(shared, &parameters, names).await
}

/// Answers with the values of a label.
pub(super) async fn values(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let values = move |reader: &Reader, matchers: &[Matcher], start, end| {
        let values = reader.label_values(&name, matchers, start, end);
        values.iter().map(ToString::to_string).collect()
    };
    found(shared, &parameters, values).await
}

/// Collects, sorted and each once, what `find` finds for any of the selectors.
async fn found<T: Ord + Serialize + Send + 'static>(
    shared: Shared,
    parameters: &Parameters,
    find: impl Fn(&Reader, &[Matcher], Time, Time) -> Vec<T> + Send + 'static,
) -> Result<Answer, Failure> {
    let limit = parameters.limit("limit")?;
    let (start, end) = parameters.time_range()?;
    let mut sets = parameters.matchers()?;
    if sets.is_empty() {
        sets.push(Vec::new());
    }
    let Shared { api, slots, .. } = shared;
    execute(&slots, api.options.timeout, move |deadline| {
        let mut all = BTreeSet::new();
        for matchers in &sets {
            if deadline.is_over() {
                return Err(Failure::timeout("query execution"));
            }
            all.extend(find(&api.reader, matchers, start, end));
        }
        let is_truncated = all.len() > limit;
        let all: Vec<T> = all.into_iter().take(limit).collect();
        Ok(Answer::of(&all)?.truncated(is_truncated))
    })
    .await
}
