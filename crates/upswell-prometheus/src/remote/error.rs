//! What goes wrong between a query and its answer, and how to mend it.

use upswell_units::Duration;

use crate::http::{CallError, Passing};

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// There was no whole answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The server does not let us in.
    #[error("{server} refuses the login: status {status}")]
    Login {
        /// The URL of the server.
        server: String,
        /// 401 or 403.
        status: u16,
    },
    /// The server answered with an error that is not Prometheus's own.
    #[error("{server} answers with status {status}{}{body}", if body.is_empty() { "" } else { ": " })]
    Status {
        /// The URL of the server.
        server: String,
        /// HTTP status.
        status: u16,
        /// What it asks to wait.
        retry_after: Option<Duration>,
        /// The start of what it says.
        body: String,
    },
    /// The server refuses the query, or fails at it.
    #[error("{server} answers {kind}: {message}")]
    Query {
        /// The URL of the server.
        server: String,
        /// Prometheus's `errorType`: `bad_data`, `execution`, `timeout`…
        kind: String,
        /// Prometheus's `error`.
        message: String,
        /// What it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The answer is not one of Prometheus's HTTP API.
    #[error("the answer of {server} is not that of a Prometheus: {cause}")]
    NotPrometheus {
        /// The URL of the server.
        server: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The step is no time, or the range ends before it starts.
    #[error("a range goes forward, in steps of a millisecond or more")]
    Range,
    /// The range has too many steps.
    #[error("{steps} steps are more than {max}")]
    Steps {
        /// How many.
        steps: u64,
        /// How many there may be.
        max: u64,
    },
}

impl RemoteError {
    /// Returns how to mend it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Call(CallError::Unreachable { .. }) => {
                "check host, port and scheme of the URL, and that the server runs"
            }
            Self::Call(CallError::TimedOut { .. }) => "ask for a shorter range or a longer step",
            Self::Call(CallError::TooLarge { .. }) => "ask for fewer series or a longer step",
            Self::Call(CallError::Broken { .. }) => {
                "check that the port speaks HTTP, and the proxies in between"
            }
            Self::Login { .. } => "check the token, or the name and the password",
            Self::Status { status: 404, .. } | Self::NotPrometheus { .. } => {
                "name the URL in front of /api/v1, e.g. http://prometheus:9090"
            }
            Self::Status { .. } => "look into the log of the server, or try again later",
            Self::Query { kind, .. } => match kind.as_str() {
                "bad_data" => "try the query in Prometheus's own page first",
                "timeout" | "canceled" => "ask for a shorter range or a longer step",
                _ => "mend the query as the server says",
            },
            Self::Range | Self::Steps { .. } => "choose a shorter range or a longer step",
        }
    }
}

impl Passing for RemoteError {
    /// What Prometheus says about a query, it would say again.
    fn passes(&self) -> bool {
        match self {
            Self::Call(error) => error.passes(),
            Self::Status { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::Query { kind, .. } => {
                matches!(kind.as_str(), "unavailable" | "too_many_requests")
            }
            _ => false,
        }
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } | Self::Query { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
