//! `--set`: what an argument may say, what becomes of a bundle, and every refusal.

use std::fmt::Write;

use proptest::prelude::*;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::bundle::overrides::{COMBINATIONS_MAX, Grid, parse};
use upswell_manifests::kinds::Object;
use upswell_units::Diagnostic;

const WORKER: &str = "\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: worker
  annotations: {autoscaling.keda.sh/paused: \"false\"}
spec:
  scaleTargetRef: {name: worker}
  maxReplicaCount: 20
  triggers:
  - type: redis
    metadata:
      address: redis:6379
      listName: jobs
      listLength: \"5\"
  - type: cpu
    metricType: Utilization
    metadata: {value: \"70\"}
---
apiVersion: v1
kind: Secret
metadata: {name: redis}
stringData: {password: hunter1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: twin, namespace: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: twin, namespace: b}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: worker}
---
apiVersion: upswell.dev/v1alpha1
kind: Settings
workloads:
- target: {kind: Deployment, name: worker}
  slots: 4
goal: {latency: 20s}
";

fn bundle() -> Bundle {
    Bundle::from_text("worker.yaml", WORKER)
}

/// The grid of some arguments, or what is wrong with them, as a user reads it.
fn grid(arguments: &[&str]) -> Result<(Bundle, Grid), String> {
    let mut bundle = bundle();
    assert_eq!(bundle.diagnostics().filter(|problem| problem.is_error()).count(), 0);
    let grid = parse(arguments, &mut bundle.sources).and_then(|read| Grid::new(read, &bundle));
    let render = |faults: Vec<Diagnostic>| {
        let faults = faults.iter().map(|fault| fault.render(&bundle.sources, false));
        faults.collect::<Vec<_>>().join("\n\n")
    };
    match grid {
        Ok(grid) => Ok((bundle, grid)),
        Err(faults) => Err(render(faults)),
    }
}

/// Every combination of sound arguments.
fn bundles(arguments: &[&str]) -> Vec<Bundle> {
    let (bundle, grid) = grid(arguments).expect("the arguments are sound");
    (0..grid.combinations()).map(|combination| grid.apply(combination, &bundle)).collect()
}

/// One parameter of the first trigger, and what is wrong with its object.
fn parameter(bundle: &Bundle, name: &str) -> (Option<String>, Vec<String>) {
    let item = &bundle.items[0];
    let triggers = match item.object() {
        Some(Object::ScaledObject(object)) => &object.spec.triggers[..],
        _ => &[],
    };
    let parameter = triggers.first().and_then(|trigger| trigger.metadata.get(name));
    let problems = item.problems.iter().map(|problem| problem.render(&bundle.sources, false));
    (parameter.map(str::to_owned), problems.collect())
}

const LIST_LENGTH: &str = "ScaledObject/worker:spec.triggers[0].metadata.listLength";

#[test]
fn each_value_makes_a_bundle_and_stays_a_string_where_one_stood() {
    let bundles = bundles(&[&format!("{LIST_LENGTH}=4,08,\"1,\\\",,6\", true ,'x'")]);
    let lengths: Vec<_> = bundles.iter().map(|bundle| parameter(bundle, "listLength")).collect();
    let lengths: Vec<_> =
        lengths.iter().map(|(text, faults)| (text.as_deref(), faults.len())).collect();
    let expected = ["4", "08", "1,\",,6", "true", "x"].map(|text| (Some(text), 0));
    assert_eq!(lengths, expected);
    assert_eq!(parameter(&bundles[1], "listName").0.as_deref(), Some("jobs"), "the rest stays");
}

#[test]
fn a_key_that_is_new_makes_a_default_explicit() {
    let object = "ScaledObject/worker:spec";
    let bundles = bundles(&[
        &format!("{object}.triggers[0].metadata.activationListLength=3"),
        &format!("{object}.minReplicaCount=2"),
        "Settings:goal.share=0.9",
    ]);
    assert_eq!(bundles.len(), 1);
    assert_eq!(parameter(&bundles[0], "activationListLength"), (Some("3".to_owned()), Vec::new()));
    let Some(Object::ScaledObject(object)) = bundles[0].items[0].object() else { panic!() };
    assert_eq!(object.spec.min_replica_count.unwrap().value.0, 2);
    assert_eq!(bundles[0].settings.goal.share.value, 0.9);
    assert_eq!(bundles[0].settings.goal.latency.value.as_secs(), 20);
}

#[test]
fn a_value_may_be_a_collection_and_null_takes_a_field_away() {
    let bundles = bundles(&[
        "Settings:goal={latency: 5s, share: 0.5},{latency: 6s}",
        "ScaledObject/worker:metadata.annotations[\"autoscaling.keda.sh/paused\"]=true,null",
    ]);
    let facts = bundles.iter().map(|bundle| {
        let annotations = &bundle.items[0].object().unwrap().metadata().annotations;
        (bundle.settings.goal.latency.value.as_secs(), annotations.len())
    });
    assert_eq!(facts.collect::<Vec<_>>(), [(5, 1), (5, 0), (6, 1), (6, 0)], "the last one fastest");
}

#[test]
fn what_is_wrong_with_a_value_is_shown_in_the_argument() {
    let bundles = bundles(&["ScaledObject/worker:spec.maxReplicaCount=30,many"]);
    assert_eq!(parameter(&bundles[0], "listName").1, Vec::<String>::new());
    let faults: Vec<_> = bundles[1].items[0].problems.iter().collect();
    insta::assert_snapshot!(faults[0].render(&bundles[1].sources, false));
    assert_eq!(faults.len(), 1);
}

#[test]
fn the_value_that_the_manifest_has_is_known() {
    for (argument, own) in [
        (format!("{LIST_LENGTH}=4,5,6"), Some(1)),
        (format!("{LIST_LENGTH}=4,6"), None),
        ("ScaledObject/worker:spec.maxReplicaCount=0x14".to_owned(), Some(0)),
        ("ScaledObject/worker:spec.minReplicaCount=0".to_owned(), None),
        ("Settings:goal={share: 1, latency: 20s},{latency: 20s}".to_owned(), Some(1)),
    ] {
        let (_, grid) = grid(&[&argument]).unwrap();
        assert_eq!(grid.axes()[0].own, own, "{argument}");
    }
}

#[test]
fn a_change_is_a_line_and_the_place_for_it() {
    let (bundle, grid) = grid(&[
        &format!("{LIST_LENGTH}=4"),
        "ScaledObject/worker:spec.maxReplicaCount=30",
        "ScaledObject/worker:spec.minReplicaCount=3",
        "ScaledObject/worker:spec.triggers[1]={type: cpu}",
        "Settings:workloads[0][\"a b\"]='x'",
    ])
    .unwrap();
    let changes = grid.axes().iter().map(|axis| {
        let change = axis.change(0);
        format!("{} {}", bundle.sources.location(change.at), change.line)
    });
    assert_eq!(
        changes.collect::<Vec<_>>(),
        [
            "worker.yaml:14:19 listLength: \"4\"",
            "worker.yaml:8:20 maxReplicaCount: 30",
            "worker.yaml:7:3 minReplicaCount: 3",
            "worker.yaml:15:5 - {type: cpu}",
            "worker.yaml:39:3 \"a b\": 'x'",
        ]
    );
}

#[test]
fn each_refusal_points_at_its_place() {
    let mut all = String::new();
    let many =
        format!("{LIST_LENGTH}={}", (0..26).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    let more = many.replace("listLength", "activationListLength");
    for arguments in [
        &[""][..],
        &["ScaledObject/worker"],
        &["ScaledObject:spec.minReplicaCount=1"],
        &["ScaledObject/worker=1"],
        &["ScaledObject//worker:spec=1"],
        &["a/b/c/d:spec=1"],
        &["ScaledObject/worker:=1"],
        &["ScaledObject/worker:spec..x=1"],
        &["ScaledObject/worker:spec.triggers[x]=1"],
        &["ScaledObject/worker:spec.triggers[0=1"],
        &["ScaledObject/worker:spec.triggers[99999999999999999999]=1"],
        &["ScaledObject/worker:spec[\"größe=1"],
        &["ScaledObject/worker:spec.triggers[0]metadata=1"],
        &["ScaledObject/worker:spec.maxReplicaCount"],
        &["ScaledObject/worker:spec.maxReplicaCount="],
        &["ScaledObject/worker:spec.maxReplicaCount=1,2,"],
        &["ScaledObject/worker:spec.maxReplicaCount=1, ,2"],
        &["ScaledObject/worker:spec.maxReplicaCount=,1"],
        &["ScaledObject/worker:spec.maxReplicaCount=it's,,a 'b, c'"],
        &["ScaledObject/worker:spec.maxReplicaCount=&a"],
        &["ScaledObject/worker:spec.maxReplicaCount={a: 1"],
        &["ScaledObject/worker:spec.maxReplicaCount=1],[2"],
        &["ScaledObject/worker:spec.maxReplicaCount=\"1"],
        &["ScaledObject/worker:spec.maxReplicaCount=1,0x1"],
        &["ScaledObject/wroker:spec.maxReplicaCount=1"],
        &["Deployment/web:spec.replicas=1"],
        &["ConfigMap/twin:data={}"],
        &["ConfigMap/c/twin:data={}"],
        &["Rollout/worker:spec=1"],
        &["ScaledObject/worker:kind=Deployment"],
        &["ScaledObject/worker:spec.trigers[0].type=cpu"],
        &["ScaledObject/worker:spec.advanced.horizontalPodAutoscalerConfig={}"],
        &["ScaledObject/worker:spec.triggers[2].type=cpu"],
        &["ScaledObject/worker:spec.triggers.type=cpu"],
        &["ScaledObject/worker:spec[0]=1"],
        &["ScaledObject/worker:spec.maxReplicaCount.x=1"],
        &["Settings:goal.latency=1s", "Settings:goal={}"],
        &["Settings:goal.latency", "Settings:gaol.latency=1s", "Settings/x:y=1"],
        &[&many, &more, "Settings:goal.latency=1s,2s"],
    ] {
        let faults = grid(arguments).err().unwrap_or_else(|| panic!("{arguments:?} is taken"));
        assert!(faults.contains("= help: "), "no mend in {faults}");
        let shown: Vec<&str> =
            arguments.iter().map(|text| text.get(..100).unwrap_or(text)).collect();
        let _ = writeln!(all, "=== {}\n{faults}\n", shown.join(" | "));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_object_in_one_of_two_namespaces_is_named_in_full() {
    let bundles = bundles(&["ConfigMap/b/twin:data={a: b}"]);
    let has_data = bundles[0].items.iter().map(|item| item.node.get("data").is_some());
    assert_eq!(has_data.collect::<Vec<_>>(), [false, false, false, true, false]);
}

#[test]
fn there_may_be_no_settings_to_change() {
    let mut bundle =
        Bundle::from_text("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let read = parse(&["Settings:goal.latency=1s"], &mut bundle.sources).unwrap();
    let faults = Grid::new(read, &bundle).unwrap_err();
    assert_eq!(faults[0].code, "set-unknown-object");
    assert_eq!(bundle.files, 1, "an argument is no file");
}

#[test]
fn what_is_said_of_a_secret_is_not_shown() {
    for argument in [
        "Secret/redis:stringData.password=hunter2",
        "Secret/redis:stringData.password.deep=hunter2",
        "Secret/redis:stringData.password=\"hunter2",
        "secret/redis:stringData.password=hunter2",
        "Secrets/redis:stringData.password=hunter2",
        "Secret:stringData.password=hunter2",
        "Secret/redis=hunter2",
    ] {
        let fault = grid(&[argument]).expect_err("values of Secrets are not set");
        assert!(fault.contains("--set:1:"), "{fault}");
        assert!(!fault.contains("hunter"), "{fault}");
    }
}

#[test]
fn an_alias_is_changed_where_it_is_used_and_not_elsewhere() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  labels: &l {app: a}\n\
                spec:\n  selector: {matchLabels: *l}\n  template:\n    metadata: {labels: *l}\n    \
                spec: {containers: [{name: a, image: a}]}\n";
    let mut bundle = Bundle::from_text("a.yaml", text);
    let read = parse(&["Deployment/a:metadata.labels.app=b"], &mut bundle.sources).unwrap();
    let changed = Grid::new(read, &bundle).unwrap().apply(0, &bundle);
    let Some(Object::Deployment(deployment)) = changed.items[0].object() else { panic!() };
    assert_eq!(deployment.metadata.labels["app"].value, "b");
    let item = &changed.items[0];
    let selector = item.node.get("spec").and_then(|spec| spec.get("selector")).unwrap();
    assert_eq!(selector.get("matchLabels").unwrap().get("app").unwrap().as_str(), Some("a"));
}

#[test]
fn a_thousand_combinations_are_the_limit() {
    let values = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let argument = |count| format!("ScaledObject/worker:spec.maxReplicaCount={}", values(count));
    let (_, grid_of_limit) = grid(&[&argument(COMBINATIONS_MAX)]).unwrap();
    assert_eq!(grid_of_limit.combinations(), COMBINATIONS_MAX);
    assert_eq!(grid_of_limit.choices(999), [999]);
    assert!(grid(&[&argument(COMBINATIONS_MAX + 1)]).is_err());
}

proptest! {
    #[test]
    fn no_argument_panics(
        head in "(ScaledObject/worker|Settings|Secret/redis|[a-zA-Z/ö]{0,8})[:=]?",
        rest in "[a-zö.\\[\\]\"'=,{}:#&*!|>%@\\\\ \t\n0-9-]{0,40}",
    ) {
        let _ = grid(&[&format!("{head}{rest}"), &format!("{LIST_LENGTH}={rest}")]);
    }

    #[test]
    fn every_combination_has_its_own_choices(sizes in prop::collection::vec(1_usize..5, 1..4)) {
        let places = ["maxReplicaCount", "minReplicaCount", "pollingInterval"];
        let arguments: Vec<String> = sizes.iter().zip(places).map(|(size, place)| {
            let values: Vec<String> = (1..=*size).map(|value| value.to_string()).collect();
            format!("ScaledObject/worker:spec.{place}={}", values.join(","))
        }).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (_, grid) = grid(&arguments).expect("the arguments are sound");
        let all: Vec<Vec<usize>> = (0..grid.combinations()).map(|n| grid.choices(n)).collect();
        prop_assert_eq!(all.len(), sizes.iter().product::<usize>());
        prop_assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
