//! Upswell and a real Prometheus beside each other: `cargo bench -p upswell-prometheus`.
//!
//! Prometheus 3 is started at its defaults (only the receiver of remote writes is switched on) and
//! both get the same series. Part one: 10,000 series x 6 h at 15 s, twelve queries that autoscaling
//! asks, warm, over HTTP on both sides, at one instant and over the 6 hours at 60 s; answers must
//! agree. Part two: anonymous memory (RssAnon) after 100,000 series x 1 h at 15 s, half counters,
//! half gauges; ours of a process of its own that holds a store and nothing else.
//!
//! `cargo bench -p upswell-prometheus -- queries` or `-- memory` does one part.

#[path = "../tests/answers/mod.rs"]
mod answers;
#[path = "../tests/apis/mod.rs"]
mod apis;
#[path = "../tests/wire/mod.rs"]
mod wire;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use upswell_metrics::{Labels, Sample, Time, store};
use upswell_peers::{PROMETHEUS_3, Server};
use upswell_prometheus::api;
use upswell_units::Bytes;

/// Time between samples.
const INTERVAL_MS: i64 = 15_000;

/// Samples that are made at a time, to be pushed and forgotten.
const SLICE_SAMPLES: i64 = 60;

/// Runs of each query after the first, which warms; the median counts.
const RUNS: usize = 5;

/// Makes this program fill a store and say what memory that takes.
const FILL: &str = "--fill-and-report";

/// Queries of autoscaling, by name.
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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|of| of == FILL) {
        return fill_and_report();
    }
    let Some(program) = PROMETHEUS_3.or_skip("the bench") else { return };
    println!("Prometheus {}, at its defaults", version(&program));
    let is_wanted = |part: &str| {
        let parts = ["queries", "memory"];
        let named = arguments.iter().any(|of| parts.contains(&of.as_str()));
        !named || arguments.iter().any(|of| of == part)
    };
    if is_wanted("queries") {
        compare_queries(&program);
    }
    if is_wanted("memory") {
        compare_memory(&program);
    }
}

/// What Go's linker wrote into the program, or else what the program says of itself.
fn version(program: &Path) -> String {
    const MODULE: &[u8] = b"mod\tgithub.com/prometheus/prometheus\t";
    let bytes = std::fs::read(program).expect("the program can be read");
    let found = bytes.windows(MODULE.len()).position(|window| window == MODULE);
    if let Some(start) = found.map(|start| start + MODULE.len()) {
        let line = bytes[start..].split(u8::is_ascii_whitespace).next();
        return format!("(Go module {})", String::from_utf8_lossy(line.unwrap_or_default()));
    }
    let output = Command::new(program).arg("--version").output().expect("it says its version");
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}

/// One series of a bench.
struct Shape {
    labels: Labels,
    values: Values,
}

/// What a series is worth: at any step a function of its number.
#[derive(Clone, Copy)]
struct Values {
    number: u64,
    kind: Kind,
    /// How much a counter grows by at a step.
    rate: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Grows by whole numbers.
    Counter,
    /// A small whole number that changes now and then.
    Depth,
    /// Bytes in pages, changing at every step.
    Memory,
    /// A share with four decimals.
    Share,
    /// One, always.
    Info,
}

impl Shape {
    fn new(number: usize, kind: Kind, labels: &[(&str, &str)]) -> Self {
        let (labels, number) = (Labels::new(labels.iter().copied()), number as u64);
        // No two pods are alike: which of two is among the busiest must not hang on a last digit.
        Self { labels, values: Values { number, kind, rate: 20 + number } }
    }

    fn samples(&self, end: Time, steps: i64, slice: std::ops::Range<i64>) -> Vec<Sample> {
        let at = |step: i64| end.plus_millis((step - steps + 1) * INTERVAL_MS);
        slice.map(|step| Sample { at: at(step), value: self.values.at(step) }).collect()
    }
}

impl Values {
    fn at(&self, step: i64) -> f64 {
        let step = step.unsigned_abs();
        let noise = |of: u64| (of + 1).wrapping_mul(self.number + 7).wrapping_mul(0x9e37_79b9) >> 7;
        match self.kind {
            Kind::Counter => (step * self.rate + noise(step) % self.rate) as f64,
            Kind::Depth => (noise(step / (1 + self.number % 6)) % 40) as f64,
            Kind::Memory => (4096 * (50_000 + noise(step) % 2_000)) as f64,
            Kind::Share => (noise(step) % 10_000) as f64 / 10_000.0,
            Kind::Info => 1.0,
        }
    }
}

