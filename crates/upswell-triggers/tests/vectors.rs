//! KEDA's compatibility vectors: what a trigger parses to, and what its readings are worth.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use upswell_triggers::{
    HttpResponse, Input, Metadata, MetricSource, MetricSpec, MetricTarget, Request, Response,
    Secret, Trigger, TriggerMemory, kafka_lag, metric_milli_units, metric_quantity, parse,
};
use upswell_units::{MilliUnits, Timestamp};
use upswell_vectors::{Verdict, judge};

#[test]
fn keda() {
    judge("keda", |record| {
        let (input, expect) = (&record["input"], &record["expect"]);
        match record["category"].as_str().unwrap_or_default() {
            "trigger-parse" => trigger_parse(input, expect),
            "metric-name" => metric_name(input, expect),
            "metric-quantity" => metric_quantity_served(input, expect),
            "rabbitmq-value" => rabbitmq_value(input, expect),
            "rabbitmq-aggregate" => rabbitmq_aggregate(input, expect),
            "rabbitmq-vhost" => rabbitmq_vhost(input, expect),
            "kafka-lag" => kafka_lag_of_last_poll(input, expect),
            "kafka-factors" => kafka_factors(input, expect),
            "kafka-even-distribution" => kafka_even_distribution(input, expect),
            "kafka-partition-limitation" => kafka_partition_limitation(input, expect),
            "cron-value" => cron_value(input, expect),
            other => Verdict::not_here(env!("CARGO_PKG_NAME"), other),
        }
    });
}

/// Text of a field, empty if absent.
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let fields = value.as_object().cloned().unwrap_or_default();
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    fields.into_iter().map(|(key, value)| (key, text(value))).collect()
}

/// The parsed trigger, or the codes of its faults.
fn parsed(input: &Value) -> Result<Box<dyn Trigger>, BTreeSet<String>> {
    let metadata = Metadata::from_iter(texts(&input["metadata"]));
    let auth = texts(&input["authParams"]);
    let auth = auth.into_iter().map(|(key, value)| (key, Secret::from(value))).collect();
    let env = texts(&input["resolvedEnv"]);
    let input = Input {
        name: input["name"].as_str(),
        pod_identity: input["podIdentity"]["provider"].as_str(),
        pod_identity_role: input["podIdentity"]["roleArn"].as_str(),
        metric_type: input["metricType"].as_str(),
        as_metric_source: input["asMetricSource"].as_bool().unwrap_or_default(),
        index: input["triggerIndex"].as_u64().unwrap_or_default() as usize,
        namespace: text(input, "namespace"),
        ..Input::new(text(input, "type"), &metadata, &auth, &env)
    };
    let codes = |faults: Vec<upswell_triggers::Fault>| {
        faults.iter().map(|fault| fault.class.code().to_owned()).collect()
    };
    parse(&input).map_err(codes)
}

fn trigger_parse(input: &Value, expect: &Value) -> Verdict {
    let is_ok = expect["ok"].as_bool().unwrap_or_default();
    match parsed(input) {
        Ok(trigger) if is_ok => same_trigger(&*trigger, expect),
        Ok(_) => Verdict::Failed("accepted, and recorded as refused".to_owned()),
        Err(codes) if is_ok => Verdict::Failed(format!("refused: {codes:?}")),
        Err(codes) => {
            let recorded = expect["errorClasses"].as_array().cloned().unwrap_or_default();
            let lacks = |class: &&Value| !codes.contains(class.as_str().unwrap_or_default());
            match recorded.iter().find(lacks) {
                None => Verdict::Passed,
                Some(class) => Verdict::Failed(format!("no {class} among {codes:?}")),
            }
        }
    }
}

fn same_trigger(trigger: &dyn Trigger, expect: &Value) -> Verdict {
    let specs: Vec<Value> = trigger.metric_specs().iter().map(spec).collect();
    let recorded = |field: &str| expect.get(field).cloned().unwrap_or_else(|| json!({}));
    let parts = [
        ("settings", trigger.settings().revealed(), recorded("settings")),
        ("computed", trigger.settings().computed_revealed(), recorded("computed")),
        ("metricSpecs", json!(specs), expect.get("metricSpecs").cloned().unwrap_or(json!([]))),
    ];
    for (part, ours, theirs) in parts {
        if numeric(&ours) != numeric(&theirs) {
            return Verdict::Failed(format!("{part}: ours {ours}, recorded {theirs}"));
        }
    }
    Verdict::Passed
}

