//! How long a request takes, alone and in company.

use std::fmt;

use upswell_units::{Diagnostic, Duration, Span, Spanned};

use super::setting::{self, Assumption, Setting, Spread};
use crate::decode::{Decode, Object, fields};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// How long a request takes: the sum of the parts.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceTime {
    /// Until the first token.
    pub time_to_first_token: Setting<Spread>,
    /// For each output token after that.
    pub time_per_output_token: Setting<Duration>,
    /// For each prompt token, beyond what the time to the first token holds.
    pub time_per_prompt_token: Setting<Duration>,
    /// For anything else.
    pub fixed: Setting<Duration>,
    /// How much slower an output token is in company.
    pub batch: Setting<Batch>,
}

/// How much slower an output token is as the batch of a pod fills; not at all without points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch(pub Vec<BatchPoint>);

fields! {
    /// How much slower an output token is with so many requests in service.
    pub struct BatchPoint {
        /// Requests that one pod serves at the moment; above those of the point before.
        pub requests: Spanned<u32> = required("requests"),
        /// Times the token of a request that is alone; at least one.
        pub factor: Spanned<f64> = required("factor"),
    }
}

const TTFT_SOURCE: &str = "GPT-4o, 500 tokens in, p50 and p95 in March 2026 (DeployBase)";
const TPOT_SOURCE: &str = "middle of the 15 to 50 ms that hosted models take for a token";
const PROMPT_SOURCE: &str = "part of the time to the first token";
const FIXED_SOURCE: &str = "nothing beside the model's time";
const BATCH_SOURCE: &str = "a worker that calls an API has no batch of its own";

impl Default for ServiceTime {
    fn default() -> Self {
        let ttft = Spread { median: Duration::from_millis(250), p95: Duration::from_millis(700) };
        Self {
            time_to_first_token: Setting::assumed(ttft, TTFT_SOURCE),
            time_per_output_token: Setting::assumed(Duration::from_millis(30), TPOT_SOURCE),
            time_per_prompt_token: Setting::assumed(Duration::ZERO, PROMPT_SOURCE),
            fixed: Setting::assumed(Duration::ZERO, FIXED_SOURCE),
            batch: Setting::assumed(Batch::default(), BATCH_SOURCE),
        }
    }
}

impl ServiceTime {
    /// The defaults that were taken; `field` names a field of the workload.
    pub(super) fn assumptions(&self, field: impl Fn(&str) -> String) -> Vec<Assumption> {
        let Self {
            time_to_first_token,
            time_per_output_token,
            time_per_prompt_token,
            fixed,
            batch,
        } = self;
        [
            time_to_first_token.assumption(field("serviceTime.timeToFirstToken")),
            time_per_output_token.assumption(field("serviceTime.timePerOutputToken")),
            time_per_prompt_token.assumption(field("serviceTime.timePerPromptToken")),
            fixed.assumption(field("serviceTime.fixed")),
            batch.assumption(field("serviceTime.batch")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("as fast as alone");
        }
        for (index, BatchPoint { requests, factor }) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} times with {} requests", factor.value, requests.value)?;
        }
        Ok(())
    }
}

impl Decode for ServiceTime {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut time = Self::default();
        let mut object = Object::new(node, problems)?;
        time.time_to_first_token.set(object.optional("timeToFirstToken"));
        time.time_per_output_token.set(setting::duration(&mut object, "timePerOutputToken"));
        time.time_per_prompt_token.set(setting::duration(&mut object, "timePerPromptToken"));
        time.fixed.set(setting::duration(&mut object, "fixed"));
        time.batch.set(object.optional("batch"));
        object.finish();
        Some(time)
    }
}

impl Decode for Batch {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let points = Vec::<BatchPoint>::decode(node, problems)?;
        let mut before: Option<Spanned<u32>> = None;
        for BatchPoint { requests, factor } in &points {
            if factor.value < 1.0 {
                problems.push(faster_in_company(factor.span));
            }
            if before.is_some_and(|before| before.value >= requests.value) {
                problems.push(not_rising(requests.span));
            }
            before = Some(*requests);
        }
        Some(Self(points))
    }
}

fn faster_in_company(span: Span) -> Diagnostic {
    Diagnostic::error("out-of-range", "a token is not faster in company than alone")
        .at(span, "below 1")
        .help("write how many times as long a token takes, e.g. 1.6")
}

fn not_rising(span: Span) -> Diagnostic {
    Diagnostic::error("out-of-order", "the points of `batch` go from few requests to many")
        .at(span, "not above the point before")
        .help("sort the points, and keep one for each number of requests")
}
