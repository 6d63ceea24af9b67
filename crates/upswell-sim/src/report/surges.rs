//! The surges of the traffic, each with what both modes made of it.

use crate::outcome::{DemandToReady, Mode, Run, Surge};

/// One surge and how each run met it.
#[derive(Clone, Debug)]
pub(super) struct Met {
    /// As the first run saw it.
    pub(super) surge: Surge,
    /// Each run that saw it, in their order.
    pub(super) by: Vec<(Mode, Surge)>,
}

/// A part of the way from demand to ready: its name, and its seconds.
pub(super) type Part = (&'static str, fn(&DemandToReady) -> f64);

/// The parts in the order of time.
pub(super) const PARTS: [Part; 4] = [
    ("decision", |way| way.decision_s),
    ("node", |way| way.node_s),
    ("image", |way| way.image_s),
    ("start", |way| way.start_s),
];

/// A way from demand to ready: what it leads to, and how long it took.
pub(super) type Way = (&'static str, fn(&Surge) -> Option<DemandToReady>);

/// The two ways of a surge.
pub(super) const WAYS: [Way; 2] =
    [("first more", |surge| surge.first), ("enough", |surge| surge.enough)];

impl Met {
    /// Whether every run had enough replicas when it began.
    pub(super) fn is_carried(&self) -> bool {
        self.by.iter().all(|(_, surge)| is_carried(surge))
    }
}

/// Whether enough replicas were ready when the surge began.
pub(super) fn is_carried(surge: &Surge) -> bool {
    surge.needed <= surge.ready_before
}

/// The surges in the order of time. They are of the traffic, so that all runs see the same.
pub(super) fn met(runs: &[Run]) -> Vec<Met> {
    let mut surges: Vec<Met> = Vec::new();
    for run in runs {
        for surge in &run.surges {
            let known = surges.iter_mut().find(|met| met.surge.t_s.total_cmp(&surge.t_s).is_eq());
            match known {
                Some(met) => met.by.push((run.mode, *surge)),
                None => surges.push(Met { surge: *surge, by: vec![(run.mode, *surge)] }),
            }
        }
    }
    surges.sort_by(|one, other| one.surge.t_s.total_cmp(&other.surge.t_s));
    surges
}

/// Those with the largest rates, in the order of time.
pub(super) fn largest(mut surges: Vec<Met>, at_most: usize) -> Vec<Met> {
    surges.sort_by(|one, other| other.surge.rate.total_cmp(&one.surge.rate));
    surges.truncate(at_most);
    surges.sort_by(|one, other| one.surge.t_s.total_cmp(&other.surge.t_s));
    surges
}

/// The way that took longest until enough replicas were ready.
pub(super) fn slowest(run: &Run) -> Option<DemandToReady> {
    let ways = run.surges.iter().filter_map(|surge| surge.enough);
    ways.max_by(|one, other| one.total_s.total_cmp(&other.total_s))
}

/// The part that took longest.
pub(super) fn longest_part(way: &DemandToReady) -> (&'static str, f64) {
    let parts = PARTS.map(|(name, seconds)| (name, seconds(way)));
    let longest = parts.into_iter().reduce(|one, other| if other.1 > one.1 { other } else { one });
    longest.unwrap_or(("decision", way.total_s))
}
