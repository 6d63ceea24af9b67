//! Bundles applied to an empty cluster: what is refused, what stops, what goes on.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use upswell_manifests::admission::{Admitted, admit};
use upswell_manifests::bundle::Bundle;
use upswell_manifests::kinds::Object;

/// Everything admission said, as a person reads it.
fn rendered(bundle: &Bundle) -> String {
    let Admitted { objects, refused, stopped, warnings } = admit(bundle);
    let render = |diagnostic: &upswell_units::Diagnostic| diagnostic.render(&bundle.sources, false);
    let mut blocks = Vec::new();
    for object in objects {
        blocks.push(format!("admitted {} {}", object.kind().name(), object.metadata().name()));
    }
    for refusal in &refused {
        for objection in &refusal.objections {
            let (object, check) = (&refusal.object, objection.check);
            let text = render(&objection.diagnostic);
            blocks.push(format!("refused {object} by {check}\n{text}"));
        }
    }
    for stop in &stopped {
        blocks.push(format!("stopped {}\n{}", stop.autoscaler, render(&stop.diagnostic)));
    }
    blocks.extend(warnings.iter().map(render));
    blocks.join("\n")
}

/// What happened, in short: `refused ScaledObject/a: other-hpa`, `stopped ...`, `warning ...`.
fn verdicts(text: &str) -> Vec<String> {
    let bundle = Bundle::from_text("bundle.yaml", text);
    assert!(bundle.problems.is_empty(), "{:?}", bundle.problems);
    let admitted = admit(&bundle);
    let refused = admitted.refused.iter().flat_map(|refusal| {
        let codes = refusal.objections.iter().map(|objection| objection.diagnostic.code);
        codes.map(|code| format!("refused {}: {code}", refusal.object))
    });
    let stopped = admitted.stopped.iter().map(|stop| format!("stopped {}", stop.autoscaler));
    let warnings = admitted.warnings.iter().map(|warning| format!("warning {}", warning.code));
    refused.chain(stopped).chain(warnings).collect()
}

fn deployment(name: &str, app: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  \
         selector: {{matchLabels: {{app: {app}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {app}}}}}\n    spec: {{containers: [{{name: c, image: i}}]}}\n\
         ---\n"
    )
}

fn autoscaler(name: &str, target: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: {name}}}\n\
         spec:\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {target}}}\n  \
         maxReplicas: 5\n---\n"
    )
}

fn scaled_object(name: &str, target: &str, more: &str) -> String {
    format!(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: {name}}}\nspec:\n  \
         scaleTargetRef: {{name: {target}}}\n{more}  triggers:\n  - type: redis\n    \
         metadata: {{address: \"redis:6379\", listName: jobs}}\n---\n"
    )
}

#[test]
fn the_articles_bundle_ends_without_any_horizontal_scaling() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/article");
    let bundle = Bundle::load(&[&folder], &mut std::io::empty());
    assert!(!bundle.items.is_empty(), "the article's manifests lie in {}", folder.display());
    let text = rendered(&bundle).replace(&folder.display().to_string(), "article");
    insta::assert_snapshot!(text);
}

#[test]
fn parameters_that_a_trigger_does_not_have_are_warned_about() {
    let misspelt = scaled_object("scaled", "worker", "")
        .replace("listName: jobs", "listName: jobs, listLenght: \"9\"");
    let job = "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: job}\nspec:\n  \
               jobTargetRef: {template: {spec: {containers: [{name: c, image: i}]}}}\n  triggers:\n  \
               - type: prometheus\n    metadata:\n      serverAddress: http://prometheus:9090\n      \
               query: sum(jobs)\n      threshold: \"5\"\n      metricName: jobs\n";
    let text = deployment("worker", "w") + &misspelt + job;
    insta::assert_snapshot!(rendered(&Bundle::from_text("bundle.yaml", &text)));
}

#[test]
fn a_scaled_object_after_an_autoscaler_of_its_target_is_refused() {
    let text = deployment("worker", "w")
        + &autoscaler("hpa", "worker")
        + &scaled_object("scaled", "worker", "");
    assert_eq!(verdicts(&text), ["refused ScaledObject/scaled: other-hpa"]);
}

