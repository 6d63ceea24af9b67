//! What holds for every trigger, whatever its metadata and whatever its source answers.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use upswell_triggers::{
    ExternalMetricSpec, ExternalMetricValue, ExternalScalerReply, HttpResponse, Input, Metadata,
    PartitionOffsets, Place, PodState, Reading, RedisReply, RedisType, Response, Secret, SqlValue,
    Trigger, TriggerMemory, kinds, parameters, parse, unknown_keys,
};
use upswell_units::Timestamp;

/// Texts that are right somewhere, and wrong elsewhere.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "1",
    "-1",
    "5",
    "0.5",
    "1e2",
    "9223372036854775807",
    "9223372036854775808",
    "NaN",
    "true",
    "false",
    "yes",
    "5s",
    "-5s",
    "99999h",
    "a",
    "a,b",
    "a=b",
    "a=b,c",
    "a.b",
    "a.#",
    "*",
    "1-4",
    "4-1",
    "0-2147483647",
    "-",
    "http://h/a/b",
    "https://u:p@h:1/%2F?q#f",
    "amqp://h",
    "amqp://u:p#@h",
    "h:1",
    ":",
    "%",
    "/1/q",
    "0 8 * * *",
    "0 18 * * *",
    "* * * * *",
    "0 0 31 2 *",
    "UTC",
    "Europe/Berlin",
    "CRON_TZ=UTC 0 0 * * *",
    "QueueLength",
    "MessageRate",
    "ExpectedQueueConsumptionTime",
    "PublishedToDeliveredRatio",
    "json",
    "yaml",
    "prometheus",
    "xml",
    "latest",
    "earliest",
    "plaintext",
    "oauthbearer",
    "gssapi",
    "aws_msk_iam",
    "enable",
    "disable",
    "app in (a)",
    "app in (",
    "basic",
    "tls,bearer",
    "oauth",
    "apiKey",
    "none",
    "sum",
    "avg",
    "1.0.0",
    "0.10.2.0",
    "\u{0}",
    "é\u{1F600}",
];

fn kind() -> impl Strategy<Value = &'static str> {
    select(kinds().collect::<Vec<_>>())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(TEXTS).prop_map(str::to_owned), 1 => ".{0,20}"]
}

/// A trigger type with values for some of its parameters, in the metadata and in authentication.
fn scene() -> impl Strategy<Value = Scene> {
    kind().prop_flat_map(|kind| {
        let docs = parameters(kind).expect("a known type");
        let mut names: Vec<String> =
            docs.iter().flat_map(|doc| &doc.names).map(|name| (*name).to_owned()).collect();
        names.extend(docs.iter().map(|doc| format!("{}FromEnv", doc.names[0])));
        let count = names.len();
        let texts = || btree_map(select(names.clone()), text(), 0..=count);
        let metric_type =
            select(vec![None, Some("Value"), Some("Utilization"), Some("AverageValue")]);
        (Just(kind), texts(), texts(), metric_type, any::<bool>(), 0..20_usize).prop_map(
            |(kind, metadata, auth, metric_type, as_metric_source, index)| Scene {
                kind,
                metadata,
                auth,
                metric_type,
                as_metric_source,
                index,
            },
        )
    })
}

#[derive(Debug)]
struct Scene {
    kind: &'static str,
    metadata: BTreeMap<String, String>,
    auth: BTreeMap<String, String>,
    metric_type: Option<&'static str>,
    as_metric_source: bool,
    index: usize,
}

impl Scene {
    /// Hands the scene to `look` as an input; every text names a variable that holds itself.
    fn with<T>(&self, look: impl FnOnce(&Input<'_>) -> T) -> T {
        let metadata = Metadata::from_iter(self.metadata.clone());
        let auth = self.auth.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
        let auth: BTreeMap<String, Secret> = auth.collect();
        let env = TEXTS.iter().map(|text| ((*text).to_owned(), (*text).to_owned())).collect();
        look(&Input {
            name: Some("name"),
            metric_type: self.metric_type,
            as_metric_source: self.as_metric_source,
            index: self.index,
            namespace: "ns",
            ..Input::new(self.kind, &metadata, &auth, &env)
        })
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), (-10..10_i32).prop_map(f64::from)]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let near = vec![
        r#"{"data":{"resultType":"vector","result":[{"value":[1,"NaN"]}]}}"#,
        r#"{"data":{"result":[{"value":[]}]}}"#,
        r#"{"messages":-9223372036854775808,"message_stats":{"publish_details":{"rate":1e308}}}"#,
        r#"{"page_count":1,"items":[{"messages":9223372036854775807},{"messages":1}]}"#,
        r#"{"account_details":[{"name":"a","stream_detail":[{"name":"a","consumer_detail":[
            {"name":"a","num_pending":9223372036854775807,"num_ack_pending":1}]}]}]}"#,
        r#"{"a":{"b":1e308,"0":["x"]}}"#,
        "a: {b: 1}",
        "a{b=\"c\"} 1e999",
        "[[[[",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..200),
        select(near).prop_map(|text| text.as_bytes().to_vec()),
        "[\\[\\]{}:,\"a0# \n-]{0,60}".prop_map(String::into_bytes),
    ]
}

