//! Saving, loading and going on after a restart of the recommender.

use serde_json::{Value, json};
use upswell_engine::vertical::checkpoint::{Checkpoint, restore, save};
use upswell_engine::vertical::history::History;
use upswell_engine::vertical::policy::Policy;
use upswell_engine::vertical::recommend::{Settings, recommend};
use upswell_units::Timestamp;
use upswell_vectors::Verdict;

use super::compare::verdict;
use super::read;
use super::recommend::{aggregates_json, containers_json, feed, settings};

/// A checkpoint alone, sound or not.
pub(crate) fn judge_load(record: &Value) -> Verdict {
    let (object, settings, policy) =
        (&record["checkpoint"], Settings::default(), Policy::default());
    let checkpoint = read::checkpoint(&object["status"]);
    let mut history = History::default();
    let container = read::text(&object["spec"]["containerName"]);
    if let Err(error) = restore(&settings, &mut history, &container, &checkpoint) {
        return verdict(&json!({ "error": read::checkpoint_error(&error) }), &record["expect"]);
    }
    let ours = json!({
        "error": "",
        "after": containers_json(&recommend(&settings, &policy, &history)),
        "afterAggregates": aggregates_json(&settings, &policy, &history),
        "resaved": saved_json(&settings, &history, checkpoint.last_update),
    });
    verdict(&ours, &record["expect"])
}

/// A recommender that saves and starts anew, without pods and perhaps with new ones.
pub(crate) fn judge_restart(record: &Value) -> Verdict {
    let settings = settings(&record["config"]);
    let policy = read::policy(&record["vpa"], &record["vpa"]["annotations"]);
    let now = read::instant(&record["now"]);
    let mut before = History::default();
    feed(&mut before, &settings, &policy, &record["pods"]);
    let mut after = History::default();
    for (container, checkpoint) in save(&settings, &before, now) {
        restore(&settings, &mut after, &container, &checkpoint).expect("what was saved is sound");
    }
    let mut ours = json!({
        "before": containers_json(&recommend(&settings, &policy, &before)),
        "beforeAggregates": aggregates_json(&settings, &policy, &before),
        "checkpoints": saved_json(&settings, &before, now),
        "after": containers_json(&recommend(&settings, &policy, &after)),
        "afterAggregates": aggregates_json(&settings, &policy, &after),
        "resaved": saved_json(&settings, &after, now),
    });
    if let Some(pods) = record.get("podsAfterRestart") {
        feed(&mut after, &settings, &policy, pods);
        ours["continued"] = containers_json(&recommend(&settings, &policy, &after));
        ours["continuedAggregates"] = aggregates_json(&settings, &policy, &after);
    }
    verdict(&ours, &record["expect"])
}

/// The objects as Kubernetes writes them.
fn saved_json(settings: &Settings, history: &History, now: Timestamp) -> Value {
    let objects = save(settings, history, now).into_iter().map(|(container, checkpoint)| {
        json!({
            "kind": "VerticalPodAutoscalerCheckpoint",
            "apiVersion": "autoscaling.k8s.io/v1",
            "metadata": { "name": format!("vpa-{container}"), "namespace": "ns" },
            "spec": { "vpaObjectName": "vpa", "containerName": container },
            "status": status_json(&checkpoint),
        })
    });
    objects.collect()
}

fn status_json(checkpoint: &Checkpoint) -> Value {
    let mut status = json!({
        "version": checkpoint.version,
        "lastUpdateTime": read::time_json(Some(checkpoint.last_update)),
        "cpuHistogram": read::histogram_json(&checkpoint.cpu),
        "memoryHistogram": read::histogram_json(&checkpoint.memory),
        "firstSampleStart": read::time_json(checkpoint.first_sample),
        "lastSampleStart": read::time_json(checkpoint.last_sample),
    });
    if checkpoint.samples != 0 {
        status["totalSamplesCount"] = json!(checkpoint.samples);
    }
    status
}
