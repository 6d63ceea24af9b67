//! A target: the labels that Prometheus gives to what it scrapes.

use upswell_metrics::Labels;
use upswell_metrics::labels::LabelsBuilder;

/// The labels of a target, and how they meet those of its series.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) labels: Labels,
    /// Whether a series keeps its own label where both have one; else the target's counts and the
    /// series' own becomes `exported_…`.
    pub(super) honor_labels: bool,
}

impl Target {
    /// Returns the labels as they are stored; nothing where they are dropped.
    pub(super) fn apply(&self, mut series: LabelsBuilder) -> Option<Labels> {
        for (name, value) in self.labels.pairs() {
            let own = series.get(name);
            if !own.is_empty() {
                if self.honor_labels {
                    continue;
                }
                let own = own.to_owned();
                series.set(format!("exported_{name}"), own);
            }
            series.set(name.clone(), value.clone());
        }
        Some(series.build())
    }
}
