//! `pause`: annotations to what they stop.

use serde_json::{Value, json};
use upswell_engine::activation::{Pause, PausedReplicas};
use upswell_vectors::Verdict;

pub(crate) fn verdict(input: &Value, expect: &Value) -> Verdict {
    let pause = Pause::from_annotations(&super::annotations(&input["annotations"]));
    let replicas = match pause.replicas {
        PausedReplicas::Number(number) => json!(number),
        PausedReplicas::Absent | PausedReplicas::Unreadable(_) => Value::Null,
    };
    let is_unreadable = matches!(pause.replicas, PausedReplicas::Unreadable(_));
    super::all_equal(
        &[
            ("deleteHpa", json!(pause.stops_scaling())),
            ("forceActivation", json!(pause.force_activation)),
            ("hasPauseAnnotation", json!(pause.is_annotated())),
            ("pauseScaleIn", json!(pause.scale_in)),
            ("pauseScaleOut", json!(pause.scale_out)),
            ("paused", json!(pause.stops_scaling())),
            ("pausedCondition", json!(pause.shows_as_paused())),
            ("pausedReplicas", replicas),
            ("pausedReplicasError", json!(is_unreadable)),
            ("scaledJobPaused", json!(pause.stops_jobs())),
        ],
        expect,
    )
}
