//! What the server says of itself: `status`, `/-/healthy`, `/-/ready`, `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;

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

/// Answers with what the store holds, in the text format 0.0.4.
pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    let counts = shared.api.reader.counts();
    let free = shared.slots.available_permits();
    let running = shared.api.options.concurrency.saturating_sub(free) as u64;
    let mut page = String::new();
    let mut family = |name: &str, kind: &str, help: &str, values: &[(&str, u64)]| {
        let mut written = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            written = written.and_then(|()| writeln!(page, "{name}{labels} {value}"));
        }
        debug_assert!(written.is_ok(), "writing to memory does not fail");
    };
    family("upswell_store_series", "gauge", "Series held.", &[("", counts.series)]);
    family("upswell_store_samples", "gauge", "Samples held.", &[("", counts.samples)]);
    family("upswell_store_bytes", "gauge", "Bytes that series take.", &[("", counts.bytes)]);
    let taken = [("", counts.appended)];
    family("upswell_store_samples_appended_total", "counter", "Samples taken.", &taken);
    let refused = [
        (r#"{reason="out_of_order"}"#, counts.out_of_order),
        (r#"{reason="duplicate"}"#, counts.duplicate),
        (r#"{reason="too_old"}"#, counts.too_old),
    ];
    family("upswell_store_samples_refused_total", "counter", "Samples refused.", &refused);
    let dropped = [("", counts.dropped)];
    let help = "Samples dropped before their time because memory was full.";
    family("upswell_store_samples_dropped_total", "counter", help, &dropped);
    family("upswell_api_queries_running", "gauge", "Queries that run.", &[("", running)]);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
}
