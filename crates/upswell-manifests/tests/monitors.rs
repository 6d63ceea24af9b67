//! ServiceMonitors and PodMonitors: relabelings, limits, what is wrong with them.

use upswell_manifests::bundle::Bundle;
use upswell_manifests::kinds::relabeling::RelabelAction;
use upswell_manifests::kinds::{Object, PodMonitor, ServiceMonitor};
use upswell_units::Bytes;

fn objects(text: &str) -> Vec<Object> {
    let bundle = Bundle::from_text("a.yaml", text);
    let problems: Vec<_> =
        bundle.diagnostics().map(|problem| problem.render(&bundle.sources, false)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    bundle.items.iter().filter_map(|item| item.object().cloned()).collect()
}

fn service_monitor(endpoint: &str) -> ServiceMonitor {
    let text = format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {{name: a}}\nspec:\n  \
         selector: {{}}\n  targetLabels: [team]\n  podTargetLabels: [app.kubernetes.io/name]\n  \
         sampleLimit: 500\n  labelLimit: 30\n  labelNameLengthLimit: 64\n  \
         labelValueLengthLimit: 0\n  bodySizeLimit: 10MB\n  endpoints: [{{{endpoint}}}]\n"
    );
    let monitor = objects(&text).into_iter().find_map(|object| match object {
        Object::ServiceMonitor(monitor) => Some(*monitor),
        _ => None,
    });
    monitor.expect("a ServiceMonitor")
}

fn pod_monitor(endpoint: &str) -> PodMonitor {
    let text = format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {{name: a}}\nspec:\n  \
         selector: {{}}\n  sampleLimit: 500\n  bodySizeLimit: \"0\"\n  podTargetLabels: [app]\n  \
         podMetricsEndpoints: [{{{endpoint}}}]\n"
    );
    let monitor = objects(&text).into_iter().find_map(|object| match object {
        Object::PodMonitor(monitor) => Some(*monitor),
        _ => None,
    });
    monitor.expect("a PodMonitor")
}

#[test]
fn a_relabeling_has_the_operators_fields() {
    let rule = "sourceLabels: [__meta_kubernetes_pod_node_name, zone], separator: \"/\", \
                targetLabel: node, regex: \"(.+)/b\", modulus: 0, replacement: \"$1\", \
                action: Replace";
    let monitor = service_monitor(&format!("relabelings: [{{{rule}}}, {{targetLabel: a}}]"));
    let [rule, short] = &monitor.spec.endpoints[0].relabelings[..] else { panic!("two rules") };
    let sources: Vec<_> = rule.source_labels.iter().map(|label| label.value.as_str()).collect();
    assert_eq!(sources, ["__meta_kubernetes_pod_node_name", "zone"]);
    let text = |field: &Option<upswell_units::Spanned<String>>| {
        field.as_ref().map(|text| text.value.clone()).unwrap_or_default()
    };
    assert_eq!(text(&rule.separator), "/");
    assert_eq!(text(&rule.target_label), "node");
    assert_eq!(text(&rule.regex), "(.+)/b");
    assert_eq!(text(&rule.replacement), "$1");
    assert_eq!(rule.modulus.as_ref().map(|modulus| modulus.value), Some(0));
    assert_eq!(rule.action(), RelabelAction::Replace);
    assert!(short.action.is_none() && short.regex.is_none(), "a default is nothing written");
    assert_eq!(short.action(), RelabelAction::Replace);
}

#[test]
fn an_action_is_written_in_one_of_two_ways() {
    for (action, fields, expected) in [
        ("keep", "", RelabelAction::Keep),
        ("HashMod", ", modulus: 4, targetLabel: a", RelabelAction::HashMod),
        ("labeldrop", "", RelabelAction::LabelDrop),
        ("DropEqual", ", targetLabel: a", RelabelAction::DropEqual),
        ("uppercase", ", targetLabel: a", RelabelAction::Uppercase),
        ("LabelMap", "", RelabelAction::LabelMap),
    ] {
        let monitor = pod_monitor(&format!("metricRelabelings: [{{action: {action}{fields}}}]"));
        let found = monitor.spec.pod_metrics_endpoints[0].metric_relabelings[0].action();
        assert_eq!((found, found.as_str()), (expected, action.to_lowercase().as_str()));
    }
}

#[test]
fn an_endpoint_has_parameters_and_honors_what_it_says() {
    let fields = "params: {match: [a, b]}, honorLabels: true, honorTimestamps: false, \
                  authorization: {credentials: {name: a, key: b}}, basicAuth: {}";
    let service = service_monitor(fields);
    let pod = pod_monitor("");
    let endpoint = &service.spec.endpoints[0];
    let values: Vec<_> = endpoint.params["match"].iter().map(|value| &value.value).collect();
    assert_eq!(values, ["a", "b"]);
    assert_eq!(endpoint.honor_labels.as_ref().map(|honors| honors.value), Some(true));
    assert_eq!(endpoint.honor_timestamps.as_ref().map(|honors| honors.value), Some(false));
    let bare = &pod.spec.pod_metrics_endpoints[0];
    assert!(bare.params.is_empty() && bare.honor_labels.is_none());
}

#[test]
fn limits_and_labels_are_read() {
    let spec = service_monitor("").spec;
    let limits = [
        spec.sample_limit,
        spec.label_limit,
        spec.label_name_length_limit,
        spec.label_value_length_limit,
    ];
    assert_eq!(limits.map(|limit| limit.expect("set").value), [500, 30, 64, 0]);
    assert_eq!(spec.body_size_limit.expect("set").value.0, Bytes(10 << 20));
    assert_eq!(spec.target_labels[0].value, "team");
    assert_eq!(spec.pod_target_labels[0].value, "app.kubernetes.io/name");
    let spec = pod_monitor("").spec;
    assert_eq!(spec.sample_limit.map(|limit| limit.value), Some(500));
    assert_eq!(spec.body_size_limit.expect("set").value.0, Bytes(0));
    assert_eq!(spec.pod_target_labels[0].value, "app");
}

#[test]
fn what_prometheus_would_refuse_is_said_with_its_place_and_mend() {
    let text = r#"apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a}
spec:
  selector: {}
  sampleLimit: -1
  bodySizeLimit: 10 MB
  endpoints:
  - port: metrics
    params: {a: b}
    honorLabels: "yes"
    relabelings:
    - action: kepp
    - action: KEEP
    - sourceLabels: [pod]
    - {action: hashmod, targetLabel: shard}
    - {action: keepequal, targetLabel: a, sourceLabels: [b], regex: x, separator: "-"}
    - {action: lowercase, targetLabel: a, replacement: b}
    metricRelabelings:
    - action: labeldrop
      regex: "pod(_.*"
      sourceLabels: [a]
    - {action: labelmap, replacement: ""}
    - {action: labelkeep, modulus: 3, targetLabel: a}
    - {action: drop, source_labels: [a]}
"#;
    let bundle = Bundle::from_text("a.yaml", text);
    let problems: Vec<_> =
        bundle.diagnostics().map(|problem| problem.render(&bundle.sources, false)).collect();
    insta::assert_snapshot!(problems.join("\n\n"));
}
