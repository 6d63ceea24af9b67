//! Series numbered by the labels that they share.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::labels::{Labels, METRIC_NAME, Text};
use crate::promql::plan::LabelSet;

/// Groups, numbered from zero in the order in which they are first met.
#[derive(Default)]
pub(super) struct Groups {
    numbers: HashTable<usize>,
    /// The labels that the series of each group share.
    labels: Vec<Labels>,
}

impl Groups {
    /// Returns the number of the group of a series.
    pub(super) fn number(&mut self, series: &Labels, nameless: bool, set: &LabelSet) -> usize {
        let is_kept = |name: &str| set.keeps(name) && !(nameless && name == METRIC_NAME);
        self.number_by(series, &is_kept)
    }

    /// Returns the number of the group of the series that share all labels that count.
    pub(super) fn number_by(&mut self, series: &Labels, counts: &dyn Fn(&str) -> bool) -> usize {
        let shared = || series.pairs().iter().filter(|(name, _)| counts(name));
        let labels = &mut self.labels;
        let hash = hash(shared());
        let is_same = |number: &usize| labels[*number].pairs().iter().eq(shared());
        if let Some(number) = self.numbers.find(hash, is_same) {
            return *number;
        }
        let number = labels.len();
        labels.push(Labels::new(shared().cloned()));
        self.numbers.insert_unique(hash, number, |number| hash_of(&labels[*number]));
        number
    }

    /// Returns the labels of the groups, by number.
    pub(super) fn into_labels(self) -> Vec<Labels> {
        self.labels
    }
}

/// The hash of all labels of a series.
pub(super) fn hash_of(labels: &Labels) -> u64 {
    hash(labels.pairs().iter())
}

fn hash<'l>(labels: impl Iterator<Item = &'l (Text, Text)>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for pair in labels {
        pair.hash(&mut hasher);
    }
    hasher.finish()
}
