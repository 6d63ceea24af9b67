//! What the series store costs: `cargo bench -p upswell-metrics --bench store`.
//!
//! The first table appends 1,000 series of 1,440 samples (six hours at 15 s) of each shape of
//! data in the order of scrapes, and decodes them: nanoseconds a sample and bytes a sample, labels
//! and index left out; the best of several runs of the time that the processor gave, since what else
//! the machine does only makes them slower. The second finds series among 100,000. The third holds 100,000 series for an
//! hour, counters and gauges, and reads from the kernel what that took.
//!
//! `-- NAME` measures only the shapes whose name contains NAME, or `memory`, or `selection`.

use std::hint::black_box;
use std::time::SystemTime;

use upswell_metrics::store::{self, Limits, Reader, Samples, SeriesRef, Writer};
use upswell_metrics::{Labels, MatchOp, Matcher, Time};
use upswell_units::{Bytes, Duration};

const RUNS: usize = 5;
const START_MS: i64 = 1_800_000_000_000;
const INTERVAL_MS: i64 = 15_000;

/// Numbers that look random, the same in every run (xorshift64*, Vigna 2016).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 up to, not including, 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: u64) -> f64 {
        (self.next() % end) as f64
    }
}

/// The value after `last`.
type Next = fn(last: f64, draws: &mut Draws) -> f64;

struct Shape {
    name: &'static str,
    next: Next,
    jitter_ms: u64,
}

const SHAPES: [Shape; 9] = [
    Shape { name: "constant", next: |_, _| 1.0, jitter_ms: 0 },
    Shape { name: "counter", next: counter, jitter_ms: 0 },
    Shape { name: "counter, times ±600 ms", next: counter, jitter_ms: 600 },
    Shape { name: "counter of microseconds", next: microseconds, jitter_ms: 0 },
    Shape { name: "histogram bucket", next: bucket, jitter_ms: 0 },
    Shape { name: "gauge, two decimals", next: decimals, jitter_ms: 0 },
    Shape { name: "gauge of memory pages", next: pages, jitter_ms: 0 },
    Shape { name: "gauge with few steps", next: steps, jitter_ms: 0 },
    Shape { name: "random gauge", next: |_, draws| draws.unit() * 100.0, jitter_ms: 0 },
];

fn counter(last: f64, draws: &mut Draws) -> f64 {
    last + draws.below(200)
}

fn microseconds(last: f64, draws: &mut Draws) -> f64 {
    ((last * 1e6).round() + draws.below(15_000_000)) / 1e6
}

fn bucket(last: f64, draws: &mut Draws) -> f64 {
    last + f64::from(draws.unit() < 0.2)
}

fn decimals(last: f64, draws: &mut Draws) -> f64 {
    ((last * 100.0).round() + draws.below(101) - 50.0) / 100.0
}

fn pages(last: f64, draws: &mut Draws) -> f64 {
    (last + 4096.0 * (draws.below(201) - 100.0)).max(0.0)
}

fn steps(last: f64, draws: &mut Draws) -> f64 {
    if draws.unit() < 0.98 { last } else { (draws.below(50) + 1.0) / 7.0 }
}

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| filter.as_ref().is_none_or(|filter| name.contains(&**filter));
    if is_wanted("memory") {
        // First, while the allocator has nothing left over.
        measure_memory();
    }
    println!("\n{:<26} {:>10} {:>10} {:>9}", "shape", "append ns", "decode ns", "bytes");
    for shape in SHAPES.iter().filter(|shape| is_wanted(shape.name)) {
        measure_shape(shape);
    }
    if is_wanted("selection") {
        measure_selection();
    }
}

fn limits() -> Limits {
    Limits { retention: Duration::from_secs(12 * 3600), memory: Bytes(4 << 30) }
}

/// Labels as targets have them: six, of which the pod tells most series apart.
fn labels(number: usize) -> Labels {
    let (metric, pod) = (number % 100, number / 100);
    Labels::new([
        ("__name__", format!("vllm_metric_{metric:03}_total")),
        ("instance", format!("10.0.{}.{}:8000", pod / 250, pod % 250)),
        ("job", "monitoring/vllm".to_owned()),
        ("model_name", "meta-llama/Llama-3.1-70B-Instruct".to_owned()),
        ("namespace", "inference".to_owned()),
        ("pod", format!("vllm-70b-{:08x}", pod * 2_654_435_761 % (1 << 32))),
    ])
}

fn series(writer: &mut Writer, count: usize) -> Vec<SeriesRef> {
    (0..count).map(|number| writer.series(&labels(number))).collect()
}

/// Returns the nanoseconds that some work took.
fn timed<R>(work: impl FnOnce() -> R) -> (f64, R) {
    let begun = processor_ns();
    let result = work();
    (processor_ns() - begun, result)
}

/// Returns how long this thread ran so far, as Linux counts it; elsewhere, the time of day.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn processor_ns() -> f64 {
    // The kernel brings the count up to date when the thread gives way.
    std::thread::yield_now();
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = status.split(' ').next().and_then(|ran| ran.parse().ok());
    let of_day = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    ran.unwrap_or(of_day.as_secs_f64() * 1e9)
}

