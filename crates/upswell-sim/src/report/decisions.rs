//! Which decisions mattered most.

use std::cmp::Reverse;

use crate::outcome::TimedRecord;

/// The largest steps, in the order of time; where nothing was written, the first holds.
pub(super) fn most_important(decisions: &[TimedRecord], at_most: usize) -> Vec<&TimedRecord> {
    let weight = |timed: &TimedRecord| match (timed.record.from, timed.record.to) {
        (Some(from), Some(to)) => from.0.abs_diff(to.0),
        _ => 0,
    };
    let mut ranked: Vec<(usize, &TimedRecord)> = decisions.iter().enumerate().collect();
    ranked.sort_by_key(|(index, record)| (Reverse(weight(record)), *index));
    ranked.truncate(at_most);
    ranked.sort_by_key(|(index, _)| *index);
    ranked.into_iter().map(|(_, record)| record).collect()
}

/// What was done: `3 -> 5`, or `3 stay`.
pub(super) fn step(timed: &TimedRecord) -> String {
    match (timed.record.from, timed.record.to) {
        (Some(from), Some(to)) if from != to => format!("{from} -> {to}"),
        (Some(from), _) => format!("{from} stay"),
        (None, _) => "-".to_owned(),
    }
}
