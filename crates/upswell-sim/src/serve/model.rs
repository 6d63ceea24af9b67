//! How workers and their clients behave: the plain data that a scenario holds.

use serde::Serialize;
use upswell_units::Duration;

use crate::service::ServiceTime;

/// How the workers of one scale target serve, and how their clients wait.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerModel {
    /// Requests that one replica serves at once.
    pub slots: u32,
    /// How long each takes.
    pub service: ServiceTime,
    /// What becomes of a request whose replica is killed.
    pub on_kill: OnKill,
    /// How long clients wait, and how often they come back.
    pub clients: Clients,
    /// What the provider behind the workers allows.
    pub provider: ProviderLimits,
}

/// What becomes of a request whose replica is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OnKill {
    /// It goes back to the place in the queue that it had, and is served from the start.
    Requeue,
    /// Nobody ever answers it; its client notices at its own timeout, if it has one.
    Lost,
}

/// How long clients wait, and how often they come back.
///
/// A worker drops a request whose client has gone, in the queue and in service. An answer at the
/// very instant of the timeout still counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Clients {
    /// From the start of an attempt to the moment at which the client gives it up; never unless
    /// set.
    pub timeout: Option<Duration>,
    /// Attempts after the first; at most [`Clients::RETRIES_MAX`].
    pub retries: u32,
    /// The wait before a retry.
    pub back_off: BackOff,
}

impl Clients {
    /// More retries than any client makes; a request counts its attempts in four bits.
    pub const RETRIES_MAX: u32 = 14;
}

/// The wait before a retry: drawn evenly between zero and `first × 2^n`, at most `max`.
///
/// Source: "full jitter", M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackOff {
    /// The longest wait before the first retry.
    pub first: Duration,
    /// The longest wait before any retry.
    pub max: Duration,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), max: Duration::from_secs(60) }
    }
}

/// What the provider behind the workers allows to all of them together.
///
/// A worker that is refused holds its slot and asks again as soon as the provider lets it, as one
/// does that honours `Retry-After`; first come, first served. If it knows that its client will be
/// gone by then, it does not ask. Tokens are those that the request will really have, and count
/// when it goes on.
///
/// A limit is a token bucket that is filled all the time and holds what flows in one second: the
/// providers say "a minute" and enforce it over about a second. A request of more tokens than that
/// goes on when the bucket is full, and leaves a debt.
///
/// Sources: Anthropic, "Rate limits" (a token bucket, refilled continuously; 60 requests a minute
/// may be enforced as one a second); OpenAI, "Rate limits" (60,000 requests a minute may be
/// enforced as 1,000 a second); Azure OpenAI, "Manage quota" (windows of 1 or 10 seconds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderLimits {
    /// Requests a minute; no bound unless set.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute, prompt and output; no bound unless set.
    pub tokens_per_minute: Option<u32>,
}
