//! The HorizontalPodAutoscaler that KEDA generates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use upswell_manifests::keda::{
    GeneratedAutoscaler, GroupVersionKind, ScaledObject, TriggerCredentials, TriggerInputs,
    TriggerOwner, generate, metric_specs, parse_triggers,
};
use upswell_manifests::kinds::horizontal_pod_autoscaler::{Behavior, Metric, ScalingRules, Target};
use upswell_triggers::Secret;
use upswell_units::{Diagnostic, Quantity, Spanned};
use upswell_vectors::Verdict;

use super::documents::object;

/// `hpa`: the object and the names in the status, or why there is none.
pub(crate) fn verdict(record: &Value) -> Verdict {
    let (input, expect) = (&record["input"], &record["expect"]);
    let scaled: ScaledObject = object(&input["scaledObject"]);
    let target = &input["target"];
    let text = |key: &str| target[key].as_str().unwrap_or_default().to_owned();
    let target =
        GroupVersionKind { group: text("group"), version: text("version"), kind: text("kind") };
    match generated(&scaled, &target) {
        Ok(generated) if expect["ok"] == true => {
            Verdict::equal("HPA and status", &as_json(&generated), &canonical(expect))
        }
        Ok(_) => Verdict::Failed(format!("generated, recorded {expect}")),
        Err(problems) => refused(&problems, expect),
    }
}

fn generated(
    scaled: &ScaledObject,
    target: &GroupVersionKind,
) -> Result<GeneratedAutoscaler, Vec<Diagnostic>> {
    let triggers = &scaled.spec.triggers;
    let modifiers = scaled.modifiers();
    if let Some(modifiers) = modifiers {
        modifiers.compile(triggers, scaled.name_span())?;
    }
    let owner =
        TriggerOwner { namespace: scaled.metadata.namespace(), has_formula: modifiers.is_some() };
    let parsed = parse_triggers(triggers, owner, &dummy_inputs(triggers.len()))?;
    generate(scaled, target, &metric_specs(scaled, &parsed))
}

/// The records assume AWS keys for SQS.
fn dummy_inputs(triggers: usize) -> TriggerInputs {
    let keys = [("awsAccessKeyID", "key"), ("awsSecretAccessKey", "secret")];
    let parameters: BTreeMap<String, Secret> =
        keys.map(|(name, value)| (name.to_owned(), Secret::from(value))).into();
    let credentials = TriggerCredentials { parameters, ..TriggerCredentials::default() };
    TriggerInputs {
        environment: BTreeMap::new(),
        credentials: (0..triggers).map(|index| (index, credentials.clone())).collect(),
    }
}

/// The README of the vectors asks for the recorded classes among ours.
fn refused(problems: &[Diagnostic], expect: &Value) -> Verdict {
    let ours: BTreeSet<&str> = problems.iter().map(|problem| problem.code).collect();
    let recorded = expect["errorClasses"].as_array().into_iter().flatten();
    let recorded: BTreeSet<&str> = recorded.filter_map(Value::as_str).collect();
    if expect["ok"] == false && recorded.is_subset(&ours) {
        return Verdict::Passed;
    }
    Verdict::Failed(format!("refused: ours {problems:?}, recorded {expect}"))
}

/// The recorded expectation with its quantities in canonical form.
fn canonical(expect: &Value) -> Value {
    let mut whole = expect.clone();
    let fields = whole.as_object_mut().expect("an expectation is an object");
    fields.remove("ok");
    for metric in fields["metrics"].as_array_mut().into_iter().flatten() {
        for amount in ["value", "averageValue"] {
            if let Some(text) = metric["target"][amount].as_str() {
                let quantity: Quantity = text.parse().expect("a recorded quantity");
                metric["target"][amount] = json!(quantity.milli_value());
            }
        }
    }
    whole
}

