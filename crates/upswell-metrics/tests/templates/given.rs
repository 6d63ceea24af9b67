//! What the templates of these tests are given.

use upswell_metrics::template::{Data, Template};
use upswell_metrics::{Labels, Time};

/// Answers of `query`: two series, none for `none`, a failure for `bad`.
pub(crate) fn query(text: &str) -> Result<Vec<(Labels, f64)>, String> {
    let of = |pod: &str| Labels::new([("__name__", "depth"), ("pod", pod)]);
    match text {
        "none" => Ok(Vec::new()),
        "bad" => Err("no such function".to_owned()),
        _ => Ok(vec![(of("p-1"), 2.0), (of("p-0"), 1.5)]),
    }
}

/// Expands a template for the pod p-0 and a value, at 2023-11-14 22:13:20.123 UTC.
pub(crate) fn expand(text: &str, value: f64) -> Result<String, String> {
    let labels = Labels::new([("__name__", "m"), ("model", "llama"), ("pod", "p-0")]);
    let data = Data {
        labels: &labels,
        value,
        external_labels: &Labels::new([("cluster", "gpu-east")]),
        external_url: "http://prom.example:9090/base",
        at: Time(1_700_000_000_123),
    };
    let template = Template::parse(text).map_err(|error| error.to_string())?;
    template.expand(&data, &mut query).map_err(|error| error.to_string())
}

/// Checks what templates expand to, with the value 12.5.
#[track_caller]
pub(crate) fn expands(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(expand(text, 12.5).as_deref(), Ok(*expected), "{text}");
    }
}

/// Checks how templates fail, with the value 12.5: the end of the message.
#[track_caller]
pub(crate) fn fails(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let error = expand(text, 12.5).expect_err(text);
        assert!(error.ends_with(expected), "{text}: {error}");
    }
}
