//! What kube-state-metrics, kubelets, KEDA and the controllers export about the workload.

use upswell_sim::Mode::{Stock, Upswell};
use upswell_sim::Traffic;

use crate::ask::{answer, ask, number, question, worker};
use crate::world::{REDIS, SETTINGS, rehearsed, request, scaled_object, steady};

fn scaled(min: u32) -> [String; 2] {
    [worker(1).replace("  replicas: 1\n", ""), scaled_object(min, 10, REDIS)]
}

/// Forty requests of ten seconds at once, two jobs a replica.
fn burst() -> Traffic {
    Traffic::new((0..40).map(|_| request(60_000, 100)).collect())
}

#[test]
fn the_autoscaler_of_a_scaled_object_is_there_in_both_modes() {
    let [worker, object] = scaled(2);
    let manifests = [worker.as_str(), object.as_str()];
    let labels = r#"{horizontalpodautoscaler="keda-hpa-worker", namespace="default"}"#;
    for mode in [Stock, Upswell] {
        for (name, second, due) in [
            ("spec_min_replicas", 30, 2.0),
            ("spec_max_replicas", 30, 10.0),
            ("status_current_replicas", 30, 2.0),
            ("status_desired_replicas", 30, 2.0),
            ("status_desired_replicas", 150, 10.0),
        ] {
            let query = format!(
                "sum by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_{name})"
            );
            let answer = ask(&manifests, burst(), mode, second, &query);
            assert_eq!(answer.get(labels), Some(&due), "{mode:?}: {name}: {answer:?}");
        }
        let active = "sum(kube_horizontalpodautoscaler_status_condition{condition=\"ScalingActive\", \
                      status=\"true\"})";
        assert_eq!(number(&manifests, burst(), mode, 30, active), Some(1.0));
        let target = "sum by (metric_name, metric_target_type) \
                      (kube_horizontalpodautoscaler_spec_target_metric)";
        let answer = ask(&manifests, burst(), mode, 30, target);
        let metric = r#"{metric_name="s0-redis-jobs", metric_target_type="average"}"#;
        assert_eq!(answer.get(metric), Some(&2.0), "{answer:?}");
    }
}

#[test]
fn a_deployment_shows_what_is_missing_while_pods_start() {
    let [worker, object] = scaled(1);
    // Longer than the time between two scrapes.
    let settings = SETTINGS.replace("image: 8s", "image: 90s");
    let ask = |second, query| {
        let question = question(second, query);
        let manifests = [worker.as_str(), &object, &question, &settings];
        answer(&rehearsed(&manifests, burst(), Stock)).values().next().copied()
    };
    let missing = "sum(kube_deployment_spec_replicas - kube_deployment_status_replicas_available)";
    assert_eq!(ask(30, missing), Some(0.0));
    assert!(ask(130, missing) >= Some(4.0), "asked for, and not there");
    let condition =
        "sum(kube_deployment_status_condition{condition=\"Available\", status=\"true\"})";
    assert_eq!([ask(30, condition), ask(130, condition)], [Some(1.0), Some(0.0)]);
    assert_eq!(ask(30, "sum(kube_deployment_status_replicas_ready)"), Some(1.0));
    assert_eq!(ask(30, "sum(kube_deployment_labels)"), None, "kube-state-metrics has none");
}

#[test]
fn pods_have_a_phase_a_readiness_and_requests() {
    let worker = worker(3);
    let ask = |query| number(&[&worker], steady(60, 1000, 1), Stock, 40, query);
    assert_eq!(ask("sum(kube_pod_status_phase{phase=\"Running\"})"), Some(3.0));
    assert_eq!(ask("sum(kube_pod_status_phase{phase=\"Pending\"})"), Some(0.0));
    assert_eq!(ask("sum(kube_pod_status_ready{condition=\"true\"})"), Some(3.0));
    let cores = "sum(kube_pod_container_resource_requests{resource=\"cpu\", unit=\"core\"})";
    assert_eq!(ask(cores), Some(1.5));
    let bytes = "sum(kube_pod_container_resource_limits{resource=\"memory\", unit=\"byte\"})";
    assert_eq!(ask(bytes), Some(3.0 * f64::from(512 << 20)));
    let joined =
        "count(kube_pod_info * on (pod) group_left () kube_pod_status_ready{condition=\"true\"})";
    assert_eq!(ask(joined), Some(3.0), "the names fit");
}

