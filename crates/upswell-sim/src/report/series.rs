//! A run over time, as the charts need it: spans with a value each.

use crate::outcome::{Point, Run};

/// What is drawn over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    /// Arrivals a second.
    Arrivals,
    /// Answers a second.
    Answered,
    /// Requests that wait.
    Queued,
    /// Replicas that were asked for.
    Wanted,
    /// Replicas that take requests.
    Ready,
    /// Nodes that run.
    Nodes,
    /// Those of them that are on demand.
    OnDemand,
}

/// A value that holds for a while, in seconds from the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from_s: f64,
    pub(super) to_s: f64,
    pub(super) value: f64,
}

/// Which of the values within a step stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Most,
    Fewest,
}

impl Series {
    /// The spans of a run. A rate holds up to its point, a level from its point on.
    pub(super) fn spans(self, run: &Run) -> Vec<Span> {
        match self {
            Self::Arrivals => rates(&run.timeline, |point| point.arrivals),
            Self::Answered => rates(&run.timeline, |point| point.completed),
            Self::Queued => levels(&run.timeline, |point| point.queued as f64),
            Self::Wanted => levels(&run.timeline, |point| f64::from(point.wanted.0)),
            Self::Ready => levels(&run.timeline, |point| f64::from(point.ready.0)),
            Self::Nodes => levels(&run.timeline, |point| f64::from(point.nodes)),
            Self::OnDemand => levels(&run.timeline, |point| {
                f64::from(point.nodes.saturating_sub(point.nodes_spot))
            }),
        }
    }

    /// The value that shows trouble: the fewest of what serves, the most of everything else.
    pub(super) const fn pick(self) -> Pick {
        match self {
            Self::Ready => Pick::Fewest,
            _ => Pick::Most,
        }
    }

    /// The spans of a run; of more than `at_most`, as many even steps to `end_s`.
    pub(super) fn spans_within(self, run: &Run, end_s: f64, at_most: usize) -> Vec<Span> {
        let spans = self.spans(run);
        if spans.len() <= at_most {
            return spans;
        }
        let width = end_s / at_most.max(1) as f64;
        let steps = resample(&spans, end_s, at_most, self.pick()).enumerate();
        let span = |step: usize, value| Span {
            from_s: step as f64 * width,
            to_s: (step + 1) as f64 * width,
            value,
        };
        steps.filter_map(|(step, value)| Some(span(step, value?))).collect()
    }

    /// The largest value of all runs.
    pub(super) fn most(self, runs: &[Run]) -> f64 {
        largest(runs.iter().flat_map(|run| self.spans(run)))
    }
}

impl Pick {
    fn of(self, values: impl Iterator<Item = f64>) -> Option<f64> {
        values.reduce(|one, other| match self {
            Self::Most => one.max(other),
            Self::Fewest => one.min(other),
        })
    }
}

/// The largest value of spans; zero of none.
pub(super) fn largest(spans: impl IntoIterator<Item = Span>) -> f64 {
    spans.into_iter().map(|span| span.value).fold(0.0, f64::max)
}

/// The end of the longest run, in seconds; above zero.
pub(super) fn end_s(runs: &[Run]) -> f64 {
    let ends = runs.iter().filter_map(|run| run.timeline.last());
    ends.map(|point| point.t_s).fold(1.0, f64::max)
}

/// Even steps from the start to `end_s`; absent where no span reaches into one.
pub(super) fn resample(
    spans: &[Span],
    end_s: f64,
    steps: usize,
    pick: Pick,
) -> impl Iterator<Item = Option<f64>> {
    let width = end_s / steps.max(1) as f64;
    (0..steps).map(move |step| {
        let (from, to) = (step as f64 * width, (step + 1) as f64 * width);
        let within = spans.iter().filter(|span| span.from_s < to && span.to_s > from);
        pick.of(within.map(|span| span.value))
    })
}

/// Counts since the point before, by the second. What comes at the very first point has no time of
/// its own and counts with the next.
fn rates(timeline: &[Point], counted: fn(&Point) -> u64) -> Vec<Span> {
    let mut spans = Vec::with_capacity(timeline.len());
    let mut before: Option<f64> = None;
    let mut carried = 0;
    for point in timeline {
        carried += counted(point);
        if let Some(from_s) = before.filter(|from| *from < point.t_s) {
            let value = carried as f64 / (point.t_s - from_s);
            spans.push(Span { from_s, to_s: point.t_s, value });
            carried = 0;
        }
        before = Some(point.t_s);
    }
    spans
}

fn levels(timeline: &[Point], level: fn(&Point) -> f64) -> Vec<Span> {
    let ends = timeline.iter().skip(1).map(|point| point.t_s);
    let points = timeline.iter().zip(ends);
    points.map(|(point, to_s)| Span { from_s: point.t_s, to_s, value: level(point) }).collect()
}

#[cfg(test)]
mod tests {
    use upswell_units::Replicas;

    use super::*;

    fn point(t_s: f64, arrivals: u64, ready: u32) -> Point {
        Point {
            t_s,
            arrivals,
            queued: 0,
            in_flight: 0,
            wanted: Replicas(ready),
            ready: Replicas(ready),
            pending: Replicas::ZERO,
            completed: 0,
            nodes: 0,
            nodes_spot: 0,
        }
    }

    #[test]
    fn a_rate_counts_every_arrival_and_a_level_holds_until_the_next_point() {
        let timeline = [point(0.0, 2, 3), point(2.0, 4, 5), point(4.0, 10, 1)];
        let rates: Vec<f64> = rates(&timeline, |point| point.arrivals)
            .iter()
            .map(|span| span.value * (span.to_s - span.from_s))
            .collect();
        assert_eq!(rates, [6.0, 10.0]);
        let ready = levels(&timeline, |point| f64::from(point.ready.0));
        assert_eq!(ready[1], Span { from_s: 2.0, to_s: 4.0, value: 5.0 });
    }

    #[test]
    fn a_step_keeps_the_extreme_within_it() {
        let spans: Vec<Span> = [1.0, 9.0, 2.0, 4.0]
            .into_iter()
            .zip([0.0, 1.0, 2.0, 3.0])
            .map(|(value, from_s)| Span { from_s, to_s: from_s + 1.0, value })
            .collect();
        let steps = |steps, pick| resample(&spans, 4.0, steps, pick).collect::<Vec<_>>();
        assert_eq!(steps(2, Pick::Most), [Some(9.0), Some(4.0)]);
        assert_eq!(steps(2, Pick::Fewest), [Some(1.0), Some(2.0)]);
        assert_eq!(steps(8, Pick::Most)[2..4], [Some(9.0), Some(9.0)], "a span fills its steps");
        assert_eq!(resample(&spans, 8.0, 2, Pick::Most).last(), Some(None), "nothing is invented");
    }
}
