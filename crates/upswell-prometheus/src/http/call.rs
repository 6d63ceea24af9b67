//! One request and its answer, within bounds.

use std::error::Error;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, Url};
use upswell_units::{Bytes, Duration};

use super::retry::{Passing, std_duration};
use super::server::{Purpose, client};
use super::{Auth, Server, ServerError};

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection came about, TLS included.
    #[error("{server} cannot be reached: {cause}")]
    Unreachable {
        /// The URL of the server.
        server: String,
        /// Why.
        cause: String,
    },
    /// The answer took too long.
    #[error("{server} did not answer within {after}")]
    TimedOut {
        /// The URL of the server.
        server: String,
        /// How long it was given.
        after: Duration,
    },
    /// The connection or the compression broke, or it was no HTTP.
    #[error("the answer of {server} is broken: {cause}")]
    Broken {
        /// The URL of the server.
        server: String,
        /// How.
        cause: String,
    },
    /// The answer was cut where it became too large.
    #[error("the answer of {server} has more than {} bytes", limit.0)]
    TooLarge {
        /// The URL of the server.
        server: String,
        /// What it may have, unpacked.
        limit: Bytes,
    },
}

impl Passing for CallError {
    /// A slow answer would be slow again, a large one large.
    fn passes(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Broken { .. })
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        None
    }
}

/// What a server answered, whatever the status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// How long to wait before the next request.
    pub(crate) retry_after: Option<Duration>,
    /// Unpacked.
    pub(crate) body: Vec<u8>,
}

/// Sends requests to one server.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    client: Client,
    server: Server,
    /// What an answer may have, unpacked.
    limit: Bytes,
}

impl Caller {
    pub(crate) fn new(server: Server, limit: Bytes, purpose: Purpose) -> Result<Self, ServerError> {
        let client = client(&server.tls, &server.header_map()?, server.is_plain(), purpose)?;
        Ok(Self { client, server, limit })
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Sends a request to one of the server's paths once.
    pub(crate) async fn call(
        &self,
        path: &str,
        request: impl FnOnce(&Client, Url) -> RequestBuilder,
    ) -> Result<Answer, CallError> {
        let request = request(&self.client, self.server.at(path));
        let request = self.server.auth.log_in(request);
        let request = request.timeout(std_duration(self.server.timeout));
        let response = request.send().await.map_err(|error| self.describe(error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let mut body = Vec::new();
        read(response, self.limit, &mut body).await.map_err(|error| match error {
            ReadError::Broken(error) => self.describe(error),
            ReadError::TooLarge => {
                CallError::TooLarge { server: self.server.to_string(), limit: self.limit }
            }
        })?;
        Ok(Answer { status, retry_after, body })
    }

    fn describe(&self, error: reqwest::Error) -> CallError {
        let server = self.server.to_string();
        if error.is_timeout() {
            CallError::TimedOut { server, after: self.server.timeout }
        } else if error.is_connect() || error.is_builder() {
            CallError::Unreachable { server, cause: root(error) }
        } else {
            CallError::Broken { server, cause: root(error) }
        }
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The connection or the compression broke.
    Broken(reqwest::Error),
    /// It has more than it may.
    TooLarge,
}

/// Reads a body, unpacked as it comes, behind what `body` holds, and stops where it has more than
/// `limit`.
pub(crate) async fn read(
    mut response: Response,
    limit: Bytes,
    body: &mut Vec<u8>,
) -> Result<(), ReadError> {
    let mut room = usize::try_from(limit.0).unwrap_or(0);
    // Of a body that is packed nobody says how long it is.
    if response.content_length().is_some_and(|length| length > room as u64) {
        return Err(ReadError::TooLarge);
    }
    while let Some(part) = response.chunk().await.map_err(ReadError::Broken)? {
        room = room.checked_sub(part.len()).ok_or(ReadError::TooLarge)?;
        body.extend_from_slice(&part);
    }
    Ok(())
}

impl Auth {
    /// Adds the login to a request.
    pub(crate) fn log_in(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Bearer(token) => request.bearer_auth(token.reveal()),
            Self::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
        }
    }
}

/// Returns the first cause of an error: the others only say that a request has failed, and to
/// which URL.
pub(crate) fn root(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Reads seconds, or an instant that is compared with the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(i64::from(seconds)));
    }
    let instant = |text: &str| jiff::fmt::rfc2822::parse(text).ok();
    let now = headers.get(reqwest::header::DATE)?.to_str().ok().and_then(instant)?;
    let wait = instant(text)?.timestamp().as_second() - now.timestamp().as_second();
    Some(Duration::from_secs(wait.max(0)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{DATE, HeaderValue};

    use super::*;

    #[test]
    fn a_wait_is_seconds_or_an_instant_of_the_servers_clock() {
        let date = HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT");
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:27:30 GMT", Some(0)),
            ("soon", None),
            ("-7", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, date.clone());
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
