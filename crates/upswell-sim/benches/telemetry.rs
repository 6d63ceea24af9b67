//! What a simulated day of metrics costs: `cargo bench -p upswell-sim --bench telemetry`.
//!
//! The example bundle with its trigger and its rules, and a fleet of a hundred pods of which all
//! series are written. Times are those of the processor, where the system tells them. The last
//! column is the time that each written sample takes, all in, queries and rules too: the time
//! beyond that of the same run without metrics, over the samples.
//!
//! `-- CASE` plays the cases whose name contains CASE.

use std::path::PathBuf;
use std::time::Instant;

use upswell_manifests::admission::admit;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::autoscalers;
use upswell_sim::exporters::{Exported, Monitoring};
use upswell_sim::{Mode, Options, Periods, Prepared, Run, Samples, parse_pattern, prepare, run};
use upswell_units::{Duration, Replicas, Sources, Timestamp};

const RUNS: usize = 3;
const START: Timestamp = Timestamp::from_secs(1_767_603_600);

fn main() {
    println!(
        "{:<34} {:>8} {:>10} {:>8} {:>10} {:>12}",
        "a simulated day", "best s", "without s", "pods", "samples", "ns a sample"
    );
    // 10 requests a second, and ten times as many for two hours.
    let pattern = "10/s for 8h, 100/s for 2h, 10/s for 14h";
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| filter.as_ref().is_none_or(|filter| name.contains(&**filter));
    for mode in [Mode::Stock, Mode::Upswell] {
        let name = format!("llm-worker, {}", mode.as_str());
        if is_wanted(&name) {
            print(&name, &mut example(pattern), mode);
        }
    }
    let name = "100 pods, every series, no rule";
    if is_wanted(name) {
        let mut example = example(pattern);
        example.scenario.scaler = None;
        example.scenario.initial_replicas = Replicas(100);
        example.scenario.monitoring.exported = Exported::All;
        example.scenario.monitoring.groups.clear();
        print(name, &mut example, Mode::Stock);
    }
}

/// Plays a scenario with and without its metrics, and prints its line.
fn print(name: &str, prepared: &mut Prepared, mode: Mode) {
    let (with, played) = measure(prepared, mode);
    let monitoring = std::mem::take(&mut prepared.scenario.monitoring);
    let (without, _) = measure(prepared, mode);
    prepared.scenario.monitoring = monitoring;
    let Run { samples: Samples { written: samples, .. }, timeline, .. } = played;
    let pods = timeline.iter().map(|point| point.ready.0).max().unwrap_or(0);
    let nanos = (with - without) * 1e9 / samples.max(1) as f64;
    println!("{name:<34} {with:>8.2} {without:>10.2} {pods:>8} {samples:>10} {nanos:>12.0}");
}

/// Seconds of the processor that this thread has had; of the clock, where the system does not tell.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn seconds(since: Instant) -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = schedule.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or_else(|| since.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn measure(prepared: &Prepared, mode: Mode) -> (f64, Run) {
    let scaler = prepared.scenario.scaler.as_ref();
    let periods = scaler.map(|scaler| Periods::of(mode, &scaler.policy));
    let mut runs: Vec<(f64, Run)> = (0..RUNS)
        .map(|_| {
            let clock = Instant::now();
            let begun = seconds(clock);
            let run = run(&prepared.scenario, mode, periods, &mut |_| ());
            (seconds(clock) - begun, run)
        })
        .collect();
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    runs.swap_remove(0)
}

/// The example bundle under a pattern of traffic.
fn example(pattern: &str) -> Prepared {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/llm-worker");
    let bundle = Bundle::load(&[folder], &mut std::io::empty());
    let admitted = admit(&bundle);
    let autoscalers = autoscalers(&admitted, START - Duration::from_secs(86_400));
    let mut sources = Sources::default();
    let file = sources.add("pattern", pattern);
    let traffic = parse_pattern(&sources, file).expect("the pattern of a case is sound");
    let options = Options {
        seed: 1,
        start: START,
        drain: Duration::from_secs(600),
        warm_up: Duration::ZERO,
        interruptions: None,
    };
    let prepared = prepare(&bundle, &admitted, autoscalers, traffic, options);
    let prepared = prepared.expect("the example has a workload");
    assert!(!Monitoring::is_idle(&prepared.scenario.monitoring), "somebody looks");
    prepared
}
