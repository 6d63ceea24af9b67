//! Queries, one after another.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use upswell_metrics::labels::Labels;
use upswell_metrics::promql::{Series, Value};
use upswell_metrics::sample::{Sample, Time, millis};
use upswell_units::{Bytes, Duration};

use super::error::RemoteError;
use super::pieces::{self, Piece};
use super::wire::{self, BuildInfo, Data};
use crate::http::{Caller, Purpose, Server, ServerError, with_retries};

/// A Prometheus, or what speaks its HTTP API v1.
#[derive(Clone, Debug)]
pub struct Prometheus {
    caller: Caller,
}

/// An answer with what the server says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// Warnings of the server, such as a store that did not answer; each once.
    pub warnings: Vec<String>,
}

/// An answer of 11,000 points of each of 500 series has about this size.
const ANSWER_MAX: Bytes = Bytes(256 << 20);

/// Proxies and servers take URLs of 8 kB and more; what is longer goes into a form.
const QUERY_IN_URL_MAX: usize = 4000;

impl Prometheus {
    /// Takes a server; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If its certificates or headers cannot be used.
    pub fn new(server: Server) -> Result<Self, ServerError> {
        Ok(Self { caller: Caller::new(server, ANSWER_MAX, Purpose::Read)? })
    }

    /// Answers a query at an instant.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, refuses the query, or answers something else.
    pub async fn instant(&self, query: &str, at: Time) -> Result<Answered<Value>, RemoteError> {
        let at = at.as_secs_f64().to_string();
        let parameters = [("query", query), ("time", &at)];
        let answer: wire::Success<Data> = self.ask("/api/v1/query", &parameters).await?;
        let value = answer.data.value().map_err(|cause| self.not_prometheus(cause))?;
        Ok(Answered { value, warnings: answer.warnings })
    }

    /// Answers a query at `start`, `start + step`, … up to `end`; the series are in order of
    /// their labels.
    ///
    /// Prometheus answers at most 11,000 steps at once: longer ranges are asked for in pieces, one
    /// after another. Steps are whole milliseconds.
    ///
    /// # Errors
    ///
    /// As [`Prometheus::instant`]; and if the step is below a millisecond, if there would be more
    /// than a million steps, or if a query with `@ start()` or `@ end()` needs more than one
    /// piece, because each piece has other ends.
    pub async fn range(
        &self,
        query: &str,
        start: Time,
        end: Time,
        step: Duration,
    ) -> Result<Answered<Vec<Series>>, RemoteError> {
        let pieces = pieces::split(query, start, end, millis(step))?;
        let mut merged: BTreeMap<Labels, Vec<Sample>> = BTreeMap::new();
        let mut warnings = Vec::new();
        for piece in pieces {
            let answer = self.piece(query, piece, step).await?;
            for Series { labels, samples } in answer.value {
                merged.entry(labels).or_default().extend(samples);
            }
            warnings.extend(answer.warnings);
        }
        warnings.sort();
        warnings.dedup();
        let series = merged.into_iter().map(|(labels, samples)| Series { labels, samples });
        Ok(Answered { value: series.collect(), warnings })
    }

    async fn piece(
        &self,
        query: &str,
        Piece { start, end }: Piece,
        step: Duration,
    ) -> Result<Answered<Vec<Series>>, RemoteError> {
        let [start, end] = [start, end].map(|at| at.as_secs_f64().to_string());
        let step = (millis(step) as f64 / 1000.0).to_string();
        let parameters = [("query", query), ("start", &start), ("end", &end), ("step", &step)];
        let answer: wire::Success<Data> = self.ask("/api/v1/query_range", &parameters).await?;
        let series = answer.data.matrix().map_err(|cause| self.not_prometheus(cause))?;
        Ok(Answered { value: series, warnings: answer.warnings })
    }

    /// Returns the values that a label has had since an instant, in order.
    ///
    /// # Errors
    ///
    /// As [`Prometheus::instant`].
    pub async fn label_values(
        &self,
        label: &str,
        start: Time,
        end: Time,
    ) -> Result<Answered<Vec<String>>, RemoteError> {
        let path = format!("/api/v1/label/{label}/values");
        let [start, end] = [start, end].map(|at| at.as_secs_f64().to_string());
        let answer = self.ask(&path, &[("start", &start), ("end", &end)]).await?;
        let wire::Success { data, warnings } = answer;
        Ok(Answered { value: data, warnings })
    }

    /// Returns the version of the server, as it says itself.
    ///
    /// # Errors
    ///
    /// As [`Prometheus::instant`]; servers other than Prometheus may not say.
    pub async fn version(&self) -> Result<String, RemoteError> {
        let answer: wire::Success<BuildInfo> = self.ask("/api/v1/status/buildinfo", &[]).await?;
        Ok(answer.data.version)
    }

    /// Reads, again where that may help: reading changes nothing.
    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<wire::Success<T>, RemoteError> {
        let length: usize = parameters.iter().map(|(_, value)| value.len()).sum();
        let retries = self.caller.server().retries;
        with_retries(retries, async || {
            let answer = self.caller.call(path, |client, url| {
                if length > QUERY_IN_URL_MAX {
                    client.post(url).form(parameters)
                } else {
                    client.get(url).query(parameters)
                }
            });
            wire::read(&self.caller.server().to_string(), &answer.await?)
        })
        .await
    }

    fn not_prometheus(&self, cause: String) -> RemoteError {
        RemoteError::NotPrometheus { server: self.caller.server().to_string(), cause }
    }
}
