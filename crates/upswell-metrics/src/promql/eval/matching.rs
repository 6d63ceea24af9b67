//! Operations on two vectors: which series meet, and what comes of it.

use super::binary::Operation;
use super::groups::Groups;
use super::merged::{Merged, empty, is_empty};
use super::row::Sink;
use super::run::Run;
use super::{ABSENT, is_absent};
use crate::labels::{Labels, METRIC_NAME};
use crate::promql::EvalError;
use crate::promql::plan::{Cardinality, Matching, Node, Operator};

/// A series of one side.
struct Held {
    labels: Labels,
    nameless: bool,
    values: Vec<f64>,
}

/// The series whose matching labels are alike.
#[derive(Default)]
struct Match {
    /// Of the side that may have several: the left one, but for `group_right`.
    many: Vec<Held>,
    /// Of the other side, of which one at a time may be present.
    one: Vec<Held>,
}

/// An operation, with the way in which series find each other.
struct Meeting<'m> {
    operation: Operation,
    matching: &'m Matching,
    /// What stands for a missing one of each side.
    fill_many: Option<f64>,
    fill_one: Option<f64>,
}

impl Run<'_> {
    /// Evaluates an operation on two vectors that is no set operation.
    pub(super) fn matched(
        &self,
        operation: Operation,
        matching: &Matching,
        left: &Node,
        right: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let meeting = Meeting::new(operation, matching);
        let is_swapped = matching.cardinality == Cardinality::OneToMany;
        let (many, one) = if is_swapped { (right, left) } else { (left, right) };
        let mut groups = Groups::default();
        let mut matches: Vec<Match> = Vec::new();
        let mut any_many = vec![false; self.grid.count];
        self.held(many, matching, &mut groups, &mut |group, held| {
            for (any, value) in any_many.iter_mut().zip(&held.values) {
                *any |= !is_absent(*value);
            }
            of_group(&mut matches, group).many.push(held);
        })?;
        self.held(one, matching, &mut groups, &mut |group, held| {
            of_group(&mut matches, group).one.push(held);
        })?;
        // Where a side is empty altogether nothing is compared, unless something fills in.
        if meeting.fill_many.or(meeting.fill_one).is_some() {
            any_many.fill(true);
        }
        let mut merged = Merged::default();
        for found in matches {
            let held = (found.many.len() + found.one.len()) * self.grid.count;
            self.budget.spend(held)?;
            found.refuse_several(matching, &any_many)?;
            self.meet(&meeting, found, &mut merged)?;
            self.budget.release(held);
        }
        merged.emit(self, sink)
    }

    /// Holds the series of a side.
    fn held(
        &self,
        node: &Node,
        matching: &Matching,
        groups: &mut Groups,
        add: &mut dyn FnMut(usize, Held),
    ) -> Result<(), EvalError> {
        self.vector(node, &mut |row| {
            self.budget.hold(row.values.len())?;
            let group = groups.number(row.labels, row.nameless, &matching.labels);
            let values = std::mem::take(row.values);
            add(group, Held { labels: row.labels.clone(), nameless: row.nameless, values });
            Ok(())
        })
    }

    /// Lets the series of a match meet.
    fn meet(
        &self,
        meeting: &Meeting<'_>,
        mut found: Match,
        merged: &mut Merged,
    ) -> Result<(), EvalError> {
        meeting.add_fills(&mut found, self.grid.count);
        // What a filter drops has met nevertheless, and may meet only once.
        let is_filter = matches!(meeting.operation.operator, Operator::Comparison(_))
            && !meeting.operation.yields_bool;
        let mut met = (is_filter && found.many.len() > 1).then(Merged::default);
        for many in &found.many {
            for one in &found.one {
                let labels = meeting.labels(many, one);
                if let Some(met) = &mut met {
                    let mut both = Meeting::both(many, one);
                    met.add(self, labels.clone(), &mut both)
                        .map_err(|_| several_matches(meeting.matching))?;
                }
                let mut values = meeting.values(many, one);
                if !is_empty(&values) {
                    merged.add(self, labels, &mut values)?;
                }
            }
            self.budget.spend(found.one.len())?;
        }
        let met_rows = met.map_or(0, |met| met.into_rows().len());
        self.budget.release(met_rows * self.grid.count);
        Ok(())
    }
}

fn of_group(matches: &mut Vec<Match>, group: usize) -> &mut Match {
    let count = matches.len().max(group + 1);
    matches.resize_with(count, Match::default);
    &mut matches[group]
}

