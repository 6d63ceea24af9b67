//! What to ask, of which server: plain data that an edge carries and a simulator answers itself.
//!
//! A request names a transport, not a trigger. Requests compare and order, so that an edge can
//! share connections between equal servers; `Debug` shows no secret.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::Duration;

use crate::secret::Secret;
use crate::selector::LabelSelector;

/// What a trigger wants to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// What time it is.
    Clock,
    /// Nothing: the autoscaler reads the resource metrics API itself (`cpu`, `memory`).
    ResourceMetrics,
    /// The body at a URL.
    Http(HttpRequest),
    /// The body at a URL of every ready endpoint of a Kubernetes Service.
    HttpEachEndpoint(EndpointsRequest),
    /// The result of a PromQL instant query.
    PromQl(PromQlRequest),
    /// A fact about one Redis key.
    Redis(RedisRequest),
    /// The first column of the first row of an SQL query.
    Sql(SqlRequest),
    /// The offsets of a Kafka consumer group.
    Kafka(KafkaRequest),
    /// The ready messages of an AMQP 0-9-1 queue, by passive declaration.
    Amqp(AmqpRequest),
    /// The attributes of an Amazon SQS queue.
    Sqs(SqsRequest),
    /// The state of a NATS JetStream consumer, as its leader sees it.
    JetStream(JetStreamRequest),
    /// The pods of a namespace that match a selector.
    Pods(PodsRequest),
    /// Specs, values and activity of an external scaler (gRPC `externalscaler.ExternalScaler`).
    ExternalScaler(ExternalScalerRequest),
}

/// An HTTP GET.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRequest {
    /// Where.
    pub url: Url,
    /// Headers to send, beside those of the login.
    pub headers: BTreeMap<String, Secret>,
    /// How to log in.
    pub login: Option<HttpLogin>,
    /// How to trust and to be trusted; absent for the system's defaults.
    pub tls: Option<Tls>,
    /// How long to wait for the answer; absent for the edge's default (KEDA: 3 s).
    pub timeout: Option<Duration>,
}

/// A URL that may carry credentials: `Debug` and `Display` show neither its user nor its query.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url(Secret);

impl Url {
    /// Returns the whole URL.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl From<String> for Url {
    fn from(text: String) -> Self {
        Self(Secret::from(text))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.reveal();
        let (base, query) = text.split_once('?').map_or((text, ""), |(base, _)| (base, "?…"));
        // Without a scheme nothing tells a user from a host, so the last `@` decides.
        let (scheme, rest) = base.split_once("://").map_or(("", base), |(s, rest)| (s, rest));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let separator = if scheme.is_empty() { "" } else { "://" };
        write!(f, "{scheme}{separator}{host}{query}")
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Certificates in PEM, and how much to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tls {
    /// Authorities to trust beside the system's.
    pub ca: Option<Secret>,
    /// The client's certificate.
    pub cert: Option<Secret>,
    /// The client's key.
    pub key: Option<Secret>,
    /// What the key is encrypted with.
    pub key_password: Option<Secret>,
    /// Whether to skip the verification of the server.
    pub skip_verification: bool,
}

/// How to log in to an HTTP server: what the `Authorization` header holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HttpLogin {
    /// User and password.
    Basic {
        /// The user.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// A bearer token.
    Bearer(Secret),
    /// A bearer token to fetch first.
    Token(TokenSource),
}

/// Where a bearer token comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenSource {
    /// OAuth 2 client credentials.
    ClientCredentials {
        /// The token endpoint.
        token_url: Url,
        /// The client.
        client_id: String,
        /// Its secret.
        client_secret: Option<Secret>,
        /// Scopes to ask for.
        scopes: Vec<String>,
        /// Further form parameters.
        parameters: BTreeMap<String, Vec<String>>,
    },
    /// The pod identity of a cloud.
    PodIdentity {
        /// `azure-workload`, `gcp`, `aws`.
        provider: String,
        /// The resource that the token is for.
        resource: Option<String>,
    },
}

/// An HTTP GET of every ready endpoint address of a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointsRequest {
    /// Name of the Service.
    pub service: String,
    /// Namespace of the Service.
    pub namespace: String,
    /// What to send; the edge puts each endpoint's address in the place of the URL's host.
    pub http: HttpRequest,
}