/// What was generated, in the form of the records.
fn as_json(generated: &GeneratedAutoscaler) -> Value {
    let GeneratedAutoscaler {
        autoscaler,
        external_metric_names,
        resource_metric_names,
        composite_scaler_name,
    } = generated;
    let (metadata, spec) = (&autoscaler.metadata, &autoscaler.spec);
    let mut labels = texts(&metadata.labels);
    labels.remove("app.kubernetes.io/version");
    let reference = &spec.scale_target_ref;
    let mut whole = json!({
        "name": metadata.name(),
        "namespace": metadata.namespace(),
        "labels": labels,
        "scaleTargetRef": {
            "apiVersion": reference.api_version.as_ref().map(|text| &text.value),
            "kind": reference.kind.value,
            "name": reference.name.value,
        },
        "minReplicas": spec.min_replicas().0,
        "maxReplicas": spec.max_replicas.value.0,
        "metrics": spec.metrics.iter().map(|metric| metric_json(&metric.value)).collect::<Vec<_>>(),
        "status": {},
    });
    if !metadata.annotations.is_empty() {
        whole["annotations"] = Value::Object(texts(&metadata.annotations));
    }
    if let Some(behavior) = &spec.behavior {
        whole["behavior"] = behavior_json(behavior);
    }
    if !external_metric_names.is_empty() {
        whole["status"]["externalMetricNames"] = json!(external_metric_names);
    }
    if !resource_metric_names.is_empty() {
        whole["status"]["resourceMetricNames"] = json!(resource_metric_names);
    }
    if let Some(name) = composite_scaler_name {
        whole["status"]["compositeScalerName"] = json!(name);
    }
    whole
}

fn texts(map: &BTreeMap<String, Spanned<String>>) -> Map<String, Value> {
    map.iter().map(|(key, text)| (key.clone(), json!(text.value))).collect()
}

fn metric_json(metric: &Metric) -> Value {
    match metric {
        Metric::Resource { name, target } => {
            json!({"type": "Resource", "name": name.value, "target": target_json(target)})
        }
        Metric::ContainerResource { name, container, target } => json!({
            "type": "ContainerResource",
            "name": name.value,
            "container": container.value,
            "target": target_json(target),
        }),
        Metric::External { metric, target } => json!({
            "type": "External",
            "name": metric.name.value,
            "selector": metric.selector.as_ref().map(|s| texts(&s.match_labels)),
            "target": target_json(target),
        }),
        Metric::Pods { .. } | Metric::Object { .. } => json!("KEDA generates no such metric"),
    }
}

fn target_json(target: &Target) -> Value {
    match target {
        Target::Utilization(percent) => {
            json!({"type": "Utilization", "averageUtilization": percent.value})
        }
        Target::Value(value) => json!({"type": "Value", "value": value.value.milli_value()}),
        Target::AverageValue(value) => {
            json!({"type": "AverageValue", "averageValue": value.value.milli_value()})
        }
    }
}

fn behavior_json(behavior: &Behavior) -> Value {
    let mut whole = Map::new();
    let directions = [("scaleUp", &behavior.scale_up), ("scaleDown", &behavior.scale_down)];
    for (name, rules) in directions {
        if let Some(rules) = rules {
            whole.insert(name.to_owned(), rules_json(&rules.value));
        }
    }
    Value::Object(whole)
}

fn rules_json(rules: &ScalingRules) -> Value {
    let mut whole = Map::new();
    if let Some(window) = rules.stabilization_window_seconds {
        whole.insert("stabilizationWindowSeconds".to_owned(), json!(window.value));
    }
    if let Some(policy) = rules.select_policy {
        whole.insert("selectPolicy".to_owned(), json!(policy.value.as_str()));
    }
    if let Some(policies) = &rules.policies {
        let policies: Vec<Value> = policies
            .iter()
            .map(|policy| {
                json!({
                    "type": policy.value.policy_type.value.as_str(),
                    "value": policy.value.value.value,
                    "periodSeconds": policy.value.period_seconds.value,
                })
            })
            .collect();
        whole.insert("policies".to_owned(), json!(policies));
    }
    Value::Object(whole)
}