fn http() -> impl Strategy<Value = HttpResponse> {
    (prop_oneof![Just(200_u16), any::<u16>()], body())
        .prop_map(|(status, body)| HttpResponse { status, body })
}

fn redis_reply() -> impl Strategy<Value = RedisReply> {
    let holds = select(vec![RedisType::Missing, RedisType::List, RedisType::Other("x".to_owned())]);
    let lags = proptest::option::of(btree_map(text(), any::<Option<i64>>(), 0..3));
    prop_oneof![
        (holds, any::<i64>()).prop_map(|(holds, length)| RedisReply::Key { holds, length }),
        any::<i64>().prop_map(RedisReply::StreamLength),
        any::<i64>().prop_map(RedisReply::Pending),
        (any::<u32>(), lags, any::<i64>()).prop_map(|(version_major, lags, length)| {
            RedisReply::Groups { version_major, lags, length }
        }),
    ]
}

fn external_reply() -> impl Strategy<Value = ExternalScalerReply> {
    let spec = (text(), any::<i64>(), number()).prop_map(|(name, target_size, float)| {
        ExternalMetricSpec { name, target_size, target_size_float: float }
    });
    let value = (any::<i64>(), number())
        .prop_map(|(value, value_float)| ExternalMetricValue { value, value_float });
    (vec(spec, 0..3), btree_map(text(), vec(value, 0..3), 0..3), any::<bool>())
        .prop_map(|(specs, values, active)| ExternalScalerReply { specs, values, active })
}

fn response() -> impl Strategy<Value = Response> {
    let partition = (text(), any::<i32>(), any::<Option<i64>>(), any::<Option<i64>>()).prop_map(
        |(topic, partition, committed, latest)| PartitionOffsets {
            topic,
            partition,
            committed,
            latest,
        },
    );
    let pod =
        (text(), proptest::option::of(text())).prop_map(|(phase, node)| PodState { phase, node });
    let sql = prop_oneof![
        Just(None),
        Just(Some(SqlValue::Null)),
        number().prop_map(|value| Some(SqlValue::Number(value))),
        text().prop_map(|value| Some(SqlValue::Text(value))),
    ];
    prop_oneof![
        any::<i64>().prop_map(|nanos| Response::Clock(Timestamp::from_nanos(nanos))),
        http().prop_map(Response::Http),
        vec(proptest::option::of(http()), 0..3).prop_map(Response::HttpEachEndpoint),
        redis_reply().prop_map(Response::Redis),
        sql.prop_map(Response::Sql),
        vec(partition, 0..5).prop_map(Response::Kafka),
        any::<i64>().prop_map(Response::Amqp),
        btree_map(text(), text(), 0..3).prop_map(Response::Sqs),
        vec(pod, 0..5).prop_map(Response::Pods),
        external_reply().prop_map(Response::ExternalScaler),
    ]
}

