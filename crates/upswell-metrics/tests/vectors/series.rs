//! The series that queries read, a store for each set.

use std::collections::BTreeMap;

use serde_json::Value;
use upswell_metrics::sample::STALE;
use upswell_metrics::store::{self, Limits, Reader};
use upswell_metrics::{Labels, Time};
use upswell_units::{Bytes, Duration};

/// Stores by the name of the set.
pub(crate) struct Sets(BTreeMap<String, Reader>);

impl Sets {
    /// Takes the series out of all records.
    pub(crate) fn new(records: &[Value]) -> Self {
        let mut by_set: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for record in records.iter().filter(|record| record.get("samples").is_some()) {
            let set = record["set"].as_str().expect("the name of a set");
            by_set.entry(set.to_owned()).or_default().push(record);
        }
        Self(by_set.into_iter().map(|(set, series)| (set, stored(&series))).collect())
    }

    /// Returns the store of a set.
    pub(crate) fn get(&self, set: &str) -> Option<&Reader> {
        self.0.get(set)
    }
}

fn stored(all: &[&Value]) -> Reader {
    let limits = Limits { retention: Duration::from_secs(400 * 86_400), memory: Bytes(1 << 30) };
    let (mut writer, reader) = store::new(limits);
    for series in all {
        let of_store = writer.series(&labels(&series["metric"]));
        for sample in series["samples"].as_array().expect("samples") {
            let at = Time::from_secs_f64(sample[0].as_f64().expect("seconds"));
            let taken = writer.append(of_store, at, value(&sample[1]));
            taken.expect("samples come in order");
        }
    }
    reader
}

/// Reads labels.
pub(crate) fn labels(metric: &Value) -> Labels {
    let pairs = metric.as_object().expect("labels").iter();
    Labels::new(pairs.map(|(name, value)| (name.clone(), value.as_str().expect("a text"))))
}

/// Reads a value, which is a number or a text.
pub(crate) fn value(value: &Value) -> f64 {
    match value.as_str() {
        Some("stale") => STALE,
        // Rust reads NaN, +Inf and -Inf, too.
        Some(text) => text.parse().expect("a number"),
        None => value.as_f64().expect("a number"),
    }
}
