//! What the server says of itself: `status`, `/-/healthy`, `/-/ready`, `/metrics`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use upswell_metrics::Labels;
use upswell_metrics::exposition::{
    MetricType, TEXT_CONTENT_TYPE, write_help, write_series, write_type,
};
use upswell_metrics::labels::METRIC_NAME;

use super::answer::{Answer, Failure};
use super::routes::Shared;
use super::rules::instant;
use crate::clock;

/// The version of Prometheus whose answers these are, with our own behind it as semantic
/// versioning has it: clients choose by it what they ask for.
const VERSION: &str = concat!("3.0.0+upswell-", env!("CARGO_PKG_VERSION"));

/// Answers with the version. There is no revision and no Go.
pub(super) async fn build() -> Result<Answer, Failure> {
    Answer::of(&BTreeMap::from([
        ("version", VERSION),
        ("revision", ""),
        ("branch", ""),
        ("buildUser", ""),
        ("buildDate", ""),
        ("goVersion", ""),
    ]))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeJson {
    start_time: String,
    server_time: String,
    #[serde(rename = "CWD")]
    folder: &'static str,
    hostname: &'static str,
    reload_config_success: bool,
    last_config_time: String,
    corruption_count: u32,
    goroutine_count: u32,
    #[serde(rename = "GOMAXPROCS")]
    threads: usize,
    storage_retention: String,
}

/// Answers with the times of the server; folder and host are nobody's business.
pub(super) async fn runtime(State(shared): State<Shared>) -> Result<Answer, Failure> {
    let started = instant(Some(shared.started));
    Answer::of(&RuntimeJson {
        start_time: started.clone(),
        server_time: instant(Some(clock::now())),
        folder: "",
        hostname: "",
        reload_config_success: true,
        last_config_time: started,
        corruption_count: 0,
        goroutine_count: 0,
        threads: std::thread::available_parallelism().map_or(1, Into::into),
        storage_retention: shared.api.options.retention.to_string(),
    })
}

/// Answers with the bounds of queries under the names of Prometheus's flags.
pub(super) async fn flags(State(shared): State<Shared>) -> Result<Answer, Failure> {
    let options = &shared.api.options;
    let seconds = |duration: std::time::Duration| format!("{}s", duration.as_secs_f64());
    Answer::of(&BTreeMap::from([
        ("query.lookback-delta", options.promql.lookback.to_string()),
        ("query.max-concurrency", options.concurrency.to_string()),
        ("query.max-samples", options.promql.samples_max.to_string()),
        ("query.timeout", seconds(options.timeout)),
        ("storage.tsdb.retention.time", options.retention.to_string()),
    ]))
}

/// Answers with a configuration that says nothing: it is in manifests, not in a file.
pub(super) async fn config() -> Result<Answer, Failure> {
    Answer::of(&BTreeMap::from([("yaml", "global: {}\n")]))
}

/// Answers that the server runs.
pub(super) async fn healthy() -> &'static str {
    "Upswell is Healthy.\n"
}

/// Answers that the server takes queries.
pub(super) async fn ready() -> &'static str {
    "Upswell is Ready.\n"
}

/// Answers with what the store holds and what became of its samples, in the text format.
pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    use MetricType::{Counter, Gauge};
    let counts = shared.api.reader.counts();
    let free = shared.slots.available_permits();
    let running = shared.api.options.concurrency.saturating_sub(free) as u64;
    let mut page = Page::default();
    page.family("upswell_store_series", Gauge, "Series held.", &[("", counts.series)]);
    page.family("upswell_store_samples", Gauge, "Samples held.", &[("", counts.samples)]);
    page.family("upswell_store_bytes", Gauge, "Bytes that they take.", &[("", counts.bytes)]);
    let taken = [("", counts.appended)];
    page.family("upswell_store_samples_appended_total", Counter, "Samples taken.", &taken);
    let refused = [
        ("out_of_order", counts.out_of_order),
        ("duplicate", counts.duplicate),
        ("too_old", counts.too_old),
        ("no_room", counts.no_room),
        ("forgotten", counts.forgotten),
    ];
    page.family("upswell_store_samples_refused_total", Counter, "Samples refused.", &refused);
    let help = "Samples dropped before their time because memory was full.";
    let dropped = [("", counts.dropped)];
    page.family("upswell_store_samples_dropped_total", Counter, help, &dropped);
    page.family("upswell_api_queries_running", Gauge, "Queries that run.", &[("", running)]);
    ([(header::CONTENT_TYPE, TEXT_CONTENT_TYPE)], page.0)
}

/// A page of metrics that is being written.
#[derive(Default)]
struct Page(String);

impl Page {
    /// Writes a family with a value for each reason; the empty reason is none.
    fn family(&mut self, name: &str, kind: MetricType, help: &str, values: &[(&str, u64)]) {
        write_help(&mut self.0, name, help);
        write_type(&mut self.0, name, kind);
        for (reason, value) in values {
            let labels = Labels::new([(METRIC_NAME, name), ("reason", reason)]);
            write_series(&mut self.0, &labels, *value as f64, None);
        }
    }
}
