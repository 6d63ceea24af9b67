//! Traffic from text to its last request: files, patterns, transformations, sizes, surges.

mod files;
mod patterns;
mod rates;
mod surges;
mod transforms;

use upswell_sim::{Arrival, Sizes, TokenSpread, Traffic, parse_pattern, parse_trace};
use upswell_units::{Diagnostic, Sources};

/// Requests that are all alike.
const ALIKE: Sizes = Sizes { prompt: TokenSpread::fixed(7), output: TokenSpread::fixed(3) };

/// Reads a pattern; its faults as codes with the words that they point at.
fn pattern(text: &str) -> Result<Traffic, Vec<(&'static str, String)>> {
    let mut sources = Sources::default();
    let file = sources.add("--traffic", text);
    parse_pattern(&sources, file).map_err(|faults| described(&sources, faults))
}

/// Reads a trace, likewise.
fn trace(text: &str) -> Result<Traffic, Vec<(&'static str, String)>> {
    let mut sources = Sources::default();
    let file = sources.add("trace.csv", text);
    parse_trace(&sources, file).map_err(|faults| described(&sources, faults))
}

fn described(sources: &Sources, faults: Vec<Diagnostic>) -> Vec<(&'static str, String)> {
    let described = faults.into_iter().map(|fault| {
        assert!(fault.help.is_some(), "every fault has its mend: {fault:?}");
        let span = fault.primary.as_ref().expect("every fault has its place").span;
        assert!(fault.render(sources, false).contains(" --> "), "{fault:?}");
        (fault.code, sources.snippet(span).to_owned())
    });
    described.collect()
}

/// A trace of the repository.
#[expect(clippy::disallowed_methods, reason = "the test is the edge that reads the file")]
fn recorded(name: &str) -> Traffic {
    let path = format!("{}/../../traces/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the repository has its traces");
    trace(&text).expect("the traces of the repository are sound")
}

fn sound(text: &str) -> Traffic {
    pattern(text).expect("the pattern of a test is sound")
}

fn arrivals(traffic: &Traffic, seed: u64) -> Vec<Arrival> {
    traffic.arrivals(seed, &ALIKE).collect()
}

/// Seconds from the start of the traffic.
fn seconds(arrival: &Arrival) -> f64 {
    arrival.at.as_secs_f64()
}
