//! Traffic, whatever it comes from, and the requests that it sends one after another.

use upswell_units::Duration;

use super::counts::{Counts, CountsWalk};
use super::pattern::{Pattern, PatternWalk};
use super::sizes::{SizeDraws, Sizes};
use super::trace::{Trace, TraceWalk};
use crate::random::{Entity, Stream};

/// Arrivals later than a year are a mistake, not traffic.
pub(super) const SPAN_MAX: Duration = Duration::from_secs(366 * 86_400);

/// Requests a second beyond which a rate is a mistake: a hundred times the largest fleets.
pub(super) const PER_SECOND_MAX: f64 = 1e7;

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrives, from the start of the traffic.
    pub at: Duration,
    /// Tokens of its prompt.
    pub prompt_tokens: u32,
    /// Tokens of its answer.
    pub output_tokens: u32,
}

/// A stretch of traffic: requests of a trace, counts for each minute, or a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    pub(super) source: Source,
}

/// A rate below zero, NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{rate} requests a second are no rate")]
pub struct NotARate {
    /// Which step has it, from zero.
    pub step: usize,
    /// What it has.
    pub rate: f64,
}

/// Where the requests come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    Trace(Trace),
    Counts(Counts),
    Pattern(Pattern),
}

/// The requests of some traffic, in order of arrival.
///
/// Made as they are taken: the iterator has the same size whatever the number of requests, and
/// allocates nothing.
#[derive(Clone, Debug)]
pub struct Arrivals<'a> {
    stream: Stream,
    sizes: SizeDraws,
    walk: Walk<'a>,
}

/// How far the arrivals have come.
#[derive(Clone, Debug)]
enum Walk<'a> {
    Trace(TraceWalk<'a>),
    Counts(CountsWalk<'a>),
    Pattern(PatternWalk<'a>),
}

impl Traffic {
    /// Takes requests that are already in order of arrival.
    ///
    /// # Panics
    ///
    /// Where an arrival lies before its predecessor: the caller sorts.
    #[must_use]
    pub fn new(arrivals: Vec<Arrival>) -> Self {
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at), "arrivals are in order");
        Self { source: Source::Trace(Trace::new(arrivals)) }
    }

    /// Takes rates in requests a second, each of them that of one step, one step after another.
    ///
    /// A step has its rate times its length of requests, and what that is short of a whole one the
    /// next step gets; where in a step they fall is drawn evenly.
    ///
    /// # Errors
    ///
    /// The first rate that is none: below zero, NaN or infinite.
    ///
    /// # Panics
    ///
    /// Where a step takes no time.
    pub fn from_rates(step: Duration, per_second: &[f64]) -> Result<Self, NotARate> {
        assert!(step > Duration::ZERO, "a step takes time");
        let is_bad = |rate: &f64| !(rate.is_finite() && *rate >= 0.0);
        match per_second.iter().position(is_bad) {
            Some(step) => Err(NotARate { step, rate: per_second[step] }),
            None => Ok(Self { source: Source::Counts(Counts::from_rates(step, per_second)) }),
        }
    }

    /// Returns the requests in order of arrival.
    ///
    /// The same seed and sizes give the same requests; other sizes leave their instants as they
    /// are.
    #[must_use]
    pub fn arrivals(&self, seed: u64, sizes: &Sizes) -> Arrivals<'_> {
        Arrivals {
            stream: Stream::new(seed, Entity::Arrivals),
            sizes: SizeDraws::new(seed, sizes),
            walk: match &self.source {
                Source::Trace(trace) => Walk::Trace(trace.walk()),
                Source::Counts(counts) => Walk::Counts(counts.walk()),
                Source::Pattern(pattern) => Walk::Pattern(pattern.walk()),
            },
        }
    }

    /// Returns whether it says the size of each request.
    #[must_use]
    pub fn says_sizes(&self) -> bool {
        matches!(self.source, Source::Trace(_))
    }

    /// Returns how many requests are to be expected; a pattern of chance may send others.
    #[must_use]
    pub fn expected_requests(&self) -> f64 {
        match &self.source {
            Source::Trace(trace) => trace.expected_requests(),
            Source::Counts(counts) => counts.expected_requests(),
            Source::Pattern(pattern) => pattern.expected_requests(),
        }
    }

    /// Returns how long the traffic lasts: until the last request of a trace, or the end of the
    /// last minute, or the end of a pattern.
    #[must_use]
    pub fn span(&self) -> Duration {
        match &self.source {
            Source::Trace(trace) => trace.span(),
            Source::Counts(counts) => counts.span(),
            Source::Pattern(pattern) => pattern.span(),
        }
    }
}

impl Iterator for Arrivals<'_> {
    type Item = Arrival;

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        let Self { stream, sizes, walk } = self;
        let (at, (prompt_tokens, output_tokens)) = match walk {
            Walk::Trace(trace) => return trace.next(stream),
            Walk::Counts(counts) => {
                let (at, means) = counts.next(stream)?;
                (at, sizes.draw_with_means(means))
            }
            Walk::Pattern(pattern) => (pattern.next(stream)?, sizes.draw()),
        };
        Some(Arrival { at, prompt_tokens, output_tokens })
    }
}
