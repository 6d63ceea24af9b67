//! Queues as RabbitMQ's management API tells them.
//!
//! Source: KEDA main at 8b4f083, rabbitmq_scaler.go.

use serde::Deserialize;

use crate::response::HttpResponse;
use crate::trigger::ReadError;
use crate::url_text::{UrlParts, query_escape};

/// What counts of a queue; rates are messages a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Queue {
    /// Ready and unacknowledged messages.
    pub(super) messages: i64,
    pub(super) ready: i64,
    pub(super) publish_rate: f64,
    pub(super) deliver_rate: f64,
}

/// The body for one queue.
#[derive(Deserialize)]
struct QueueBody {
    messages: i64,
    #[serde(default)]
    messages_ready: i64,
    #[serde(default)]
    message_stats: Stats,
}

/// Absent for a queue that has never seen a message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stats {
    publish_details: Rate,
    deliver_get_details: Rate,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rate {
    rate: f64,
}

/// The body for the queues that match a regular expression.
#[derive(Deserialize)]
struct Page {
    items: Vec<QueueBody>,
    #[serde(default)]
    page_count: i64,
}

impl Queue {
    pub(super) fn with_messages(messages: i64) -> Self {
        Self { messages, ready: messages, ..Self::default() }
    }
}

impl From<QueueBody> for Queue {
    fn from(body: QueueBody) -> Self {
        Self {
            messages: body.messages,
            ready: body.messages_ready,
            publish_rate: body.message_stats.publish_details.rate,
            deliver_rate: body.message_stats.deliver_get_details.rate,
        }
    }
}

/// Returns `…/api/queues/<vhost>` for a host whose last path segment is the vhost.
pub(super) fn management_url(host: &UrlParts<'_>, vhost_name: Option<&str>) -> String {
    let (before, last) = host.path.rsplit_once('/').unwrap_or(("", host.path));
    let vhost = match vhost_name {
        Some(name) => query_escape(name),
        None if last.is_empty() => "%2F".to_owned(),
        None => last.to_owned(),
    };
    let segments = before.split('/').filter(|segment| !segment.is_empty());
    let base: String = segments.map(|segment| format!("/{segment}")).collect();
    format!("{}://{}{base}/api/queues/{vhost}", host.scheme, host.host)
}

/// Decodes the body for one queue.
pub(super) fn one(http: &HttpResponse) -> Result<Queue, ReadError> {
    decode::<QueueBody>(http).map(Queue::from)
}

/// Decodes the body for several queues, and combines them.
pub(super) fn combined(http: &HttpResponse, operation: &str) -> Result<Queue, ReadError> {
    let page: Page = decode(http)?;
    if page.page_count > 1 {
        let reason = "the regular expression matches more queues than `pageSize`";
        return Err(ReadError::unusable(reason));
    }
    let queues: Vec<Queue> = page.items.into_iter().map(Queue::from).collect();
    if queues.is_empty() {
        return Ok(Queue::default());
    }
    match operation {
        "sum" => Ok(sum(&queues)),
        "avg" => Ok(average(&queues)),
        "max" => Ok(maximum(&queues)),
        _ => Err(ReadError::unusable("`operation` is none of `sum`, `avg`, `max`")),
    }
}

fn decode<'a, T: Deserialize<'a>>(http: &'a HttpResponse) -> Result<T, ReadError> {
    if http.status != 200 {
        return Err(ReadError::HttpStatus { status: http.status });
    }
    serde_json::from_slice(&http.body)
        .map_err(|error| ReadError::malformed("RabbitMQ's description of a queue", error))
}

fn fold(queues: &[Queue], count: fn(i64, i64) -> i64, rate: fn(f64, f64) -> f64) -> Queue {
    queues.iter().fold(Queue::default(), |so_far, queue| Queue {
        messages: count(so_far.messages, queue.messages),
        ready: count(so_far.ready, queue.ready),
        publish_rate: rate(so_far.publish_rate, queue.publish_rate),
        deliver_rate: rate(so_far.deliver_rate, queue.deliver_rate),
    })
}

fn sum(queues: &[Queue]) -> Queue {
    fold(queues, i64::saturating_add, |a, b| a + b)
}

fn maximum(queues: &[Queue]) -> Queue {
    fold(queues, i64::max, f64::max)
}

/// Whole messages are divided as integers; there is at least one queue.
fn average(queues: &[Queue]) -> Queue {
    let (sum, count) = (sum(queues), queues.len());
    Queue {
        messages: sum.messages / count as i64,
        ready: sum.ready / count as i64,
        publish_rate: sum.publish_rate / count as f64,
        deliver_rate: sum.deliver_rate / count as f64,
    }
}
