//! The triggers, one line each.

use upswell_units::{Diagnostic, Span, nearest};

use crate::fault::{Fault, FaultClass};
use crate::input::{Input, Metadata};
use crate::reader::{ParameterDoc, Place, Reader};
use crate::trigger::Trigger;
use crate::triggers::{
    aws_sqs_queue, cron, external, kafka, kubernetes_workload, metrics_api, mysql, nats_jetstream,
    postgresql, prometheus, rabbitmq, redis, redis_streams, resource,
};

/// Parses a trigger; what it returns counts only if the reader found no mistake.
type Parse = fn(&mut Reader<'_>) -> Box<dyn Trigger>;

const TRIGGERS: &[(&str, Parse)] = &[
    ("apache-kafka", kafka::parse_apache),
    ("aws-sqs-queue", aws_sqs_queue::parse),
    ("cpu", resource::parse),
    ("cron", cron::parse),
    ("external", external::parse),
    ("external-push", external::parse),
    ("kafka", kafka::parse),
    ("kubernetes-workload", kubernetes_workload::parse),
    ("memory", resource::parse),
    ("metrics-api", metrics_api::parse),
    ("mysql", mysql::parse),
    ("nats-jetstream", nats_jetstream::parse),
    ("postgresql", postgresql::parse),
    ("prometheus", prometheus::parse),
    ("rabbitmq", rabbitmq::parse),
    ("redis", redis::parse),
    ("redis-cluster", redis::parse),
    ("redis-cluster-streams", redis_streams::parse),
    ("redis-sentinel", redis::parse),
    ("redis-sentinel-streams", redis_streams::parse),
    ("redis-streams", redis_streams::parse),
];

/// Types that KEDA has and Upswell does not read.
const UPSTREAM_ONLY: &[&str] = &[
    "activemq",
    "arangodb",
    "artemis-queue",
    "aws-cloudwatch",
    "aws-dynamodb",
    "aws-dynamodb-streams",
    "aws-kinesis-stream",
    "azure-app-insights",
    "azure-blob",
    "azure-data-explorer",
    "azure-eventhub",
    "azure-log-analytics",
    "azure-monitor",
    "azure-pipelines",
    "azure-queue",
    "azure-servicebus",
    "beanstalkd",
    "cassandra",
    "clickhouse",
    "couchdb",
    "datadog",
    "dynatrace",
    "elastic-forecast",
    "elasticsearch",
    "etcd",
    "forgejo-runner",
    "gcp-cloudtasks",
    "gcp-pubsub",
    "gcp-spanner",
    "gcp-stackdriver",
    "gcp-storage",
    "github-runner",
    "graphite",
    "huawei-cloudeye",
    "ibmmq",
    "influxdb",
    "kubernetes-resource",
    "liiklus",
    "loki",
    "mongodb",
    "mssql",
    "new-relic",
    "nsq",
    "opensearch",
    "openstack-metric",
    "openstack-swift",
    "predictkube",
    "pulsar",
    "selenium-grid",
    "solace-direct-messaging",
    "solace-event-queue",
    "solarwinds",
    "solr",
    "splunk",
    "splunk-observability",
    "sumologic",
    "temporal",
];

/// Types whose scaler takes any metadata, because it passes them on.
const PASSES_METADATA_ON: &[&str] = &["external", "external-push"];

/// Parses a trigger.
///
/// # Errors
///
/// All mistakes at once, in the order of the trigger's parameters.
pub fn parse(input: &Input<'_>) -> Result<Box<dyn Trigger>, Vec<Fault>> {
    let Some((kind, parse)) = find(input.kind) else {
        return Err(vec![unknown_type(input)]);
    };
    let mut reader = Reader::new(kind, input);
    let trigger = parse(&mut reader);
    let faults = reader.into_faults();
    if faults.is_empty() { Ok(trigger) } else { Err(faults) }
}

/// Returns whether a trigger type is known.
#[must_use]
pub fn is_known(kind: &str) -> bool {
    find(kind).is_some()
}

/// Returns the known trigger types, sorted.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    TRIGGERS.iter().map(|(kind, _)| *kind)
}

/// Returns the parameters of a trigger type, in the order in which it reads them.
#[must_use]
pub fn parameters(kind: &str) -> Option<Vec<ParameterDoc>> {
    let (metadata, auth, env) = Default::default();
    let input = Input::new(kind, &metadata, &auth, &env);
    let (kind, parse) = find(kind)?;
    let mut reader = Reader::new(kind, &input);
    parse(&mut reader);
    Some(reader.into_docs())
}

/// Returns a warning for each metadata key that a trigger of type `kind` does not read, at the key
/// or else at the trigger's `span`.
///
/// KEDA ignores such keys. Empty for an unknown type, and for types that pass their metadata on.
pub fn unknown_keys(kind: &str, metadata: &Metadata, span: Option<Span>) -> Vec<Diagnostic> {
    let Some(docs) = parameters(kind) else { return Vec::new() };
    if PASSES_METADATA_ON.contains(&kind) {
        return Vec::new();
    }
    let known = known_keys(&docs);
    let unknown = metadata.iter().filter(|(key, _)| !known.iter().any(|name| name == key));
    unknown
        .map(|(key, _)| unknown_key(kind, key, metadata.key_span(key).or(span), &known))
        .collect()
}

fn find(kind: &str) -> Option<&'static (&'static str, Parse)> {
    TRIGGERS.iter().find(|(known, _)| *known == kind)
}

fn unknown_type(input: &Input<'_>) -> Fault {
    let kind = input.kind;
    let (message, help) = if UPSTREAM_ONLY.contains(&kind) {
        let help = "an `external` trigger or a `prometheus` query can stand in for it";
        (format!("KEDA's `{kind}` triggers are not supported"), Some(help.to_owned()))
    } else {
        let nearest = nearest(kind, kinds()).map(|kind| format!("did you mean `{kind}`?"));
        (format!("there is no trigger of type {kind:?}"), nearest)
    };
    let (class, parameter) = (FaultClass::UnknownType, "type".to_owned());
    Fault { class, parameter, message, span: input.span, help }
}

/// Metadata keys that the parameters are read from.
fn known_keys(docs: &[ParameterDoc]) -> Vec<String> {
    let keys = docs.iter().flat_map(|doc| {
        doc.names.iter().flat_map(|name| {
            doc.places.iter().filter_map(move |place| match place {
                Place::Metadata => Some((*name).to_owned()),
                Place::Authentication => None,
                Place::Environment => Some(format!("{name}FromEnv")),
            })
        })
    });
    keys.collect()
}

fn unknown_key(kind: &str, key: &str, span: Option<Span>, known: &[String]) -> Diagnostic {
    let message = format!("`{kind}` triggers have no parameter `{key}`");
    let mut warning = Diagnostic::warning("unknown-parameter", message);
    if let Some(span) = span {
        warning = warning.at(span, "ignored");
    }
    match nearest(key, known.iter().map(String::as_str)) {
        Some(name) => warning.help(format!("did you mean `{name}`?")),
        None => warning,
    }
}
