//! Which series have which labels: a persistent value, so that readers search a copy.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::labels::{Labels, Text};

use super::block::Block;
use super::text_map::TextMap;

/// A number for each series ever made; never given twice.
pub(super) type SeriesId = u32;

/// Values of one label, and the series that have each.
pub(super) type Values = TextMap<Postings>;

/// The series of a store at one moment; a copy costs nothing until the writer changes its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    names: TextMap<Values>,
    all: Postings,
    blocks: Arc<Vec<Option<Arc<Block>>>>,
}

impl Index {
    /// All labels, in order of their names.
    pub(super) fn names(&self) -> impl Iterator<Item = (&Text, &Values)> {
        self.names.iter()
    }

    /// The values of a label.
    pub(super) fn values(&self, name: &str) -> Option<&Values> {
        self.names.get(name)
    }

    /// All series, in order of their numbers.
    pub(super) fn all(&self) -> &[SeriesId] {
        self.all.ids()
    }

    /// The block that holds a series.
    pub(super) fn block(&self, id: SeriesId) -> Option<&Arc<Block>> {
        self.blocks.get(Block::of(id))?.as_ref()
    }

    /// Sets or forgets the block at a place, which is at most one past the end.
    pub(super) fn set_block(&mut self, at: usize, block: Option<Arc<Block>>) {
        let blocks = Arc::make_mut(&mut self.blocks);
        match blocks.get_mut(at) {
            Some(known) => *known = block,
            None => blocks.push(block),
        }
    }

    /// Adds a series whose number is above all others.
    ///
    /// Returns its labels with the texts that the index shares, and how many bytes the index
    /// grew by.
    pub(super) fn insert(&mut self, labels: &Labels, id: SeriesId) -> (Labels, usize) {
        self.all.push(id);
        let mut grown = POSTING_BYTES;
        let mut shared = Vec::with_capacity(labels.len());
        for (name, value) in labels.pairs() {
            let names = self.names.len();
            let (name, values) = self.names.get_or_insert(name, Values::default);
            let name = Arc::clone(name);
            let known = values.len();
            let (value, postings) = values.get_or_insert(value, Postings::default);
            let value = Arc::clone(value);
            postings.push(id);
            grown += POSTING_BYTES;
            if values.len() > known {
                grown += text_bytes(&value);
            }
            if self.names.len() > names {
                grown += text_bytes(&name);
            }
            shared.push((name, value));
        }
        (Labels::new(shared), grown)
    }

    /// Removes series, given in order of their numbers; returns how many bytes the index shrank
    /// by.
    pub(super) fn remove(&mut self, gone: &[(SeriesId, Labels)]) -> usize {
        let ids: Vec<SeriesId> = gone.iter().map(|(id, _)| *id).collect();
        self.all.remove(&ids);
        let mut shrunk = gone.len() * POSTING_BYTES;
        let mut by_label: BTreeMap<(&Text, &Text), Vec<SeriesId>> = BTreeMap::new();
        for (id, labels) in gone {
            for (name, value) in labels.pairs() {
                by_label.entry((name, value)).or_default().push(*id);
            }
        }
        for ((name, value), ids) in by_label {
            shrunk += ids.len() * POSTING_BYTES;
            let Some(values) = self.names.get_mut(name) else { continue };
            let Some(postings) = values.get_mut(value) else { continue };
            postings.remove(&ids);
            if postings.ids().is_empty() {
                values.remove(value);
                shrunk += text_bytes(value);
            }
            if values.len() == 0 {
                self.names.remove(name);
                shrunk += text_bytes(name);
            }
        }
        shrunk
    }
}

/// What a series takes in a list of series: four bytes, and half as many to grow into.
const POSTING_BYTES: usize = 6;

/// Estimates what a name or value takes that series share: its allocation and its entry in a
/// leaf, which is two thirds full on average.
pub(super) fn text_bytes(text: &str) -> usize {
    allocated(16 + text.len()) + size_of::<(Text, Postings)>() * 3 / 2
}

/// Estimates what the allocator takes for so many bytes: a header of eight, steps of sixteen.
pub(super) const fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16) }
}

/// Series that have a label in common, in order of their numbers.
#[derive(Clone, Debug)]
pub(super) enum Postings {
    /// Most labels that tell series apart belong to one.
    One(SeriesId),
    /// More, or none.
    Many(Arc<Vec<SeriesId>>),
}

impl Default for Postings {
    fn default() -> Self {
        Self::Many(Arc::default())
    }
}

impl Postings {
    /// Their numbers.
    pub(super) fn ids(&self) -> &[SeriesId] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }

    /// Adds a series whose number is above all others.
    fn push(&mut self, id: SeriesId) {
        match self {
            Self::One(only) => *self = Self::Many(Arc::new(vec![*only, id])),
            Self::Many(ids) if ids.is_empty() => *self = Self::One(id),
            Self::Many(ids) => Arc::make_mut(ids).push(id),
        }
    }

    /// Removes series, given in order of their numbers.
    fn remove(&mut self, mut gone: &[SeriesId]) {
        let is_kept = |id: &SeriesId| {
            while let [first, rest @ ..] = gone
                && first < id
            {
                gone = rest;
            }
            gone.first() != Some(id)
        };
        let kept: Vec<SeriesId> = self.ids().iter().copied().filter(is_kept).collect();
        *self = match *kept {
            [id] => Self::One(id),
            _ => Self::Many(Arc::new(kept)),
        };
    }
}
