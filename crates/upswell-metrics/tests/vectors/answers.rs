//! Answers, and how they compare: labels, times and counts exactly, values within 1e-9.

use serde_json::Value;
use upswell_metrics::promql::{self, Series};
use upswell_metrics::{Labels, Sample, Time};

use crate::series::{labels, value};

/// Largest difference of two values, relative to the recorded one.
const TOLERANCE: f64 = 1e-9;

/// Largest difference where zero is meant.
const FLOOR: f64 = 1e-12;

/// An answer of ours.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `data.resultType` of the HTTP API.
    kind: &'static str,
    text: Option<String>,
    series: Vec<(Labels, Vec<Sample>)>,
}

impl Answer {
    pub(crate) fn of_instant(value: promql::Value) -> Self {
        let (kind, text, series) = match value {
            promql::Value::Scalar(sample) => {
                ("scalar", None, vec![(Labels::empty(), vec![sample])])
            }
            promql::Value::String(_, text) => ("string", Some(text), Vec::new()),
            promql::Value::Vector(vector) => {
                let series = vector.into_iter().map(|(labels, sample)| (labels, vec![sample]));
                ("vector", None, series.collect())
            }
            promql::Value::Matrix(matrix) => return Self::of_range(matrix),
        };
        Self { kind, text, series }
    }

    pub(crate) fn of_range(series: Vec<Series>) -> Self {
        let series = series.into_iter().map(|series| (series.labels, series.samples));
        Self { kind: "matrix", text: None, series: series.collect() }
    }
}

/// Says how an answer differs from the recorded one, if it does.
pub(crate) fn difference(record: &Value, ours: &Answer) -> Option<String> {
    let (kind, result) = (record["result_type"].as_str()?, &record["result"]);
    if ours.kind != kind {
        return Some(format!("ours is a {}, recorded a {kind}", ours.kind));
    }
    if kind == "string" {
        let recorded = result[1].as_str();
        let differs = recorded != ours.text.as_deref();
        return differs.then(|| format!("ours {:?}, recorded {recorded:?}", ours.text));
    }
    let mut recorded = recorded(kind, result);
    let mut series: Vec<&(Labels, Vec<Sample>)> = ours.series.iter().collect();
    if !record["ordered"].as_bool().unwrap_or_default() {
        recorded.sort_by(|(a, _), (b, _)| a.cmp(b));
        series.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let names = |series: Vec<&Labels>| format!("{series:?}");
    let (of_ours, of_theirs): (Vec<_>, Vec<_>) =
        (series.iter().map(|(l, _)| l).collect(), recorded.iter().map(|(l, _)| l).collect());
    if of_ours != of_theirs {
        return Some(format!("ours {}, recorded {}", names(of_ours), names(of_theirs)));
    }
    let mut pairs = series.iter().zip(&recorded);
    pairs.find_map(|((labels, ours), (_, theirs))| {
        samples_differ(ours, theirs).map(|difference| format!("{labels}: {difference}"))
    })
}

fn recorded(kind: &str, result: &Value) -> Vec<(Labels, Vec<Sample>)> {
    let sample = |pair: &Value| Sample {
        at: Time::from_secs_f64(pair[0].as_f64().expect("seconds")),
        value: value(&pair[1]),
    };
    if kind == "scalar" {
        return vec![(Labels::empty(), vec![sample(result)])];
    }
    let series = result.as_array().expect("series").iter();
    series
        .map(|series| {
            let samples = match series.get("values") {
                Some(values) => values.as_array().expect("samples").iter().map(sample).collect(),
                None => vec![sample(&series["value"])],
            };
            (labels(&series["metric"]), samples)
        })
        .collect()
}

fn samples_differ(ours: &[Sample], theirs: &[Sample]) -> Option<String> {
    if ours.len() != theirs.len() {
        return Some(format!("{} samples, recorded {}", ours.len(), theirs.len()));
    }
    let same = |a: &Sample, b: &Sample| a.at == b.at && are_equal(a.value, b.value);
    let (ours, theirs) = ours.iter().zip(theirs).find(|(ours, theirs)| !same(ours, theirs))?;
    Some(format!("ours {ours:?}, recorded {theirs:?}"))
}

fn are_equal(ours: f64, theirs: f64) -> bool {
    if ours.is_nan() || theirs.is_nan() || ours.is_infinite() || theirs.is_infinite() {
        return ours.to_string() == theirs.to_string();
    }
    (ours - theirs).abs() <= (theirs.abs() * TOLERANCE).max(FLOOR)
}
