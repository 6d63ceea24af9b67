//! What one target may send.

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
        let is_over = |count: usize, max: u64| max > 0 && count as u64 > max;
        if is_over(labels.len(), labels_max) {
            return Some(format!("{} labels, the limit is {labels_max}", labels.len()));
        }
        labels.iter().find_map(|(name, value)| {
            if is_over(name.len(), label_name_length) {
                let (length, shown) = (name.len(), shown(name));
                return Some(format!(
                    "the name of the label {shown} has {length} bytes, the limit is {label_name_length}"
                ));
            }
            let (length, shown) = (value.len(), shown(name));
            is_over(length, label_value_length).then(|| {
                format!("the value of {shown} has {length} bytes, the limit is {label_value_length}")
            })
        })
    }
}

/// As much of a text as fits a message.
fn shown(text: &str) -> String {
    const CHARACTERS_MAX: usize = 50;
    format!("{:?}", text.chars().take(CHARACTERS_MAX).collect::<String>())
}
