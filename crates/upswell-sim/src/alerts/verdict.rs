//! What became of an alert in a run, in a word and its numbers.

use serde::Serialize;

use crate::exporters::AlertHistory;
use crate::outcome::Mode;

/// What became of an alert in one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunVerdict {
    /// Who scaled.
    pub mode: Mode,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What became of an alert. Times are seconds from the start of the traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// It fired, for any of its labels.
    Fired {
        /// How many times, with silence between.
        times: usize,
        /// When it first fired.
        first_s: f64,
        /// How long it fired, in all.
        firing_s: f64,
        /// Whether it still fired at the end of the run.
        to_the_end: bool,
    },
    /// Its condition held, and never for long enough.
    Pending {
        /// For how long at most.
        held_s: f64,
    },
    /// Its condition never held.
    Never,
    /// Its expression had no answer at any evaluation.
    Failed {
        /// Why, the last time.
        error: String,
    },
}

impl Verdict {
    /// Returns what a history comes to.
    #[must_use]
    pub fn of(history: &AlertHistory) -> Self {
        let episodes = episodes(history);
        if let Some((first_s, _)) = episodes.first() {
            return Self::Fired {
                times: episodes.len(),
                first_s: *first_s,
                firing_s: history.firing_s,
                to_the_end: episodes.iter().any(|(_, to_s)| to_s.is_none()),
            };
        }
        let AlertHistory { evaluations, failures, failure, pending_longest_s, .. } = history;
        match (failure, pending_longest_s) {
            (Some(error), _) if failures == evaluations => Self::Failed { error: error.clone() },
            (_, Some(held_s)) => Self::Pending { held_s: *held_s },
            (_, None) => Self::Never,
        }
    }
}

/// When an alert fired for any of its labels, from and to; times that touch are one, and the last
/// one may have no end.
pub(crate) fn episodes(history: &AlertHistory) -> Vec<(f64, Option<f64>)> {
    let mut episodes: Vec<(f64, Option<f64>)> = Vec::new();
    for firing in &history.fired {
        match episodes.last_mut() {
            Some((_, None)) => {}
            Some((_, Some(end_s))) if firing.from_s <= *end_s => match firing.to_s {
                Some(to_s) => *end_s = end_s.max(to_s),
                None => episodes.last_mut().into_iter().for_each(|last| last.1 = None),
            },
            _ => episodes.push((firing.from_s, firing.to_s)),
        }
    }
    episodes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use upswell_metrics::Labels;

    use super::*;
    use crate::exporters::Firing;

    fn history(fired: &[(f64, Option<f64>)]) -> AlertHistory {
        let fired = fired.iter().map(|(from_s, to_s)| Firing {
            from_s: *from_s,
            to_s: *to_s,
            labels: Labels::empty(),
            annotations: BTreeMap::new(),
            value: 1.0,
        });
        let fired: Vec<Firing> = fired.collect();
        AlertHistory {
            alert: "A".to_owned(),
            evaluations: 40,
            failures: 0,
            failure: None,
            firings: fired.len() as u64,
            fired,
            firing_s: 500.0,
            pending_longest_s: None,
        }
    }

    #[test]
    fn an_alert_fires_while_it_does_for_any_of_its_labels() {
        let overlapping = [(100.0, Some(200.0)), (150.0, Some(300.0)), (160.0, Some(170.0))];
        let touching = [(100.0, Some(200.0)), (200.0, None), (900.0, Some(950.0))];
        for (fired, expected) in [
            (&overlapping[..], &[(100.0, Some(300.0))][..]),
            (&touching, &[(100.0, None)]),
            (&[(1.0, Some(2.0)), (3.0, None)], &[(1.0, Some(2.0)), (3.0, None)]),
            (&[], &[]),
        ] {
            assert_eq!(episodes(&history(fired)), expected, "{fired:?}");
        }
        let expected = Verdict::Fired { times: 2, first_s: 1.0, firing_s: 500.0, to_the_end: true };
        assert_eq!(Verdict::of(&history(&[(1.0, Some(2.0)), (3.0, None)])), expected);
    }

    #[test]
    fn one_that_did_not_fire_was_near_it_or_failed_or_never_held() {
        let mut silent = history(&[]);
        assert_eq!(Verdict::of(&silent), Verdict::Never);
        silent.failures = 1;
        silent.failure = Some("no".to_owned());
        assert_eq!(Verdict::of(&silent), Verdict::Never, "once is not always");
        silent.failures = 40;
        assert_eq!(Verdict::of(&silent), Verdict::Failed { error: "no".to_owned() });
        silent.failures = 0;
        silent.pending_longest_s = Some(30.0);
        assert_eq!(Verdict::of(&silent), Verdict::Pending { held_s: 30.0 });
    }
}
