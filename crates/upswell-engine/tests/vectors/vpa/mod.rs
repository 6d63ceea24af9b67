//! `vpa/`: the records say by their shape what they are.

mod checkpoint;
mod compare;
mod histogram;
mod limits;
mod read;
mod recommend;
mod update;

use serde_json::Value;
use upswell_engine::vertical::buckets::Buckets;
use upswell_vectors::Verdict;

pub(crate) fn judge(record: &Value) -> Verdict {
    let has = |field: &str| record.get(field).is_some();
    let expects = |field: &str| record["expect"].get(field).is_some();
    match () {
        () if has("ops") => histogram::judge(record),
        () if has("controllers") => update::judge(record),
        () if has("checkpoint") => checkpoint::judge_load(record),
        () if has("pods") && expects("checkpoints") => checkpoint::judge_restart(record),
        () if has("pods") && expects("status") => recommend::judge(record),
        () if has("pod") => limits::judge(record),
        () => {
            let fields: Option<Vec<String>> =
                record.as_object().map(|fields| fields.keys().cloned().collect());
            Verdict::UnknownKind(fields.unwrap_or_default().join(","))
        }
    }
}

/// Compares all bucket starts, bit for bit.
pub(crate) fn buckets() {
    let text = include_str!("../../../../../vectors/vpa/buckets.json");
    let recorded: Value = serde_json::from_str(text).expect("buckets.json is JSON");
    assert_eq!(recorded["epsilon"], Buckets::EPSILON);
    for (name, buckets, units) in [("cpu", Buckets::Cpu, 1000.0), ("memory", Buckets::Memory, 1.0)]
    {
        let recorded = &recorded[name];
        assert_eq!(recorded["count"], Buckets::COUNT);
        for bucket in 0..Buckets::COUNT {
            let start = buckets.start(bucket);
            assert_eq!(recorded["starts"][bucket].as_f64(), Some(start), "{name} {bucket}");
            assert_eq!(recorded["truncated"][bucket].as_i64(), Some((start * units) as i64));
        }
    }
}
