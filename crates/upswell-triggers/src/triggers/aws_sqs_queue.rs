//! `aws-sqs-queue`: messages in an Amazon SQS queue. KEDA's `aws-sqs-queue` scaler.
//!
//! Counts visible messages, and those in flight and delayed as the settings say. Signing is the
//! edge's. Source: KEDA main at 8b4f083, aws_sqs_queue_scaler.go.

use serde_json::json;

use crate::aws;
use crate::fault::FaultClass;
use crate::reader::{Common, MA, ME, Reader};
use crate::request::{Request, SqsRequest};
use crate::response::Response;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};
use crate::url_text;

#[derive(Debug)]
struct AwsSqsQueue {
    common: Common,
    request: SqsRequest,
    activation_queue_length: i64,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let queue_length = read.parameter("queueLength").integer().or(5);
    let activation_queue_length = read.parameter("activationQueueLength").integer().or(0);
    let queue_url = read.parameter("queueURL").from(ME).text().required();
    let region = read.parameter("awsRegion").from(MA).text().required();
    let endpoint = read.parameter("awsEndpoint").text().optional();
    let in_flight = read.parameter("scaleOnInFlight").boolean().or(true);
    let delayed = read.parameter("scaleOnDelayed").boolean().or(false);
    let aws = aws::read(read, true);
    let queue_name = queue_name(&queue_url).unwrap_or_else(|| {
        let fault = read.fault(FaultClass::BadValue, "queueURL", "`queueURL` names no queue");
        fault.help = Some("write the queue's name, or a URL that ends in /account/name".to_owned());
        String::new()
    });
    let mut attributes = vec!["ApproximateNumberOfMessages"];
    attributes.extend(in_flight.then_some("ApproximateNumberOfMessagesNotVisible"));
    attributes.extend(delayed.then_some("ApproximateNumberOfMessagesDelayed"));
    read.settings().compute("attributes", json!(attributes));
    read.settings().compute("queueName", json!(queue_name));
    read.settings().compute_secret("aws", aws.revealed());
    let common = read.external(&format!("aws-sqs-{queue_name}"), queue_length.to_string());
    let credentials = aws.credentials;
    let request = SqsRequest { queue_url, region, endpoint, credentials, attributes };
    Box::new(AwsSqsQueue { common, request, activation_queue_length })
}

/// Returns the name of a queue: what ends a URL's path `/account/name`, or a text that is no URL.
fn queue_name(url: &str) -> Option<String> {
    let Ok(parts) = url_text::split(url) else { return Some(url.to_owned()) };
    if parts.scheme.is_empty() && !url.starts_with('/') {
        return Some(url.to_owned());
    }
    // What follows a scheme without a slash is opaque, and has no path.
    let path = if parts.path.starts_with('/') { parts.path } else { "" };
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        [_, _, name] if !name.is_empty() => Some(url_text::unescape(name)),
        _ => None,
    }
}

impl Trigger for AwsSqsQueue {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::Sqs(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Sqs(attributes) = response else {
            return Err(ReadError::expected("Amazon SQS"));
        };
        let mut messages = 0_i64;
        for attribute in &self.request.attributes {
            let text = attributes
                .get(*attribute)
                .ok_or_else(|| ReadError::missing(format!("attribute `{attribute}`")))?;
            let count: i64 = text
                .parse()
                .map_err(|_| ReadError::malformed("a number of messages", attribute))?;
            messages = messages.saturating_add(count);
        }
        self.common.reading(messages as f64, messages > self.activation_queue_length)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{parsed, read, trigger};
    use super::*;
    use crate::request::AwsCredentials;
    use crate::secret::Secret;

    const METADATA: &[(&str, &str)] = &[("queueURL", "q"), ("awsRegion", "eu-west-1")];

    #[test]
    fn the_value_is_the_sum_of_the_attributes_that_count() {
        let full: BTreeMap<String, String> = [
            ("ApproximateNumberOfMessages", "1"),
            ("ApproximateNumberOfMessagesNotVisible", "10"),
            ("ApproximateNumberOfMessagesDelayed", "100"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        for (in_flight, delayed, sum) in
            [("true", "false", 11), ("false", "false", 1), ("true", "true", 111)]
        {
            let more = [
                ("scaleOnInFlight", in_flight),
                ("scaleOnDelayed", delayed),
                ("identityOwner", "operator"),
            ];
            let trigger = trigger("aws-sqs-queue", &[METADATA, &more].concat());
            assert_eq!(read(&*trigger, &Response::Sqs(full.clone())), Ok((sum * 1000, true)));
        }
    }

    #[test]
    fn a_missing_or_unreadable_attribute_fails_the_reading() {
        let metadata = [METADATA, &[("identityOwner", "operator")]].concat();
        let trigger = trigger("aws-sqs-queue", &metadata);
        assert!(read(&*trigger, &Response::Sqs(BTreeMap::new())).is_err());
        let wrong = [("ApproximateNumberOfMessages".to_owned(), "many".to_owned())].into();
        assert!(read(&*trigger, &Response::Sqs(wrong)).is_err());
    }

    #[test]
    fn credentials_come_from_the_first_place_that_has_them() {
        let auth = [("awsAccessKeyId", "id"), ("awsSecretAccessKey", "key")];
        let keys = parsed("aws-sqs-queue", METADATA, &auth).expect("keys");
        let Request::Sqs(request) = keys.request() else { panic!("not SQS") };
        let (access_key_id, secret_access_key) = ("id".to_owned(), Secret::from("key"));
        let expected =
            AwsCredentials::Keys { access_key_id, secret_access_key, session_token: None };
        assert_eq!(request.credentials, expected);

        let role = [auth[0], auth[1], ("awsRoleArn", "arn")];
        let role = parsed("aws-sqs-queue", METADATA, &role).expect("a role");
        let Request::Sqs(request) = role.request() else { panic!("not SQS") };
        assert_eq!(request.credentials, AwsCredentials::Role { role_arn: "arn".to_owned() });
        assert!(parsed("aws-sqs-queue", METADATA, &auth[..1]).is_err());
    }

    #[test]
    fn a_queue_is_a_name_or_a_url_with_account_and_name() {
        for (url, name) in [
            ("my-queue", Some("my-queue")),
            ("my_queue:x", Some("my_queue:x")),
            ("https://sqs/1/q.fifo", Some("q.fifo")),
            ("/1/q", Some("q")),
            ("https://sqs", None),
            ("https://sqs/1/", None),
            ("arn:aws:sqs:eu-west-1:1:q", None),
        ] {
            assert_eq!(queue_name(url).as_deref(), name, "{url}");
        }
    }
}
