//! Rules of pods about nodes and other pods: read as the API has them, refused as it refuses them.

use upswell_manifests::bundle::Bundle;
use upswell_manifests::kinds::affinity::{NodeOperator, Weight};
use upswell_manifests::kinds::{Affinity, Object};

fn bundle(affinity: &str) -> Bundle {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: worker}}\nspec:\n  \
         selector: {{matchLabels: {{app: worker}}}}\n  template:\n    \
         metadata: {{labels: {{app: worker}}}}\n    spec:\n      \
         containers: [{{name: worker, image: worker}}]\n      affinity:\n{affinity}"
    );
    Bundle::from_text("a.yaml", &text)
}

fn read(text: &str) -> Affinity {
    let bundle = bundle(text);
    assert_eq!(bundle.diagnostics().next(), None);
    let template = bundle.items[0].object().and_then(Object::pod_template);
    let affinity = template.and_then(|template| template.spec.affinity.clone());
    affinity.expect("its affinity is there")
}

fn messages(text: &str) -> Vec<String> {
    bundle(text).diagnostics().map(|problem| problem.message.clone()).collect()
}

const FULL: &str = "        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - {key: gpu, operator: Exists}
              - {key: cores, operator: Gt, values: ['8']}
              matchFields:
              - {key: metadata.name, operator: NotIn, values: [node-1]}
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            preference: {matchExpressions: [{key: capacity, operator: In, values: [spot]}]}
        podAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 1
            podAffinityTerm: {topologyKey: topology.kubernetes.io/zone, matchLabelKeys: [a]}
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - labelSelector: {matchLabels: {app: worker}}
            topologyKey: kubernetes.io/hostname
            namespaces: [llm]
            namespaceSelector: {}
            mismatchLabelKeys: [b]
";

#[test]
fn every_rule_of_the_api_is_read() {
    let Affinity { node_affinity, pod_affinity, pod_anti_affinity } = read(FULL);
    let nodes = node_affinity.unwrap();
    let term = &nodes.required.as_ref().unwrap().terms.value[0];
    let operators: Vec<_> = term.match_expressions.iter().map(|due| due.operator.value).collect();
    assert_eq!(operators, [NodeOperator::Exists, NodeOperator::Gt]);
    assert_eq!(term.match_fields[0].values[0].value, "node-1");
    assert_eq!(nodes.preferred[0].weight, Weight(100));
    assert_eq!(nodes.preferred[0].preference.match_expressions[0].key.value, "capacity");
    let beside = &pod_affinity.unwrap().preferred[0];
    assert_eq!(beside.term.topology_key.value, "topology.kubernetes.io/zone");
    let away = &pod_anti_affinity.unwrap().required[0];
    assert_eq!(away.topology_key.value, "kubernetes.io/hostname");
    assert!(away.label_selector.is_some());
}

#[test]
fn what_the_api_server_refuses_is_refused() {
    let required = |condition: &str| {
        format!(
            "        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            \
             nodeSelectorTerms: [{{{condition}}}]\n"
        )
    };
    let condition = |text: &str| required(&format!("matchExpressions: [{{key: a, {text}}}]"));
    let field = |text: &str| required(&format!("matchFields: [{{{text}}}]"));
    let preferred = |weight: i32| {
        format!(
            "        nodeAffinity:\n          preferredDuringSchedulingIgnoredDuringExecution:\n          \
             - {{weight: {weight}, preference: {{}}}}\n"
        )
    };
    let away = |term: &str| {
        format!(
            "        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          \
             - {{{term}}}\n"
        )
    };
    for (text, message) in [
        (condition("operator: Is"), "unknown value \"Is\""),
        (condition("operator: Gte, values: ['1']"), "unknown value \"Gte\""),
        (condition("operator: In"), "`In` takes at least one value"),
        (condition("operator: Exists, values: [b]"), "`Exists` takes no values"),
        (condition("operator: Lt, values: ['1', '2']"), "`Lt` takes one value"),
        (condition("values: [b]"), "required field `operator` is missing"),
        (field("key: spec.x, operator: In, values: [b]"), "nodes have no field `spec.x` to match"),
        (
            field("key: metadata.name, operator: Exists"),
            "a field is matched by `In` or `NotIn` and one value",
        ),
        (required("matchLabels: {a: b}"), "unknown field `matchLabels`"),
        (required("").replace("[{}]", "[]"), "`nodeSelectorTerms` needs at least one term"),
        (preferred(0), "weight 0 is outside 1 to 100"),
        (preferred(101), "weight 101 is outside 1 to 100"),
        (away("labelSelector: {}"), "required field `topologyKey` is missing"),
        (away("topologyKey: ''"), "`topologyKey` must not be empty"),
        ("        nodeAffinty: {}\n".to_owned(), "unknown field `nodeAffinty`"),
    ] {
        assert_eq!(messages(&text), [message], "{text}");
    }
}
