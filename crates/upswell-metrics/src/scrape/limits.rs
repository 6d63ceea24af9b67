//! What one target may send.

use crate::exposition::shown;
use crate::labels::Labels;

/// What one target may send; 0 stands for no bound, as in Prometheus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most samples of a page, after relabelling.
    pub samples: u64,
    /// Most labels of a sample, the name among them.
    pub labels: u64,
    /// Most bytes of the name of a label.
    pub label_name_length: u64,
    /// Most bytes of the value of a label.
    pub label_value_length: u64,
}

impl Limits {
    /// Returns what is wrong with the labels of a sample, if anything is.
    pub(super) fn excess(&self, labels: &Labels) -> Option<String> {
        let Self { samples: _, labels: labels_max, label_name_length, label_value_length } = *self;
        let is_over = |count: usize, limit: u64| limit > 0 && count as u64 > limit;
        if is_over(labels.len(), labels_max) {
            return Some(format!("{} labels, the limit is {labels_max}", labels.len()));
        }
        labels.iter().find_map(|(name, value)| {
            let (part, length, limit) = if is_over(name.len(), label_name_length) {
                ("name", name.len(), label_name_length)
            } else if is_over(value.len(), label_value_length) {
                ("value", value.len(), label_value_length)
            } else {
                return None;
            };
            let name = shown(name);
            Some(format!("the {part} of the label {name} has {length} bytes, the limit is {limit}"))
        })
    }
}
