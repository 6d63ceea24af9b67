//! `redis`, `redis-cluster`, `redis-sentinel`: the length of a list, set, sorted set or hash.
//! KEDA's `redis` scalers.
//!
//! A missing key is an empty list. Source: KEDA main at 8b4f083, redis_scaler.go.

use serde_json::{Value, json};

use crate::fault::FaultClass;
use crate::reader::{A, Common, MAE, MEA, Reader};
use crate::request::{RedisQuery, RedisRequest, RedisServer, RedisTopology, Request, Tls};
use crate::response::{RedisReply, RedisType, Response};
use crate::switch::Switch;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

#[derive(Debug)]
struct Redis {
    common: Common,
    server: RedisServer,
    list_name: String,
    activation_list_length: i64,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let list_name = read.parameter("listName").text().required();
    let list_length = read.parameter("listLength").integer().or(5);
    let activation_list_length = read.parameter("activationListLength").integer().or(0);
    let server = server(read);
    let common = read.external(&format!("redis-{list_name}"), list_length.to_string());
    Box::new(Redis { common, server, list_name, activation_list_length })
}

impl Trigger for Redis {
    common_trigger_parts!();

    fn request(&self) -> Request {
        let query = RedisQuery::Length { key: self.list_name.clone() };
        Request::Redis(RedisRequest { server: self.server.clone(), query })
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Redis(RedisReply::Key { holds, length }) = response else {
            return Err(ReadError::expected("Redis, about a key's length"));
        };
        let length = match holds {
            RedisType::Missing => 0,
            RedisType::List | RedisType::Set | RedisType::SortedSet | RedisType::Hash => *length,
            RedisType::Other(other) => {
                return Err(ReadError::unusable(format!(
                    "`{}` holds a {other}, which has no length here",
                    self.list_name
                )));
            }
        };
        self.common.reading(length as f64, length > self.activation_list_length)
    }
}

/// Reads how to reach Redis; the trigger's type says which topology.
pub(super) fn server(read: &mut Reader<'_>) -> RedisServer {
    let database = read.parameter("databaseIndex").integer().or_zero();
    let endpoints = endpoints(read);
    let username = read.parameter("username").from(MEA).text().optional();
    let password = read.parameter("password").from(MEA).secret().optional();
    let sentinel_username = read.parameter("sentinelUsername").from(MAE).text().optional();
    let sentinel_password = read.parameter("sentinelPassword").from(MAE).secret().optional();
    let master = read.parameter("sentinelMaster").from(MAE).text().or_zero();
    let tls = tls(read);
    let kind = read.kind();
    let topology = if kind.contains("sentinel") {
        RedisTopology::Sentinel { master, username: sentinel_username, password: sentinel_password }
    } else if kind.contains("cluster") {
        RedisTopology::Cluster
    } else {
        RedisTopology::Single
    };
    RedisServer { topology, endpoints, database, username, password, tls }
}

/// Reads `address`, and appends `host` with `port`; a single server is the first of them.
fn endpoints(read: &mut Reader<'_>) -> Vec<String> {
    let mut addresses = read.parameter("address").alias("addresses").from(MAE).list().or_zero();
    let hosts = read.parameter("host").alias("hosts").from(MEA).list().or_zero();
    let ports = read.parameter("port").alias("ports").from(MEA).list().or_zero();
    if !hosts.is_empty() && !ports.is_empty() {
        if hosts.len() == ports.len() {
            addresses.extend(hosts.iter().zip(&ports).map(|(host, port)| join(host, port)));
        } else {
            let message = format!("{} hosts, but {} ports", hosts.len(), ports.len());
            read.fault(FaultClass::LengthMismatch, "hosts", message);
            return addresses;
        }
    }
    if addresses.first().is_none_or(String::is_empty) {
        let fault = read.fault(FaultClass::MissingRequired, "address", "`address` is missing");
        fault.help = Some("set `address` to `host:port`, or `host` and `port`".to_owned());
    }
    read.set("address", json!(addresses));
    read.settings().compute("endpoints", json!(addresses));
    addresses
}

