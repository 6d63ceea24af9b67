//! The labels of a sample: those exposed, those of its target, relabelled.

use crate::labels::Labels;
use crate::relabel::{self, Relabeling};

/// Returns the labels that a sample is stored with; `None` if the relabelings drop it.
///
/// Where target and sample have the same label, the sample's wins with `honor_labels`; else it is
/// kept as `exported_LABEL`, with as many `exported_` as are not taken.
/// Source: Prometheus 3, scrape/scrape.go, mutateSampleLabels.
#[must_use]
pub fn sample_labels(
    exposed: &Labels,
    target: &Labels,
    honor_labels: bool,
    relabelings: &[Relabeling],
) -> Option<Labels> {
    let mut labels = exposed.edit();
    let mut conflicts = Vec::new();
    for (name, value) in target.pairs() {
        let exposed_value = exposed.text(name);
        if honor_labels && exposed_value.is_some() {
            continue;
        }
        conflicts.extend(exposed_value.map(|exposed_value| (name, exposed_value)));
        labels.set(name.clone(), value.clone());
    }
    conflicts.sort_by_key(|(name, _)| name.len());
    for (name, value) in conflicts {
        let mut exported = format!("exported_{name}");
        while !labels.get(&exported).is_empty() {
            exported.insert_str(0, "exported_");
        }
        labels.set(exported, value.clone());
    }
    relabel::apply(relabelings, labels.build()).filter(|labels| !labels.is_empty())
}
