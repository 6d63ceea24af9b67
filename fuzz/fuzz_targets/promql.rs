//! Any text is a query or an error that lies in it, and any query has an answer or an error over
//! any series: never a panic, within bounds.
//!
//! The first line is the query. Every further byte is a sample of one of four series: its two
//! lowest bits pick the series, the rest the value; times go on by 15 s.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upswell_metrics::promql::{Dialect, Options, Windows, instant, parse_as, range};
use upswell_metrics::sample::STALE;
use upswell_metrics::store::{self, Limits};
use upswell_metrics::{Labels, Time};
use upswell_units::Duration;

const VALUES: [f64; 8] =
    [0.0, -0.0, 1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, STALE, f64::MAX];

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let Ok(text) = std::str::from_utf8(&input[..end]) else { return };
    for dialect in [Dialect::Prometheus2, Dialect::Prometheus3, Dialect::Experimental] {
        let query = match parse_as(text, dialect) {
            Ok(query) => query,
            Err(error) => {
                assert!(error.at.start <= error.at.end && error.at.end <= text.len(), "{error:?}");
                continue;
            }
        };
        for selector in query.selectors() {
            assert!(text.get(selector.at()).is_some(), "{:?}", selector.at());
        }
        answer(&query, input.get(end + 1..).unwrap_or_default());
    }
});

fn answer(query: &upswell_metrics::promql::Query, samples: &[u8]) {
    let (mut writer, reader) = store::new(Limits::default());
    let series = [("m", "1", "a"), ("m", "+Inf", "a"), ("m", "1", "b"), ("n", "", "a")];
    let series = series.map(|(name, le, a)| {
        writer.series(&Labels::new([("__name__", name), ("le", le), ("a", a)]))
    });
    for (index, byte) in samples.iter().take(400).enumerate() {
        let value = usize::from(byte >> 2);
        let value = VALUES.get(value).copied().unwrap_or(value as f64);
        let at = Time(index as i64 * 15_000);
        let _ = writer.append(series[usize::from(byte & 3)], at, value);
    }
    let at = Time(samples.len().min(400) as i64 * 15_000);
    for windows in [Windows::LeftOpen, Windows::LeftClosed] {
        // Few samples, so that a query of many nested subqueries ends soon.
        let options = Options { windows, samples_max: 20_000, ..Options::default() };
        let _ = instant(query, &reader, at, &options);
        let _ = range(query, &reader, Time(0), at, Duration::from_secs(60), &options);
    }
}
