//! KEDA-compatible triggers, pure: what a trigger's metadata mean, what to ask of which server,
//! and what the answer is worth. No network, no clock.
//!
//! ```text
//! metadata, auth, env --parse--> Trigger --request--> Request   (an edge carries it,
//!                                   |                    |       a simulator answers itself)
//!                                   +----- reading <-- Response
//!                                             |
//!                                   values by metric name, active or not
//! ```
//!
//! A trigger is one file in `triggers/` and one line in `registry`. Its parameters are read by
//! the parameter reader, which finds all mistakes at once and knows the spans.
//! Reference: KEDA main at commit 8b4f083 (after 2.20.2).
//!
//! ```
//! use std::collections::BTreeMap;
//! use upswell_triggers::{Input, Metadata, RedisReply, RedisType, Response, TriggerMemory, parse};
//!
//! let metadata = Metadata::from_iter([("address", "redis:6379"), ("listName", "jobs")]);
//! let (auth, env) = (BTreeMap::new(), BTreeMap::new());
//! let input = Input::new("redis", &metadata, &auth, &env);
//! let trigger = parse(&input).expect("the metadata are complete");
//! assert_eq!(trigger.metric_specs()[0].name.0, "s0-redis-jobs");
//! let reply = Response::Redis(RedisReply::Key { holds: RedisType::List, length: 7 });
//! let reading = trigger.reading(&reply, &mut TriggerMemory::default()).expect("a list");
//! assert!(reading.active);
//! ```

mod aws;
mod cron_schedule;
mod fault;
mod http_auth;
mod input;
pub mod kafka_lag;
mod literal;
mod reader;
mod registry;
mod request;
mod response;
mod secret;
mod selector;
mod served;
mod settings;
mod sql;
mod switch;
mod trigger;
mod triggers;
mod url_text;
mod value_at;

pub use fault::{Fault, FaultClass};
pub use input::{Input, Metadata};
pub use reader::{ParameterDoc, Place};
pub use registry::{is_known, kinds, parameters, parse, unknown_keys};
pub use request::{
    AmqpRequest, AwsCredentials, EndpointsRequest, ExternalScalerRequest, HttpLogin, HttpRequest,
    JetStreamRequest, KafkaRequest, PodsRequest, PromQlRequest, RedisQuery, RedisRequest,
    RedisServer, RedisTopology, Request, Sasl, SqlDatabase, SqlRequest, SqsRequest, Tls,
    TokenSource, Url,
};
pub use response::{
    ExternalMetricSpec, ExternalMetricValue, ExternalScalerReply, HttpResponse, PartitionOffsets,
    PodState, RedisReply, RedisType, Response, SqlValue,
};
pub use secret::Secret;
pub use selector::LabelSelector;
pub use served::{metric_milli_units, metric_quantity};
pub use settings::Settings;
pub use trigger::{
    MetricSource, MetricSpec, MetricTarget, ReadError, Reading, Trigger, TriggerMemory,
};
