//! A target: the labels that Prometheus gives to what it scrapes.

use upswell_metrics::Labels;
use upswell_metrics::labels::LabelsBuilder;
use upswell_metrics::relabel::Relabeling;
use upswell_metrics::scrape::sample_labels;

/// The labels of a target, and how they meet those of its series.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    pub(super) labels: Labels,
    /// Whether a series keeps its own label where both have one.
    pub(super) honor_labels: bool,
    /// What is done to the labels of its series.
    pub(super) metric_relabelings: &'a [Relabeling],
}

impl Target<'_> {
    /// Returns the labels as they are stored; nothing where they are dropped.
    pub(super) fn apply(&self, series: LabelsBuilder) -> Option<Labels> {
        let Self { labels, honor_labels, metric_relabelings } = self;
        sample_labels(&series.build(), labels, *honor_labels, metric_relabelings)
    }
}
