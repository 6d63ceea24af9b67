//! `targets`, `targets/metadata`, `metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Weak;

use axum::extract::State;
use serde::Serialize;
use upswell_metrics::Labels;
use upswell_metrics::scrape::{Metadata, Target};

use super::answer::{Answer, Failure};
use super::parameters::{Parameters, parse_selector};
use super::routes::Shared;
use super::rules::instant;
use crate::scrape::{ScrapeTarget, Scraper, TargetStatus};

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

/// A scraper that somebody else stops; once it has, there are no targets.
impl TargetsView for Weak<Scraper> {
    fn active(&self) -> Vec<TargetStatus> {
        self.upgrade().map(|scraper| scraper.targets()).unwrap_or_default()
    }
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
        targets.retain(|target| pool.is_empty() || target.target.job.settings().name == pool);
    }
    let are_dropped_asked_for = ["", "any", "dropped"].contains(&state.as_str());
    Answer::of(&TargetsJson {
        active_targets: targets.iter().map(target_json).collect(),
        dropped_targets: [],
        dropped_target_counts: are_dropped_asked_for.then(BTreeMap::new),
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
    let all = targets.iter().flat_map(|status| {
        let target = &status.target.target.labels;
        let is_meant = matchers.iter().all(|matcher| matcher.matches_labels(target));
        let of_metric = |name: &String| metric.is_empty() || name == metric;
        let wanted = status.metadata.iter().filter(move |(name, _)| is_meant && of_metric(name));
        wanted.map(move |(name, metadata)| TargetMetadataJson {
            target,
            metric: metric.is_empty().then_some(name),
            metadata: MetadataJson::of(metadata),
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
    let mut all: BTreeMap<&str, BTreeSet<MetadataJson<'_>>> = BTreeMap::new();
    for (name, metadata) in targets.iter().flat_map(|target| &target.metadata) {
        if metric.is_empty() || name == metric {
            all.entry(name).or_default().insert(MetadataJson::of(metadata));
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
    dropped_target_counts: Option<BTreeMap<&'static str, u64>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetJson<'a> {
    discovered_labels: &'a Labels,
    labels: &'a Labels,
    scrape_pool: &'a str,
    scrape_url: String,
    global_url: String,
    last_error: String,
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
    metadata: MetadataJson<'a>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct MetadataJson<'a> {
    #[serde(rename = "type")]
    metric_type: &'static str,
    help: &'a str,
    unit: &'a str,
}

impl<'a> MetadataJson<'a> {
    fn of(Metadata { metric_type, help, unit }: &'a Metadata) -> Self {
        Self { metric_type: metric_type.as_str(), help, unit }
    }
}

fn target_json(status: &TargetStatus) -> TargetJson<'_> {
    let TargetStatus { target, scraped_at, duration, error, .. } = status;
    let ScrapeTarget { target: Target { discovered, labels, .. }, job } = target;
    let settings = job.settings();
    let health = match (error, scraped_at) {
        (Some(_), _) => "down",
        (None, Some(_)) => "up",
        (None, None) => "unknown",
    };
    // What is no URL is a target that cannot be scraped; its error says why.
    let url = target.url().map(String::from).unwrap_or_default();
    TargetJson {
        discovered_labels: discovered,
        labels,
        scrape_pool: &settings.name,
        scrape_url: url.clone(),
        global_url: url,
        last_error: error.as_ref().map(ToString::to_string).unwrap_or_default(),
        last_scrape: instant(*scraped_at),
        last_scrape_duration: duration.as_secs_f64(),
        health,
        scrape_interval: settings.interval.to_string(),
        scrape_timeout: settings.timeout.to_string(),
    }
}
