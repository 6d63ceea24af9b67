//! What is watched in a run: plain data that a scenario holds.

use std::collections::BTreeMap;

use upswell_metrics::promql::{ParseError, Query};
use upswell_units::Duration;

use super::adapter::CustomMetric;
use super::catalogue::Catalogue;
use super::objects::Objects;

/// What is watched in a run, and by whom.
#[derive(Debug, Default)]
pub struct Monitoring {
    /// The objects whose state is exported.
    pub objects: Objects,
    /// Where Prometheus scrapes the pods; empty where no monitor leads to them.
    pub endpoints: Vec<Endpoint>,
    /// What of that is written.
    pub exported: Exported,
    /// The queries of triggers, by text: what Prometheus makes of each.
    pub queries: BTreeMap<String, Result<Query, ParseError>>,
    /// What the custom metrics API makes of metrics, by position in the policy.
    pub custom_metrics: BTreeMap<usize, CustomMetric>,
    /// Every family that could be exported, and whether it is scraped.
    pub catalogue: Catalogue,
}

/// What of all series is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exported {
    /// What a trigger, a metric of an autoscaler or a rule selects: only what is looked at costs.
    #[default]
    Selected,
    /// All of them.
    All,
}

/// One endpoint of a monitor that leads to the pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The monitor, as the operator names its scrapes: `podMonitor/llm/llm-worker/0`.
    pub scrape_pool: String,
    /// Time between scrapes.
    pub interval: Duration,
    /// Number of the port.
    pub port: u16,
    /// The label `endpoint`.
    pub endpoint: String,
    /// The label `job`.
    pub job: String,
    /// The label `service`; none for a PodMonitor.
    pub service: Option<String>,
    /// The container whose port it is.
    pub container: String,
    /// Whether labels of the series count where the target has the same.
    pub honor_labels: bool,
}

impl Monitoring {
    /// The queries of all who look.
    pub(super) fn all_queries(&self) -> impl Iterator<Item = &Query> {
        let of_triggers = self.queries.values().filter_map(|query| query.as_ref().ok());
        let of_metrics = self.custom_metrics.values().flat_map(|metric| &metric.queries);
        of_triggers.chain(of_metrics)
    }

    /// Whether nothing is looked at.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let is_selected = self.exported == Exported::Selected;
        is_selected && self.queries.is_empty() && self.custom_metrics.is_empty()
    }
}