/// Metadata with which each type parses, so that readings are tried on all of them.
fn valid() -> Vec<Box<dyn Trigger>> {
    let texts: [(&str, &[(&str, &str)]); 13] = [
        ("aws-sqs-queue", &[("queueURL", "q"), ("awsRegion", "r"), ("identityOwner", "operator")]),
        (
            "cron",
            &[
                ("start", "0 2 * * *"),
                ("end", "30 2 * * 1-5"),
                ("timezone", "Europe/Berlin"),
                ("desiredReplicas", "3"),
            ],
        ),
        ("external", &[("scalerAddress", "s:1")]),
        (
            "kafka",
            &[
                ("bootstrapServers", "b"),
                ("consumerGroup", "g"),
                ("topic", "t"),
                ("excludePersistentLag", "true"),
                ("ensureEvenDistributionOfPartitions", "true"),
                ("lagThreshold", "9223372036854775807"),
            ],
        ),
        ("kubernetes-workload", &[("podSelector", "a"), ("value", "1"), ("groupByNode", "1")]),
        ("metrics-api", &[("url", "http://h"), ("valueLocation", "a.b"), ("targetValue", "1")]),
        (
            "metrics-api",
            &[("url", "u"), ("valueLocation", "a.b"), ("targetValue", "1"), ("format", "yaml")],
        ),
        (
            "metrics-api",
            &[("url", "u"), ("valueLocation", "a"), ("targetValue", "1"), ("format", "prometheus")],
        ),
        ("mysql", &[("query", "q"), ("queryValue", "1")]),
        (
            "nats-jetstream",
            &[
                ("account", "a"),
                ("stream", "a"),
                ("consumer", "a"),
                ("natsServerMonitoringEndpoint", "n"),
            ],
        ),
        ("prometheus", &[("serverAddress", "http://p"), ("query", "q"), ("threshold", "1")]),
        ("rabbitmq", &[("host", "http://h"), ("queueName", "q"), ("useRegex", "true")]),
        (
            "redis-streams",
            &[("address", "r:1"), ("stream", "s"), ("consumerGroup", "a"), ("lagCount", "1")],
        ),
    ];
    let owned = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let scene = |(kind, metadata): (&'static str, &[(&str, &str)])| Scene {
        kind,
        metadata: owned(metadata),
        auth: BTreeMap::new(),
        metric_type: None,
        as_metric_source: false,
        index: 0,
    };
    texts.map(|text| scene(text).with(|input| parse(input).expect("valid"))).into()
}

fn is_sound(reading: &Reading) -> bool {
    reading.values.values().all(|value| value.0 >= 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Neither parsing, nor asking, nor reading panics; a faulty trigger says what is wrong.
    #[test]
    fn parsing_never_panics(scene in scene(), response in response()) {
        scene.with(|input| {
            let _ = unknown_keys(input.kind, input.metadata, input.span);
            match parse(input) {
                Ok(trigger) => {
                    let _ = (trigger.request(), trigger.metric_specs());
                    let _ = trigger.discovered_specs(&response);
                    let _ = trigger.reading(&response, &mut TriggerMemory::default());
                }
                Err(faults) => assert!(!faults.is_empty()),
            }
        });
    }

    /// A reading is never negative, and never panics on whatever a source answers.
    #[test]
    fn readings_are_never_negative(responses in vec(response(), 1..4)) {
        for trigger in valid() {
            let mut memory = TriggerMemory::default();
            for response in &responses {
                if let Ok(reading) = trigger.reading(response, &mut memory) {
                    prop_assert!(is_sound(&reading), "{trigger:?} {reading:?}");
                }
            }
        }
    }

    /// A failed reading leaves no trace in the memory.
    #[test]
    fn failed_readings_are_not_remembered(response in response()) {
        for trigger in valid() {
            let mut memory = TriggerMemory::default();
            if trigger.reading(&response, &mut memory).is_err() {
                prop_assert_eq!(&memory, &TriggerMemory::default());
            }
        }
    }

    /// What is never printed appears nowhere: not in the trigger, its request, its settings, nor
    /// in the faults.
    #[test]
    fn secrets_never_show(scene in scene()) {
        const SECRET: &str = "hunter2hunter2";
        let docs = parameters(scene.kind).expect("a known type");
        let secret = docs.iter().filter(|doc| doc.secret);
        let mut scene = scene;
        for doc in secret {
            scene.metadata.remove(doc.names[0]);
            scene.metadata.remove(&format!("{}FromEnv", doc.names[0]));
            scene.auth.insert(doc.names[0].to_owned(), format!("amqp://u:{SECRET}@h/v"));
        }
        let shown = scene.with(|input| match parse(input) {
            Ok(trigger) => {
                format!("{trigger:?}{:?}{}", trigger.request(), trigger.settings().redacted())
            }
            Err(faults) => format!("{faults:?}"),
        });
        prop_assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn every_type_documents_its_parameters_and_knows_its_own_keys() {
    for kind in kinds() {
        let docs = parameters(kind).expect("a known type");
        assert!(!docs.is_empty(), "{kind}");
        let metadata = docs.iter().flat_map(|doc| &doc.names).map(|name| (*name).to_owned());
        let scene = Scene {
            kind,
            metadata: metadata.map(|name| (name, "1".to_owned())).collect(),
            auth: BTreeMap::new(),
            metric_type: None,
            as_metric_source: false,
            index: 0,
        };
        let is_metadata = |name: &str| {
            docs.iter()
                .any(|doc| doc.names.contains(&name) && doc.places.contains(&Place::Metadata))
        };
        for warning in scene.with(|input| unknown_keys(input.kind, input.metadata, input.span)) {
            let name = warning.message.split('`').nth(3).unwrap_or_default();
            assert!(!is_metadata(name), "{kind}: {}", warning.message);
        }
    }
}
