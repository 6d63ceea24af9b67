//! `kafka` and `apache-kafka`: how far a consumer group is behind. KEDA's `kafka` (Sarama) and
//! `apache-kafka` (kafka-go) scalers.
//!
//! Both count lag alike; they differ in a few parameters and checks. `apache-kafka` takes several
//! topics and accepts Kerberos, which its reading then refuses, as upstream's client has none.
//! Source: KEDA main at 8b4f083, kafka_scaler.go and apache_kafka_scaler.go.

use serde_json::json;

use super::kafka_login::{self, Login};
use crate::fault::FaultClass;
use crate::kafka_lag::{self, OffsetReset, Rules};
use crate::reader::{Choice, Common, M, ME, Reader, Refusal};
use crate::request::{KafkaRequest, Request};
use crate::response::Response;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

#[derive(Debug)]
struct Kafka {
    common: Common,
    request: KafkaRequest,
    rules: Rules,
    activation_lag_threshold: i64,
}

impl Choice for OffsetReset {
    const WORDS: &'static [(&'static str, Self)] =
        &[("latest", Self::Latest), ("earliest", Self::Earliest)];
}

/// What of a cluster is read.
struct Scope {
    bootstrap_servers: Vec<String>,
    consumer_group: String,
    topics: Vec<String>,
    partitions: Vec<i32>,
}

/// Parses `kafka`.
pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let bootstrap_servers = read.parameter("bootstrapServers").from(ME).list().required();
    let consumer_group = read.parameter("consumerGroup").from(ME).text().required();
    let topic = read.parameter("topic").from(ME).text().optional();
    let limitation = read.parameter("partitionLimitation").text().optional();
    let (rules, activation_lag_threshold) = rules(read);
    let full_metadata = read.parameter("fullMetadata").boolean().or(true);
    let version = version(read);
    let login = kafka_login::sarama(read);
    let partitions = limited(read, limitation.as_deref(), topic.is_some());
    check_topic(read, &rules, topic.is_some(), full_metadata);
    let topics: Vec<String> = topic.into_iter().collect();
    let scope = Scope { bootstrap_servers, consumer_group, topics, partitions };
    finish(read, scope, rules, activation_lag_threshold, full_metadata, Some(version), login)
}

/// Parses `apache-kafka`.
pub(crate) fn parse_apache(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let bootstrap_servers = read.parameter("bootstrapServers").from(ME).list().required();
    let consumer_group = read.parameter("consumerGroup").from(ME).text().required();
    let topics = read.parameter("topic").from(ME).list().or_zero();
    let parse = |text: &str| kafka_lag::partitions(text).map_err(refusal);
    let limitation = read.parameter("partitionLimitation").from(M);
    let mut partitions = limitation.read("list of partitions", parse, |list| json!(list)).or_zero();
    if topics.is_empty() {
        partitions = Vec::new();
        read.set("partitionLimitation", json!(partitions));
    }
    let (rules, activation_lag_threshold) = rules(read);
    let login = kafka_login::apache(read);
    if rules.limit_to_partitions_with_lag && topics.is_empty() {
        topic_missing(read, "limitToPartitionsWithLag");
    }
    let scope = Scope { bootstrap_servers, consumer_group, topics, partitions };
    finish(read, scope, rules, activation_lag_threshold, false, None, login)
}

fn refusal(why: String) -> Refusal {
    Refusal { class: FaultClass::BadValue, help: Some(why) }
}

