//! The store through its public door.

mod bounds;
mod model;
mod selection;
mod threads;

use upswell_units::{Bytes, Duration};

use super::{Limits, Reader, Samples};
use crate::labels::Labels;
use crate::matcher::Matcher;
use crate::sample::Time;

fn limits(retention_s: i64, memory: i64) -> Limits {
    Limits { retention: Duration::from_secs(retention_s), memory: Bytes(memory) }
}

fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    Labels::new(pairs)
}

/// Everything the store holds, values as bits.
fn contents(reader: &Reader) -> Vec<(Labels, Vec<(i64, u64)>)> {
    read(reader, &[], Time::MIN, Time::MAX)
}

fn read(
    reader: &Reader,
    matchers: &[Matcher],
    from: Time,
    to: Time,
) -> Vec<(Labels, Vec<(i64, u64)>)> {
    let mut samples = Samples::default();
    let selected = reader.select(matchers, from, to);
    let series = selected.iter().map(|series| {
        samples.clear();
        series.read(&mut samples);
        let values = samples.values.iter().map(|value| value.to_bits());
        (series.labels().clone(), samples.times.iter().copied().zip(values).collect())
    });
    series.collect()
}
