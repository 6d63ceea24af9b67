//! What is watched in a run: plain data that a scenario holds.

use std::collections::BTreeMap;

use upswell_metrics::promql::{ParseError, Query};
use upswell_metrics::relabel::Relabeling;
use upswell_metrics::rules::Group;
use upswell_metrics::scrape::MonitorKind;
use upswell_units::{Duration, Span};

use super::adapter::CustomMetric;
use super::catalogue::Catalogue;
use super::objects::Objects;

/// What is watched in a run, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Monitoring {
    /// The objects whose state is exported.
    pub objects: Objects,
    /// Where Prometheus scrapes the pods; empty where no monitor leads to them.
    pub endpoints: Vec<Endpoint>,
    /// The rules, group by group.
    pub groups: Vec<WatchedGroup>,
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
    /// The same, and whatever else has the name of its metric.
    Named,
    /// All of them.
    All,
}

/// One endpoint of a monitor that leads to the pods.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Kind of the monitor.
    pub kind: MonitorKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub monitor: String,
    /// Position among its endpoints.
    pub index: usize,
    /// Label of the Service or the pod that becomes `job`; empty if not set.
    pub job_label: String,
    /// Labels of the Service that the targets get.
    pub target_labels: Vec<String>,
    /// Labels of the pods that the targets get.
    pub pod_target_labels: Vec<String>,
    /// The Service before the pods; absent for a PodMonitor.
    pub service: Option<ServiceObject>,
    /// Time between scrapes.
    pub interval: Duration,
    /// Number of the port.
    pub port: u16,
    /// The label `endpoint`.
    pub endpoint: String,
    /// The container whose port it is.
    pub container: String,
    /// Whether labels of the series count where the target has the same.
    pub honor_labels: bool,
    /// What is done to the labels of the targets.
    pub relabelings: Vec<Relabeling>,
    /// What is done to the labels of their series.
    pub metric_relabelings: Vec<Relabeling>,
}

/// A Service before the pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceObject {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Endpoint {
    /// Names it as the operator names its scrapes: `podMonitor/llm/llm-worker/0`.
    #[must_use]
    pub fn scrape_pool(&self) -> String {
        let kind = match self.kind {
            MonitorKind::ServiceMonitor => "serviceMonitor",
            MonitorKind::PodMonitor => "podMonitor",
        };
        let Self { namespace, monitor, index, .. } = self;
        format!("{kind}/{namespace}/{monitor}/{index}")
    }
}

/// A group of rules, and where each of them was written.
#[derive(Clone, Debug)]
pub struct WatchedGroup {
    /// The rules.
    pub group: Group,
    /// The object that has them: `PrometheusRule/llm-autoscaling`.
    pub object: String,
    /// Position by position as in the group.
    pub places: Vec<RulePlace>,
}

/// Where a rule was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// Its name.
    pub name: Span,
    /// Its expression.
    pub expr: Span,
    /// `file:line:column` of its name.
    pub at: String,
}

impl Monitoring {
    /// The queries of all who look.
    pub(super) fn all_queries(&self) -> impl Iterator<Item = &Query> {
        let of_triggers = self.queries.values().filter_map(|query| query.as_ref().ok());
        let of_metrics = self.custom_metrics.values().flat_map(|metric| &metric.queries);
        let rules = self.groups.iter().flat_map(|watched| &watched.group.rules);
        of_triggers.chain(of_metrics).chain(rules.map(|rule| &rule.query))
    }

    /// Whether nothing is looked at.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let is_selected = self.exported != Exported::All;
        let has_queries = !self.queries.is_empty() || !self.custom_metrics.is_empty();
        is_selected && !has_queries && self.groups.is_empty()
    }
}