/// Reads how lags become one metric, and above which lag the group counts as active.
fn rules(read: &mut Reader<'_>) -> (Rules, i64) {
    let rules = Rules {
        lag_threshold: read.parameter("lagThreshold").integer().or(10),
        reset: read.parameter("offsetResetPolicy").choice().or(OffsetReset::Latest),
        allow_idle_consumers: flag(read, "allowIdleConsumers"),
        exclude_persistent_lag: flag(read, "excludePersistentLag"),
        scale_to_zero_on_invalid_offset: flag(read, "scaleToZeroOnInvalidOffset"),
        limit_to_partitions_with_lag: flag(read, "limitToPartitionsWithLag"),
        ensure_even_distribution: flag(read, "ensureEvenDistributionOfPartitions"),
    };
    let activation_lag_threshold = read.parameter("activationLagThreshold").integer().or(0);
    let message = "`lagThreshold` must be above zero";
    read.check(rules.lag_threshold > 0, FaultClass::OutOfRange, "lagThreshold", message);
    let message = "`activationLagThreshold` must not be negative";
    let (class, parameter) = (FaultClass::OutOfRange, "activationLagThreshold");
    read.check(activation_lag_threshold >= 0, class, parameter, message);
    let message = "`allowIdleConsumers` and `limitToPartitionsWithLag` exclude each other";
    let holds = !(rules.allow_idle_consumers && rules.limit_to_partitions_with_lag);
    read.check(holds, FaultClass::Conflict, "allowIdleConsumers", message);
    (rules, activation_lag_threshold)
}

fn flag(read: &mut Reader<'_>, name: &'static str) -> bool {
    read.parameter(name).boolean().or(false)
}

/// Reads the partitions of `kafka`; without a topic they mean nothing, but must be readable.
fn limited(read: &mut Reader<'_>, limitation: Option<&str>, has_topic: bool) -> Vec<i32> {
    let Some(limitation) = limitation else { return Vec::new() };
    match kafka_lag::partitions(limitation) {
        Ok(partitions) if has_topic => {
            read.settings().compute("partitions", json!(partitions));
            partitions
        }
        Ok(_) => Vec::new(),
        Err(error) => {
            let message = format!("`partitionLimitation`: {error}");
            read.fault(FaultClass::BadValue, "partitionLimitation", message);
            Vec::new()
        }
    }
}

/// Checks what `kafka` can only do for one topic.
fn check_topic(read: &mut Reader<'_>, rules: &Rules, has_topic: bool, full_metadata: bool) {
    let (limit, even) = (rules.limit_to_partitions_with_lag, rules.ensure_even_distribution);
    let message =
        "`limitToPartitionsWithLag` and `ensureEvenDistributionOfPartitions` exclude each other";
    read.check(!(limit && even), FaultClass::Conflict, "limitToPartitionsWithLag", message);
    for (setting, needs_topic) in [
        ("limitToPartitionsWithLag", limit),
        ("ensureEvenDistributionOfPartitions", even),
        ("fullMetadata: \"false\"", !full_metadata),
    ] {
        if needs_topic && !has_topic {
            topic_missing(read, setting);
        }
    }
}

fn topic_missing(read: &mut Reader<'_>, setting: &str) {
    let message = format!("`{setting}` needs a `topic`");
    read.fault(FaultClass::MissingRequired, "topic", message);
}

/// Reads the protocol version: `x.y.z`, or `0.x.y.z`.
fn version(read: &mut Reader<'_>) -> String {
    let version = read.parameter("version").text().optional();
    let version = version.unwrap_or_else(|| "1.0.0".to_owned());
    if !is_version(&version) {
        let message = "`version` is not a Kafka version";
        let fault = read.fault(FaultClass::BadValue, "version", message);
        fault.help =
            Some("write three numbers, such as 2.8.0; four if it begins with 0".to_owned());
    }
    read.settings().compute("version", json!(version));
    version
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number =
        |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u64>().is_ok();
    let numbers = if text.starts_with('0') { 4 } else { 3 };
    let begins_well = numbers == 3 || parts.first() == Some(&"0");
    parts.len() == numbers && begins_well && parts.iter().all(is_number)
}

fn finish(
    read: &mut Reader<'_>,
    scope: Scope,
    rules: Rules,
    activation_lag_threshold: i64,
    full_metadata: bool,
    version: Option<String>,
    login: Login,
) -> Box<dyn Trigger> {
    let Scope { bootstrap_servers, consumer_group, topics, partitions } = scope;
    let base = if topics.is_empty() {
        format!("kafka-{consumer_group}-topics")
    } else {
        format!("kafka-{}", topics.join(","))
    };
    let common = read.external(&base, rules.lag_threshold.to_string());
    let Login { sasl, tls } = login;
    let request = KafkaRequest {
        bootstrap_servers,
        consumer_group,
        topics,
        partitions,
        full_metadata,
        version,
        sasl,
        tls,
    };
    Box::new(Kafka { common, request, rules, activation_lag_threshold })
}

