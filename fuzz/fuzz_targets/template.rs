//! Any text is a template or an error that lies in it; and a template expands to a text or an
//! error, in bounded time and memory: never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upswell_metrics::template::{Data, Template};
use upswell_metrics::{Labels, Time};

fuzz_target!(|text: &str| {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => {
            assert!(text.get(error.at.clone()).is_some(), "{error:?}");
            return;
        }
    };
    let labels = Labels::new([("__name__", "depth"), ("pod", "p-0"), ("host", "a.b:80")]);
    for value in [12.5, f64::NAN, -1e300] {
        let data = Data {
            labels: &labels,
            value,
            external_labels: &labels,
            external_url: "http://localhost:9090/base",
            at: Time(1_700_000_000_123),
        };
        let mut query = |text: &str| match text {
            "" => Err("no query".to_owned()),
            "none" => Ok(Vec::new()),
            _ => Ok(vec![(labels.clone(), value), (Labels::empty(), 1.0)]),
        };
        if let Err(error) = template.expand(&data, &mut query) {
            assert!(text.get(error.at.clone()).is_some(), "{error:?}");
        }
    }
});
