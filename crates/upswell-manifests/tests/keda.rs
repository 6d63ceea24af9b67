//! KEDA's kinds: what is read, which defaults they have, which HorizontalPodAutoscaler they make.

use proptest::prelude::*;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::keda::{
    RolloutStrategy, ScaledJob, ScaledObject, TriggerCredentials, TriggerInputs, TriggerOwner,
    generate, metric_specs, parse_triggers,
};
use upswell_manifests::kinds::horizontal_pod_autoscaler::{Metric, SelectPolicy, Target};
use upswell_manifests::kinds::{HorizontalPodAutoscaler, Object};
use upswell_triggers::Secret;
use upswell_units::{Duration, Replicas};

/// A ScaledObject of name `demo` with these lines below `metadata` and below `spec`.
fn manifest(metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: demo\n{metadata}\
         spec:\n  scaleTargetRef: {{name: worker}}\n{spec}"
    )
}

const QUEUE: &str =
    "  triggers:\n  - {type: redis, metadata: {address: \"redis:6379\", listName: jobs}}\n";

fn scaled_object(metadata: &str, spec: &str) -> ScaledObject {
    let Object::ScaledObject(object) = only_object(&manifest(metadata, spec)) else {
        unreachable!("the manifest says ScaledObject")
    };
    *object
}

fn only_object(text: &str) -> Object {
    let bundle = Bundle::from_text("demo.yaml", text);
    let found: Vec<_> = bundle.diagnostics().collect();
    assert!(found.is_empty(), "{found:?}");
    bundle.items[0].object().cloned().expect("the manifest is of a known kind")
}

/// Code and text of every mistake in a manifest.
fn mistakes(text: &str) -> Vec<String> {
    let bundle = Bundle::from_text("demo.yaml", text);
    bundle.diagnostics().map(|found| format!("{}: {}", found.code, found.message)).collect()
}

fn generated(object: &ScaledObject) -> HorizontalPodAutoscaler {
    let owner = TriggerOwner {
        namespace: object.metadata.namespace(),
        has_formula: object.modifiers().is_some(),
    };
    let triggers = parse_triggers(&object.spec.triggers, owner, &TriggerInputs::default())
        .expect("the triggers are complete");
    let target = object.spec.scale_target_ref.group_version_kind();
    let specs = metric_specs(object, &triggers);
    generate(object, &target, &specs).expect("there are metrics").autoscaler
}

#[test]
fn what_a_scaled_object_leaves_out_has_kedas_defaults() {
    let object = scaled_object("", QUEUE);
    assert_eq!(object.polling_interval(), Duration::from_secs(30));
    assert_eq!(object.cooldown_period(), Duration::from_secs(300));
    assert_eq!(object.initial_cooldown_period(), Duration::ZERO);
    assert_eq!(object.idle_replicas(), None);
    assert_eq!((object.min_replicas(), object.max_replicas()), (Replicas(0), Replicas(100)));
    assert_eq!(object.autoscaler_min_replicas(), Replicas(1));
    assert_eq!(object.autoscaler_name(), "keda-hpa-demo");
    let target = object.spec.scale_target_ref.scale_target(object.metadata.namespace());
    assert_eq!((target.api_version.as_str(), target.kind.as_str()), ("apps/v1", "Deployment"));
}

#[test]
fn what_a_scaled_job_leaves_out_has_kedas_defaults() {
    let job = |more: &str| -> ScaledJob {
        let text = format!(
            "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {{name: demo}}\nspec:\n  \
             jobTargetRef: {{template: {{spec: {{containers: [{{name: c}}]}}}}}}\n{more}{QUEUE}"
        );
        let Object::ScaledJob(object) = only_object(&text) else {
            unreachable!("the manifest says ScaledJob")
        };
        *object
    };
    let plain = job("");
    assert_eq!(plain.polling_interval(), Duration::from_secs(30));
    assert_eq!((plain.min_replicas(), plain.max_replicas()), (Replicas(0), Replicas(100)));
    assert_eq!(plain.rollout_strategy(), RolloutStrategy::Immediate);
    let crossed = job("  minReplicaCount: 9\n  maxReplicaCount: 4\n");
    assert_eq!((crossed.min_replicas(), crossed.max_replicas()), (Replicas(4), Replicas(4)));
    let both = job("  rolloutStrategy: gradual\n  rollout: {strategy: immediate}\n");
    assert_eq!(both.rollout_strategy(), RolloutStrategy::Gradual);
}

