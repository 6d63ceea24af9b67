//! Good manifests of every kind are read without a finding, with upstream's defaults.

use upswell_manifests::bundle::Bundle;
use upswell_manifests::decode::IntOrString;
use upswell_manifests::kinds::prometheus_rule::RuleOutcome;
use upswell_manifests::kinds::vertical_pod_autoscaler::UpdateMode;
use upswell_manifests::kinds::{Kind, LabelSelector, Object};
use upswell_units::{Duration, Replicas};

/// The objects of a text that must have no finding.
fn objects(text: &str) -> Vec<Object> {
    let bundle = Bundle::from_text("a.yaml", text);
    let problems: Vec<_> =
        bundle.diagnostics().map(|problem| problem.render(&bundle.sources, false)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    bundle
        .items
        .iter()
        .map(|item| item.object().expect("no finding, so an object").clone())
        .collect()
}

fn messages(text: &str) -> Vec<String> {
    let bundle = Bundle::from_text("a.yaml", text);
    bundle.diagnostics().map(|problem| problem.message.clone()).collect()
}

#[test]
fn a_full_manifest_of_every_kind_has_no_finding() {
    let objects = objects(include_str!("good/every_kind.yaml"));
    let mut kinds: Vec<_> = objects.iter().map(Object::kind).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, Kind::ALL, "every kind of the table has an example");
}

macro_rules! the {
    ($variant:ident in $text:expr) => {{
        let Some(Object::$variant(object)) = objects($text).into_iter().next() else {
            panic!("no {}", stringify!($variant))
        };
        object
    }};
}

const WORKER: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  \
    selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a, tier: gpu}}\n    \
    spec: {containers: [{name: w, resources: {limits: {cpu: 2}, requests: {memory: 1Gi}}}]}\n";

#[test]
fn a_workload_has_upstreams_defaults() {
    let deployment = the!(Deployment in WORKER);
    assert_eq!(deployment.spec.replicas(), Replicas(1));
    assert!(deployment.spec.replicas.is_none(), "a default is no written number");
    let pod = &deployment.spec.template.spec;
    assert_eq!(pod.termination_grace_period(), Duration::from_secs(30));
    let resources = pod.container("w").unwrap().resources.as_ref().unwrap();
    assert_eq!(
        resources.request("cpu").unwrap().value.to_string(),
        "2",
        "a limit is a request too"
    );
    assert_eq!(resources.request("memory").unwrap().value.value(), 1 << 30);
    assert!(resources.limit("memory").is_none());
}

#[test]
fn a_selector_that_misses_its_own_pods_is_refused() {
    for (from, to, message) in [
        (
            "matchLabels: {app: a}",
            "matchLabels: {app: b}",
            "`selector` does not match its own pods",
        ),
        ("matchLabels: {app: a}", "", "`selector` must not be empty"),
        (
            "matchLabels: {app: a}",
            "matchExpressions: [{key: tier, operator: NotIn, values: [gpu]}]",
            "`selector` does not match its own pods",
        ),
    ] {
        assert_eq!(messages(&WORKER.replace(from, to)), [message]);
    }
}

#[test]
fn selectors_match_as_the_api_server_does() {
    let pod = &the!(Deployment in WORKER).spec.template;
    for (selector, matches) in [
        ("{}", true),
        ("{matchLabels: {app: a}}", true),
        ("{matchLabels: {app: a, none: x}}", false),
        ("{matchExpressions: [{key: app, operator: In, values: [b, a]}]}", true),
        ("{matchExpressions: [{key: app, operator: In, values: [b]}]}", false),
        ("{matchExpressions: [{key: none, operator: In, values: [b]}]}", false),
        ("{matchExpressions: [{key: none, operator: NotIn, values: [b]}]}", true),
        ("{matchExpressions: [{key: app, operator: Exists}]}", true),
        ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", false),
    ] {
        let text = format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: a}}\nspec:\n  selector: {selector}\n"
        );
        let budget = the!(PodDisruptionBudget in &text);
        let selector: LabelSelector = budget.spec.selector.unwrap();
        assert_eq!(pod.is_selected_by(&selector), matches, "{text}");
    }
}

