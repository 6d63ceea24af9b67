//! What a target's series are called in its pages, and which series of the store that is.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::labels::Labels;
use crate::store::SeriesRef;

/// The series of one target by the text that stands for them in its pages.
///
/// A target lists its series in the same order each time, so that each is looked for where the
/// page before had it, and a page that says what the one before said costs a comparison a series
/// and allocates nothing. The rest is a tree and not a hash table, because a target picks the
/// texts and could pick ones whose hashes collide.
#[derive(Debug, Default)]
pub(super) struct Cache {
    ids: BTreeMap<Arc<str>, u32>,
    entries: Vec<Entry>,
    /// The first series of a page.
    first: u32,
    /// The series that was found last in this page.
    last: Option<u32>,
}

/// A series of a target.
#[derive(Debug)]
pub(super) struct Entry {
    raw: Arc<str>,
    /// The series that followed in the page.
    next: u32,
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
    /// Starts at the top of a page.
    pub(super) fn start_page(&mut self) {
        self.last = None;
    }

    pub(super) fn find(&mut self, raw: &str) -> Option<u32> {
        let due = *self.next();
        let is_due = self.entries.get(due as usize).is_some_and(|entry| *entry.raw == *raw);
        let id = if is_due { due } else { *self.ids.get(raw)? };
        self.pass(id);
        Some(id)
    }

    pub(super) fn insert(&mut self, raw: &str, labels: Option<Labels>) -> u32 {
        let (raw, id) = (Arc::from(raw), self.entries.len() as u32);
        self.ids.insert(Arc::clone(&raw), id);
        self.entries.push(Entry { raw, next: 0, labels, series: None, seen: 0, live: 0 });
        self.pass(id);
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
        for entry in self.entries.drain(length.min(self.entries.len())..) {
            self.ids.remove(&entry.raw);
        }
        self.last = None;
    }

    /// Forgets what a page did not have.
    pub(super) fn retain_seen(&mut self, page: u64) {
        if self.entries.iter().all(|entry| entry.seen == page) {
            return;
        }
        let mut kept = 0;
        let new_ids: Vec<u32> = self
            .entries
            .iter()
            .map(|entry| {
                let id = kept;
                kept += u32::from(entry.seen == page);
                id
            })
            .collect();
        let new_id = |id: u32| new_ids.get(id as usize).copied().unwrap_or_default();
        self.entries.retain_mut(|entry| {
            let is_kept = entry.seen == page;
            if !is_kept {
                self.ids.remove(&entry.raw);
            }
            entry.next = new_id(entry.next);
            is_kept
        });
        self.ids.values_mut().for_each(|id| *id = new_id(*id));
        self.first = new_id(self.first);
        self.last = None;
    }

    /// Where the number of the series that is due next is kept.
    fn next(&mut self) -> &mut u32 {
        match self.last {
            Some(last) => &mut self.entries[last as usize].next,
            None => &mut self.first,
        }
    }

    fn pass(&mut self, id: u32) {
        *self.next() = id;
        self.last = Some(id);
    }
}
