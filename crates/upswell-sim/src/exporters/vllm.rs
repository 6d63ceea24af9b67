//! `vllm:*`: a vLLM server.
//!
//! Source: vLLM 0.11, vllm/v1/metrics/loggers.py. What the model of a server does not know is not
//! exported: the catalogue names it.

use super::family::{Family, Kind, Table};
use super::objects::Server;
use super::replica::{Histogram, Replica, bucket, count, sum};
use crate::serve::{Buckets, Timed};

const LATENCIES: &[f64] = &[
    0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0,
    480.0, 960.0, 1920.0, 7680.0,
];
const FIRST_TOKENS: &[f64] = &[
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
    20.0, 40.0, 80.0, 160.0, 640.0, 2560.0,
];

/// The histograms, in the order of the meters.
pub(super) const HISTOGRAMS: &[Histogram] = &[
    Histogram {
        name: "vllm:e2e_request_latency_seconds",
        buckets: Buckets { timed: Timed::Total, bounds_s: LATENCIES },
        per_second: 1.0,
    },
    Histogram {
        name: "vllm:time_to_first_token_seconds",
        buckets: Buckets { timed: Timed::FirstToken, bounds_s: FIRST_TOKENS },
        per_second: 1.0,
    },
    Histogram {
        name: "vllm:request_queue_time_seconds",
        buckets: Buckets { timed: Timed::Waiting, bounds_s: LATENCIES },
        per_second: 1.0,
    },
    Histogram {
        name: "vllm:request_inference_time_seconds",
        buckets: Buckets { timed: Timed::Service, bounds_s: LATENCIES },
        per_second: 1.0,
    },
];

const FINISHED: [&str; 3] = ["stop", "length", "abort"];

pub(super) const TABLE: Table<Replica> = Table {
    labels: &["engine", "model_name"],
    base: |view, labels| {
        labels.set("engine", "0");
        if let Server::Vllm { model } = &view.objects.workload.server {
            labels.set("model_name", model.as_str());
        }
    },
    families: &[
        Family::one("vllm:num_requests_running", Kind::Gauge, |view, _| {
            Some(view.in_flight.into())
        }),
        Family::one("vllm:num_requests_waiting", Kind::Gauge, |view, _| Some(view.waiting)),
        Family {
            name: "vllm:request_success_total",
            kind: Kind::Counter,
            labels: &["finished_reason"],
            count: |_| FINISHED.len(),
            label: |_, index, labels| {
                labels.set("finished_reason", FINISHED[index]);
            },
            // Every answer of the model ends by itself; a client that leaves aborts.
            value: |view, index| Some([view.meter.answered, 0, view.meter.timed_out][index] as f64),
        },
        Family::one("vllm:prompt_tokens_total", Kind::Counter, |view, _| {
            Some(view.meter.prompt_tokens as f64)
        }),
        Family::one("vllm:generation_tokens_total", Kind::Counter, |view, _| {
            Some(view.meter.output_tokens as f64)
        }),
        bucket::<0>("vllm:e2e_request_latency_seconds_bucket"),
        sum::<0>("vllm:e2e_request_latency_seconds_sum"),
        count::<0>("vllm:e2e_request_latency_seconds_count"),
        bucket::<1>("vllm:time_to_first_token_seconds_bucket"),
        sum::<1>("vllm:time_to_first_token_seconds_sum"),
        count::<1>("vllm:time_to_first_token_seconds_count"),
        bucket::<2>("vllm:request_queue_time_seconds_bucket"),
        sum::<2>("vllm:request_queue_time_seconds_sum"),
        count::<2>("vllm:request_queue_time_seconds_count"),
        bucket::<3>("vllm:request_inference_time_seconds_bucket"),
        sum::<3>("vllm:request_inference_time_seconds_sum"),
        count::<3>("vllm:request_inference_time_seconds_count"),
    ],
};
