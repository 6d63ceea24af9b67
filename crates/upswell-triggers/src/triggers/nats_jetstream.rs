//! `nats-jetstream`: messages that wait for a JetStream consumer. KEDA's `nats-jetstream` scaler.
//!
//! Counts messages not yet delivered and those not yet acknowledged. In a cluster only the
//! consumer's leader knows them: finding it is the edge's.
//! Source: KEDA main at 8b4f083, nats_jetstream_scaler.go.

use serde::Deserialize;
use serde_json::json;

use crate::fault::FaultClass;
use crate::reader::{AM, Common, Reader};
use crate::request::{HttpRequest, JetStreamRequest, Request, Url};
use crate::response::Response;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};
use crate::url_text::query_escape;

#[derive(Debug)]
struct NatsJetStream {
    common: Common,
    request: JetStreamRequest,
    /// Name or id.
    account: String,
    activation_lag_threshold: i64,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let account = read.parameter("account").from(AM).text().or_zero();
    let account_id = read.parameter("accountID").from(AM).text().or_zero();
    let stream = read.parameter("stream").text().required();
    let consumer = read.parameter("consumer").text().required();
    let lag_threshold = read.parameter("lagThreshold").integer().or(10);
    let activation_lag_threshold = read.parameter("activationLagThreshold").integer().or(0);
    let use_https = read.parameter("useHttps").boolean().or(false);
    let endpoint = read.parameter("natsServerMonitoringEndpoint").from(AM).text().required();

    let account = if account_id.is_empty() { account } else { account_id };
    let message = "neither `account` nor `accountID` is set";
    read.check(!account.is_empty(), FaultClass::MissingRequired, "account", message);
    read.set("accountID", account.as_str());
    let scheme = if use_https { "https" } else { "http" };
    let escaped = query_escape(&account);
    let url = format!("{scheme}://{endpoint}/jsz?acc={escaped}&config=true&consumers=true");
    read.settings().compute("monitoringUrl", json!(url));
    let base = format!("nats-jetstream-{stream}");
    let common = read.external(&base, lag_threshold.to_string());
    let (url, headers) = (Url::from(url), [].into());
    let http = HttpRequest { url, headers, login: None, tls: None, timeout: None };
    let request = JetStreamRequest { http, stream, consumer };
    Box::new(NatsJetStream { common, request, account, activation_lag_threshold })
}

/// The body of `jsz`.
#[derive(Deserialize)]
struct Jsz {
    #[serde(default)]
    account_details: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    stream_detail: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    name: String,
    #[serde(default)]
    consumer_detail: Vec<Consumer>,
}

#[derive(Deserialize)]
struct Consumer {
    name: String,
    num_pending: i64,
    num_ack_pending: i64,
}

impl Trigger for NatsJetStream {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::JetStream(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Http(http) = response else {
            return Err(ReadError::expected("NATS over HTTP"));
        };
        if http.status != 200 {
            return Err(ReadError::HttpStatus { status: http.status });
        }
        let jsz: Jsz = serde_json::from_slice(&http.body)
            .map_err(|error| ReadError::malformed("the state of JetStream", error))?;
        let JetStreamRequest { stream, consumer, .. } = &self.request;
        let is_account = |found: &&Account| found.id == self.account || found.name == self.account;
        let streams = jsz.account_details.iter().filter(is_account).flat_map(|a| &a.stream_detail);
        let stream = streams
            .into_iter()
            .find(|found| found.name == *stream)
            .ok_or_else(|| ReadError::missing(format!("stream `{stream}` in the account")))?;
        let found = stream.consumer_detail.iter().find(|found| found.name == *consumer);
        let found = found.ok_or_else(|| ReadError::missing(format!("consumer `{consumer}`")))?;
        let lag = found.num_pending.saturating_add(found.num_ack_pending);
        self.common.reading(lag as f64, lag > self.activation_lag_threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, read, trigger};

    const METADATA: &[(&str, &str)] = &[
        ("account", "$G"),
        ("stream", "s"),
        ("consumer", "c"),
        ("natsServerMonitoringEndpoint", "nats:8222"),
    ];

    #[test]
    fn the_lag_is_what_is_pending_and_what_is_unacknowledged() {
        let answer = r#"{"account_details":[
            {"name":"other","stream_detail":[{"name":"s","consumer_detail":[]}]},
            {"name":"$G","id":"$G","stream_detail":[{"name":"s","consumer_detail":[
                {"name":"c","num_pending":5,"num_ack_pending":2}]}]}]}"#;
        let trigger = trigger("nats-jetstream", METADATA);
        assert_eq!(read(&*trigger, &body(answer)), Ok((7_000, true)));
    }

    #[test]
    fn an_absent_account_stream_or_consumer_fails_the_reading() {
        let trigger = trigger("nats-jetstream", METADATA);
        for answer in [
            "",
            "{}",
            r#"{"account_details":[{"name":"$G","stream_detail":[]}]}"#,
            r#"{"account_details":[{"name":"$G","stream_detail":[{"name":"s"}]}]}"#,
        ] {
            assert!(read(&*trigger, &body(answer)).is_err(), "{answer}");
        }
    }
}
