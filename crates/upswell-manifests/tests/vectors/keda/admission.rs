//! The webhook's checks.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use upswell_manifests::admission::{
    Check, Cluster, Review, Workload, review, review_trigger_authentication,
};
use upswell_manifests::keda::{ScaledObject, TriggerAuthentication, types_and_authentications};
use upswell_manifests::kinds::{Deployment, HorizontalPodAutoscaler, LimitRange, StatefulSet};
use upswell_vectors::Verdict;

use super::documents::{object, scaled_object};

/// `admission`: all checks against a cluster with other objects.
pub(crate) fn webhook(record: &Value) -> Verdict {
    let (input, expect) = (&record["input"], &record["expect"]);
    let namespace = &input["scaledObject"]["metadata"]["namespace"];
    let scaled: ScaledObject = object(&input["scaledObject"]);
    let others: Vec<ScaledObject> = list(&input["existingScaledObjects"]).map(object).collect();
    let autoscalers: Vec<HorizontalPodAutoscaler> =
        list(&input["existingHpas"]).map(|hpa| object(&autoscaler(hpa, namespace))).collect();
    let ranges: Vec<LimitRange> =
        list(&input["limitRanges"]).map(|item| object(&limit_range(item, namespace))).collect();
    let workload = input.get("workload").map(|pod| workload(pod, &input["scaledObject"]));
    let deployment: Option<Deployment> = workload.as_ref().map(object);
    let stateful_set: Option<StatefulSet> = workload.as_ref().map(object);
    let is_stateful = input["scaledObject"]["spec"]["scaleTargetRef"]["kind"] == "StatefulSet";
    let workload = match (&deployment, &stateful_set) {
        (_, Some(stateful_set)) if is_stateful => Some(Workload::from(stateful_set)),
        (Some(deployment), _) => Some(Workload::from(deployment)),
        (None, _) => None,
    };
    let mut cluster = Cluster::default();
    cluster.is_dry_run = input["dryRun"] == true;
    others.iter().for_each(|other| cluster.add_scaled_object(other));
    autoscalers.iter().for_each(|autoscaler| cluster.add_autoscaler(autoscaler));
    ranges.iter().for_each(|range| cluster.add_limit_range(range));
    workload.into_iter().for_each(|workload| cluster.add_workload(workload));
    let Review { objections, warnings } = review(&scaled, &cluster);
    let failing: BTreeSet<&str> = objections.iter().map(|o| o.check.name()).collect();
    let warnings: BTreeSet<&str> = warnings.iter().map(|w| warning_name(w.code)).collect();
    let recorded = |field: &str| list(&expect[field]).filter_map(Value::as_str).collect();
    Verdict::equal(
        "allowed, failing checks, warnings",
        &(failing.is_empty(), failing, warnings),
        &(expect["allowed"] == true, recorded("failingChecks"), recorded("warnings")),
    )
}