/// A PromQL instant query at the server's current time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PromQlRequest {
    /// The query, as the user wrote it.
    pub query: String,
    /// The same as an HTTP GET of the Prometheus API.
    pub http: HttpRequest,
}

/// A question about one Redis key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RedisRequest {
    /// Which server.
    pub server: RedisServer,
    /// What to ask.
    pub query: RedisQuery,
}

/// A Redis deployment and how to log in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RedisServer {
    /// How its nodes work together.
    pub topology: RedisTopology,
    /// `host:port` of the nodes (of the sentinels). A single server is the first of them.
    pub endpoints: Vec<String>,
    /// The database; a cluster has none.
    pub database: i64,
    /// The user to log in as.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Present if the connection is encrypted.
    pub tls: Option<Tls>,
}

/// How the nodes of a Redis deployment work together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedisTopology {
    /// One server.
    Single,
    /// A cluster that answers with redirections.
    Cluster,
    /// Sentinels that know the master.
    Sentinel {
        /// Name of the master.
        master: String,
        /// The user to log in to the sentinels as.
        username: Option<String>,
        /// Its password.
        password: Option<Secret>,
    },
}

/// What to ask about one Redis key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedisQuery {
    /// `TYPE`, and the length by the command of that type; answered by `RedisReply::Key`.
    Length {
        /// The key.
        key: String,
    },
    /// `XLEN`; answered by `RedisReply::StreamLength`.
    StreamLength {
        /// The key.
        stream: String,
    },
    /// `XPENDING`, the summary's count; answered by `RedisReply::Pending`.
    Pending {
        /// The key.
        stream: String,
        /// The consumer group.
        group: String,
    },
    /// `INFO server`, `XINFO GROUPS` and `XLEN`; answered by `RedisReply::Groups`.
    GroupLag {
        /// The key.
        stream: String,
        /// The consumer group.
        group: String,
    },
}

/// An SQL query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SqlRequest {
    /// Which database.
    pub database: SqlDatabase,
    /// The query, as the user wrote it.
    pub query: String,
}

/// An SQL database and how to log in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SqlDatabase {
    /// PostgreSQL.
    Postgresql {
        /// A libpq connection string, as keywords or as a URL.
        connection: Secret,
        /// Whether the password is a token of the pod identity, to be added by the edge.
        token_as_password: bool,
    },
    /// MySQL by a data source name of Go's driver: `user:password@tcp(host:port)/database`.
    MysqlDsn(Secret),
    /// MySQL by its parts.
    Mysql {
        /// Host name.
        host: String,
        /// Port, as written.
        port: String,
        /// The user.
        username: String,
        /// Its password.
        password: Secret,
        /// The database.
        database: String,
    },
}

/// A question for the offsets of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KafkaRequest {
    /// Brokers to start from, `host:port`.
    pub bootstrap_servers: Vec<String>,
    /// The consumer group.
    pub consumer_group: String,
    /// Topics to read; empty for all topics to which the group is subscribed.
    pub topics: Vec<String>,
    /// Partitions to read; empty for all.
    pub partitions: Vec<i32>,
    /// Whether to fetch the metadata of all topics, not only of those above.
    pub full_metadata: bool,
    /// Protocol version; absent for what the brokers offer.
    pub version: Option<String>,
    /// How to log in.
    pub sasl: Sasl,
    /// Present if the connection is encrypted.
    pub tls: Option<Tls>,
}

