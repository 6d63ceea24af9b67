//! One page, within bounds of time and size.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode, Url};
use upswell_metrics::exposition::Format;
use upswell_units::{Bytes, Duration};

use super::Job;
use crate::http::{ReadError, read, root, std_duration};

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Its address is none.
    #[error("{0}")]
    Address(String),
    /// No connection came about, or it broke, or its compression did.
    #[error("{0}")]
    Broken(String),
    /// The page did not come in time.
    #[error("no whole page within {0}")]
    TimedOut(Duration),
    /// The page was cut where it became too large.
    #[error("the page has more than {} bytes", .0.0)]
    TooLarge(Bytes),
    /// Something else than a page.
    #[error("status {0}")]
    Status(StatusCode),
    /// Nobody knows how to read it.
    #[error("{0:?} is no Content-Type of a page")]
    ContentType(String),
}

/// Fetches a page into an empty buffer; returns how it is to be read.
pub(super) async fn fetch(job: &Job, url: &Url, page: &mut Vec<u8>) -> Result<Format, FetchError> {
    let settings = &job.settings;
    let request = settings.auth.log_in(job.client.get(url.clone()));
    let request = request.timeout(std_duration(settings.timeout));
    let failed = |error: reqwest::Error| match error.is_timeout() {
        true => FetchError::TimedOut(settings.timeout),
        false => FetchError::Broken(root(error)),
    };
    let response = request.send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let format = format(&response, settings.fallback_format)?;
    read(response, settings.body_max, page).await.map_err(|error| match error {
        ReadError::TooLarge => FetchError::TooLarge(settings.body_max),
        ReadError::Broken(error) => failed(error),
    })?;
    Ok(format)
}

fn format(response: &Response, fallback: Option<Format>) -> Result<Format, FetchError> {
    let header = response.headers().get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    let header = String::from_utf8_lossy(header);
    let format = Format::of_content_type(&header).or(fallback);
    format.ok_or_else(|| FetchError::ContentType(header.into_owned()))
}