#[test]
fn an_autoscaler_after_the_scaled_object_is_taken_and_stops_both() {
    let text = deployment("worker", "w")
        + &scaled_object("scaled", "worker", "")
        + &autoscaler("hpa", "worker");
    assert_eq!(
        verdicts(&text),
        ["stopped HorizontalPodAutoscaler/hpa", "stopped HorizontalPodAutoscaler/keda-hpa-scaled",]
    );
}

#[test]
fn autoscalers_of_two_targets_with_overlapping_selectors_stop_each_other() {
    let overlapping = deployment("one", "w") + &deployment("two", "w");
    let apart = deployment("one", "a") + &deployment("two", "b");
    let autoscalers = autoscaler("hpa-one", "one") + &autoscaler("hpa-two", "two");
    let both =
        ["stopped HorizontalPodAutoscaler/hpa-one", "stopped HorizontalPodAutoscaler/hpa-two"];
    assert_eq!(verdicts(&(overlapping + &autoscalers)), both);
    assert!(verdicts(&(apart + &autoscalers)).is_empty());
}

#[test]
fn many_autoscalers_of_one_target_name_a_few_of_each_other() {
    let text: String = (0..50).map(|index| autoscaler(&format!("hpa-{index}"), "worker")).collect();
    let bundle = Bundle::from_text("bundle.yaml", &text);
    let admitted = admit(&bundle);
    assert_eq!(admitted.stopped.len(), 50);
    let last = &admitted.stopped[49].diagnostic;
    assert_eq!(
        last.message,
        "HorizontalPodAutoscaler `hpa-49` does nothing: `hpa-0` and `hpa-1` and `hpa-2` and others \
         select the same pods"
    );
}

#[test]
fn two_autoscalers_of_a_target_that_is_not_in_the_bundle_stop_too() {
    let text = autoscaler("one", "elsewhere") + &autoscaler("two", "elsewhere");
    assert_eq!(verdicts(&text).len(), 2);
}

#[test]
fn a_paused_scaled_object_has_no_autoscaler_that_could_stop_another() {
    let paused = scaled_object("scaled", "worker", "").replace(
        "metadata: {name: scaled}",
        "metadata: {name: scaled, annotations: {autoscaling.keda.sh/paused: \"\"}}",
    );
    let text = deployment("worker", "w") + &paused + &autoscaler("hpa", "worker");
    assert!(verdicts(&text).is_empty());
}

#[test]
fn a_scaled_object_that_takes_over_an_autoscaler_stops_nothing() {
    let annotation = "annotations: {scaledobject.keda.sh/transfer-hpa-ownership: \"true\"}";
    let metadata = format!("metadata: {{name: scaled, {annotation}}}");
    let config = "  advanced: {horizontalPodAutoscalerConfig: {name: hpa}}\n";
    let taking =
        scaled_object("scaled", "worker", config).replace("metadata: {name: scaled}", &metadata);
    let nameless =
        scaled_object("scaled", "worker", "").replace("metadata: {name: scaled}", &metadata);
    let before = deployment("worker", "w") + &autoscaler("hpa", "worker");
    let text = before.clone() + &taking;
    assert_eq!(verdicts(&text), ["warning hpa-taken-over"]);
    let bundle = Bundle::from_text("bundle.yaml", &text);
    let is_autoscaler = |object: &&&Object| matches!(object, Object::HorizontalPodAutoscaler(_));
    assert_eq!(admit(&bundle).objects.iter().filter(is_autoscaler).count(), 0);
    let refused = ["refused ScaledObject/scaled: transfer-ownership-missing-hpa-name"];
    assert_eq!(verdicts(&(before + &nameless)), refused);
}

#[test]
fn an_exported_autoscaler_of_keda_is_that_of_its_scaled_object() {
    let owner = "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: scaled, uid: u}";
    let exported = autoscaler("old-name", "worker")
        .replace("{name: old-name}", &format!("{{name: old-name, ownerReferences: [{owner}]}}"));
    let text = deployment("worker", "w") + &exported + &scaled_object("scaled", "worker", "");
    assert_eq!(verdicts(&text), ["warning hpa-taken-over"]);
}

