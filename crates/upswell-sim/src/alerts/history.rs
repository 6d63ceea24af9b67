//! What became of an alert in a run.

use std::collections::BTreeMap;

use serde::Serialize;
use upswell_metrics::Labels;

/// An alert in one run. Times are seconds from the start of the traffic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertHistory {
    /// Name of the alert.
    pub alert: String,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// When it fired, in order of time; each set of labels for itself.
    pub fired: Vec<Firing>,
}

/// What became of an alert in a run.
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

/// One time that an alert fired.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Firing {
    /// From when on.
    pub from_s: f64,
    /// Until when; absent if it still fired at the end of the run.
    pub to_s: Option<f64>,
    /// Its labels.
    pub labels: Labels,
    /// Its texts, as they were last.
    pub annotations: BTreeMap<String, String>,
}

impl AlertHistory {
    /// Takes when an alert fired in a run that ended at `end_s`.
    ///
    /// `held_s` is for how long its condition held at most while it did not fire; absent if it
    /// never held. `error` is why every evaluation failed, if they did.
    #[must_use]
    pub fn new(
        alert: String,
        mut fired: Vec<Firing>,
        held_s: Option<f64>,
        error: Option<String>,
        end_s: f64,
    ) -> Self {
        fired.sort_by(|one, other| {
            one.from_s.total_cmp(&other.from_s).then_with(|| one.labels.cmp(&other.labels))
        });
        let verdict = match (Verdict::of(&fired, end_s), held_s, error) {
            (Some(fired), _, _) => fired,
            (None, _, Some(error)) => Verdict::Failed { error },
            (None, Some(held_s), None) => Verdict::Pending { held_s },
            (None, None, None) => Verdict::Never,
        };
        Self { alert, verdict, fired }
    }

    /// Returns when it first fired, if it did.
    #[must_use]
    pub fn first_s(&self) -> Option<f64> {
        self.fired.first().map(|firing| firing.from_s)
    }

    /// Returns the times at which it fired for any of its labels, each from and to.
    pub(crate) fn episodes(&self, end_s: f64) -> Vec<(f64, f64)> {
        episodes(&self.fired, end_s)
    }
}

impl Verdict {
    /// What the times in their order come to; nothing if there are none.
    fn of(fired: &[Firing], end_s: f64) -> Option<Self> {
        let episodes = episodes(fired, end_s);
        let (first_s, _) = *episodes.first()?;
        Some(Self::Fired {
            times: episodes.len(),
            first_s,
            firing_s: episodes.iter().map(|(from_s, to_s)| to_s - from_s).sum(),
            to_the_end: fired.iter().any(|firing| firing.to_s.is_none()),
        })
    }
}

/// Times that overlap or touch are one.
fn episodes(fired: &[Firing], end_s: f64) -> Vec<(f64, f64)> {
    let mut episodes: Vec<(f64, f64)> = Vec::new();
    for Firing { from_s, to_s, .. } in fired {
        let to_s = to_s.unwrap_or(end_s).max(*from_s);
        match episodes.last_mut() {
            Some(last) if *from_s <= last.1 => last.1 = last.1.max(to_s),
            _ => episodes.push((*from_s, to_s)),
        }
    }
    episodes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firing(from_s: f64, to_s: Option<f64>, pod: &str) -> Firing {
        let labels = Labels::new([("pod", pod)]);
        Firing { from_s, to_s, labels, annotations: BTreeMap::new() }
    }

    fn verdict(fired: Vec<Firing>) -> Verdict {
        AlertHistory::new("A".to_owned(), fired, Some(30.0), None, 1000.0).verdict
    }

    #[test]
    fn an_alert_fires_while_it_does_for_any_of_its_labels() {
        let fired = vec![
            firing(700.0, None, "a"),
            firing(100.0, Some(200.0), "a"),
            firing(150.0, Some(300.0), "b"),
        ];
        let expected =
            Verdict::Fired { times: 2, first_s: 100.0, firing_s: 500.0, to_the_end: true };
        assert_eq!(verdict(fired), expected);
        let short = Verdict::Fired { times: 1, first_s: 5.0, firing_s: 5.0, to_the_end: false };
        assert_eq!(verdict(vec![firing(5.0, Some(10.0), "a")]), short);
    }

    #[test]
    fn one_that_did_not_fire_was_near_it_or_failed_or_never_held() {
        let verdict = |held_s, error: Option<&str>| {
            let error = error.map(str::to_owned);
            AlertHistory::new("A".to_owned(), Vec::new(), held_s, error, 1000.0).verdict
        };
        assert_eq!(verdict(Some(30.0), None), Verdict::Pending { held_s: 30.0 });
        assert_eq!(verdict(None, None), Verdict::Never);
        assert_eq!(verdict(None, Some("no")), Verdict::Failed { error: "no".to_owned() });
    }
}