#[test]
fn types_are_as_strict_as_the_api_server() {
    for (from, to, found) in [
        (
            "{name: w",
            "{name: w, env: [{name: A, value: 4}]",
            &["expected a string, found the number 4"][..],
        ),
        (
            "{name: w",
            "{name: w, env: [{name: A, value: no}]",
            &["expected a string, found the boolean no"],
        ),
        ("{name: w", "{name: w, env: [{name: A, value: '4'}]", &[]),
        ("{name: w", "{name: w, env: [{name: A, value: 2026-11-23}]", &[]),
        ("{name: w", "{name: w, ports: [{containerPort: 70000}]", &["70000 is outside 0 to 65535"]),
        ("{name: w", "{name: w, imagePullPolicy: null", &[]),
        ("{name: w", "{nme: w", &["required field `name` is missing", "unknown field `nme`"]),
        ("  template:", "  replicas: 3.0\n  template:", &[]),
        (
            "  template:",
            "  replicas: 3.5\n  template:",
            &["expected a whole number, found the number 3.5"],
        ),
        ("  template:", "  replicas: 0x10\n  template:", &[]),
        ("  template:", "  replicas: ~\n  template:", &[]),
        ("  template:", "  paused: yes\n  template:", &[]),
        ("cpu: 2", "cpu: 2 cores", &["unknown suffix ` cores`"]),
        ("cpu: 2", "cpu: {}", &["expected a quantity, found an object"]),
        ("cpu: 2", "cpu: 0.5", &[]),
        ("containers: [", "containers: {a: [", &["expected a list, found an object"]),
    ] {
        let mut text = WORKER.replacen(from, to, 1);
        if to.ends_with("{a: [") {
            text = text.replace("}}}]}", "}}}]}}");
        }
        let messages = messages(&text);
        assert_eq!(messages.len(), found.len(), "{text}{messages:?}");
        for (message, found) in messages.iter().zip(found) {
            assert!(message.starts_with(found), "{text}{message}");
        }
    }
}

#[test]
fn hpa_v1_is_read_as_the_v2_that_means_the_same() {
    let text = "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec:\n  \
                scaleTargetRef: {kind: Deployment, name: a}\n  maxReplicas: 9\n  targetCPUUtilizationPercentage: 70\n";
    let one = the!(HorizontalPodAutoscaler in text);
    let two = the!(HorizontalPodAutoscaler in &text.replace("autoscaling/v1", "autoscaling/v2").replace(
        "targetCPUUtilizationPercentage: 70",
        "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]",
    ));
    assert_eq!(
        format!("{:?}", one.spec.metrics).replace(char::is_numeric, ""),
        format!("{:?}", two.spec.metrics).replace(char::is_numeric, "")
    );
    assert_eq!(messages(&text.replace(": 70", ": 0")), ["a target must be above zero"]);
}

#[test]
fn rules_are_alerts_or_records() {
    let rule = |rule: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: a}}\nspec: {{groups: [{{name: g, rules: [{rule}]}}]}}\n"
        )
    };
    let alert =
        the!(PrometheusRule in &rule("{alert: A, expr: 1, for: 1h30m, keep_firing_for: 5m}"));
    let alert = &alert.spec.groups[0].rules[0];
    let RuleOutcome::Alert { hold, .. } = &alert.outcome else { panic!("no alert") };
    assert_eq!(
        (alert.expr.value.as_str(), hold.unwrap().value.0),
        ("1", Duration::from_secs(5400))
    );
    let record = the!(PrometheusRule in &rule("{record: a:b, expr: sum(x)}"));
    assert!(matches!(record.spec.groups[0].rules[0].outcome, RuleOutcome::Record(_)));
    assert_eq!(
        messages(&rule("{expr: x}")),
        ["a rule has `alert` or `record`, this one has neither"]
    );
    assert_eq!(messages(&rule("{alert: a, record: b, expr: x}")).len(), 1);
    assert_eq!(
        messages(&rule("{alert: a, expr: x, for: 1.5h}")),
        ["the string \"1.5h\" is no duration of Prometheus"]
    );
}

#[test]
fn a_vertical_pod_autoscaler_knows_its_mode_and_a_budget_its_bound() {
    let vpa = the!(VerticalPodAutoscaler in "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\n\
        metadata: {name: a}\nspec: {targetRef: {kind: Deployment, name: a}, updatePolicy: {updateMode: InPlaceOrRecreate}}\n");
    assert_eq!(
        vpa.spec.update_policy.unwrap().update_mode.unwrap().value,
        UpdateMode::InPlaceOrRecreate
    );
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: 25%}\n";
    let bound = the!(PodDisruptionBudget in budget).spec.max_unavailable.unwrap().value;
    assert_eq!(bound, IntOrString::String("25%".to_owned()));
    assert_eq!(
        messages(&budget.replace("25%", "1, minAvailable: 1")),
        ["a budget has one bound, not two"]
    );
}

#[test]
fn anchors_and_merge_keys_work_as_in_kubectl() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: &labels {app: a, tier: x}\n  \
                annotations:\n    <<: *labels\n    tier: \"y\"\ndata: *labels\n";
    let map = the!(ConfigMap in text);
    assert_eq!(map.metadata.annotation("app"), Some("a"));
    assert_eq!(map.metadata.annotation("tier"), Some("y"));
    assert_eq!(map.data["tier"].value, "x");
}

#[test]
fn long_texts_and_many_objects_are_fine() {
    let long = "x".repeat(100_000);
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, annotations: {{a: \"{long}\"}}}}\ndata:\n  b: {long}\n  c: '{long}'\n  d: |\n    {long}\n"
    );
    assert_eq!(the!(ConfigMap in &text).data["b"].value.len(), long.len());
    let many = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n".repeat(5_000);
    assert_eq!(objects(&many).len(), 5_000);
}
