//! How many simulated requests a second one core plays: `cargo bench -p upswell-sim`.
//!
//! Whole runs through the public door, arrivals and their draws included. Each case is played
//! several times and the best and the median are printed: what else the machine does only ever
//! makes a run slower. The last column puts each case beside the first.
//!
//! `cargo bench -p upswell-sim -- CASE` plays the cases whose name contains CASE; the case
//! `a thousand million` is played only if it is named.

use std::sync::Arc;
use std::time::Instant;

use upswell_engine::observation::PodResources;
use upswell_sim::exporters::Monitoring;
use upswell_sim::{
    BackOff, Batch, Clients, ClusterModel, Distribution, Interruptions, Mode, OnKill,
    ProviderLimits, Scenario, ServiceTime, Sizes, Startup, TokenSpread, Usage, WorkerModel,
    ZoneSpread, parse_pattern, run,
};
use upswell_units::{Bytes, Duration, Millicores, Replicas, Sources, Timestamp};

const SLOTS: u32 = 4;
const LOAD: f64 = 0.9;
const RUNS: usize = 3;

/// How a request is made.
#[derive(Clone, Copy)]
enum Model {
    /// One draw of the service time; sizes are fixed.
    OneDraw,
    /// Sizes drawn for each request, a batch that slows tokens, timeouts, a retry, the limits of
    /// a provider.
    Whole,
}

struct Case {
    name: &'static str,
    model: Model,
    replicas: u32,
    requests: u64,
}

const CASES: [Case; 11] = [
    Case { name: "one draw", model: Model::OneDraw, replicas: 100, requests: 10_000_000 },
    Case { name: "whole model", model: Model::Whole, replicas: 100, requests: 10_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 1, requests: 10_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 10, requests: 10_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 1_000, requests: 10_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 10_000, requests: 10_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 25_000, requests: 10_000_000 },
    Case { name: "whole model", model: Model::Whole, replicas: 25_000, requests: 10_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 100, requests: 1_000_000 },
    Case { name: "one draw", model: Model::OneDraw, replicas: 100, requests: 100_000_000 },
    Case {
        name: "a thousand million",
        model: Model::OneDraw,
        replicas: 100,
        requests: 1_000_000_000,
    },
];

fn main() {
    println!(
        "{:<20} {:>8} {:>13} {:>8} {:>8} {:>14} {:>8}",
        "case", "replicas", "requests", "best s", "median s", "requests/s", "to first"
    );
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let mut first = None;
    for case in &CASES {
        let is_wanted = match &filter {
            Some(filter) => case.name.contains(filter.as_str()),
            None => case.requests < 1_000_000_000,
        };
        if is_wanted {
            let rate = measure(case, first);
            first.get_or_insert(rate);
        }
    }
}

/// Plays a case and prints its line; returns requests a second.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn measure(case: &Case, first: Option<f64>) -> f64 {
    let scenario = scenario(case);
    let runs = if case.requests > 50_000_000 { 1 } else { RUNS };
    let mut times: Vec<(f64, u64)> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            let summary = run(&scenario, Mode::Stock, None, &mut |_| ()).summary;
            (begun.elapsed().as_secs_f64(), summary.requests)
        })
        .collect();
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((best, requests), (median, _)) = (times[0], times[times.len() / 2]);
    let rate = requests as f64 / best;
    println!(
        "{:<20} {:>8} {requests:>13} {best:>8.2} {median:>8.2} {rate:>14.0} {:>8.2}",
        case.name,
        case.replicas,
        rate / first.unwrap_or(rate)
    );
    rate
}

fn scenario(case: &Case) -> Scenario {
    let (worker, sizes, service_s) = match case.model {
        Model::OneDraw => one_draw(),
        Model::Whole => whole(case.replicas),
    };
    let per_second = LOAD * f64::from(case.replicas * SLOTS) / service_s;
    let seconds = case.requests as f64 / per_second;
    let mut sources = Sources::default();
    let file = sources.add("pattern", format!("{per_second:.6}/s for {seconds:.3}s"));
    let traffic = parse_pattern(&sources, file).expect("the pattern of a case is sound");
    let fixed = Distribution::Fixed(Duration::ZERO);
    Scenario {
        traffic,
        sizes,
        worker,
        cluster: ClusterModel {
            pools: Vec::new(),
            startup: Startup { image: fixed, start: fixed, readiness: fixed },
            grace: Duration::from_secs(30),
            zone_spread: ZoneSpread::None,
            disruption_budget: None,
            interruptions: Interruptions::None,
        },
        usage: Usage {
            cpu_idle: Millicores(5),
            cpu_per_request: Millicores(10),
            memory_idle: Bytes(1 << 28),
            memory_per_request: Bytes(1 << 20),
        },
        pod_resources: Arc::new(PodResources::default()),
        queue: None,
        scripted_queue: None,
        initial_replicas: Replicas(case.replicas),
        scaler: None,
        monitoring: Monitoring::default(),
        goal: None,
        seed: 7,
        start: Timestamp::from_secs(1_800_000_000),
        warm_up: Duration::ZERO,
        drain: Duration::from_secs(600),
    }
}

/// The worker, the sizes, and the mean seconds of service.
fn one_draw() -> (WorkerModel, Sizes, f64) {
    let (median, p95) = (Duration::from_secs(2), Duration::from_secs(5));
    let worker = WorkerModel {
        slots: SLOTS,
        service: ServiceTime {
            ttft: Distribution::LogNormal { median, p95 },
            per_prompt_token: Duration::ZERO,
            tpot: Duration::ZERO,
            fixed: Duration::ZERO,
            batch: Batch::default(),
        },
        on_kill: OnKill::Requeue,
        clients: Clients::default(),
        provider: ProviderLimits::default(),
    };
    let sizes = Sizes { prompt: TokenSpread::fixed(1000), output: TokenSpread::fixed(100) };
    // The mean of a log-normal is its median times exp(sigma² / 2); sigma is ln(2.5) / 1.645.
    (worker, sizes, 2.0 * 1.1679)
}

fn whole(replicas: u32) -> (WorkerModel, Sizes, f64) {
    let sizes = Sizes {
        prompt: TokenSpread { median: 800, p95: 2400 },
        output: TokenSpread { median: 120, p95: 400 },
    };
    // Means of prompt and answer: medians times exp(sigma² / 2).
    let (prompt, output) = (800.0 * 1.2497, 120.0 * 1.3070);
    let service_s = 0.3 * 1.1679 + prompt * 0.000_1 + output * 0.02 * 1.18 + 0.01;
    let a_minute = 60.0 * LOAD * f64::from(replicas * SLOTS) / service_s;
    let worker = WorkerModel {
        slots: SLOTS,
        service: ServiceTime {
            ttft: Distribution::LogNormal {
                median: Duration::from_millis(300),
                p95: Duration::from_millis(750),
            },
            per_prompt_token: Duration::from_nanos(100_000),
            tpot: Duration::from_millis(20),
            fixed: Duration::from_millis(10),
            batch: Batch(vec![(1, 1.0), (4, 1.2)]),
        },
        on_kill: OnKill::Requeue,
        clients: Clients {
            timeout: Some(Duration::from_secs(60)),
            retries: 1,
            back_off: BackOff::default(),
        },
        provider: ProviderLimits {
            requests_per_minute: Some((a_minute * 1.1) as u32),
            tokens_per_minute: Some((a_minute * 1.1 * (prompt + output)).min(4e9) as u32),
        },
    };
    (worker, sizes, service_s)
}