fn measure_shape(shape: &Shape) {
    const SERIES: usize = 1_000;
    const SAMPLES: usize = 1_440;
    let mut draws = Draws(7);
    let mut rows: Vec<Vec<(i64, f64)>> = Vec::new();
    let mut last: Vec<f64> =
        (0..SERIES).map(|_| (draws.below(1_000_000) * 100.0).round()).collect();
    for row in 0..SAMPLES as i64 {
        let samples = last.iter_mut().map(|last| {
            *last = (shape.next)(*last, &mut draws);
            let jitter = draws.below(2 * shape.jitter_ms + 1) as i64 - shape.jitter_ms as i64;
            (START_MS + row * INTERVAL_MS + jitter, *last)
        });
        rows.push(samples.collect());
    }
    let (mut append, mut decode, mut bytes) = (f64::MAX, f64::MAX, 0.0);
    let total = (SERIES * SAMPLES) as f64;
    for _ in 0..RUNS {
        let (mut writer, reader) = store::new(limits());
        let series = series(&mut writer, SERIES);
        let before = writer.counts().bytes;
        let (taken, ()) = timed(|| append_rows(&mut writer, &series, &rows));
        append = append.min(taken / total);
        bytes = (writer.counts().bytes - before) as f64 / total;
        decode = decode.min(decode_all(&reader) / total);
    }
    println!("{:<26} {append:>10.1} {decode:>10.2} {bytes:>9.2}", shape.name);
}

fn append_rows(writer: &mut Writer, series: &[SeriesRef], rows: &[Vec<(i64, f64)>]) {
    for row in rows {
        for (series, (at, value)) in series.iter().zip(row) {
            writer.append(*series, Time(*at), *value).expect("times grow");
        }
    }
}

fn decode_all(reader: &Reader) -> f64 {
    let selected = reader.select(&[], Time::MIN, Time::MAX);
    let mut samples = Samples::default();
    let (taken, ()) = timed(|| {
        for series in &selected {
            samples.clear();
            series.read(&mut samples);
            black_box(&samples);
        }
    });
    taken
}

fn measure_selection() {
    const SERIES: usize = 100_000;
    let (mut writer, reader) = store::new(limits());
    let all: Vec<Labels> = (0..SERIES).map(labels).collect();
    let (taken, series) =
        timed(|| all.iter().map(|labels| writer.series(labels)).collect::<Vec<_>>());
    println!("\n{:<44} {:>8.0} ns", "a new series", taken / SERIES as f64);
    for row in 0..20 {
        for series in &series {
            let at = Time(START_MS + row * INTERVAL_MS);
            writer.append(*series, at, row as f64).expect("times grow");
        }
    }
    let name = Matcher::metric_name("vllm_metric_042_total");
    let matcher = |label, op, value| Matcher::new(label, op, value).expect("it is sound");
    let cases = [
        vec![name.clone()],
        vec![name.clone(), matcher("pod", MatchOp::Regex, "vllm-70b-.*")],
        vec![name.clone(), matcher("pod", MatchOp::NotEqual, "vllm-70b-00000000")],
        vec![matcher("pod", MatchOp::Regex, "vllm-70b-00000000|vllm-70b-1e3779b1|none")],
        vec![matcher("pod", MatchOp::Regex, "vllm-70b-00.*")],
        vec![matcher("__name__", MatchOp::Regex, "vllm_metric_0[0-9]+_total")],
        vec![matcher("job", MatchOp::Equal, "monitoring/vllm")],
    ];
    for matchers in cases {
        let text: Vec<String> = matchers.iter().map(ToString::to_string).collect();
        let runs = (0..4 * RUNS).map(|_| timed(|| reader.select(&matchers, Time::MIN, Time::MAX)));
        let (taken, found) = runs
            .map(|(taken, found)| (taken, found.len()))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .expect("there are runs");
        println!("{:<70} {found:>7} series {:>9.1} µs", text.join(","), taken / 1e3);
    }
}

fn measure_memory() {
    const SERIES: usize = 100_000;
    const SAMPLES: i64 = 240;
    let before = anonymous_bytes();
    let (mut writer, _reader) = store::new(limits());
    let series = series(&mut writer, SERIES);
    let indexed = writer.counts().bytes;
    let mut draws = Draws(7);
    let mut last = vec![1000.0; SERIES];
    let shapes: [Next; 4] = [counter, decimals, bucket, pages];
    let (taken, ()) = timed(|| {
        for row in 0..SAMPLES {
            for (number, (series, last)) in series.iter().zip(&mut last).enumerate() {
                *last = shapes[number % shapes.len()](*last, &mut draws);
                let at = Time(START_MS + row * INTERVAL_MS);
                writer.append(*series, at, *last).expect("times grow");
            }
        }
    });
    drop((series, last));
    let counts = writer.counts();
    let total = (SERIES as i64 * SAMPLES) as f64;
    println!("100,000 series for an hour at 15 s: counters, gauges, buckets, memory");
    println!("{:<44} {:>8.1}", "append ns, the draw of the value included", taken / total);
    println!("{:<44} {:>8.1}", "MiB by the store's own count", mib(counts.bytes));
    println!("{:<44} {:>8.1}", "MiB of anonymous memory", mib(anonymous_bytes() - before));
    println!("{:<44} {:>8.0}", "bytes a series, samples apart", indexed as f64 / SERIES as f64);
    println!("{:<44} {:>8.2}", "bytes a sample", (counts.bytes - indexed) as f64 / total);
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1 << 20) as f64
}

/// What the kernel says this process holds of its own (`RssAnon`); 0 where it does not say.
#[expect(clippy::disallowed_methods, reason = "a benchmark asks the kernel")]
fn anonymous_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
