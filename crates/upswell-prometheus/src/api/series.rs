//! `series`, `labels`, `label/NAME/values`.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use upswell_metrics::Labels;

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
    found(shared, &parameters, |labels: &Labels, into: &mut BTreeSet<Labels>| {
        into.insert(labels.clone());
    })
    .await
}

/// Answers with the names of labels.
pub(super) async fn names(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    found(shared, &parameters, |labels: &Labels, into: &mut BTreeSet<String>| {
        for (name, _) in labels.iter() {
            if !into.contains(name) {
                into.insert(name.to_owned());
            }
        }
    })
    .await
}

/// Answers with the values of a label.
pub(super) async fn values(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    found(shared, &parameters, move |labels: &Labels, into: &mut BTreeSet<String>| {
        let value = labels.get(&name);
        if !value.is_empty() && !into.contains(value) {
            into.insert(value.to_owned());
        }
    })
    .await
}

/// Collects, sorted and each once, what `take` takes of the series asked for.
async fn found<T: Ord + serde::Serialize + Send + 'static>(
    shared: Shared,
    parameters: &Parameters,
    take: impl Fn(&Labels, &mut BTreeSet<T>) + Send + 'static,
) -> Result<Answer, Failure> {
    let limit = parameters.limit("limit")?;
    let (start, end) = parameters.time_range()?;
    let mut sets = parameters.matchers()?;
    if sets.is_empty() {
        sets.push(Vec::new());
    }
    execute(&shared.slots, shared.api.options.timeout, move |deadline| {
        let mut found = BTreeSet::new();
        for selected in sets.iter().flat_map(|set| shared.api.reader.select(set, start, end)) {
            if deadline.is_over() {
                return Err(Failure::timeout("query execution"));
            }
            take(selected.labels(), &mut found);
        }
        let is_truncated = found.len() > limit;
        let found: Vec<T> = found.into_iter().take(limit).collect();
        Ok(Answer::of(&found)?.truncated(is_truncated))
    })
    .await
}