#[test]
fn mistakes_are_found_all_at_once() {
    let spec = "  pollingInterval: 0\n  maxReplicaCount: 3\n  minReplicaCount: 5\n  \
                coolDownPeriod: 60\n  fallback: {failureThreshold: 3, behavior: statik}\n  \
                advanced: {scalingModifiers: {metricType: Utilization}}\n  triggers:\n  \
                - {type: redis, metadata: {listLength: 30}}\n  - {metadata: {}}\n";
    assert_eq!(
        mistakes(&manifest("", spec)),
        [
            "out-of-range: 0 is below 1",
            "missing-field: required field `replicas` is missing",
            "unknown-value: unknown value \"statik\"",
            "bad-metric-type: a formula has no target of type `Utilization`",
            "wrong-type: expected a string, found the number 30",
            "missing-field: required field `type` is missing",
            "unknown-field: unknown field `coolDownPeriod`",
            "min-above-max: `minReplicaCount` is 5, and `maxReplicaCount` only 3",
        ]
    );
    assert_eq!(mistakes(&manifest("", "  triggers: []\n")), ["no-triggers: there is no trigger"]);
}

#[test]
fn metrics_are_sorted_by_type_and_then_in_the_order_of_the_triggers() {
    let spec = "  triggers:\n  \
        - {type: memory, metricType: Utilization, metadata: {value: \"60\"}}\n  \
        - {type: redis, metadata: {address: \"r:1\", listName: b}}\n  \
        - {type: cpu, metricType: Utilization, metadata: {value: \"70\", containerName: c}}\n  \
        - {type: redis, metadata: {address: \"r:1\", listName: a}}\n";
    let names: Vec<String> = generated(&scaled_object("", spec))
        .spec
        .metrics
        .iter()
        .map(|metric| match &metric.value {
            Metric::Resource { name, .. } | Metric::ContainerResource { name, .. } => {
                name.value.clone()
            }
            Metric::External { metric, .. } | Metric::Pods { metric, .. } => {
                metric.name.value.clone()
            }
            Metric::Object { .. } => "object".to_owned(),
        })
        .collect();
    assert_eq!(names, ["cpu", "s1-redis-b", "s3-redis-a", "memory"]);
}

#[test]
fn a_formula_replaces_the_external_metrics_and_those_of_single_containers() {
    let spec = "  advanced: {scalingModifiers: {formula: a * 2, target: \"2.5\", \
                metricType: Value}}\n  triggers:\n  \
        - {type: redis, name: a, metadata: {address: \"r:1\", listName: a}}\n  \
        - {type: cpu, metricType: Utilization, metadata: {value: \"70\", containerName: c}}\n  \
        - {type: memory, metricType: Utilization, metadata: {value: \"60\"}}\n";
    let metrics = generated(&scaled_object("", spec)).spec.metrics;
    let [memory, composite] = metrics.as_slice() else { panic!("{metrics:?}") };
    assert!(matches!(memory.value, Metric::Resource { .. }));
    let Metric::External { metric, target: Target::Value(value) } = &composite.value else {
        panic!("{composite:?}")
    };
    assert_eq!(metric.name.value, "composite-metric");
    assert_eq!(value.value.milli_value(), 2500);
}

#[test]
fn labels_are_copied_except_the_excluded_ones() {
    let metadata = "  labels: {team: a, tier: b, app.kubernetes.io/part-of: mine}\n  \
                    annotations: {scaledobject.keda.sh/hpa-excluded-labels: \"team, tier\"}\n";
    let labels = generated(&scaled_object(metadata, QUEUE)).metadata;
    // The key after the blank is ` tier`, which no label has.
    assert_eq!(labels.label("team"), None);
    assert_eq!(labels.label("tier"), Some("b"));
    assert_eq!(labels.label("app.kubernetes.io/part-of"), Some("mine"));
    assert_eq!(labels.label("app.kubernetes.io/managed-by"), Some("keda-operator"));
}

