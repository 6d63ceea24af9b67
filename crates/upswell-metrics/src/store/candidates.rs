//! From matchers to the series that may meet them.
//!
//! Conditions of equality come first, the rarest label leading. A regular expression is served
//! from the sorted values of its label where it starts with literals (`a|b|c`, `api-.*`), else
//! from all of them, or, where fewer series than values are left, from the labels of those. A
//! condition that the empty value meets takes away series that fail it, so that those without
//! the label stay.

use std::borrow::Cow;

use regex_syntax::hir::literal::{Extractor, Literal};

use crate::labels::{Labels, Text};
use crate::matcher::{MatchOp, Matcher};

use super::index::{Index, Postings, SeriesId, Values};

/// Most literals that are looked up for one regular expression.
const LITERALS_MAX: usize = 1000;

/// How many entries of lists can be merged in the time that it takes to check one series.
const MERGED_PER_CHECK: usize = 4;

/// Series that may meet all conditions.
#[derive(Debug, Default)]
pub(super) struct Candidates<'m> {
    /// Their numbers, in order.
    pub(super) ids: Vec<SeriesId>,
    /// Conditions that the labels of each must still be checked for.
    unchecked: Vec<&'m Matcher>,
}

impl<'m> Candidates<'m> {
    /// Finds the candidates for conditions.
    pub(super) fn find(index: &Index, matchers: &'m [Matcher]) -> Self {
        Self::try_find(index, matchers).unwrap_or_default()
    }

    /// Returns whether a candidate meets all conditions.
    pub(super) fn accepts(&self, labels: &Labels) -> bool {
        self.unchecked.iter().all(|matcher| matcher.matches_labels(labels))
    }

    /// Returns nothing if no series has what a condition asks for.
    fn try_find(index: &Index, matchers: &'m [Matcher]) -> Option<Self> {
        let is_equality =
            |matcher: &&Matcher| matcher.op == MatchOp::Equal && !matcher.value.is_empty();
        let (equalities, others): (Vec<_>, Vec<_>) = matchers.iter().partition(is_equality);
        let mut ids = with_all(index, &equalities)?;

        let mut others: Vec<Condition<'m>> = others.into_iter().map(Condition::new).collect();
        others.sort_by_key(|condition| matches!(condition.search, Search::All));
        let mut unchecked = Vec::new();
        for condition in others {
            let Some(values) = index.values(&condition.matcher.name) else {
                if condition.keeps_absent {
                    continue;
                }
                return None;
            };
            let few = ids.as_ref().map_or(usize::MAX, |ids| ids.len());
            let is_wide = matches!(condition.search, Search::All);
            let listed = (!is_wide || few > values.len()).then(|| condition.listed(values));
            let length = |lists: &[&[SeriesId]]| lists.iter().map(|ids| ids.len()).sum::<usize>();
            let Some(listed) = listed.filter(|lists| length(lists) / MERGED_PER_CHECK <= few)
            else {
                unchecked.push(condition.matcher);
                continue;
            };
            let listed = merge(&listed);
            ids = Some(Cow::Owned(match (condition.keeps_absent, ids) {
                (true, ids) => subtract(ids.as_deref().unwrap_or(index.all()), &listed),
                (false, Some(ids)) => intersect(&ids, &listed),
                (false, None) => listed,
            }));
        }
        let ids = ids.map_or_else(|| index.all().to_vec(), Cow::into_owned);
        Some(Self { ids, unchecked })
    }
}

/// Returns the series that have all these labels, or nothing if one of them is unknown; all
/// series are not listed.
fn with_all<'i>(index: &'i Index, equalities: &[&Matcher]) -> Option<Option<Cow<'i, [SeriesId]>>> {
    let list = |matcher: &&Matcher| Some(index.values(&matcher.name)?.get(&matcher.value)?.ids());
    let mut lists = equalities.iter().map(list).collect::<Option<Vec<_>>>()?;
    lists.sort_by_key(|ids| ids.len());
    let ids = lists.split_first().map(|(rarest, others)| {
        let rarest = Cow::Borrowed(*rarest);
        others.iter().fold(rarest, |ids, other| Cow::Owned(intersect(&ids, other)))
    });
    Some(ids)
}

