//! What queries cost: `cargo bench -p upswell-metrics --bench promql`.
//!
//! 10,000 series x 6 h at 15 s, twelve queries that autoscaling asks, warm, at one instant and
//! over the 6 hours at 60 s: the best of several runs, since what else the machine does only makes
//! them slower. `crates/upswell-prometheus/benches/side_by_side.rs` asks the same queries of a
//! real Prometheus.
//!
//! `-- NAME` measures only the queries whose name contains NAME.

use std::hint::black_box;

use upswell_metrics::promql::{self, Options, Query};
use upswell_metrics::store::{self, Limits, Reader, Writer};
use upswell_metrics::{Labels, Time};
use upswell_units::{Bytes, Duration};

const RUNS: usize = 5;
const START_MS: i64 = 1_800_000_000_000;
const INTERVAL_MS: i64 = 15_000;
const STEPS: i64 = 6 * 240 + 1;

/// Queries by name.
const QUERIES: [(&str, &str); 12] = [
    ("sum of rates", "sum(rate(llm_requests_total[5m]))"),
    ("rates by model", "sum by (namespace, model) (rate(llm_requests_total[5m]))"),
    (
        "latency quantile",
        "histogram_quantile(0.95, sum by (le) (rate(llm_request_latency_ms_bucket[5m])))",
    ),
    ("average over time", "sum by (model) (avg_over_time(llm_queue_depth[10m]))"),
    ("deepest queue", "max by (model) (llm_queue_depth)"),
    ("busiest pods", "topk(10, sum by (pod) (rate(llm_requests_total[5m])))"),
    (
        "join with nodes",
        "sum by (node) (rate(llm_requests_total{code=\"200\"}[5m]) \
         * on (pod) group_left (node) kube_pod_info)",
    ),
    ("errors, increase", "sum by (model) (increase(llm_requests_total{code=~\"5..\"}[10m]))"),
    ("quantile over time", "max by (model) (quantile_over_time(0.9, llm_queue_depth[15m]))"),
    ("absent", "absent(llm_requests_total{namespace=\"nowhere\"})"),
    ("selector by regex", "count by (code) (llm_requests_total{pod=~\"model-[0-4]-1.*\"})"),
    ("subquery", "max_over_time(sum(rate(llm_requests_total[5m]))[30m:1m])"),
];

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let (_writer, reader) = filled();
    println!("{:<20} {:>12} {:>12}", "milliseconds", "one instant", "6 h at 60 s");
    let (mut of_instants, mut of_ranges) = (0.0, 0.0);
    for (name, text) in QUERIES {
        if wanted.as_ref().is_some_and(|wanted| !name.contains(&**wanted)) {
            continue;
        }
        let query = promql::parse(text).expect("a query");
        let instant = best_ms(|| answer_instant(&query, &reader));
        let range = best_ms(|| answer_range(&query, &reader));
        println!("{name:<20} {instant:>12.2} {range:>12.2}");
        (of_instants, of_ranges) = (of_instants + instant, of_ranges + range);
    }
    println!("{:<20} {of_instants:>12.2} {of_ranges:>12.2}", "sum");
}

fn answer_instant(query: &Query, reader: &Reader) {
    let answer = promql::instant(query, reader, last(), &Options::default());
    black_box(answer.expect("an answer"));
}

fn answer_range(query: &Query, reader: &Reader) {
    let (start, step) = (Time(START_MS), Duration::from_secs(60));
    let answer = promql::range(query, reader, start, last(), step, &Options::default());
    black_box(answer.expect("an answer"));
}

fn last() -> Time {
    Time(START_MS + (STEPS - 1) * INTERVAL_MS)
}

/// Runs something once to warm it, then takes the best of several runs.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn best_ms(run: impl Fn()) -> f64 {
    run();
    let runs = (0..RUNS).map(|_| {
        let start = std::time::Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1000.0
    });
    runs.fold(f64::INFINITY, f64::min)
}

/// What a series shows at a step.
type Value = fn(number: u64, step: u64) -> f64;

/// 1,000 pods of 10 models: 4,000 counters, 4,000 buckets, 1,000 queues, 1,000 facts.
fn filled() -> (Writer, Reader) {
    let limits = Limits { retention: Duration::from_secs(24 * 3600), memory: Bytes(4 << 30) };
    let (mut writer, reader) = store::new(limits);
    let mut shapes: Vec<(Labels, Value)> = Vec::new();
    for pod in 0..1000 {
        let (model, namespace) = (format!("model-{}", pod % 10), format!("team-{}", pod % 4));
        let (name, node) = (format!("{model}-{pod}"), format!("node-{}", pod % 50));
        let common = [("namespace", &*namespace), ("model", &*model), ("pod", &*name)];
        let mut add = |value: Value, of: [(&str, &str); 2]| {
            shapes.push((Labels::new([&of[..], &common[..]].concat()), value));
        };
        for code in ["200", "429", "500", "503"] {
            add(counter, [("__name__", "llm_requests_total"), ("code", code)]);
        }
        add(depth, [("__name__", "llm_queue_depth"), ("job", "llm")]);
        add(|_, _| 1.0, [("__name__", "kube_pod_info"), ("node", &node)]);
        if pod < 400 {
            let bounds = ["10", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "+Inf"];
            for le in bounds {
                add(counter, [("__name__", "llm_request_latency_ms_bucket"), ("le", le)]);
            }
        }
    }
    for (number, (labels, value)) in shapes.iter().enumerate() {
        let series = writer.series(labels);
        for step in 0..STEPS {
            let at = Time(START_MS + step * INTERVAL_MS);
            let value = value(number as u64, step.unsigned_abs());
            writer.append(series, at, value).expect("samples come in order");
        }
    }
    (writer, reader)
}

/// Grows by whole numbers.
fn counter(number: u64, step: u64) -> f64 {
    let rate = 20 + number % 50;
    (step * rate + noise(number, step) % rate) as f64
}

/// A small whole number that changes now and then.
fn depth(number: u64, step: u64) -> f64 {
    (noise(number, step / (1 + number % 6)) % 40) as f64
}

fn noise(number: u64, of: u64) -> u64 {
    (of + 1).wrapping_mul(number + 7).wrapping_mul(0x9e37_79b9) >> 7
}