impl Match {
    /// Refuses several series of a side that must have one at a time.
    fn refuse_several(&self, matching: &Matching, any_many: &[bool]) -> Result<(), EvalError> {
        if self.one.len() > 1 {
            let mut present = vec![None; any_many.len()];
            for held in &self.one {
                for (step, value) in held.values.iter().enumerate() {
                    if is_absent(*value) || !any_many[step] {
                        continue;
                    }
                    if let Some(other) = present[step].replace(held) {
                        return Err(duplicates(other, held, matching));
                    }
                }
            }
        }
        if self.many.len() < 2 || matching.cardinality != Cardinality::OneToOne {
            return Ok(());
        }
        let is_present = |held: &[Held], step: usize| {
            held.iter().filter(|held| !is_absent(held.values[step])).count()
        };
        let fills = matching.fill.1.is_some();
        for step in 0..any_many.len() {
            if is_present(&self.many, step) > 1 && (fills || is_present(&self.one, step) > 0) {
                return Err(several_matches(matching));
            }
        }
        Ok(())
    }
}

impl<'m> Meeting<'m> {
    fn new(operation: Operation, matching: &'m Matching) -> Self {
        let (left, right) = matching.fill;
        let (fill_many, fill_one) = match matching.cardinality {
            Cardinality::OneToMany => (right, left),
            Cardinality::OneToOne | Cardinality::ManyToOne => (left, right),
        };
        Self { operation, matching, fill_many, fill_one }
    }

    /// The labels of a result.
    fn labels(&self, many: &Held, one: &Held) -> Labels {
        let Matching { labels: set, cardinality, include, .. } = self.matching;
        let drops_name = many.nameless || self.operation.drops_name();
        let is_one_to_one = *cardinality == Cardinality::OneToOne;
        let keeps_labels = !is_one_to_one || (!set.only && set.names.is_empty());
        if keeps_labels && include.is_empty() {
            return if drops_name { many.labels.without_name() } else { many.labels.clone() };
        }
        let mut labels = many.labels.edit();
        if drops_name {
            labels.remove(METRIC_NAME);
        }
        if is_one_to_one {
            // Unlike in the match itself the name may stay.
            labels.retain(|name, _| set.names.iter().any(|listed| **listed == *name) == set.only);
        }
        for name in include {
            let is_gone = one.nameless && **name == *METRIC_NAME;
            labels.set(name.clone(), if is_gone { "" } else { one.labels.get(name) });
        }
        labels.build()
    }

    /// What the operation makes of two series.
    fn values(&self, many: &Held, one: &Held) -> Vec<f64> {
        let is_swapped = self.matching.cardinality == Cardinality::OneToMany;
        let (left, right) = if is_swapped { (one, many) } else { (many, one) };
        let operation = self.operation;
        let pairs = left.values.iter().zip(&right.values);
        pairs
            .map(|(left, right)| {
                if is_absent(*left) || is_absent(*right) {
                    return ABSENT;
                }
                operation.apply(*left, *right)
            })
            .collect()
    }

    /// Where both are present.
    fn both(many: &Held, one: &Held) -> Vec<f64> {
        let pairs = many.values.iter().zip(&one.values);
        let both = |(many, one): (&f64, &f64)| {
            if is_absent(*many) || is_absent(*one) { ABSENT } else { 1.0 }
        };
        pairs.map(both).collect()
    }

    /// Adds series that stand for missing ones, where both sides are not missing.
    fn add_fills(&self, found: &mut Match, count: usize) {
        let fill = |of: &[Held], against: &[Held], value: f64| {
            let labels = of.first().map_or_else(Labels::empty, |held| {
                let set = &self.matching.labels;
                held.labels.edit().retain(|name, _| set.keeps(name)).clone().build()
            });
            let mut values = empty(count);
            for (step, filled) in values.iter_mut().enumerate() {
                let is_present = |held: &Held| !is_absent(held.values[step]);
                if of.iter().any(is_present) && !against.iter().any(is_present) {
                    *filled = value;
                }
            }
            Held { labels, nameless: false, values }
        };
        let of_one = self.fill_one.map(|value| fill(&found.many, &found.one, value));
        let of_many = self.fill_many.map(|value| fill(&found.one, &found.many, value));
        found.one.extend(of_one.filter(|held| !is_empty(&held.values)));
        found.many.extend(of_many.filter(|held| !is_empty(&held.values)));
    }
}

fn several_matches(matching: &Matching) -> EvalError {
    let reason = match matching.cardinality {
        Cardinality::OneToOne => "many-to-one matching must be explicit (group_left/group_right)",
        Cardinality::ManyToOne | Cardinality::OneToMany => {
            "grouping labels must ensure unique matches"
        }
    };
    EvalError(format!("multiple matches for labels: {reason}"))
}

fn duplicates(first: &Held, second: &Held, matching: &Matching) -> EvalError {
    let side = if matching.cardinality == Cardinality::OneToMany { "left" } else { "right" };
    let mut group = first.labels.edit();
    group.retain(|name, _| matching.labels.keeps(name));
    let (first, second) = (&first.labels, &second.labels);
    EvalError(format!(
        "found duplicate series for the match group {} on the {side} hand-side of the operation: \
         [{}, {}]; many-to-many matching not allowed: matching labels must be unique on one side",
        group.build(),
        first.min(second),
        first.max(second),
    ))
}
