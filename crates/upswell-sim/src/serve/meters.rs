//! What each replica counts about itself, as its exporter shows it.
//!
//! Kept only where somebody looks: the requests of a run without meters pay for one branch.

use upswell_units::Duration;

use super::replicas::ReplicaId;
use super::seats::Seat;

/// Which time of an answered request a histogram is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timed {
    /// From its arrival in the queue to its answer.
    Total,
    /// From its arrival in the queue to its first token.
    FirstToken,
    /// From its arrival in the queue to the start of its service.
    Waiting,
    /// From the start of its service to its answer.
    Service,
}

/// A histogram that every replica keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buckets {
    /// Of which time.
    pub(crate) timed: Timed,
    /// Upper bounds in seconds, rising; the last bucket, without a bound, is not among them.
    pub(crate) bounds_s: &'static [f64],
}

/// The meters of all replicas.
#[derive(Debug)]
pub(crate) struct Meters {
    histograms: Vec<Bounds>,
    /// By number of the replica.
    replicas: Vec<Meter>,
}

#[derive(Debug)]
struct Bounds {
    timed: Timed,
    nanos: Vec<i64>,
}

/// What one replica counted since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meter {
    /// Requests that it answered.
    pub(crate) answered: u64,
    /// Requests whose client gave up while it served them.
    pub(crate) timed_out: u64,
    /// Tokens in the prompts of answered requests.
    pub(crate) prompt_tokens: u64,
    /// Tokens of the answers.
    pub(crate) output_tokens: u64,
    /// In the order in which the histograms were asked for.
    histograms: Vec<Counted>,
}

/// One histogram of one replica.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// By bucket, each for itself; the last has no bound.
    counts: Vec<u64>,
    sum_nanos: u64,
}

impl Meters {
    pub(crate) fn new(histograms: &[Buckets]) -> Self {
        let histograms = histograms.iter().map(|Buckets { timed, bounds_s }| Bounds {
            timed: *timed,
            nanos: bounds_s.iter().map(|bound| (bound * 1e9).round() as i64).collect(),
        });
        Self { histograms: histograms.collect(), replicas: Vec::new() }
    }

    /// What a replica counted; nothing of one that was never opened.
    pub(crate) fn of(&self, id: ReplicaId) -> Option<&Meter> {
        self.replicas.get(id.0 as usize)
    }

    /// A replica starts to count from zero.
    pub(super) fn open(&mut self, id: ReplicaId) {
        let index = id.0 as usize;
        if self.replicas.len() <= index {
            self.replicas.resize_with(index + 1, Meter::default);
        }
        let counted = self
            .histograms
            .iter()
            .map(|bounds| Counted { counts: vec![0; bounds.nanos.len() + 1], sum_nanos: 0 });
        self.replicas[index] = Meter { histograms: counted.collect(), ..Meter::default() };
    }

    /// A request leaves service: answered, or because its client gave up.
    pub(super) fn left(&mut self, seat: &Seat, now: Duration) {
        let Some(meter) = self.replicas.get_mut(seat.replica as usize) else { return };
        if !seat.is_answered {
            meter.timed_out += 1;
            return;
        }
        let (prompt_tokens, output_tokens) = seat.request.tokens();
        meter.answered += 1;
        meter.prompt_tokens += u64::from(prompt_tokens);
        meter.output_tokens += u64::from(output_tokens);
        let entered = seat.request.entered();
        for (bounds, counted) in self.histograms.iter().zip(&mut meter.histograms) {
            let time = match bounds.timed {
                Timed::Total => now - entered,
                Timed::FirstToken => seat.first_token - entered,
                Timed::Waiting => seat.started - entered,
                Timed::Service => now - seat.started,
            };
            let nanos = time.as_nanos().max(0);
            let bucket = bounds.nanos.partition_point(|bound| *bound < nanos);
            counted.counts[bucket] += 1;
            counted.sum_nanos = counted.sum_nanos.saturating_add(nanos as u64);
        }
    }
}

impl Meter {
    /// One of the histograms, by the order in which they were asked for.
    pub(crate) fn histogram(&self, index: usize) -> Option<&Counted> {
        self.histograms.get(index)
    }
}

impl Counted {
    /// Times in a bucket and in all below it, as `le` counts them.
    pub(crate) fn at_most(&self, bucket: usize) -> u64 {
        self.counts.iter().take(bucket + 1).sum()
    }

    /// Times in all.
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their sum, in seconds.
    pub(crate) fn sum_s(&self) -> f64 {
        self.sum_nanos as f64 / 1e9
    }
}
