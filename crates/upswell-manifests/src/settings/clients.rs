//! What those who send requests do: how long they wait, how often they come back, what they ask.

use upswell_units::{Diagnostic, Duration, Spanned};

use super::setting::{self, Assumption, Setting, Spread};
use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// How long clients wait, and how often they come back.
#[derive(Clone, Debug, PartialEq)]
pub struct Clients {
    /// From the start of an attempt to the moment at which its client gives it up; never unless
    /// set.
    pub timeout: Setting<Option<Duration>>,
    /// Attempts after the first, at most [`RETRIES_MAX`].
    pub retries: Setting<u32>,
    /// The wait before a retry.
    pub back_off: BackOff,
}

/// The wait before a retry: drawn below a bound that doubles from retry to retry.
#[derive(Clone, Debug, PartialEq)]
pub struct BackOff {
    /// The bound before the first retry.
    pub first: Setting<Duration>,
    /// The bound never exceeds this.
    pub max: Setting<Duration>,
}

/// More retries than any client makes.
pub const RETRIES_MAX: u32 = 14;

/// The size of requests, for traffic that does not say it: both log-normal, in tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestSize {
    /// Tokens of the prompt.
    pub prompt_tokens: Setting<Spread<u32>>,
    /// Tokens of the answer.
    pub output_tokens: Setting<Spread<u32>>,
}

const TIMEOUT_SOURCE: &str = "clients are taken to wait as long as it takes";
const RETRIES_SOURCE: &str = "clients are taken to ask once";
const BACK_OFF_SOURCE: &str =
    "a judgement: a second, doubled up to a minute, as clients of hosted models do";
const SIZE_SOURCE: &str = "a judgement: a chat of some hundred tokens each way; state your own";

impl Default for Clients {
    fn default() -> Self {
        Self {
            timeout: Setting::assumed(None, TIMEOUT_SOURCE),
            retries: Setting::assumed(0, RETRIES_SOURCE),
            back_off: BackOff::default(),
        }
    }
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            first: Setting::assumed(Duration::from_secs(1), BACK_OFF_SOURCE),
            max: Setting::assumed(Duration::from_secs(60), BACK_OFF_SOURCE),
        }
    }
}

impl Default for RequestSize {
    fn default() -> Self {
        let assumed = |median, p95| Setting::assumed(Spread { median, p95 }, SIZE_SOURCE);
        Self { prompt_tokens: assumed(500, 2000), output_tokens: assumed(150, 500) }
    }
}

impl Clients {
    /// The defaults that were taken; `field` names a field of the workload.
    pub(super) fn assumptions(&self, field: impl Fn(&str) -> String) -> Vec<Assumption> {
        let Self { timeout, retries, back_off: BackOff { first, max } } = self;
        let timeout = timeout
            .clone()
            .map(|timeout| timeout.map_or_else(|| "none".to_owned(), |time| time.to_string()));
        [
            timeout.assumption(field("clients.timeout")),
            retries.assumption(field("clients.retries")),
            first.assumption(field("clients.backOff.first")),
            max.assumption(field("clients.backOff.max")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl RequestSize {
    /// The defaults that were taken; `field` names a field of the workload.
    pub(super) fn assumptions(&self, field: impl Fn(&str) -> String) -> Vec<Assumption> {
        let Self { prompt_tokens, output_tokens } = self;
        [
            prompt_tokens.assumption(field("requestSize.promptTokens")),
            output_tokens.assumption(field("requestSize.outputTokens")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Decode for Clients {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut clients = Self::default();
        let mut object = Object::new(node, problems)?;
        let timeout = setting::positive(&mut object, "timeout");
        let retries: Option<Spanned<u32>> = object.optional("retries");
        if let Some(fault) = retries.and_then(|retries| check_retries(retries, timeout)) {
            object.report(fault);
        }
        clients.back_off = object.optional("backOff").unwrap_or_default();
        object.finish();
        clients.timeout.set_some(timeout);
        clients.retries.set(retries);
        Some(clients)
    }
}

fn check_retries(retries: Spanned<u32>, timeout: Option<Spanned<Duration>>) -> Option<Diagnostic> {
    if retries.value > RETRIES_MAX {
        let message = format!("{} retries are more than any client makes", retries.value);
        let problem = Diagnostic::error("out-of-range", message)
            .at(retries.span, format!("above {RETRIES_MAX}"));
        return Some(problem.help(format!("write a number from 0 to {RETRIES_MAX}")));
    }
    if retries.value > 0 && timeout.is_none() {
        let problem = Diagnostic::error("retries-without-timeout", "retries need a timeout");
        let problem = problem.at(retries.span, "a client that waits for ever never comes back");
        return Some(problem.help("add `timeout:`, e.g. 60s"));
    }
    None
}

impl Decode for BackOff {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut back_off = Self::default();
        let mut object = Object::new(node, problems)?;
        back_off.first.set(setting::duration(&mut object, "first"));
        let max = setting::duration(&mut object, "max");
        let first = back_off.first.value;
        if let Some(max) = max.filter(|max| max.value < first) {
            object.report(
                Diagnostic::error("out-of-range", format!("`max` is below `first`, {first}"))
                    .at(max.span, "below it")
                    .help("the wait doubles from `first` up to `max`"),
            );
        }
        back_off.max.set(max);
        if max.is_none() && back_off.max.value < first {
            back_off.max = Setting::assumed(first, "the first wait is longer than a minute");
        }
        object.finish();
        Some(back_off)
    }
}

impl Decode for RequestSize {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut size = Self::default();
        let mut object = Object::new(node, problems)?;
        size.prompt_tokens.set(object.optional("promptTokens"));
        size.output_tokens.set(object.optional("outputTokens"));
        object.finish();
        Some(size)
    }
}
