//! What a target's series are called in its pages, and which series of the store that is.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::labels::Labels;
use crate::store::SeriesRef;

/// The series of one target by the text that stands for them in its pages.
///
/// A page that says what the page before said finds everything here, and allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Cache {
    ids: HashMap<Box<str>, u32, FixedState>,
    entries: Vec<Entry>,
}

/// A series of a target.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its labels in the store; `None` if the relabelings drop it.
    pub(super) labels: Option<Labels>,
    /// Where the store has it, once it has.
    pub(super) series: Option<SeriesRef>,
    /// The last page that it was in.
    pub(super) seen: u64,
    /// The last page that gave it a sample without a time of its own; 0 if it has ended since.
    pub(super) live: u64,
}

impl Cache {
    pub(super) fn find(&self, raw: &str) -> Option<u32> {
        self.ids.get(raw).copied()
    }

    pub(super) fn insert(&mut self, raw: &str, labels: Option<Labels>) -> u32 {
        let id = self.entries.len() as u32;
        self.entries.push(Entry { labels, series: None, seen: 0, live: 0 });
        self.ids.insert(raw.into(), id);
        id
    }

    pub(super) fn entry(&mut self, id: u32) -> &mut Entry {
        &mut self.entries[id as usize]
    }

    pub(super) fn entries(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// Forgets the series from a number on: those that a refused page has brought.
    pub(super) fn truncate(&mut self, length: usize) {
        if self.entries.len() > length {
            self.entries.truncate(length);
            self.ids.retain(|_, id| (*id as usize) < length);
        }
    }

    /// Forgets what a page did not have.
    pub(super) fn retain_seen(&mut self, page: u64) {
        if self.entries.iter().all(|entry| entry.seen == page) {
            return;
        }
        let mut kept = 0;
        let number = |entry: &Entry| {
            let is_kept = entry.seen == page;
            let id = is_kept.then_some(kept);
            kept += u32::from(is_kept);
            id
        };
        let new_ids: Vec<Option<u32>> = self.entries.iter().map(number).collect();
        self.entries.retain(|entry| entry.seen == page);
        self.ids.retain(|_, id| match new_ids[*id as usize] {
            Some(new_id) => {
                *id = new_id;
                true
            }
            None => false,
        });
    }
}