#[test]
fn the_same_target_in_another_namespace_is_another_target() {
    let elsewhere = autoscaler("hpa", "worker").replace("{name: hpa}", "{name: hpa, namespace: b}");
    let text = deployment("worker", "w") + &elsewhere + &scaled_object("scaled", "worker", "");
    assert!(verdicts(&text).is_empty());
}

#[test]
fn the_scale_target_of_a_cpu_trigger_has_to_be_applied_first() {
    let cpu = scaled_object("scaled", "worker", "  minReplicaCount: 1\n").replace(
        "type: redis\n    metadata: {address: \"redis:6379\", listName: jobs}",
        "type: cpu\n    metricType: Utilization\n    metadata: {value: \"60\"}",
    );
    let with_request = deployment("worker", "w")
        .replace("image: i", "image: i, resources: {requests: {cpu: 100m}}");
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: limits}\nspec:\n  limits:\n  \
                 - {type: Container, defaultRequest: {cpu: 100m}}\n---\n";
    let missing = ["refused ScaledObject/scaled: missing-requests"];
    assert!(verdicts(&(with_request.clone() + &cpu)).is_empty());
    assert_eq!(verdicts(&(deployment("worker", "w") + &cpu)), missing);
    assert!(verdicts(&(range.to_owned() + &deployment("worker", "w") + &cpu)).is_empty());
    let too_early = ["refused ScaledObject/scaled: workload-not-found"];
    assert_eq!(verdicts(&(cpu + &with_request)), too_early);
}

#[test]
fn an_object_that_comes_twice_replaces_the_first() {
    let first = deployment("worker", "w");
    let second = first.replace("image: i", "image: j");
    let bundle = Bundle::from_text("bundle.yaml", &(first + &second));
    let admitted = admit(&bundle);
    let images: Vec<&str> = admitted
        .objects
        .iter()
        .filter_map(|object| match object {
            Object::Deployment(deployment) => Some(&deployment.spec.template.spec.containers),
            _ => None,
        })
        .flatten()
        .filter_map(|container| container.image.as_ref().map(|image| image.value.as_str()))
        .collect();
    assert_eq!(images, ["j"]);
    assert_eq!(admitted.warnings[0].code, "applied-twice");
}

#[test]
fn what_a_second_version_no_longer_asks_for_is_free_again() {
    let text = scaled_object("one", "worker", "")
        + &scaled_object("one", "other", "")
        + &scaled_object("two", "worker", "")
        + &autoscaler("hpa", "third")
        + &autoscaler("hpa", "fourth")
        + &scaled_object("three", "third", "");
    assert_eq!(verdicts(&text), ["warning applied-twice", "warning applied-twice"]);
}

#[test]
fn a_second_version_that_is_refused_leaves_the_first_in_place() {
    let changed = deployment("worker", "w") + &deployment("worker", "other");
    assert_eq!(verdicts(&changed), ["refused Deployment/worker: selector-immutable"]);
    let incomplete = deployment("worker", "w")
        + "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: worker}\nspec: {replicas: 2}\n";
    let bundle = Bundle::from_text("bundle.yaml", &incomplete);
    let admitted = admit(&bundle);
    assert_eq!(admitted.objects.len(), 1);
    assert!(admitted.refused[0].objections.iter().all(|o| !o.diagnostic.related.is_empty()));
}

#[test]
fn a_scaled_object_that_comes_twice_is_reviewed_against_the_others_only() {
    let one = scaled_object("scaled", "worker", "");
    assert_eq!(verdicts(&(one.clone() + &one)), ["warning applied-twice"]);
}

#[test]
fn every_check_speaks_about_a_scaled_object_that_is_wrong_in_many_ways() {
    let name = "a".repeat(60);
    let more = "  idleReplicaCount: 3\n  minReplicaCount: 2\n  fallback: {failureThreshold: 1, \
                replicas: 1, behavior: scalingModifiers}\n";
    let text = autoscaler("hpa", "worker") + &scaled_object(&name, "worker", more);
    let codes: Vec<String> = verdicts(&text)
        .iter()
        .filter_map(|line| line.split(": ").nth(1).map(str::to_owned))
        .collect();
    assert_eq!(
        codes,
        ["other-hpa", "scaling-modifiers-fallback", "idle-not-below-min", "hpa-name-too-long"]
    );
}

