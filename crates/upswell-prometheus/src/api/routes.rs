//! The routes and what they share.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::sync::Semaphore;
use upswell_metrics::Time;
use upswell_metrics::promql::{self, Dialect};
use upswell_metrics::store::{self, Reader};

use super::{RulesView, TargetsView, query, rules, series, status, targets};
use crate::clock;

/// What the API shows.
#[derive(Clone)]
pub struct Api {
    /// The store.
    pub reader: Reader,
    /// The rules and how they do.
    pub rules: Arc<dyn RulesView>,
    /// The targets and how they do.
    pub targets: Arc<dyn TargetsView>,
    /// URLs of the Alertmanagers that are told of alerts, without what is secret in them.
    pub alertmanagers: Vec<String>,
    /// Bounds of queries.
    pub options: Options,
}

/// Bounds of queries.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The language of queries.
    pub dialect: Dialect,
    /// How queries are evaluated; a request may change the lookback.
    pub promql: promql::Options,
    /// How long one may take, its time in the queue included; a request may ask for less.
    pub timeout: Duration,
    /// How many may run at a time.
    pub concurrency: usize,
    /// How long the store keeps samples: for people who ask.
    pub retention: upswell_units::Duration,
}

impl Default for Options {
    /// Prometheus's, 2 min and 20 at a time, and the store's own retention.
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            promql: promql::Options::default(),
            timeout: Duration::from_secs(120),
            concurrency: 20,
            retention: store::Limits::default().retention,
        }
    }
}

/// What every request sees.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) api: Api,
    /// One for each query that may run.
    pub(super) slots: Arc<Semaphore>,
    /// When the server was started.
    pub(super) started: Time,
}

/// Returns the routes of the API; whoever serves them decides who can reach them.
pub fn router(api: Api) -> Router {
    let slots = Arc::new(Semaphore::new(api.options.concurrency));
    let shared = Shared { api, slots, started: clock::now() };
    let v1 = Router::new()
        .route("/query", get(query::instant).post(query::instant))
        .route("/query_range", get(query::range).post(query::range))
        .route("/query_exemplars", get(query::exemplars).post(query::exemplars))
        .route("/format_query", get(query::format).post(query::format))
        .route("/series", get(series::series).post(series::series))
        .route("/labels", get(series::names).post(series::names))
        .route("/label/{name}/values", get(series::values))
        .route("/rules", get(rules::groups))
        .route("/alerts", get(rules::alerts))
        .route("/alertmanagers", get(rules::alertmanagers))
        .route("/targets", get(targets::active))
        .route("/targets/metadata", get(targets::metadata_of_targets))
        .route("/metadata", get(targets::metadata))
        .route("/status/buildinfo", get(status::build))
        .route("/status/runtimeinfo", get(status::runtime))
        .route("/status/flags", get(status::flags))
        .route("/status/config", get(status::config));
    Router::new()
        .nest("/api/v1", v1)
        .route("/-/healthy", get(status::healthy))
        .route("/-/ready", get(status::ready))
        .route("/metrics", get(status::metrics))
        .with_state(shared)
}
