//! What a request asks for: its URL's query and, of a POST, its form.

use axum::extract::{Form, FromRequest, Query, Request};
use axum::http::{HeaderMap, Method, header};
use upswell_metrics::promql::{self, ValueType};
use upswell_metrics::{Matcher, Time, duration};
use upswell_units::Duration;

use super::answer::Failure;

/// Parameters in the order in which they count: those of the form before those of the URL.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let of_url = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
        let Query(of_url) = of_url.map_err(|error| Failure::bad_data(error.body_text()))?;
        if request.method() != Method::POST || !is_form(request.headers()) {
            return Ok(Self(of_url));
        }
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(mut all) = form.map_err(|error| Failure::bad_data(error.body_text()))?;
        all.extend(of_url);
        Ok(Self(all))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

impl Parameters {
    /// Returns a parameter; empty if it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Returns all values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Returns an instant that must be there.
    pub(super) fn time(&self, name: &str) -> Result<Time, Failure> {
        parse_time(self.text(name)).map_err(|message| Failure::bad_parameter(name, message))
    }

    /// Returns an instant, `otherwise` if it is not there.
    pub(super) fn time_or(&self, name: &str, otherwise: Time) -> Result<Time, Failure> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(otherwise);
        }
        parse_time(text).map_err(|message| {
            Failure::bad_parameter(name, format!("invalid time value for '{name}': {message}"))
        })
    }

    /// Returns the range of time from `start` to `end`; all time if they are not there.
    pub(super) fn time_range(&self) -> Result<(Time, Time), Failure> {
        Ok((self.time_or("start", Time::MIN)?, self.time_or("end", Time::MAX)?))
    }

    /// Returns a span of time that must be there.
    pub(super) fn duration(&self, name: &str) -> Result<Duration, Failure> {
        parse_duration(self.text(name)).map_err(|message| Failure::bad_parameter(name, message))
    }

    /// Returns how many results are wanted at most, `usize::MAX` if that is not said.
    pub(super) fn limit(&self, name: &str) -> Result<usize, Failure> {
        let wanted = match self.text(name) {
            "" => 0,
            text => text.parse().map_err(|_| {
                Failure::bad_parameter(name, format!("{text:?} is no whole number from zero up"))
            })?,
        };
        Ok(if wanted == 0 { usize::MAX } else { wanted })
    }

    /// Returns the selectors of `match[]`.
    pub(super) fn matchers(&self) -> Result<Vec<Vec<Matcher>>, Failure> {
        let sets = self.all("match[]").map(parse_selector);
        sets.collect::<Result<_, _>>().map_err(|message| Failure::bad_parameter("match[]", message))
    }
}

/// Reads a selector of series that looks at one instant, and nothing else.
pub(super) fn parse_selector(text: &str) -> Result<Vec<Matcher>, String> {
    let text = text.trim();
    let query = promql::parse(text).map_err(|error| error.to_string())?;
    let mut selectors = query.selectors();
    match (selectors.next(), selectors.next()) {
        (Some(one), None) if query.kind() == ValueType::Vector && one.at() == (0..text.len()) => {
            Ok(one.matchers().to_vec())
        }
        _ => Err(format!("{text:?} is no selector of series, as in up{{job=\"api\"}}")),
    }
}

/// Prometheus's own names for the ends of time (web/api/v1, MinTime and MaxTime), whose years no
/// parser takes.
const ENDS_OF_TIME: [(&str, Time); 2] =
    [("-292273086-05-16T16:47:06Z", Time::MIN), ("292277025-08-18T07:12:54.999999999Z", Time::MAX)];

/// Reads seconds since the epoch, with a fraction, or RFC 3339.
fn parse_time(text: &str) -> Result<Time, String> {
    if let Ok(secs) = text.parse::<f64>()
        && secs.is_finite()
    {
        return Ok(Time::from_secs_f64(secs));
    }
    if let Some((_, end)) = ENDS_OF_TIME.iter().find(|(name, _)| *name == text) {
        return Ok(*end);
    }
    let parsed = text.parse::<jiff::Timestamp>();
    let time = parsed.map(|timestamp| Time(timestamp.as_millisecond()));
    time.map_err(|_| format!("cannot parse {text:?} to a valid timestamp"))
}

/// Reads seconds with a fraction, or a duration as Prometheus writes it: `1h30m`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    if let Ok(secs) = text.parse::<f64>() {
        // As Prometheus does, and so that a step of a thousand years is not taken for 292.
        if secs.is_nan() || secs.abs() >= i64::MAX as f64 / 1e9 {
            return Err(format!("cannot parse {text:?} to a valid duration. It overflows int64"));
        }
        return Ok(Duration::from_secs_f64(secs));
    }
    duration::parse_duration(text).map_err(|_| format!("cannot parse {text:?} to a valid duration"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_rfc_3339() {
        let table = [
            ("1700000000.25", Some(1_700_000_000_250)),
            ("-1", Some(-1000)),
            ("1e3", Some(1_000_000)),
            ("1.0005", Some(1001)),
            ("2023-11-14T22:13:20.5Z", Some(1_700_000_000_500)),
            ("2023-11-14T23:13:20+01:00", Some(1_700_000_000_000)),
            ("-292273086-05-16T16:47:06Z", Some(i64::MIN)),
            ("NaN", None),
            ("inf", None),
            ("now", None),
            ("", None),
        ];
        for (text, ms) in table {
            assert_eq!(parse_time(text).ok(), ms.map(Time), "{text:?}");
        }
    }

    #[test]
    fn durations_are_seconds_or_of_prometheus() {
        let table = [
            ("15", Some(15_000)),
            ("0.5", Some(500)),
            ("-1", Some(-1000)),
            ("0", Some(0)),
            ("5m", Some(300_000)),
            ("1h30m", Some(5_400_000)),
            ("1w2d", Some(9 * 86_400_000)),
            ("1s500ms", Some(1500)),
            ("30m1h", None),
            ("5m5m", None),
            ("1.5h", None),
            ("5", Some(5000)),
            ("m", None),
            ("5 m", None),
            ("", None),
            ("1e300", None),
            ("NaN", None),
            ("9999999999999999999d", None),
        ];
        for (text, ms) in table {
            assert_eq!(parse_duration(text).ok(), ms.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn the_form_counts_before_the_url() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let parameters = Parameters(vec![pair("limit", "3"), pair("limit", "x"), pair("n", "-1")]);
        assert_eq!(parameters.limit("limit"), Ok(3));
        assert_eq!(parameters.limit("other"), Ok(usize::MAX));
        assert!(parameters.limit("n").is_err());
        assert_eq!(parameters.all("limit").collect::<Vec<_>>(), ["3", "x"]);
    }
}