#[test]
fn each_refusal_says_where_what_and_how_to_mend_it() {
    let formula = "  advanced: {scalingModifiers: {formula: jobs + nope, target: \"2\"}}\n";
    let named = |text: String| text.replace("type: redis", "type: redis\n    name: jobs");
    let text = deployment("worker", "w")
        + &scaled_object("one", "worker", "")
        + &scaled_object("two", "worker", "")
        + &named(scaled_object("three", "third", formula))
        + &scaled_object("four", "fourth", "  idleReplicaCount: 0\n")
        + &scaled_object("five", "fifth", "  minReplicaCount: 1\n  pollingInterval: 5\n")
        + "apiVersion: keda.sh/v1alpha1\nkind: TriggerAuthentication\nmetadata: {name: auth}\n\
           spec: {podIdentity: {provider: aws, externalID: e}}\n";
    let bundle = Bundle::from_text("bundle.yaml", &text);
    insta::assert_snapshot!(rendered(&bundle));
}

/// A few names, so that generated objects meet.
fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

fn documents() -> impl Strategy<Value = String> {
    let counts = prop::sample::select(vec![
        "",
        "  minReplicaCount: 0\n",
        "  minReplicaCount: 4\n  maxReplicaCount: 3\n",
        "  idleReplicaCount: 0\n",
        "  idleReplicaCount: 0\n  minReplicaCount: 2\n",
        "  advanced: {horizontalPodAutoscalerConfig: {name: shared}}\n",
    ]);
    prop_oneof![
        (names(), names()).prop_map(|(name, app)| deployment(name, app)),
        (names(), names()).prop_map(|(name, target)| autoscaler(name, target)),
        (names(), names(), counts)
            .prop_map(|(name, target, counts)| scaled_object(name, target, counts)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_object_is_admitted_refused_or_replaced(
        documents in prop::collection::vec(documents(), 0..12)
    ) {
        let bundle = Bundle::from_text("bundle.yaml", &documents.concat());
        let admitted = admit(&bundle);
        let replaced = admitted.warnings.iter().filter(|w| w.code == "applied-twice").count();
        let counted = admitted.objects.len() + admitted.refused.len() + replaced;
        prop_assert_eq!(counted, bundle.items.len());
        prop_assert!(admitted.refused.iter().all(|refusal| !refusal.objections.is_empty()));
    }

    #[test]
    fn no_two_admitted_scaled_objects_share_a_target_or_an_autoscaler(
        documents in prop::collection::vec(documents(), 0..12)
    ) {
        let bundle = Bundle::from_text("bundle.yaml", &documents.concat());
        let (mut targets, mut autoscalers) = (BTreeSet::new(), BTreeSet::new());
        for object in admit(&bundle).objects {
            if let Object::ScaledObject(scaled) = object {
                let target = scaled.spec.scale_target_ref.scale_target(scaled.metadata.namespace());
                prop_assert!(targets.insert(target));
                prop_assert!(autoscalers.insert(scaled.autoscaler_name()));
                prop_assert!(scaled.autoscaler_min_replicas() <= scaled.max_replicas());
            }
        }
    }

    #[test]
    fn a_bundle_without_what_was_refused_is_admitted_the_same(
        documents in prop::collection::vec(documents(), 0..12)
    ) {
        let bundle = Bundle::from_text("bundle.yaml", &documents.concat());
        let before = admit(&bundle);
        let mut rest = Bundle::from_text("bundle.yaml", &documents.concat());
        let refused: Vec<_> = before.refused.iter().flat_map(|r| &r.objections).collect();
        let places: BTreeSet<_> =
            refused.iter().filter_map(|o| o.diagnostic.primary.as_ref().map(|l| l.span)).collect();
        rest.items.retain(|item| {
            !places.iter().any(|span| item.node.span.start <= span.start && span.end <= item.node.span.end)
        });
        let after = admit(&rest);
        prop_assert!(after.refused.is_empty(), "{:?}", after.refused);
        prop_assert_eq!(after.objects, before.objects);
        prop_assert_eq!(after.stopped, before.stopped);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let bundle = Bundle::from_text("any.yaml", &text);
        prop_assert!(admit(&bundle).objects.len() <= bundle.items.len());
    }
}
