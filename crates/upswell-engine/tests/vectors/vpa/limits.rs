//! One pod admission.

use serde_json::{Map, Value, json};
use upswell_engine::vertical::admit::{Admission, Patch, PatchValue, admit};
use upswell_engine::vertical::pod::Requirements;
use upswell_vectors::Verdict;

use super::compare::verdict;
use super::read;

pub(crate) fn judge(record: &Value) -> Verdict {
    let vpa = &record["vpa"];
    let policy = read::policy(&vpa["spec"], &vpa["metadata"]["annotations"]);
    let recommendations = read::recommendations(vpa);
    let limit_ranges = read::limit_ranges(&record["limitRanges"]);
    let pod = read::pod(&record["pod"]);
    let admission = admit(&policy, recommendations.as_deref(), &limit_ranges, &pod);
    let Admission { computed, admitted, remarks, patches } = admission;
    let containers = |all: &[Requirements]| {
        let pairs = pod.containers.iter().zip(all);
        let json = pairs.map(|(container, requirements)| {
            json!({
                "name": container.name,
                "requests": read::amounts_json(requirements.requests.as_ref()),
                "limits": read::amounts_json(requirements.limits.as_ref()),
            })
        });
        Value::Array(json.collect())
    };
    let remarks = remarks.into_iter().map(|(container, remarks)| {
        let mut texts: Vec<String> = remarks.iter().map(ToString::to_string).collect();
        texts.sort();
        (container, json!(texts))
    });
    let ours = json!({
        "containers": containers(&computed),
        "final": containers(&admitted),
        "annotations": remarks.collect::<Map<_, _>>(),
        "patches": patches_json(patches),
        "error": false,
        "patchError": false,
    });
    let mut recorded = record["expect"].clone();
    recorded["patches"].as_array_mut().into_iter().flatten().for_each(amount_of_memory);
    verdict(&ours, &recorded)
}

/// Replaces the text of a memory patch with the number of bytes.
///
/// The recorder held some memory in binary and some in decimal notation. A number without suffix
/// does not show which, but the multiple of it that a patch has may.
fn amount_of_memory(patch: &mut Value) {
    if patch["path"].as_str().is_some_and(|path| path.ends_with("/memory")) {
        patch["value"] = json!(read::quantity(&patch["value"]).map(|bytes| bytes.value()));
    }
}

fn patches_json(mut patches: Vec<Patch>) -> Value {
    patches.sort_by(|one, other| one.path.cmp(&other.path));
    let json = patches.into_iter().map(|patch| {
        let value = match patch.value {
            PatchValue::Object => json!({}),
            PatchValue::Quantity(text) => json!(text),
        };
        let mut patch = json!({ "op": "add", "path": patch.path, "value": value });
        amount_of_memory(&mut patch);
        patch
    });
    Value::Array(json.collect())
}