impl Trigger for Kafka {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::Kafka(self.request.clone())
    }

    fn reading(
        &self,
        response: &Response,
        memory: &mut TriggerMemory,
    ) -> Result<Reading, ReadError> {
        let Response::Kafka(partitions) = response else {
            return Err(ReadError::expected("Kafka"));
        };
        if partitions.is_empty() {
            return Err(ReadError::missing(
                "partition of the topic, or of any that the group reads",
            ));
        }
        let lag = self.rules.total(partitions, &mut memory.committed_offsets);
        self.common.reading(lag.metric as f64, lag.activity > self.activation_lag_threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{parsed, read, refused, trigger};
    use super::*;
    use crate::request::Sasl;
    use crate::response::PartitionOffsets;

    const METADATA: &[(&str, &str)] =
        &[("bootstrapServers", "b:9092"), ("consumerGroup", "g"), ("topic", "t")];

    fn offsets(committed: i64, latest: i64) -> Response {
        Response::Kafka(vec![PartitionOffsets {
            topic: "t".to_owned(),
            partition: 0,
            committed: Some(committed),
            latest: Some(latest),
        }])
    }

    #[test]
    fn persistent_lag_is_remembered_and_survives_serialisation() {
        let metadata = [METADATA, &[("excludePersistentLag", "true")]].concat();
        let trigger = trigger("kafka", &metadata);
        let mut memory = TriggerMemory::default();
        let mut lag_of = |response: &Response| {
            let reading = trigger.reading(response, &mut memory).expect("a reading");
            let saved = serde_json::to_string(&memory).expect("plain data");
            memory = serde_json::from_str(&saved).expect("plain data");
            (reading.values.values().map(|value| value.0).sum::<i64>(), reading.active)
        };
        assert_eq!(lag_of(&offsets(5, 9)), (4_000, true));
        assert_eq!(lag_of(&offsets(5, 9)), (0, true));
        assert_eq!(lag_of(&offsets(6, 9)), (3_000, true));
    }

    #[test]
    fn a_group_without_partitions_fails_the_reading() {
        assert!(read(&*trigger("kafka", METADATA), &Response::Kafka(Vec::new())).is_err());
    }

    #[test]
    fn a_committed_offset_ahead_of_the_end_is_served_as_zero() {
        assert_eq!(read(&*trigger("kafka", METADATA), &offsets(30, 20)), Ok((0, false)));
    }

    #[test]
    fn the_two_types_check_what_they_can_do() {
        for (key, value, sarama, apache) in [
            ("version", "3.9", &["bad-value"][..], &[][..]),
            ("lagThreshold", "0", &["out-of-range"], &["out-of-range"]),
            ("lagThreshold", "x", &["bad-value", "out-of-range"], &["bad-value", "out-of-range"]),
            ("partitionLimitation", "1-", &["bad-value"], &["bad-value"]),
            (
                "sasl",
                "aws_msk_iam",
                &["bad-enum"],
                &["missing-required", "conflict", "missing-credentials"],
            ),
            ("sasl", "oauthbearer", &["missing-credentials"; 3], &["bad-enum"]),
        ] {
            let metadata = [METADATA, &[(key, value)]].concat();
            for (kind, codes) in [("kafka", sarama), ("apache-kafka", apache)] {
                if codes.is_empty() {
                    trigger(kind, &metadata);
                } else {
                    assert_eq!(refused(kind, &metadata), codes, "{kind} {key}={value}");
                }
            }
        }
    }

    #[test]
    fn metadata_wins_over_authentication_only_in_kafka() {
        let metadata = [METADATA, &[("sasl", "none")]].concat();
        let auth = [("sasl", "plaintext")];
        let trigger = parsed("kafka", &metadata, &auth).expect("metadata win");
        let Request::Kafka(request) = trigger.request() else { panic!("not Kafka") };
        assert_eq!(request.sasl, Sasl::None);
        let faults = parsed("apache-kafka", &metadata, &auth).expect_err("set twice");
        assert_eq!(faults[0].class, FaultClass::Conflict);
    }
}
