//! The simulator against queueing theory: mean waits that are known in closed form.

mod station;

use station::{Station, play};
use upswell_sim::Distribution;
use upswell_units::Duration;

const SEEDS: [u64; 3] = [1, 2, 3];
/// Independent runs of a seed, from whose spread the confidence interval comes.
const RUNS: u64 = 10;
/// Requests of each run. What is measured of all runs of a seed is more than 4 × 10^7.
const REQUESTS: f64 = 4.2e6;
/// The part of each run that is not measured: a hundred thousand services, a thousand times what
/// the longest of the queues here needs to forget that it began empty.
const WARM_UP: f64 = 0.02;
/// Student's t for nine degrees of freedom and 95 %.
const STUDENT_T: f64 = 2.262;

/// Mean wait of M/M/c over the mean service time (Erlang 1917).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let offered = load * f64::from(servers);
    // Erlang B by its recursion, then C from B.
    let blocked = (1..=servers).fold(1.0, |blocked, n| {
        let carried = offered * blocked;
        carried / (f64::from(n) + carried)
    });
    let waits = blocked / (1.0 - load * (1.0 - blocked));
    waits / (f64::from(servers) * (1.0 - load))
}

/// Mean wait of M/G/1 over the mean service time, by the squared coefficient of variation of the
/// service (Pollaczek 1930, Khinchine 1932).
fn pollaczek_khinchine(load: f64, squared_variation: f64) -> f64 {
    load / (1.0 - load) * (1.0 + squared_variation) / 2.0
}

/// Plays a station, and compares the mean wait of each seed with the theory.
fn agrees(name: &str, station: &Station, expected_s: f64) {
    for seed in SEEDS {
        let waits = mean_waits(station, seed);
        let mean = waits.iter().sum::<f64>() / waits.len() as f64;
        let squares: f64 = waits.iter().map(|wait| (wait - mean).powi(2)).sum();
        let deviation = (squares / (waits.len() - 1) as f64).sqrt();
        let half_width = STUDENT_T * deviation / (waits.len() as f64).sqrt();
        let off = mean / expected_s - 1.0;
        println!(
            "{name}, seed {seed}: mean wait {mean:.5} s ± {half_width:.5} s (95 %), theory \
             {expected_s:.5} s, off by {:.2} %",
            off * 100.0
        );
        assert!(off.abs() < 0.01, "{name}, seed {seed}: {mean} s for {expected_s} s");
    }
}

/// The mean wait of each run of a seed, in seconds.
fn mean_waits(station: &Station, seed: u64) -> Vec<f64> {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let measured = |run: u64| {
        let summary = play(station, seed * 1000 + run, REQUESTS, WARM_UP);
        assert!(summary.requests as f64 * (1.0 - WARM_UP) > 4e7 / RUNS as f64, "enough of them");
        summary.queue_wait.mean_ms.expect("requests were served") / 1000.0
    };
    std::thread::scope(|scope| {
        let workers = (0..threads).map(|thread| {
            let share = (thread..RUNS).step_by(threads as usize);
            scope.spawn(move || share.map(measured).collect::<Vec<f64>>())
        });
        let workers: Vec<_> = workers.collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a run ends")).collect()
    })
}

#[test]
fn the_mean_wait_of_four_servers_is_erlangs() {
    let (servers, load, service_s) = (4, 0.8, 2.0);
    let service = Distribution::Exponential(Duration::from_secs(2));
    let station = Station { servers, service, service_s, load };
    agrees("M/M/4 at load 0.8", &station, erlang_c(servers, load) * service_s);
}

#[test]
fn the_mean_wait_of_one_server_is_pollaczeks_and_khinchines() {
    let (median, p95) = (Duration::from_millis(400), Duration::from_secs(1));
    // A log-normal: sigma by the two points, then its mean and its variation.
    let sigma = (1.0_f64 / 0.4).ln() / 1.644_853_626_951_472_2;
    let (service_s, load) = (0.4 * (sigma * sigma / 2.0).exp(), 0.8);
    let squared_variation = (sigma * sigma).exp() - 1.0;
    let service = Distribution::LogNormal { median, p95 };
    let station = Station { servers: 1, service, service_s, load };
    let expected_s = pollaczek_khinchine(load, squared_variation) * service_s;
    agrees("M/G/1 at load 0.8", &station, expected_s);
}
