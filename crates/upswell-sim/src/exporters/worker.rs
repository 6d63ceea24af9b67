//! `llm_*`: a worker that takes requests from a queue and calls a model elsewhere.
//!
//! There is no standard for such workers. The first three names are those of the article that the
//! examples follow; the rest are what Prometheus's conventions make of the same: seconds, `_total`,
//! a label for the outcome. The times begin when the request entered the queue, except for
//! `llm_request_latency_ms`, which is around the call alone, and whose buckets end at 5 s.

use super::family::{Family, Kind, Table};
use super::replica::{Histogram, Replica, bucket, count, sum};
use crate::serve::{Buckets, Timed};

const SECONDS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0];

/// The histograms, in the order of the meters.
pub(super) const HISTOGRAMS: &[Histogram] = &[
    Histogram {
        name: "llm_request_latency_ms",
        buckets: Buckets { timed: Timed::Service, bounds_s: &[0.1, 0.5, 1.0, 2.0, 5.0] },
        per_second: 1000.0,
    },
    Histogram {
        name: "llm_request_duration_seconds",
        buckets: Buckets { timed: Timed::Total, bounds_s: SECONDS },
        per_second: 1.0,
    },
    Histogram {
        name: "llm_time_to_first_token_seconds",
        buckets: Buckets { timed: Timed::FirstToken, bounds_s: SECONDS },
        per_second: 1.0,
    },
];

const OUTCOMES: [&str; 2] = ["success", "timeout"];
const TOKENS: [&str; 2] = ["prompt", "completion"];

pub(super) const TABLE: Table<Replica> = Table {
    labels: &[],
    base: |_, _| (),
    families: &[
        Family {
            name: "llm_requests_total",
            kind: Kind::Counter,
            labels: &["outcome"],
            count: |_| OUTCOMES.len(),
            label: |_, index, labels| {
                labels.set("outcome", OUTCOMES[index]);
            },
            // A client library makes the series of an outcome when it first comes.
            value: |view, index| match index {
                0 => Some(view.meter.answered as f64),
                _ => Some(view.meter.timed_out as f64).filter(|count| *count > 0.0),
            },
        },
        Family::one("llm_queue_depth_per_pod", Kind::Gauge, |view, _| Some(view.waiting)),
        bucket::<0>("llm_request_latency_ms_bucket"),
        sum::<0>("llm_request_latency_ms_sum"),
        count::<0>("llm_request_latency_ms_count"),
        Family::one("llm_requests_in_flight", Kind::Gauge, |view, _| Some(view.in_flight.into())),
        bucket::<1>("llm_request_duration_seconds_bucket"),
        sum::<1>("llm_request_duration_seconds_sum"),
        count::<1>("llm_request_duration_seconds_count"),
        bucket::<2>("llm_time_to_first_token_seconds_bucket"),
        sum::<2>("llm_time_to_first_token_seconds_sum"),
        count::<2>("llm_time_to_first_token_seconds_count"),
        Family {
            name: "llm_tokens_total",
            kind: Kind::Counter,
            labels: &["type"],
            count: |_| TOKENS.len(),
            label: |_, index, labels| {
                labels.set("type", TOKENS[index]);
            },
            value: |view, index| {
                let meter = view.meter;
                Some([meter.prompt_tokens, meter.output_tokens][index] as f64)
            },
        },
    ],
};