/// Calls `take` with all series, slice after slice of time.
fn for_each_slice(
    shapes: &[Shape],
    end: Time,
    steps: i64,
    mut take: impl FnMut(&[(Labels, Vec<Sample>)]),
) {
    let mut from = 0;
    while from < steps {
        let to = (from + SLICE_SAMPLES).min(steps);
        // A thousand series at a time, so that the samples on their way are few.
        for part in shapes.chunks(1000) {
            let samples =
                part.iter().map(|of| (of.labels.clone(), of.samples(end, steps, from..to)));
            take(&samples.collect::<Vec<_>>());
        }
        from = to;
    }
}

/// Bounds that the benches do not reach.
fn limits() -> store::Limits {
    store::Limits {
        retention: upswell_units::Duration::from_secs(24 * 3600),
        memory: Bytes(4 << 30),
    }
}

/// Fills a store with all series.
fn filled(shapes: &[Shape], end: Time, steps: i64) -> (store::Writer, store::Reader) {
    let (mut writer, reader) = store::new(limits());
    for_each_slice(shapes, end, steps, |slice| {
        for (labels, samples) in slice {
            let series = writer.series(labels);
            for sample in samples {
                writer.append(series, sample.at, sample.value).expect("samples come in order");
            }
        }
    });
    (writer, reader)
}

fn start_prometheus(program: &Path, shapes: &[Shape], end: Time, steps: i64) -> Server {
    let server = Server::start(program, "/-/ready", apis::prometheus_arguments);
    let server = server.expect("Prometheus starts");
    for_each_slice(shapes, end, steps, |slice| {
        wire::push(server.address(), slice).expect("Prometheus takes the samples");
    });
    server
}

/// Now, on the grid of the scrapes.
fn grid_now() -> Time {
    let now = jiff::Timestamp::now().as_millisecond();
    Time(now - now.rem_euclid(60_000))
}

/// 1,000 pods of 10 models: 4,000 counters, 4,000 buckets, 1,000 queues, 1,000 facts.
fn pods() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for pod in 0..1000 {
        let (model, namespace) = (format!("model-{}", pod % 10), format!("team-{}", pod % 4));
        let (name, node) = (format!("{model}-{pod}"), format!("node-{}", pod % 50));
        let common = [("namespace", &*namespace), ("model", &*model), ("pod", &*name)];
        let mut add = |kind, of: &[(&str, &str)]| {
            shapes.push(Shape::new(shapes.len(), kind, &[of, &common].concat()));
        };
        for code in ["200", "429", "500", "503"] {
            add(Kind::Counter, &[("__name__", "llm_requests_total"), ("code", code)]);
        }
        add(Kind::Depth, &[("__name__", "llm_queue_depth")]);
        add(Kind::Info, &[("__name__", "kube_pod_info"), ("node", &node)]);
        if pod < 400 {
            let bounds = ["10", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "+Inf"];
            for le in bounds {
                add(Kind::Counter, &[("__name__", "llm_request_latency_ms_bucket"), ("le", le)]);
            }
        }
    }
    shapes
}

fn compare_queries(program: &Path) {
    let (shapes, end, steps) = (pods(), grid_now(), 6 * 240 + 1);
    println!("\n{} series x 6 h at 15 s; milliseconds, median of {RUNS}", shapes.len());
    let theirs = start_prometheus(program, &shapes, end, steps);
    let (_writer, reader) = filled(&shapes, end, steps);
    let api = api::Api {
        reader,
        rules: Arc::new(()),
        targets: Arc::new(()),
        alertmanagers: Vec::new(),
        options: api::Options::default(),
    };
    let ours = apis::serve(api::router(api)).expect("a free port");
    let (last, first) = (end.as_secs_f64(), end.plus_millis(-6 * 3_600_000).as_secs_f64());
    for (what, path, times) in [
        ("at one instant", "/api/v1/query", format!("time={last}")),
        ("over 6 h at 60 s", "/api/v1/query_range", format!("start={first}&end={last}&step=60")),
    ] {
        println!("\n{what:<20} {:>10} {:>12} {:>8}", "upswell", "prometheus", "ratio");
        let (mut our_sum, mut their_sum) = (0.0, 0.0);
        for (name, query) in QUERIES {
            let form = format!("query={}&{times}", wire::encode(query));
            check(name, path, &form, ours, theirs.address());
            let our_ms = median_ms(ours, path, &form);
            let their_ms = median_ms(theirs.address(), path, &form);
            print_row(name, our_ms, their_ms);
            (our_sum, their_sum) = (our_sum + our_ms, their_sum + their_ms);
        }
        print_row("sum", our_sum, their_sum);
    }
}

