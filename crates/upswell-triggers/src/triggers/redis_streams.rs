//! `redis-streams`, `redis-cluster-streams`, `redis-sentinel-streams`: entries of a Redis stream.
//! KEDA's `redis-streams` scalers.
//!
//! Without `consumerGroup` the length of the stream; with it the entries that wait for an
//! acknowledgement; with `lagCount` too the group's lag, which needs Redis 7. A group that does
//! not exist yet lags by the whole stream. Source: KEDA main at 8b4f083, redis_streams_scaler.go;
//! where Redis cannot tell the lag (after deletions), upstream reads zero and this fails.

use serde_json::json;

use super::redis;
use crate::reader::{Common, Reader};
use crate::request::{RedisQuery, RedisRequest, RedisServer, Request};
use crate::response::{RedisReply, Response};
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

/// The first version of Redis that knows a group's lag.
const LAG_VERSION_MAJOR: u32 = 7;

#[derive(Debug)]
struct RedisStreams {
    common: Common,
    server: RedisServer,
    query: RedisQuery,
    activation_lag_count: i64,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let stream = read.parameter("stream").text().required();
    let group = read.parameter("consumerGroup").text().optional();
    let pending = read.parameter("pendingEntriesCount").integer().or(5);
    let length = read.parameter("streamLength").integer().or(5);
    let lag = read.parameter("lagCount").integer().or_zero();
    let activation_lag_count = read.parameter("activationLagCount").integer().or(0);
    let server = redis::server(read);
    let base = format!("redis-streams-{stream}");
    let (scale_by, target, query) = match group {
        None => ("streamLength", length, RedisQuery::StreamLength { stream }),
        Some(group) if lag != 0 => ("lag", lag, RedisQuery::GroupLag { stream, group }),
        Some(group) => ("pendingEntries", pending, RedisQuery::Pending { stream, group }),
    };
    read.set("streamLength", if scale_by == "streamLength" { length } else { 0 });
    read.set("pendingEntriesCount", if scale_by == "pendingEntries" { pending } else { 0 });
    read.settings().compute("scaleBy", json!(scale_by));
    let common = read.external(&base, target.to_string());
    Box::new(RedisStreams { common, server, query, activation_lag_count })
}

impl Trigger for RedisStreams {
    common_trigger_parts!();

    fn request(&self) -> Request {
        let (server, query) = (self.server.clone(), self.query.clone());
        Request::Redis(RedisRequest { server, query })
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Redis(reply) = response else {
            return Err(ReadError::expected("Redis"));
        };
        let count = match (&self.query, reply) {
            (RedisQuery::StreamLength { .. }, RedisReply::StreamLength(length)) => *length,
            (RedisQuery::Pending { .. }, RedisReply::Pending(count)) => *count,
            (RedisQuery::GroupLag { group, .. }, RedisReply::Groups { .. }) => {
                group_lag(group, reply)?
            }
            _ => return Err(ReadError::expected("Redis, about the stream")),
        };
        self.common.reading(count as f64, count > self.activation_lag_count)
    }
}

fn group_lag(group: &str, reply: &RedisReply) -> Result<i64, ReadError> {
    let RedisReply::Groups { version_major, lags, length } = reply else {
        return Err(ReadError::expected("Redis, about the stream's groups"));
    };
    if *version_major < LAG_VERSION_MAJOR {
        return Err(ReadError::unusable(format!(
            "`lagCount` needs Redis {LAG_VERSION_MAJOR}, the server is {version_major}"
        )));
    }
    let Some(lags) = lags else { return Ok(0) };
    match lags.get(group) {
        Some(Some(lag)) => Ok(*lag),
        Some(None) => Err(ReadError::unusable(format!("Redis cannot tell the lag of `{group}`"))),
        None => Ok(*length),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, trigger};
    use super::*;

    fn stream(more: &[(&str, &str)]) -> Box<dyn Trigger> {
        trigger("redis-streams", &[&[("address", "r:1"), ("stream", "s")], more].concat())
    }

    fn groups(version_major: u32, lag: Option<Option<i64>>) -> Response {
        let lags = lag.map(|lag| [("g".to_owned(), lag)].into());
        Response::Redis(RedisReply::Groups { version_major, lags, length: 70 })
    }

    #[test]
    fn the_settings_choose_what_is_asked() {
        let group = ("consumerGroup", "g");
        for (more, target, scale_by) in [
            (&[("streamLength", "9"), ("lagCount", "7")][..], "9", "streamLength"),
            (&[group, ("pendingEntriesCount", "8"), ("lagCount", "0")], "8", "pendingEntries"),
            (&[group, ("lagCount", "7")], "7", "lag"),
        ] {
            let trigger = stream(more);
            let expected = crate::MetricTarget::AverageValue(target.to_owned());
            assert_eq!(trigger.metric_specs()[0].target, expected);
            assert_eq!(trigger.settings().computed_revealed()["scaleBy"], scale_by);
        }
    }

    #[test]
    fn a_lag_is_read_from_redis_7_on() {
        let trigger = stream(&[("consumerGroup", "g"), ("lagCount", "7")]);
        assert_eq!(read(&*trigger, &groups(7, Some(Some(5)))), Ok((5_000, true)));
        assert!(read(&*trigger, &groups(6, Some(Some(5)))).is_err());
        assert!(read(&*trigger, &groups(7, Some(None))).is_err(), "Redis cannot tell");
        assert_eq!(read(&*trigger, &groups(7, None)), Ok((0, false)), "there is no stream");
    }

    #[test]
    fn a_group_that_does_not_exist_lags_by_the_whole_stream() {
        let trigger = stream(&[("consumerGroup", "other"), ("lagCount", "7")]);
        assert_eq!(read(&*trigger, &groups(7, Some(Some(5)))), Ok((70_000, true)));
    }

    #[test]
    fn an_answer_to_another_question_is_refused() {
        let trigger = stream(&[("consumerGroup", "g")]);
        let pending = Response::Redis(RedisReply::Pending(3));
        assert_eq!(read(&*trigger, &pending), Ok((3_000, true)));
        assert!(read(&*trigger, &Response::Redis(RedisReply::StreamLength(3))).is_err());
    }
}