/// Makes whole floats integers, so that 5.0 equals 5.
fn numeric(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(numeric).collect(),
        Value::Object(fields) => {
            let fields: Map<_, _> =
                fields.iter().map(|(key, value)| (key.clone(), numeric(value))).collect();
            Value::Object(fields)
        }
        other => other.clone(),
    }
}

/// A metric spec as the vectors write it.
fn spec(spec: &MetricSpec) -> Value {
    let target = match &spec.target {
        MetricTarget::Value(value) => json!({"type": "Value", "value": value}),
        MetricTarget::AverageValue(value) => json!({"type": "AverageValue", "averageValue": value}),
        MetricTarget::Utilization(percent) => {
            json!({"type": "Utilization", "averageUtilization": percent})
        }
    };
    let name = &spec.name.0;
    match &spec.source {
        MetricSource::External => json!({"type": "External", "name": name, "target": target}),
        MetricSource::Resource { .. } => {
            json!({"type": "Resource", "name": name, "target": target})
        }
        MetricSource::ContainerResource { container, .. } => {
            json!({"type": "ContainerResource", "name": name, "container": container, "target": target})
        }
    }
}

fn metric_name(input: &Value, expect: &Value) -> Verdict {
    match parsed(input) {
        Ok(trigger) => {
            let names: Vec<String> =
                trigger.metric_specs().into_iter().map(|spec| spec.name.0).collect();
            Verdict::equal("name", &names, &vec![text(expect, "name").to_owned()])
        }
        Err(codes) => Verdict::Failed(format!("refused: {codes:?}")),
    }
}

fn metric_quantity_served(input: &Value, expect: &Value) -> Verdict {
    let served = metric_quantity(input["value"].as_f64().expect("a number"));
    Verdict::equal("quantity", &served, &text(expect, "quantity").to_owned())
}

/// What a trigger reads from one response: its only value, and whether it is active.
fn read(trigger: &dyn Trigger, response: &Response) -> Option<(MilliUnits, bool)> {
    let reading = trigger.reading(response, &mut TriggerMemory::default()).ok()?;
    let value = reading.values.values().next().copied()?;
    Some((value, reading.active))
}

fn rabbitmq(settings: &[(&str, String)]) -> Box<dyn Trigger> {
    let mut metadata = texts(&json!({"host": "http://h", "queueName": "q"}));
    metadata.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    parsed(&json!({"type": "rabbitmq", "metadata": metadata})).expect("a valid trigger")
}

fn http(body: &Value) -> Response {
    Response::Http(HttpResponse { status: 200, body: body.to_string().into_bytes() })
}

/// A queue as RabbitMQ's management API describes it.
fn queue(queue: &Value) -> Value {
    json!({
        "messages": queue["messages"], "messages_ready": queue["ready"].as_i64().unwrap_or_default(),
        "message_stats": {
            "publish_details": {"rate": queue["publishRate"]},
            "deliver_get_details": {"rate": queue["deliverGetRate"]},
        },
    })
}

fn rabbitmq_value(input: &Value, expect: &Value) -> Verdict {
    let trigger = rabbitmq(&[
        ("mode", text(input, "mode").to_owned()),
        ("value", "20".to_owned()),
        ("activationValue", input["activationValue"].to_string()),
    ]);
    let reading = read(&*trigger, &http(&queue(input)));
    let metric: f64 = text(expect, "metric").parse().expect("a number");
    let active = expect["active"].as_bool().expect("a boolean");
    Verdict::equal("reading", &reading, &Some((metric_milli_units(metric), active)))
}

fn rabbitmq_aggregate(input: &Value, expect: &Value) -> Verdict {
    let queues: Vec<Value> =
        input["queues"].as_array().expect("queues").iter().map(queue).collect();
    let page = http(&json!({"page_count": 1, "items": queues}));
    for (field, mode, ready_only) in [
        ("messages", "QueueLength", false),
        ("ready", "QueueLength", true),
        ("publishRate", "MessageRate", false),
        ("deliverGetRate", "DeliverGetRate", false),
    ] {
        let trigger = rabbitmq(&[
            ("mode", mode.to_owned()),
            ("value", "1".to_owned()),
            ("useRegex", "true".to_owned()),
            ("excludeUnacknowledged", ready_only.to_string()),
            ("operation", text(input, "operation").to_owned()),
        ]);
        let ours = read(&*trigger, &page).map(|(value, _)| value);
        let theirs = expect[field].as_f64().map(metric_milli_units);
        if ours != theirs {
            return Verdict::equal(field, &ours, &theirs);
        }
    }
    Verdict::Passed
}