/// Joins host and port; an IPv6 address gets its brackets.
fn join(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn tls(read: &mut Reader<'_>) -> Option<Tls> {
    let enable_tls = read.parameter("enableTLS").boolean().optional();
    let tls = read.parameter("tls").from(A).choice::<Switch>().optional();
    if enable_tls.is_some() && tls.is_some() {
        let message = "TLS is set both in the metadata and in the trigger authentication";
        read.fault(FaultClass::Conflict, "tls", message);
    }
    let certificates = Tls {
        ca: read.parameter("ca").from(A).secret().optional(),
        cert: read.parameter("Cert").alias("cert").from(A).secret().optional(),
        key: read.parameter("key").from(A).secret().optional(),
        key_password: read.parameter("keyPassword").from(A).secret().optional(),
        skip_verification: read.parameter("unsafeSsl").boolean().or(false),
    };
    let enabled = enable_tls.unwrap_or(tls == Some(Switch::Enable));
    // Upstream folds both into one switch, which alone is effective.
    read.set("enableTLS", Value::Null);
    read.set("tls", Value::Null);
    read.settings().compute("tlsEnabled", json!(enabled));
    enabled.then_some(certificates)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, refused, trigger};
    use super::*;

    const METADATA: &[(&str, &str)] = &[("address", "r:6379"), ("listName", "jobs")];

    fn server(kind: &str, more: &[(&str, &str)]) -> RedisServer {
        match trigger(kind, &[METADATA, more].concat()).request() {
            Request::Redis(RedisRequest { server, .. }) => server,
            other => panic!("asks {other:?}"),
        }
    }

    #[test]
    fn every_type_with_a_length_counts_and_a_missing_key_is_empty() {
        let trigger = trigger("redis", &[METADATA, &[("activationListLength", "3")]].concat());
        for (holds, length, expected) in [
            (RedisType::List, 4, Some((4_000, true))),
            (RedisType::Set, 3, Some((3_000, false))),
            (RedisType::SortedSet, 9, Some((9_000, true))),
            (RedisType::Hash, 9, Some((9_000, true))),
            (RedisType::Missing, 0, Some((0, false))),
            (RedisType::Other("stream".to_owned()), 9, None),
        ] {
            let reply = Response::Redis(RedisReply::Key { holds: holds.clone(), length });
            assert_eq!(read(&*trigger, &reply).ok(), expected, "{holds:?}");
        }
        assert!(read(&*trigger, &Response::Redis(RedisReply::StreamLength(4))).is_err());
    }

    #[test]
    fn the_type_says_the_topology() {
        assert_eq!(server("redis", &[]).topology, RedisTopology::Single);
        assert_eq!(server("redis-cluster", &[]).topology, RedisTopology::Cluster);
        let sentinel = server("redis-sentinel", &[("sentinelMaster", "m")]).topology;
        assert!(matches!(sentinel, RedisTopology::Sentinel { master, .. } if master == "m"));
    }

    #[test]
    fn hosts_and_ports_follow_the_addresses() {
        let server = server("redis-cluster", &[("hosts", "a, ::1"), ("ports", "1, 2")]);
        assert_eq!(server.endpoints, ["r:6379", "a:1", "[::1]:2"]);
        let metadata = [METADATA, &[("hosts", "a,b"), ("ports", "1")]].concat();
        assert_eq!(refused("redis", &metadata), ["length-mismatch"]);
    }

    #[test]
    fn tls_is_off_unless_turned_on() {
        assert_eq!(server("redis", &[("unsafeSsl", "true")]).tls, None);
        let tls = server("redis", &[("enableTLS", "true"), ("unsafeSsl", "true")]).tls;
        assert!(tls.is_some_and(|tls| tls.skip_verification));
    }
}
