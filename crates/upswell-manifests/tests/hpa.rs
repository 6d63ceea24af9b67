//! HorizontalPodAutoscalers: what Kubernetes takes, refuses and assumes.

use upswell_manifests::decode::Decode;
use upswell_manifests::diagnostics::Diagnostics;
use upswell_manifests::kinds::HorizontalPodAutoscaler;
use upswell_manifests::kinds::horizontal_pod_autoscaler::{Metric, Target};
use upswell_manifests::yaml::parse;
use upswell_units::{Replicas, Sources};

fn decode(spec: &str) -> (Option<HorizontalPodAutoscaler>, Vec<String>) {
    let mut sources = Sources::default();
    let text = format!("metadata: {{name: a}}\nspec:\n{spec}");
    let file = sources.add("hpa.yaml", text.as_str());
    let parsed = parse(&text, file);
    assert!(parsed.problems.is_empty(), "{text}\n{:?}", parsed.problems);
    let mut problems = Diagnostics::default();
    let hpa = Decode::decode(&parsed.documents[0].root, &mut problems);
    (hpa, problems.into_vec().into_iter().map(|problem| problem.message).collect())
}

const TARGET: &str = "  scaleTargetRef: {kind: Deployment, name: a}\n";

#[test]
fn each_type_of_metric_is_read_with_its_target() {
    let metrics = [
        "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}",
        "{type: ContainerResource, containerResource: {name: memory, container: w, target: {type: AverageValue, averageValue: 1Gi}}}",
        "{type: Pods, pods: {metric: {name: q}, target: {type: AverageValue, averageValue: 30}}}",
        "{type: Object, object: {describedObject: {kind: Service, name: s}, metric: {name: r}, target: {type: Value, value: 2k}}}",
        "{type: External, external: {metric: {name: e, selector: {matchLabels: {a: b}}}, target: {type: AverageValue, averageValue: '5'}}}",
    ];
    let spec = format!("{TARGET}  maxReplicas: 9\n  metrics:\n  - {}\n", metrics.join("\n  - "));
    let (hpa, problems) = decode(&spec);
    assert_eq!(problems, Vec::<String>::new());
    let spec = hpa.unwrap().spec;
    assert_eq!((spec.min_replicas(), spec.max_replicas.value), (Replicas(1), Replicas(9)));
    let amounts: Vec<_> = spec
        .metrics
        .iter()
        .map(|metric| match &metric.value {
            Metric::Resource { target, .. }
            | Metric::ContainerResource { target, .. }
            | Metric::Pods { target, .. }
            | Metric::Object { target, .. }
            | Metric::External { target, .. } => match target {
                Target::Utilization(percent) => format!("{} %", percent.value),
                Target::Value(value) => format!("{} in all", value.value),
                Target::AverageValue(value) => format!("{} each", value.value),
            },
        })
        .collect();
    assert_eq!(amounts, ["70 %", "1Gi each", "30 each", "2k in all", "5 each"]);
}

#[test]
fn what_the_api_server_refuses_is_refused() {
    let metric = |metric: &str| format!("{TARGET}  maxReplicas: 9\n  metrics:\n  - {metric}\n");
    let rules =
        |rules: &str| format!("{TARGET}  maxReplicas: 9\n  behavior: {{scaleUp: {rules}}}\n");
    for (spec, refusals) in [
        (TARGET.to_owned(), &["required field `maxReplicas` is missing"][..]),
        (
            format!("{TARGET}  maxReplicas: 2\n  minReplicas: 3\n"),
            &["`minReplicas` 3 is above `maxReplicas` 2"],
        ),
        (
            format!("{TARGET}  maxReplicas: 0\n  minReplicas: 0\n"),
            &["`maxReplicas` must be above zero", "`minReplicas` must be above zero"],
        ),
        (
            format!("{TARGET}  maxReplicas: '9'\n"),
            &["expected a whole number, found the string \"9\""],
        ),
        (format!("{TARGET}  maxReplicas: -1\n"), &["-1 is outside 0 to 2147483647"]),
        (
            "  scaleTargetRef: {nme: a}\n  maxReplica: 9\n".to_owned(),
            &[
                "required field `kind` is missing",
                "required field `name` is missing",
                "unknown field `nme`",
                "required field `maxReplicas` is missing",
                "unknown field `maxReplica`",
            ],
        ),
        (metric("{type: Ressource}"), &["unknown value \"Ressource\""]),
        (metric("{type: Pods}"), &["required field `pods` is missing"]),
        (
            metric(
                "{type: Pods, pods: {metric: {name: q}, target: {type: Utilization, averageUtilization: 9}}}",
            ),
            &["a metric of type Pods has no `averageUtilization`"],
        ),
        (
            metric("{type: Resource, resource: {name: cpu, target: {type: Utilization}}}"),
            &["required field `averageUtilization` is missing"],
        ),
        (
            metric(
                "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}",
            ),
            &["a target must be above zero"],
        ),
        (
            metric(
                "{type: Pods, pods: {metric: {name: q}, target: {type: AverageValue, averageValue: 5 Gi}}}",
            ),
            &["unknown suffix ` Gi`"],
        ),
        (
            rules("{stabilizationWindowSeconds: 3601}"),
            &["`stabilizationWindowSeconds` 3601 is outside 0 to 3600"],
        ),
        (rules("{tolerance: -0.1}"), &["`tolerance` must not be below zero"]),
        (
            rules("{policies: [{type: Pods, value: 0, periodSeconds: 1801}]}"),
            &[
                "the `value` of a policy must be above zero",
                "`periodSeconds` 1801 is outside 1 to 1800",
            ],
        ),
    ] {
        let (_, problems) = decode(&spec);
        assert_eq!(problems.len(), refusals.len(), "{spec}{problems:?}");
        for (problem, refusal) in problems.iter().zip(refusals) {
            assert!(problem.starts_with(refusal), "{spec}{problem}");
        }
    }
}