fn print_row(name: &str, ours: f64, theirs: f64) {
    println!("{name:<20} {ours:>10.2} {theirs:>12.2} {:>8.3}", ours / theirs);
}

/// Both must say the same; this also warms them.
#[expect(clippy::panic, reason = "figures of wrong answers are worth nothing")]
fn check(name: &str, path: &str, form: &str, ours: SocketAddr, theirs: SocketAddr) {
    let ask = |address| wire::ask_form(address, path, form).expect("an answer");
    if let Err(difference) = answers::agree(&ask(ours), &ask(theirs)) {
        panic!("{name}: {difference}");
    }
}

fn median_ms(address: SocketAddr, path: &str, form: &str) -> f64 {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let answer = wire::post_form(address, path, form).expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.body);
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2].as_secs_f64() * 1000.0
}

/// How many series the second part has: half counters, half gauges of three kinds.
const FLEET: usize = 100_000;

/// One of the series of the second part.
fn of_fleet(number: usize) -> Shape {
    const KINDS: [(Kind, &str); 6] = [
        (Kind::Counter, "llm_requests_total"),
        (Kind::Depth, "llm_queue_depth"),
        (Kind::Counter, "llm_tokens_total"),
        (Kind::Memory, "container_memory_working_set_bytes"),
        (Kind::Counter, "llm_request_latency_ms_count"),
        (Kind::Share, "llm_kv_cache_usage"),
    ];
    let (kind, name) = KINDS[number % KINDS.len()];
    let pod = number / KINDS.len();
    let labels = [
        ("__name__", name.to_owned()),
        ("instance", format!("10.{}.{}.{}:8000", pod / 65_536, pod / 256 % 256, pod % 256)),
        ("job", "llm".to_owned()),
        ("namespace", format!("team-{}", pod % 20)),
        ("pod", format!("model-{}-7d9c5b6f4-{pod:05}", pod % 50)),
    ];
    let number = number as u64;
    let values = Values { number, kind, rate: 20 + number % 500 };
    Shape { labels: Labels::new(labels), values }
}

fn compare_memory(program: &Path) {
    let (shapes, end): (Vec<Shape>, _) = ((0..FLEET).map(of_fleet).collect(), grid_now());
    println!("\n{FLEET} series x 1 h at 15 s, counters and gauges; MiB of RssAnon");
    let theirs = start_prometheus(program, &shapes, end, 240);
    let least = least_memory(theirs.process()).expect("its status");
    println!("prometheus  {:>8.1}  (least in the 3 min after the last write)", mib(least));
    drop(theirs);
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).arg(FILL).output().expect("it runs");
    let ours: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    println!("upswell     {:>8.1}  ratio {:.3}", mib(ours), ours as f64 / least as f64);
}

/// The least memory of a process while its garbage is collected: Go does so every two minutes at
/// the latest.
fn least_memory(process: u32) -> io::Result<u64> {
    let (start, mut least) = (Instant::now(), u64::MAX);
    while start.elapsed() < Duration::from_secs(180) {
        least = least.min(anonymous_memory(&process.to_string())?);
        std::thread::sleep(Duration::from_secs(2));
    }
    Ok(least)
}

fn fill_and_report() {
    let (mut writer, reader) = store::new(limits());
    // As scrapes do: handles are kept, labels are not, and time goes on for all series at once.
    let handles: Vec<(store::SeriesRef, Values)> = (0..FLEET)
        .map(of_fleet)
        .map(|shape| (writer.series(&shape.labels), shape.values))
        .collect();
    let (end, steps) = (grid_now(), 240);
    for step in 0..steps {
        let at = end.plus_millis((step - steps + 1) * INTERVAL_MS);
        for (series, values) in &handles {
            writer.append(*series, at, values.at(step)).expect("samples come in order");
        }
    }
    println!("{}", anonymous_memory("self").expect("our status"));
    let counts = writer.counts();
    assert_eq!(counts.samples, FLEET as u64 * steps.unsigned_abs(), "all of them are held");
    drop((writer, reader));
}

/// Bytes of anonymous memory that a process has in RAM.
fn anonymous_memory(process: &str) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no RssAnon"))
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
