//! What a source answered: plain data, filled in by an edge or by a simulator.

use std::collections::BTreeMap;

use upswell_units::Timestamp;

/// The answer to a [`Request`](crate::Request).
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// Answers `Clock`.
    Clock(Timestamp),
    /// Answers `Http`, `PromQl` and `JetStream`.
    Http(HttpResponse),
    /// Answers `HttpEachEndpoint`: one entry an endpoint, absent where it did not answer.
    HttpEachEndpoint(Vec<Option<HttpResponse>>),
    /// Answers `Redis`.
    Redis(RedisReply),
    /// Answers `Sql`: first column of the first row, absent if there is no row.
    Sql(Option<SqlValue>),
    /// Answers `Kafka`: every partition that was asked for.
    Kafka(Vec<PartitionOffsets>),
    /// Answers `Amqp`: the number of ready messages.
    Amqp(i64),
    /// Answers `Sqs`: attribute to value, as text.
    Sqs(BTreeMap<String, String>),
    /// Answers `Pods`.
    Pods(Vec<PodState>),
    /// Answers `ExternalScaler`.
    ExternalScaler(ExternalScalerReply),
}

/// An HTTP status and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status, such as 200.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// What Redis says about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisReply {
    /// The key's type and length.
    Key {
        /// What the key holds.
        holds: RedisType,
        /// How many entries; zero for a missing key.
        length: i64,
    },
    /// Entries of a stream; zero for a missing key.
    StreamLength(i64),
    /// Entries that were delivered to a group and not acknowledged.
    Pending(i64),
    /// The groups of a stream.
    Groups {
        /// Major version of the server.
        version_major: u32,
        /// Group to lag; the server says no lag after entries were deleted. Absent if there is
        /// no such key.
        lags: Option<BTreeMap<String, Option<i64>>>,
        /// Entries of the stream.
        length: i64,
    },
}

/// What a Redis key holds, as `TYPE` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisType {
    /// There is no such key.
    Missing,
    /// A list.
    List,
    /// A set.
    Set,
    /// A sorted set.
    SortedSet,
    /// A hash.
    Hash,
    /// Anything else, in Redis's word.
    Other(String),
}

/// A value of an SQL result.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// `NULL`.
    Null,
    /// A number of any type, boolean excluded.
    Number(f64),
    /// A text, or any other type rendered as text.
    Text(String),
}

/// Offsets of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionOffsets {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The group's committed offset; absent if it has committed none.
    pub committed: Option<i64>,
    /// The offset that the next message will get; absent if the broker said none.
    pub latest: Option<i64>,
}

/// What counts of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodState {
    /// Its phase: `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub phase: String,
    /// The node that it is assigned to.
    pub node: Option<String>,
}

/// What an external scaler says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExternalScalerReply {
    /// `GetMetricSpec`.
    pub specs: Vec<ExternalMetricSpec>,
    /// `GetMetrics` of each spec, by the spec's name.
    pub values: BTreeMap<String, Vec<ExternalMetricValue>>,
    /// `IsActive`.
    pub active: bool,
}

/// One metric of an external scaler.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalMetricSpec {
    /// The name, without `s<index>-`.
    pub name: String,
    /// The target in whole units.
    pub target_size: i64,
    /// The target; counts if it is above zero.
    pub target_size_float: f64,
}

/// One value of an external scaler's metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExternalMetricValue {
    /// The value in whole units.
    pub value: i64,
    /// The value; counts if it is above zero.
    pub value_float: f64,
}