/// The record's name of a warning.
fn warning_name(code: &str) -> &str {
    match code {
        "polling-interval-not-relevant" => "pollingInterval-not-relevant",
        "cooldown-period-not-relevant" => "cooldownPeriod-not-relevant",
        other => other,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn autoscaler(recorded: &Value, namespace: &Value) -> Value {
    let mut metadata = recorded.clone();
    let fields = metadata.as_object_mut().expect("an existing HPA is an object");
    let reference = fields.remove("scaleTargetRef");
    fields.insert("namespace".to_owned(), namespace.clone());
    json!({"metadata": metadata, "spec": {"scaleTargetRef": reference, "maxReplicas": 10}})
}

fn limit_range(item: &Value, namespace: &Value) -> Value {
    json!({"metadata": {"name": "limits", "namespace": namespace}, "spec": {"limits": [item]}})
}

/// A Deployment, or a StatefulSet, with the recorded containers and the scale target's name.
fn workload(recorded: &Value, scaled: &Value) -> Value {
    let containers: Vec<Value> = list(&recorded["containers"])
        .map(|c| {
            let resources = json!({"requests": c["requests"], "limits": c["limits"]});
            json!({"name": c["name"], "resources": resources})
        })
        .collect();
    json!({
        "metadata": {
            "name": scaled["spec"]["scaleTargetRef"]["name"],
            "namespace": scaled["metadata"]["namespace"],
        },
        "spec": {
            "selector": {"matchLabels": {"app": "x"}},
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {"containers": containers},
            },
        },
    })
}

/// `replica-bounds`: idle, fewest and most replicas.
pub(crate) fn replica_bounds(record: &Value) -> Verdict {
    let counts = record["input"].as_object().cloned().unwrap_or_default();
    let scaled: ScaledObject = object(&scaled_object(&counts));
    let classes = classes_of(&review(&scaled, &Cluster::default()), Check::IncorrectReplicas);
    let bounds = (scaled.autoscaler_min_replicas().0, scaled.max_replicas().0);
    let expect = &record["expect"];
    let recorded = (expect["hpaMin"].as_u64(), expect["hpaMax"].as_u64());
    match agrees(expect, &classes) {
        Verdict::Passed => {
            let ours = (Some(bounds.0.into()), Some(bounds.1.into()));
            Verdict::equal("bounds of the HPA", &ours, &recorded)
        }
        failed => failed,
    }
}

/// `triggers-validity`: the list of triggers, and what the status says about it.
pub(crate) fn triggers(record: &Value) -> Verdict {
    let (input, expect) = (&record["input"], &record["expect"]);
    let spec = input.as_object().cloned().unwrap_or_default();
    let scaled: ScaledObject = object(&scaled_object(&spec));
    let classes = classes_of(&review(&scaled, &Cluster::default()), Check::IncorrectTriggers);
    let (types, authentications) = types_and_authentications(&scaled.spec.triggers);
    match agrees(expect, &classes) {
        Verdict::Passed if expect["ok"] == true => Verdict::equal(
            "types of triggers and authentications",
            &(json!(types), json!(authentications)),
            &(expect["triggersTypes"].clone(), expect["authenticationsTypes"].clone()),
        ),
        verdict => verdict,
    }
}

/// `name-validity`: the names that become labels.
pub(crate) fn names(record: &Value) -> Verdict {
    let (input, expect) = (&record["input"], &record["expect"]);
    let mut document = scaled_object(&serde_json::Map::new());
    document["metadata"]["name"] = input["name"].clone();
    if let Some(name) = input.get("hpaName") {
        let config = json!({"horizontalPodAutoscalerConfig": {"name": name}});
        document["spec"]["advanced"] = config;
    }
    let scaled: ScaledObject = object(&document);
    let review = review(&scaled, &Cluster::default());
    let mut classes = classes_of(&review, Check::NameTooLong);
    classes.extend(classes_of(&review, Check::HpaNameTooLong));
    match agrees(expect, &classes) {
        Verdict::Passed if expect["ok"] == true => {
            Verdict::equal("name of the HPA", &json!(scaled.autoscaler_name()), &expect["hpaName"])
        }
        verdict => verdict,
    }
}

/// `triggerauth-validity`: contradictions in a TriggerAuthentication.
pub(crate) fn trigger_authentication(record: &Value) -> Verdict {
    let document = json!({"metadata": {"name": "auth"}, "spec": record["input"]});
    let authentication: TriggerAuthentication = object(&document);
    let review = review_trigger_authentication(&authentication);
    agrees(&record["expect"], &classes_of(&review, Check::TriggerAuthentication))
}

/// The codes of the objections that one check has.
fn classes_of(review: &Review, check: Check) -> BTreeSet<&'static str> {
    let own = review.objections.iter().filter(|objection| objection.check == check);
    own.map(|objection| objection.diagnostic.code).collect()
}

/// Compares `ok` exactly, and the recorded error classes as far as their names are known.
///
/// The README of the vectors defines no names for these categories: a class that no record at hand
/// shows says no more than `ok`.
fn agrees(expect: &Value, classes: &BTreeSet<&'static str>) -> Verdict {
    let recorded = list(&expect["errorClasses"]).filter_map(Value::as_str);
    let recorded: BTreeSet<&str> = recorded.filter_map(our_code).collect();
    if classes.is_empty() == (expect["ok"] == true) && recorded.is_subset(classes) {
        return Verdict::Passed;
    }
    Verdict::Failed(format!("error classes: ours {classes:?}, recorded {expect}"))
}

/// Our code for a recorded error class.
fn our_code(class: &str) -> Option<&str> {
    match class {
        "min-gt-max" => Some("min-above-max"),
        "idle-not-below-min"
        | "cached-metrics-unsupported"
        | "name-too-long"
        | "hpa-name-too-long"
        | "empty-identity-id"
        | "empty-identity-tenant"
        | "identity-tenant-required"
        | "role-arn-with-workload-owner"
        | "external-id-without-role"
        | "oauth2-type"
        | "oauth2-client-id"
        | "oauth2-token-url" => Some(class),
        _ => None,
    }
}
