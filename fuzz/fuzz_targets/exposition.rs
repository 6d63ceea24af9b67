//! Any bytes make entries or an error that lies in them, never a panic; and what an accepted page
//! says reads back the same after it was written.
//!
//! The first byte picks the format, the rest is the page.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upswell_metrics::exposition::{Entry, Format, parse, write_series};

fuzz_target!(|input: &[u8]| {
    let Some((first, page)) = input.split_first() else { return };
    let format = if *first == b'o' { Format::OpenMetrics } else { Format::Text };
    let lines = 1 + page.iter().filter(|byte| **byte == b'\n').count();
    let (mut samples, mut written) = (Vec::new(), String::new());
    for entry in parse(page, format) {
        match entry {
            Ok(Entry::Series(series)) => {
                let _ = series.exemplar.as_ref().map(|exemplar| exemplar.labels());
                let Ok(labels) = series.labels() else { continue };
                // The text format has no time before 1970.
                let at = series.at.filter(|at| at.0 >= 0);
                write_series(&mut written, &labels, series.value, at);
                samples.push((labels, series.value, at));
            }
            Ok(_) => {}
            Err(error) => assert!((1..=lines).contains(&error.line), "{error}"),
        }
    }
    let mut read_back = parse(written.as_bytes(), Format::Text);
    for (labels, value, at) in samples {
        let Some(Ok(Entry::Series(series))) = read_back.next() else { panic!("{written}") };
        assert_eq!((series.labels(), series.at), (Ok(labels), at), "{written}");
        assert_eq!(series.value.to_bits(), value.to_bits(), "{written}");
    }
    assert!(read_back.next().is_none(), "{written}");
});
