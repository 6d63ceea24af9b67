//! `targets`, `targets/metadata`, `metadata`.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use serde::Serialize;
use upswell_metrics::{Labels, Time};
use upswell_units::Duration;

use super::answer::{Answer, Failure};
use super::parameters::{Parameters, parse_selector};
use super::routes::Shared;
use super::rules::instant;

/// Whoever knows how the targets do.
pub trait TargetsView: Send + Sync {
    /// Returns the targets that are scraped.
    fn active(&self) -> Vec<TargetStatus>;
}

/// Where nothing is scraped.
impl TargetsView for () {
    fn active(&self) -> Vec<TargetStatus> {
        Vec::new()
    }
}

/// A target and how it does.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// Labels as they were found, before relabelling.
    pub discovered_labels: Labels,
    /// Labels that its series get.
    pub labels: Labels,
    /// Name of the job that scrapes it.
    pub pool: String,
    /// What is scraped.
    pub url: String,
    /// Time between scrapes.
    pub interval: Duration,
    /// How long a scrape may take.
    pub timeout: Duration,
    /// When it was scraped last.
    pub scraped_at: Option<Time>,
    /// How long that took.
    pub scrape_duration: Duration,
    /// Why the last scrape failed, if it did.
    pub error: Option<String>,
    /// What it says of its metrics, by their names.
    pub metadata: BTreeMap<String, MetricMetadata>,
}

/// What a target says of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MetricMetadata {
    /// `counter`, `gauge`, `histogram`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text of help.
    pub help: String,
    /// Its unit, if it has one.
    pub unit: String,
}

/// Answers with the targets; those that relabelling has dropped are not kept.
pub(super) async fn active(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let state = parameters.text("state").to_ascii_lowercase();
    let pool = parameters.text("scrapePool");
    let mut targets = Vec::new();
    if ["", "any", "active"].contains(&state.as_str()) {
        targets = shared.api.targets.active();
        targets.retain(|target| pool.is_empty() || target.pool == pool);
    }
    Answer::of(&TargetsJson {
        active_targets: targets.iter().map(target_json).collect(),
        dropped_targets: [],
        dropped_target_counts: BTreeMap::new(),
    })
}

/// Answers with what each target says of its metrics.
pub(super) async fn metadata_of_targets(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let limit = parameters.limit("limit")?;
    let matchers = match parameters.text("match_target") {
        "" => Vec::new(),
        text => parse_selector(text)
            .map_err(|message| Failure::bad_parameter("match_target", message))?,
    };
    let metric = parameters.text("metric");
    let targets = shared.api.targets.active();
    let meant = targets
        .iter()
        .filter(|target| matchers.iter().all(|matcher| matcher.matches_labels(&target.labels)));
    let all = meant.flat_map(|target| {
        let wanted =
            target.metadata.iter().filter(|(name, _)| metric.is_empty() || *name == metric);
        wanted.map(|(name, metadata)| TargetMetadataJson {
            target: &target.labels,
            metric: metric.is_empty().then_some(name),
            metadata,
        })
    });
    Answer::of(&all.take(limit).collect::<Vec<_>>())
}

/// Answers with what is said of each metric, by whomever.
pub(super) async fn metadata(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let limit = parameters.limit("limit")?;
    let limit_per_metric = parameters.limit("limit_per_metric")?;
    let metric = parameters.text("metric");
    let targets = shared.api.targets.active();
    let mut all: BTreeMap<&str, BTreeSet<&MetricMetadata>> = BTreeMap::new();
    for (name, metadata) in targets.iter().flat_map(|target| &target.metadata) {
        if metric.is_empty() || name == metric {
            all.entry(name).or_default().insert(metadata);
        }
    }
    let cut = |of: BTreeSet<_>| of.into_iter().take(limit_per_metric).collect::<Vec<_>>();
    let all: BTreeMap<_, _> =
        all.into_iter().take(limit).map(|(name, of)| (name, cut(of))).collect();
    Answer::of(&all)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetsJson<'a> {
    active_targets: Vec<TargetJson<'a>>,
    dropped_targets: [(); 0],
    dropped_target_counts: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetJson<'a> {
    discovered_labels: &'a Labels,
    labels: &'a Labels,
    scrape_pool: &'a str,
    scrape_url: &'a str,
    global_url: &'a str,
    last_error: &'a str,
    last_scrape: String,
    last_scrape_duration: f64,
    health: &'static str,
    scrape_interval: String,
    scrape_timeout: String,
}

#[derive(Serialize)]
struct TargetMetadataJson<'a> {
    target: &'a Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<&'a String>,
    #[serde(flatten)]
    metadata: &'a MetricMetadata,
}

fn target_json(target: &TargetStatus) -> TargetJson<'_> {
    let health = match (&target.error, target.scraped_at) {
        (Some(_), _) => "down",
        (None, Some(_)) => "up",
        (None, None) => "unknown",
    };
    TargetJson {
        discovered_labels: &target.discovered_labels,
        labels: &target.labels,
        scrape_pool: &target.pool,
        scrape_url: &target.url,
        global_url: &target.url,
        last_error: target.error.as_deref().unwrap_or_default(),
        last_scrape: instant(target.scraped_at),
        last_scrape_duration: target.scrape_duration.as_secs_f64(),
        health,
        scrape_interval: target.interval.to_string(),
        scrape_timeout: target.timeout.to_string(),
    }
}