#[test]
fn containers_use_the_cpu_that_the_settings_say() {
    let settings = SETTINGS.replace("  onKill", "  cpuPerRequest: 200m\n  onKill");
    let question = question(500, "sum(rate(container_cpu_usage_seconds_total[5m]))");
    // Two requests a second of one second each keep two of four workers busy.
    let manifests = [worker(4), question, settings];
    let manifests = manifests.each_ref().map(String::as_str);
    let run = rehearsed(&manifests, steady(600, 500, 10), Stock);
    let cores = *answer(&run).values().next().unwrap();
    // 2 × 200m, and 5m for each of the four.
    assert!((cores - 0.42).abs() < 0.002, "{cores} cores");
}

#[test]
fn keda_tells_of_its_triggers_under_the_namespace_of_its_operator() {
    let [worker, object] = scaled(1);
    let manifests = [worker.as_str(), object.as_str()];
    for mode in [Stock, Upswell] {
        let answer = ask(&manifests, burst(), mode, 120, "keda_scaler_active");
        let (labels, value) = answer.iter().next().unwrap();
        assert_eq!(*value, 1.0);
        for part in [
            r#"exported_namespace="default""#,
            r#"metric="s0-redis-jobs""#,
            r#"namespace="keda""#,
            r#"scaledObject="worker""#,
            r#"scaler="redisScaler""#,
            r#"triggerIndex="0""#,
        ] {
            assert!(labels.contains(part), "{labels} has no {part}");
        }
        let ask = |second, query| number(&manifests, burst(), mode, second, query);
        assert!(ask(95, "sum(keda_scaler_metrics_value)") > Some(0.0));
        assert_eq!(ask(120, "sum(keda_scaler_detail_errors_total)"), Some(0.0));
        assert_eq!(ask(120, "sum(keda_scaled_object_paused)"), Some(0.0));
    }
}

#[test]
fn the_controller_counts_for_the_cluster_and_not_for_an_autoscaler() {
    let [worker, object] = scaled(1);
    let manifests = [worker.as_str(), object.as_str()];
    let total = "sum by (action) (horizontal_pod_autoscaler_controller_reconciliations_total)";
    let answer = ask(&manifests, burst(), Stock, 300, total);
    assert!(answer[r#"{action="scale_up"}"#] >= 1.0, "{answer:?}");
    assert!(answer[r#"{action="none"}"#] > 5.0, "{answer:?}");
    let by_name = "count by (horizontalpodautoscaler) \
                   (horizontal_pod_autoscaler_controller_reconciliations_total)";
    assert!(ask(&manifests, burst(), Stock, 300, by_name).contains_key("{}"));
}

#[test]
fn nodes_are_there_where_the_bundle_has_pools_and_only_there() {
    let pool = "apiVersion: container.cnrm.cloud.google.com/v1beta1\nkind: ContainerNodePool\n\
                metadata: {name: pool}\nspec: {clusterRef: {name: c}, location: us-central1-a, \
                autoscaling: {minNodeCount: 2, maxNodeCount: 9}, nodeConfig: {machineType: \
                n2-standard-4}}\n---\n";
    let worker = worker(3);
    let ready = "sum(kube_node_status_condition{condition=\"Ready\", status=\"true\"})";
    let ask = |manifests: &[&str], query| number(manifests, steady(60, 1000, 1), Stock, 40, query);
    assert_eq!(ask(&[&worker, pool], ready), Some(2.0));
    assert_eq!(ask(&[&worker], ready), None);
    let on_nodes = "count(kube_pod_info{node=~\"pool-.+\"})";
    assert_eq!(ask(&[&worker, pool], on_nodes), Some(3.0));
}
