//! How large requests are, where the traffic does not say.

use serde::Serialize;

use crate::exponential::exp;
use crate::random::{Entity, NORMAL_P95, Stream};

/// Sizes of requests where the traffic does not say them.
///
/// A pattern says none. Counts for each minute say means: requests are drawn around the mean of
/// their minute, as wide as these sizes are, and from these sizes where the minute has no mean. A
/// trace with one row for each request says all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sizes {
    /// Tokens of the prompt.
    pub prompt: TokenSpread,
    /// Tokens of the answer.
    pub output: TokenSpread,
}

/// How a number of tokens varies: log-normal, by its median and its 95th percentile.
///
/// Draws are rounded to whole tokens. Fixed where both are equal or the median is zero; a 95th
/// percentile below the median counts as the median.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenSpread {
    /// Half of all requests have fewer.
    pub median: u32,
    /// 95 of 100 requests have fewer.
    pub p95: u32,
}

impl TokenSpread {
    /// Always the same number.
    #[must_use]
    pub const fn fixed(tokens: u32) -> Self {
        Self { median: tokens, p95: tokens }
    }
}

impl Default for Sizes {
    /// Round judgements for a chat: a prompt of 500 tokens with a long tail of pasted context, an
    /// answer of a paragraph or two. Not fitted to any trace.
    fn default() -> Self {
        Self {
            prompt: TokenSpread { median: 500, p95: 2000 },
            output: TokenSpread { median: 150, p95: 500 },
        }
    }
}

/// Draws the sizes of requests, in order of arrival.
#[derive(Clone, Debug)]
pub(super) struct SizeDraws {
    stream: Stream,
    prompt: Sampler,
    output: Sampler,
}

impl SizeDraws {
    pub(super) fn new(seed: u64, sizes: &Sizes) -> Self {
        let Sizes { prompt, output } = *sizes;
        Self {
            stream: Stream::new(seed, Entity::Sizes),
            prompt: Sampler::new(prompt),
            output: Sampler::new(output),
        }
    }

    /// Draws the tokens of a prompt and of its answer.
    #[inline]
    pub(super) fn draw(&mut self) -> (u32, u32) {
        let prompt = self.prompt.around(self.prompt.median, &mut self.stream);
        let output = self.output.around(self.output.median, &mut self.stream);
        (prompt, output)
    }

    /// Draws the same around the means of prompts and answers, each where there is one.
    #[inline]
    pub(super) fn draw_with_means(&mut self, means: Means) -> (u32, u32) {
        let prompt = self.prompt.median_of(means.prompt);
        let output = self.output.median_of(means.output);
        let prompt = self.prompt.around(prompt, &mut self.stream);
        (prompt, self.output.around(output, &mut self.stream))
    }
}

/// Mean tokens of some requests; absent where the traffic does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Means {
    pub(super) prompt: Option<f32>,
    pub(super) output: Option<f32>,
}

/// A spread with its logarithm taken once.
#[derive(Clone, Copy, Debug)]
struct Sampler {
    median: f64,
    /// Standard deviation of the logarithm.
    sigma: f64,
    /// Median over mean: exp(-sigma² / 2).
    median_over_mean: f64,
}

impl Sampler {
    fn new(spread: TokenSpread) -> Self {
        let (median, p95) = (f64::from(spread.median), f64::from(spread.p95));
        let is_fixed = spread.median == 0 || spread.p95 <= spread.median;
        let sigma = if is_fixed { 0.0 } else { libm::log(p95 / median) / NORMAL_P95 };
        Self { median, sigma, median_over_mean: libm::exp(-sigma * sigma / 2.0) }
    }

    #[inline]
    fn median_of(&self, mean: Option<f32>) -> f64 {
        mean.map_or(self.median, |mean| f64::from(mean) * self.median_over_mean)
    }

    /// Draws around a median. Takes no draw where nothing varies.
    #[inline]
    fn around(&self, median: f64, stream: &mut Stream) -> u32 {
        let factor = if self.sigma == 0.0 { 1.0 } else { exp(self.sigma * stream.normal()) };
        // A float-to-integer `as` saturates.
        (median * factor + 0.5) as u32
    }
}
