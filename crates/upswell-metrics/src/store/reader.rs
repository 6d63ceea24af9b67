//! Those who read.

use std::sync::Arc;

use crate::labels::{Labels, Text};
use crate::matcher::Matcher;
use crate::sample::Time;

use super::block::{Block, Series};
use super::candidates::Candidates;
use super::index::{Index, Postings, SeriesId, Values};
use super::limits::Counts;
use super::order::compare;
use super::selected::Selected;
use super::shared::Shared;

/// One of those who read; cheap to clone, and never in the writer's way.
///
/// It searches a copy of the index and locks sixty-four series at a time, for as long as it takes
/// to copy what one of them has.
#[derive(Clone, Debug)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    /// Makes a reader.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Returns the series that meet all conditions and have a sample from `from` to `to`, both
    /// included, in order of their labels.
    #[must_use]
    pub fn select(&self, matchers: &[Matcher], from: Time, to: Time) -> Vec<Selected> {
        self.select_by(matchers, |series| series.copy(from.0, to.0))
    }

    /// As [`Reader::select`], for who wants the newest sample in the range alone: the others may be
    /// missing, which saves most of the time.
    #[must_use]
    pub fn select_newest(&self, matchers: &[Matcher], from: Time, to: Time) -> Vec<Selected> {
        self.select_by(matchers, |series| series.copy_newest(from.0, to.0))
    }

    fn select_by(
        &self,
        matchers: &[Matcher],
        take: impl Fn(&Series) -> Option<Selected>,
    ) -> Vec<Selected> {
        let index = self.shared.index();
        let candidates = Candidates::find(&index, matchers);
        let mut selected = Vec::with_capacity(candidates.ids.len());
        let ((), are_numbered) = self.shared.while_numbered(|| {
            let copies = candidates.ids.iter().filter_map(|id| copy_by(&index, *id, &take));
            selected.extend(copies.filter(|selected| candidates.accepts(selected.labels())));
        });
        if are_numbered {
            selected.sort_by_cached_key(Selected::order);
        } else {
            selected.sort_by(|a, b| compare(a.labels(), b.labels()));
        }
        selected
    }

    /// Returns the labels of what [`Reader::select`] returns.
    #[must_use]
    pub fn series(&self, matchers: &[Matcher], from: Time, to: Time) -> Vec<Labels> {
        self.select(matchers, from, to).into_iter().map(Selected::into_labels).collect()
    }

    /// Returns the names of the labels of what [`Reader::select`] returns, in order.
    #[must_use]
    pub fn label_names(&self, matchers: &[Matcher], from: Time, to: Time) -> Vec<Text> {
        let index = self.shared.index();
        let among = Among::new(&index, matchers, from, to);
        let names = index
            .names()
            .filter(|(_, values)| values.iter().any(|(_, postings)| among.has_one_of(postings)));
        names.map(|(name, _)| Arc::clone(name)).collect()
    }

    /// Returns the values that a label has in what [`Reader::select`] returns, in order.
    #[must_use]
    pub fn label_values(
        &self,
        name: &str,
        matchers: &[Matcher],
        from: Time,
        to: Time,
    ) -> Vec<Text> {
        let index = self.shared.index();
        let among = Among::new(&index, matchers, from, to);
        let values = index.values(name).into_iter().flat_map(Values::iter);
        let values = values.filter(|(_, postings)| among.has_one_of(postings));
        values.map(|(value, _)| Arc::clone(value)).collect()
    }

    /// Returns what the store holds and what became of the samples.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.totals().0
    }

    /// Returns the time of the newest sample that was ever taken.
    #[must_use]
    pub fn newest(&self) -> Option<Time> {
        self.shared.totals().1.map(Time)
    }

    /// Returns the time of the oldest sample that is held; looks at every series.
    #[must_use]
    pub fn oldest(&self) -> Option<Time> {
        let index = self.shared.index();
        let ids = index.all().iter();
        let times = ids.filter_map(|id| index.block(*id)?.lock().get(Block::place(*id))?.oldest());
        times.min().map(Time)
    }
}

/// Series that a question about labels is about.
struct Among<'i> {
    index: &'i Index,
    /// None for all.
    ids: Option<Vec<SeriesId>>,
    from: Time,
    to: Time,
}

impl<'i> Among<'i> {
    fn new(index: &'i Index, matchers: &[Matcher], from: Time, to: Time) -> Self {
        let ids = (!matchers.is_empty()).then(|| {
            let mut candidates = Candidates::find(index, matchers);
            let mut ids = std::mem::take(&mut candidates.ids);
            ids.retain(|id| {
                copy(index, *id, from, to).is_some_and(|copy| candidates.accepts(copy.labels()))
            });
            ids
        });
        Self { index, ids, from, to }
    }

    fn has_one_of(&self, postings: &Postings) -> bool {
        let Self { index, ids, from, to } = self;
        postings.ids().iter().any(|id| match ids {
            Some(ids) => ids.binary_search(id).is_ok(),
            None => copy(index, *id, *from, *to).is_some(),
        })
    }
}

/// Returns a series if it has samples in a range of time.
fn copy(index: &Index, id: SeriesId, from: Time, to: Time) -> Option<Selected> {
    copy_by(index, id, |series| series.copy(from.0, to.0))
}

/// Returns what `take` takes of a series, if it has samples.
fn copy_by(
    index: &Index,
    id: SeriesId,
    take: impl Fn(&Series) -> Option<Selected>,
) -> Option<Selected> {
    // The lock goes before the samples are looked at.
    let taken = take(index.block(id)?.lock().get(Block::place(id))?);
    taken.filter(Selected::has_samples)
}