/// How to log in to Kafka.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sasl {
    /// Not at all.
    None,
    /// User and password.
    Password {
        /// `plaintext`, `scram_sha256`, `scram_sha512`.
        mechanism: &'static str,
        /// The user.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// A token from an OAuth 2 endpoint.
    OauthBearer {
        /// The client.
        username: String,
        /// Its secret.
        password: Secret,
        /// The token endpoint.
        token_url: Url,
        /// Scopes to ask for.
        scopes: Vec<String>,
        /// Extensions to send along.
        extensions: BTreeMap<String, String>,
    },
    /// Kerberos.
    Gssapi {
        /// The user.
        username: String,
        /// Its password, unless there is a keytab.
        password: Option<Secret>,
        /// The keytab, unless there is a password.
        keytab: Option<Secret>,
        /// The realm.
        realm: String,
        /// Text of the Kerberos configuration file.
        config: Secret,
        /// Name of the service; absent for `kafka`.
        service_name: Option<String>,
        /// Whether FAST pre-authentication is off.
        disable_fast: bool,
    },
    /// A mechanism that may be written but that no client can do; the reading fails.
    Unsupported {
        /// `gssapi` of `apache-kafka`.
        mechanism: &'static str,
    },
    /// A token signed with AWS credentials.
    AwsMskIam {
        /// The region.
        region: String,
        /// The credentials.
        credentials: AwsCredentials,
    },
}

/// How to prove oneself to AWS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AwsCredentials {
    /// The identity under which this process runs.
    Operator,
    /// The pod identity, in a role if one is given.
    PodIdentity {
        /// The role to take.
        role_arn: Option<String>,
    },
    /// A role to take from the operator's own identity.
    Role {
        /// The role.
        role_arn: String,
    },
    /// A static key.
    Keys {
        /// The key's id.
        access_key_id: String,
        /// The key.
        secret_access_key: Secret,
        /// The token of a temporary key.
        session_token: Option<Secret>,
    },
}

/// A passive declaration of a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmqpRequest {
    /// `amqp://` or `amqps://` URL with its credentials.
    pub url: Url,
    /// The virtual host, where it is not the URL's.
    pub vhost: Option<String>,
    /// User and password, where they are not the URL's.
    pub login: Option<(String, Secret)>,
    /// The queue.
    pub queue: String,
    /// Certificates; absent for the system's defaults.
    pub tls: Option<Tls>,
    /// The name under which the server lists the connection.
    pub connection_name: String,
}

/// A `GetQueueAttributes` call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SqsRequest {
    /// URL of the queue, or its bare name.
    pub queue_url: String,
    /// The region.
    pub region: String,
    /// Another endpoint than the region's own.
    pub endpoint: Option<String>,
    /// How to sign.
    pub credentials: AwsCredentials,
    /// Attributes to ask for.
    pub attributes: Vec<&'static str>,
}

/// A question for the state of a JetStream consumer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JetStreamRequest {
    /// `jsz` of the server that the user names. In a cluster the edge asks the consumer's leader.
    pub http: HttpRequest,
    /// The stream.
    pub stream: String,
    /// The consumer.
    pub consumer: String,
}

/// A question for pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodsRequest {
    /// Namespace of the pods.
    pub namespace: String,
    /// Which pods.
    pub selector: LabelSelector,
}

/// A call of an external scaler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalScalerRequest {
    /// `host:port` of the scaler.
    pub address: String,
    /// Present if the connection is encrypted.
    pub tls: Option<Tls>,
    /// Namespace of the object; the world that asks adds the object's name.
    pub namespace: String,
    /// What the scaler is told, the values of environment variables included.
    pub metadata: BTreeMap<String, Secret>,
    /// Whether to listen to `StreamIsActive` too.
    pub push: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_url_shows_neither_user_nor_query() {
        for (url, shown) in [
            ("http://u:p@h:1/path?apikey=k", "http://h:1/path?…"),
            ("amqp://user:p@ss@h/v", "amqp://h/v"),
            ("u:p@h", "h"),
            ("http://h/", "http://h/"),
        ] {
            assert_eq!(Url::from(url.to_owned()).to_string(), shown);
        }
    }
}