#[test]
fn a_long_name_is_cut_to_a_label_that_ends_in_a_letter_or_digit() {
    let name = format!("{}--{}", "n".repeat(61), "x".repeat(9));
    let spec = format!("  advanced: {{horizontalPodAutoscalerConfig: {{name: {name}}}}}\n{QUEUE}");
    let metadata = generated(&scaled_object("", &spec)).metadata;
    assert_eq!(metadata.name(), name);
    assert_eq!(metadata.label("app.kubernetes.io/name"), Some("n".repeat(61).as_str()));
}

#[test]
fn a_one_way_pause_switches_off_its_direction_and_keeps_the_rest() {
    let metadata = "  annotations: {autoscaling.keda.sh/paused-scale-in: \"yes\"}\n";
    let config = "  advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: \
                  {stabilizationWindowSeconds: 60, selectPolicy: Min}}}}\n";
    let object = scaled_object(metadata, &format!("{config}{QUEUE}"));
    let behavior = generated(&object).spec.behavior.expect("a direction is off");
    let down = behavior.scale_down.expect("it was configured").value;
    assert_eq!(down.select_policy.map(|policy| policy.value), Some(SelectPolicy::Disabled));
    assert_eq!(down.stabilization_window_seconds.map(|window| window.value), Some(60));
    assert!(behavior.scale_up.is_none());
}

#[test]
fn the_mistakes_of_all_triggers_are_reported_with_their_places() {
    let spec = "  triggers:\n  - {type: redis, metadata: {listName: jobs}}\n  \
                - {type: rediss, metadata: {}}\n";
    let bundle = Bundle::from_text("demo.yaml", &manifest("", spec));
    let Some(Object::ScaledObject(object)) = bundle.items[0].object() else { panic!("{bundle:?}") };
    let owner = TriggerOwner { namespace: "", has_formula: false };
    let faults = parse_triggers(&object.spec.triggers, owner, &TriggerInputs::default())
        .expect_err("neither is complete");
    assert!(faults.iter().all(|fault| fault.primary.is_some()));
    let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
    assert!(codes.contains(&"missing-required") && codes.contains(&"unknown-trigger-type"));
}

#[test]
fn neither_credentials_nor_the_environment_show_in_debug_output() {
    let credentials = TriggerCredentials {
        parameters: [("password".to_owned(), Secret::from("hunter2"))].into(),
        ..TriggerCredentials::default()
    };
    let inputs = TriggerInputs {
        environment: [("PASSWORD".to_owned(), "hunter3".to_owned())].into(),
        credentials: [(0, credentials)].into(),
    };
    let shown = format!("{inputs:?}");
    assert!(shown.contains("PASSWORD") && !shown.contains("hunter"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_are_read_without_a_panic(
        counts in prop::array::uniform5(prop::option::of(any::<i32>())),
    ) {
        let names =
            ["pollingInterval", "cooldownPeriod", "idleReplicaCount", "minReplicaCount",
             "maxReplicaCount"];
        let fields = names.iter().zip(counts).filter_map(|(name, count)| {
            Some(format!("  {name}: {}\n", count?))
        });
        let spec: String = fields.collect::<String>() + QUEUE;
        let bundle = Bundle::from_text("demo.yaml", &manifest("", &spec));
        let Some(Object::ScaledObject(object)) = bundle.items[0].object() else {
            return Err(TestCaseError::fail("numbers of 32 bits are readable"));
        };
        let autoscaler = generated(object);
        prop_assert!(autoscaler.spec.min_replicas() >= Replicas(1));
        if bundle.diagnostics().all(|problem| !problem.is_error()) {
            prop_assert!(object.min_replicas() <= object.max_replicas());
            prop_assert!(object.polling_interval() >= Duration::from_secs(1));
        }
    }
}
