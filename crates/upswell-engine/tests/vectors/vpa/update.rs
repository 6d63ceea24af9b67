//! One updater pass over the pods of one VerticalPodAutoscaler.

use serde_json::{Value, json};
use upswell_engine::vertical::pod::{Owner, Pod};
use upswell_engine::vertical::update::{Observed, Pass, Review, UpdateSettings, pass};
use upswell_vectors::Verdict;

use super::compare::verdict;
use super::read;

pub(crate) fn judge(record: &Value) -> Verdict {
    let vpa = &record["vpa"];
    let policy = read::policy(&vpa["spec"], &vpa["metadata"]["annotations"]);
    let recommendations = read::recommendations(vpa);
    let limit_ranges = read::limit_ranges(&record["limitRanges"]);
    let pods: Vec<Pod> = read::array(&record["pods"]).iter().map(read::pod).collect();
    let controllers = read::array(&record["controllers"]).iter().map(|controller| {
        let (kind, name) = (read::text(&controller["kind"]), read::text(&controller["name"]));
        (Owner { kind, name }, read::integer(&controller["replicas"]) as u32)
    });
    let observed = Observed {
        now: read::instant(&record["now"]),
        recommendations: recommendations.as_deref(),
        limit_ranges: &limit_ranges,
        pods: &pods,
        controllers: &controllers.collect(),
    };
    let Pass { reviews, order, evicted } = pass(&settings(&record["config"]), &policy, &observed);
    let recorded_pods = read::array(&record["expect"]["pods"]).iter();
    let pods: Vec<Value> = recorded_pods.map(|recorded| pod_json(&reviews, recorded)).collect();
    let ours = json!({
        "effectiveMode": format!("{:?}", policy.update_mode()),
        "processedByUpdater": policy.update_mode().evicts(),
        "pods": pods,
        "order": order,
        "evicted": evicted,
    });
    let mut recorded = record["expect"].clone();
    name_empty_bounds(&mut recorded);
    verdict(&ours, &recorded)
}

/// Replaces `null` in recommendations, which the reader cannot tell from an empty list.
fn name_empty_bounds(recorded: &mut Value) {
    recorded["pods"].as_array_mut().into_iter().flatten().for_each(name_empty_bounds_of);
}

fn name_empty_bounds_of(pod: &mut Value) {
    for processed in pod["processed"].as_array_mut().into_iter().flatten() {
        for bound in ["lowerBound", "upperBound", "uncappedTarget"] {
            if processed[bound].is_null() {
                processed[bound] = json!({});
            }
        }
    }
}

fn settings(config: &Value) -> UpdateSettings {
    let mut settings = UpdateSettings::default();
    let float = |field: &str, or: f64| config[field].as_f64().unwrap_or(or);
    settings.min_change_priority = float("minChangePriority", settings.min_change_priority);
    settings.eviction_tolerance_fraction =
        float("evictionToleranceFraction", settings.eviction_tolerance_fraction);
    settings.pod_lifetime_threshold = read::secs(&config["podLifetimeUpdateThresholdSeconds"])
        .unwrap_or(settings.pod_lifetime_threshold);
    settings.evict_after_oom_threshold = read::secs(&config["evictAfterOomThresholdSeconds"])
        .unwrap_or(settings.evict_after_oom_threshold);
    let min_replicas = config["minReplicas"].as_u64().map(|replicas| replicas as u32);
    settings.min_replicas = min_replicas.unwrap_or(settings.min_replicas);
    settings.per_vpa_config = config["perVpaConfig"] == true;
    settings
}

/// What we found of the pod; of one that is not looked at there is nothing to compare.
fn pod_json(reviews: &[Review], recorded: &Value) -> Value {
    let review = reviews.iter().find(|review| recorded["name"] == review.pod.0);
    let Some(review) = review else {
        let mut unseen = recorded.clone();
        unseen["live"] = json!(false);
        return unseen;
    };
    let processed = review.recommendations.iter().map(read::recommendation_json);
    let mut found = json!({
        "name": review.pod,
        "live": true,
        "processed": processed.collect::<Vec<_>>(),
        "outsideRecommendedRange": review.priority.is_outside_range,
        "scaleUp": review.priority.is_scale_up,
        "resourceDiff": review.priority.resource_diff,
        "accepted": review.verdict.is_accepted(),
        "admitted": review.is_admitted,
        "canEvictInitially": review.can_be_evicted,
    });
    name_empty_bounds_of(&mut found);
    found
}