fn rabbitmq_vhost(input: &Value, expect: &Value) -> Verdict {
    let path = text(input, "path");
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    let trigger = rabbitmq(&[
        ("host", format!("http://h{slash}{path}")),
        ("vhostName", text(input, "vhostName").to_owned()),
    ]);
    let Request::Http(request) = trigger.request() else {
        return Verdict::Failed(format!("asks {:?}", trigger.request()));
    };
    let (base, vhost) = (text(expect, "basePath"), text(expect, "vhostPath"));
    let theirs = format!("http://h{base}/api/queues{vhost}/q");
    Verdict::equal("url", &request.url.reveal().to_owned(), &theirs)
}

fn kafka_lag_of_last_poll(input: &Value, expect: &Value) -> Verdict {
    let flag = |name: &str| input[name].as_bool().unwrap_or_default();
    let rules = kafka_lag::Rules {
        lag_threshold: input["lagThreshold"].as_i64().expect("a number"),
        reset: match text(input, "offsetResetPolicy") {
            "earliest" => kafka_lag::OffsetReset::Earliest,
            _ => kafka_lag::OffsetReset::Latest,
        },
        allow_idle_consumers: flag("allowIdleConsumers"),
        exclude_persistent_lag: flag("excludePersistentLag"),
        scale_to_zero_on_invalid_offset: flag("scaleToZeroOnInvalidOffset"),
        limit_to_partitions_with_lag: flag("limitToPartitionsWithLag"),
        ensure_even_distribution: flag("ensureEvenDistributionOfPartitions"),
    };
    let mut committed = BTreeMap::new();
    let mut lag = kafka_lag::Lag { metric: 0, activity: 0 };
    for poll in input["polls"].as_array().expect("polls") {
        let partitions: Vec<_> =
            poll.as_array().expect("partitions").iter().map(partition).collect();
        lag = rules.total(&partitions, &mut committed);
    }
    let theirs = (expect["metric"].as_i64(), expect["activityLag"].as_i64());
    if (Some(lag.metric), Some(lag.activity)) != theirs {
        return Verdict::equal("lag", &(Some(lag.metric), Some(lag.activity)), &theirs);
    }
    let threshold = input["activationLagThreshold"].as_i64().expect("a number");
    Verdict::equal("active", &Some(lag.activity > threshold), &expect["active"].as_bool())
}

fn partition(partition: &Value) -> upswell_triggers::PartitionOffsets {
    upswell_triggers::PartitionOffsets {
        topic: "topic".to_owned(),
        partition: partition["partition"].as_i64().expect("a number") as i32,
        committed: partition["committed"].as_i64().filter(|offset| *offset >= 0),
        latest: partition["latest"].as_i64(),
    }
}

fn kafka_factors(input: &Value, expect: &Value) -> Verdict {
    let factors = kafka_lag::factors(input["n"].as_i64().expect("a number"));
    Verdict::equal("factors", &json!(factors), &expect["factors"])
}

fn kafka_even_distribution(input: &Value, expect: &Value) -> Verdict {
    let number = |field: &str| input[field].as_i64().expect("a number");
    let consumers =
        kafka_lag::even_consumers(number("totalLag"), number("partitions"), number("lagThreshold"));
    Verdict::equal("consumers", &Some(consumers), &expect["consumers"].as_i64())
}

fn kafka_partition_limitation(input: &Value, expect: &Value) -> Verdict {
    let partitions = kafka_lag::partitions(text(input, "value")).ok();
    let theirs = expect["ok"].as_bool().unwrap_or_default().then(|| expect["partitions"].clone());
    Verdict::equal("partitions", &partitions.map(|list| json!(list)), &theirs)
}

fn cron_value(input: &Value, expect: &Value) -> Verdict {
    let metadata = ["start", "end", "timezone", "desiredReplicas"];
    let metadata: Map<String, Value> =
        metadata.iter().map(|key| ((*key).to_owned(), input[*key].clone())).collect();
    let trigger = match parsed(&json!({"type": "cron", "metadata": metadata})) {
        Ok(trigger) => trigger,
        Err(codes) => return Verdict::Failed(format!("refused: {codes:?}")),
    };
    let now = text(input, "now").parse().expect("an instant");
    let reading = read(&*trigger, &Response::Clock(Timestamp::from_jiff(now)));
    let theirs = expect["ok"].as_bool().unwrap_or_default().then(|| {
        let metric: f64 = text(expect, "metric").parse().expect("a number");
        (metric_milli_units(metric), expect["active"].as_bool().expect("a boolean"))
    });
    Verdict::equal("reading", &reading, &theirs)
}
