//! A sequence of operations on histograms, checked on the way.

use serde_json::{Map, Value, json};
use upswell_engine::vertical::buckets::Buckets;
use upswell_engine::vertical::histogram::DecayingHistogram;
use upswell_vectors::Verdict;

use super::compare::difference;
use super::read;

pub(crate) fn judge(record: &Value) -> Verdict {
    let buckets = if record["resource"] == "cpu" { Buckets::Cpu } else { Buckets::Memory };
    let half_life = read::secs(&record["halfLifeSeconds"]).expect("a half-life");
    let count = read::integer(&record["histograms"]) as usize;
    let mut histograms = vec![DecayingHistogram::new(buckets, half_life); count];
    for (number, operation) in read::array(&record["ops"]).iter().enumerate() {
        if let Some(difference) = operate(&mut histograms, operation) {
            return Verdict::Failed(format!("operation {number}: {difference}"));
        }
    }
    Verdict::Passed
}

fn operate(histograms: &mut [DecayingHistogram], operation: &Value) -> Option<String> {
    let index = read::integer(&operation["h"]) as usize;
    let number = |field: &str| operation[field].as_f64().expect("a number");
    match operation["op"].as_str() {
        Some("add") => {
            let (value, weight) = (number("v"), number("w"));
            histograms[index].add(value, weight, read::instant(&operation["t"]));
        }
        Some("sub") => {
            let (value, weight) = (number("v"), number("w"));
            histograms[index].subtract(value, weight, read::instant(&operation["t"]));
        }
        Some("merge") => {
            let source = read::integer(&operation["src"]) as usize;
            let mut other = histograms[source].clone();
            histograms[index].merge(&mut other);
            histograms[source] = other;
        }
        Some("save") => {
            let saved = read::histogram_json(&histograms[index].save());
            return difference("checkpoint", &saved, &operation["checkpoint"]);
        }
        Some("load") => {
            let error = match &operation["checkpoint"] {
                Value::Null => "nilCheckpoint",
                checkpoint => histograms[index]
                    .load(&read::histogram_checkpoint(checkpoint))
                    .map_or_else(|error| read::histogram_error(&error), |()| ""),
            };
            return difference("error", &json!(error), &operation["error"]);
        }
        Some("check") => return check(&histograms[index], operation),
        other => return Some(format!("unknown operation {other:?}")),
    }
    None
}

fn check(histogram: &DecayingHistogram, operation: &Value) -> Option<String> {
    let weights = histogram.weights().map(|(bucket, weight)| (bucket.to_string(), json!(weight)));
    let (min, max) = histogram.bounds();
    let percentiles = [0.0, 0.1, 0.5, 0.9, 0.95, 1.0].map(|p| histogram.percentile(p));
    let ours = json!({
        "isEmpty": histogram.is_empty(),
        "percentiles": percentiles,
        "state": {
            "referenceTimestamp": histogram.reference().map(|at| at.as_millis() / 1000),
            "totalWeight": histogram.total_weight(),
            "minBucket": min,
            "maxBucket": max,
            "weights": weights.collect::<Map<_, _>>(),
        },
    });
    ["isEmpty", "percentiles", "state"]
        .into_iter()
        .find_map(|field| difference(field, &ours[field], &operation[field]))
}