/// A condition other than equality, and how the index serves it.
struct Condition<'m> {
    matcher: &'m Matcher,
    /// Whether series without the label meet it.
    keeps_absent: bool,
    search: Search<'m>,
}

/// Among which values of a label those are that must be found.
enum Search<'m> {
    /// It is this one.
    Value(&'m str),
    /// They are, or start with, one of these.
    Literals(Vec<Literal>),
    /// Any may be.
    All,
}

impl<'m> Condition<'m> {
    fn new(matcher: &'m Matcher) -> Self {
        let keeps_absent = matcher.matches("");
        // What is listed meets a condition that asks for the label, and fails one that does not.
        let search = match (matcher.op, keeps_absent) {
            (MatchOp::NotEqual, true) => Search::Value(&matcher.value),
            (MatchOp::Regex, false) | (MatchOp::NotRegex, true) => {
                literals(&matcher.value).map_or(Search::All, Search::Literals)
            }
            _ => Search::All,
        };
        Self { matcher, keeps_absent, search }
    }

    /// Returns lists of the series with values that meet the condition; that fail it, if series
    /// without the label meet it. A list may come twice.
    fn listed<'i>(&self, values: &'i Values) -> Vec<&'i [SeriesId]> {
        let is_listed = |value: &str| self.matcher.matches(value) != self.keeps_absent;
        match &self.search {
            Search::Value(value) => values.get(value).map(Postings::ids).into_iter().collect(),
            Search::Literals(literals) => {
                let found = literals.iter().flat_map(|literal| starting_with(values, literal));
                let found = found.filter(|(value, _)| is_listed(value));
                found.map(|(_, postings)| postings.ids()).collect()
            }
            Search::All => {
                let found = values.iter().filter(|(value, _)| is_listed(value));
                found.map(|(_, postings)| postings.ids()).collect()
            }
        }
    }
}

/// Returns the values that start with a literal; with an exact one, only itself.
fn starting_with<'i>(
    values: &'i Values,
    literal: &Literal,
) -> impl Iterator<Item = (&'i Text, &'i Postings)> {
    let start = literal.as_bytes();
    let longest = if literal.is_exact() { start.len() } else { usize::MAX };
    values
        .starting_at(start)
        .take_while(move |(value, _)| value.as_bytes().starts_with(start) && value.len() <= longest)
}

/// Returns what is in any of the lists, in order.
fn merge(lists: &[&[SeriesId]]) -> Vec<SeriesId> {
    let mut ids = lists.concat();
    // A stable sort merges the lists, each of which is in order.
    ids.sort();
    ids.dedup();
    ids
}

/// Returns texts with one of which every match starts, unless they are too many or say nothing.
fn literals(pattern: &str) -> Option<Vec<Literal>> {
    let hir = regex_syntax::Parser::new().parse(&format!("(?s:{pattern})")).ok()?;
    let found = Extractor::new().limit_total(LITERALS_MAX).extract(&hir);
    let literals = found.literals()?;
    let says_nothing = |literal: &Literal| !literal.is_exact() && literal.is_empty();
    (!literals.iter().any(says_nothing)).then(|| literals.to_vec())
}

/// Returns what both lists have.
fn intersect(a: &[SeriesId], b: &[SeriesId]) -> Vec<SeriesId> {
    let (few, mut many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    few.iter().copied().filter(|id| advance_to(&mut many, *id)).collect()
}

/// Returns what `from` has and `gone` has not.
fn subtract(from: &[SeriesId], mut gone: &[SeriesId]) -> Vec<SeriesId> {
    from.iter().copied().filter(|id| !advance_to(&mut gone, *id)).collect()
}

/// Drops what is below `id` off the front, in ever longer steps; returns whether `id` is next.
fn advance_to(ids: &mut &[SeriesId], id: SeriesId) -> bool {
    let mut step = 1;
    while ids.get(step).is_some_and(|far| *far < id) {
        step *= 2;
    }
    let (near, _) = ids.split_at(ids.len().min(step + 1));
    *ids = &ids[near.partition_point(|near| *near < id)..];
    ids.first() == Some(&id)
}
