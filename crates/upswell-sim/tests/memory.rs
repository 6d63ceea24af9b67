//! What a run holds in memory: the requests that wait, and nothing for those that have passed.
//!
//! One test alone in its process, so that the peak is its own.

mod station;

use station::{Station, play};
use upswell_sim::Distribution;
use upswell_units::Duration;

const MIB: u64 = 1 << 20;

/// Four servers of two seconds a request, at a load.
fn station(load: f64) -> Station {
    let service = Distribution::Fixed(Duration::from_secs(2));
    Station { servers: 4, service, service_s: 2.0, load }
}

/// The most memory that this process has ever had, in bytes; absent where the system does not say.
#[expect(clippy::disallowed_methods, reason = "the test is the edge that reads the file")]
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
fn memory_grows_with_the_requests_that_wait_and_not_with_those_that_pass() {
    let Some(_) = peak() else {
        println!("NOT TESTED: this system has no /proc/self/status");
        return;
    };
    let measured = || peak().expect("it was there a moment ago");
    play(&station(0.8), 1, 1e6, 0.0);
    let of_a_million = measured();
    play(&station(0.8), 1, 2e7, 0.0);
    let of_twenty_million = measured();
    let growth = of_twenty_million - of_a_million;
    println!("twenty million requests instead of one: {growth} bytes more");
    assert!(growth < MIB, "{growth} bytes for 19 million requests more that pass");

    // At five times what can be served, four of five requests still wait at the end.
    let summary = play(&station(5.0), 1, 5e6, 0.0);
    let waiting = summary.queued;
    let growth = measured() - of_twenty_million;
    println!("{waiting} requests that wait: {growth} bytes, {} each", growth / waiting);
    assert!(waiting > 3_900_000, "{waiting} wait");
    assert!(growth > waiting * 20, "they are somewhere");
    assert!(growth < waiting * 25 + MIB, "{growth} bytes for {waiting} requests that wait");
}
