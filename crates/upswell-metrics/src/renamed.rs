//! Series and labels that were renamed or dropped upstream: what an alert of years ago asks for.

/// What became of the name of a series or of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// How to ask for it today; none where nothing took its place.
    pub today: Option<String>,
    /// Who renamed or dropped it, and with which version.
    pub since: &'static str,
}

const KSM_2: &str = "kube-state-metrics 2.0";
const KEDA: &str = "KEDA 2.9 to 2.16";

/// Series by their whole name.
///
/// Sources: kube-state-metrics 2.0's changelog; keda.sh, "Integrate with Prometheus", 2.8 to 2.20;
/// vLLM's "Production Metrics"; cAdvisor in Kubernetes 1.16; node_exporter 0.16's changelog.
const SERIES: [(&str, Option<&str>, &str); 31] = [
    (
        "hpa_scaling_activity_duration_seconds_count",
        Some(
            r#"kube_horizontalpodautoscaler_status_condition{condition=~"ScalingActive|AbleToScale",status="false"}"#,
        ),
        "no component ever exported it",
    ),
    (
        "kube_pod_container_resource_requests_cpu_cores",
        Some(r#"kube_pod_container_resource_requests{resource="cpu"}"#),
        KSM_2,
    ),
    (
        "kube_pod_container_resource_requests_memory_bytes",
        Some(r#"kube_pod_container_resource_requests{resource="memory"}"#),
        KSM_2,
    ),
    (
        "kube_pod_container_resource_limits_cpu_cores",
        Some(r#"kube_pod_container_resource_limits{resource="cpu"}"#),
        KSM_2,
    ),
    (
        "kube_pod_container_resource_limits_memory_bytes",
        Some(r#"kube_pod_container_resource_limits{resource="memory"}"#),
        KSM_2,
    ),
    (
        "kube_node_status_capacity_cpu_cores",
        Some(r#"kube_node_status_capacity{resource="cpu"}"#),
        KSM_2,
    ),
    (
        "kube_node_status_capacity_memory_bytes",
        Some(r#"kube_node_status_capacity{resource="memory"}"#),
        KSM_2,
    ),
    (
        "kube_node_status_capacity_pods",
        Some(r#"kube_node_status_capacity{resource="pods"}"#),
        KSM_2,
    ),
    (
        "kube_node_status_allocatable_cpu_cores",
        Some(r#"kube_node_status_allocatable{resource="cpu"}"#),
        KSM_2,
    ),
    (
        "kube_node_status_allocatable_memory_bytes",
        Some(r#"kube_node_status_allocatable{resource="memory"}"#),
        KSM_2,
    ),
    (
        "kube_node_status_allocatable_pods",
        Some(r#"kube_node_status_allocatable{resource="pods"}"#),
        KSM_2,
    ),
    ("keda_metrics_adapter_scaler_metrics_value", Some("keda_scaler_metrics_value"), KEDA),
    ("keda_metrics_adapter_scaler_errors", Some("keda_scaler_detail_errors_total"), KEDA),
    ("keda_metrics_adapter_scaler_errors_total", Some("keda_scaler_detail_errors_total"), KEDA),
    ("keda_metrics_adapter_scaled_object_errors", Some("keda_scaled_object_errors_total"), KEDA),
    ("keda_scaler_errors", Some("keda_scaler_detail_errors_total"), KEDA),
    ("keda_scaler_errors_total", Some("keda_scaler_detail_errors_total"), KEDA),
    ("keda_scaler_metrics_latency", Some("keda_scaler_metrics_latency_seconds"), KEDA),
    ("keda_scaled_object_errors", Some("keda_scaled_object_errors_total"), KEDA),
    ("keda_scaled_job_errors", Some("keda_scaled_job_errors_total"), KEDA),
    ("keda_resource_totals", Some("keda_resource_registered_total"), KEDA),
    ("keda_trigger_totals", Some("keda_trigger_registered_total"), KEDA),
    ("keda_internal_scale_loop_latency", Some("keda_internal_scale_loop_latency_seconds"), KEDA),
    ("vllm:gpu_cache_usage_perc", Some("vllm:kv_cache_usage_perc"), "vLLM's engine V1"),
    ("vllm:cpu_cache_usage_perc", None, "vLLM's engine V1"),
    ("vllm:num_requests_swapped", None, "vLLM's engine V1"),
    ("vllm:time_per_output_token_seconds", Some("vllm:inter_token_latency_seconds"), "vLLM 0.11"),
    ("node_cpu", Some("node_cpu_seconds_total"), "node_exporter 0.16"),
    ("node_memory_MemAvailable", Some("node_memory_MemAvailable_bytes"), "node_exporter 0.16"),
    ("node_memory_MemTotal", Some("node_memory_MemTotal_bytes"), "node_exporter 0.16"),
    ("machine_cpu_cores_total", Some("machine_cpu_cores"), "cAdvisor"),
];

/// Series by the start of their name.
const PREFIXES: [(&str, Option<&str>, &str); 2] = [
    ("kube_hpa_", Some("kube_horizontalpodautoscaler_"), KSM_2),
    (
        "kube_verticalpodautoscaler_",
        None,
        "kube-state-metrics 2.9: its custom resource state exports them where it is set up",
    ),
];

/// Labels: the start of the series' names that have them, and their name then and now.
const LABELS: [(&str, &str, &str, &str); 4] = [
    ("kube_h", "hpa", "horizontalpodautoscaler", KSM_2),
    ("container_", "pod_name", "pod", "Kubernetes 1.16"),
    ("container_", "container_name", "container", "Kubernetes 1.16"),
    ("keda_", "scaledobject", "scaledObject", "KEDA, whose labels are camelCase"),
];

/// The parts of a histogram or summary, whose names go with that of the whole.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];

/// Returns what became of a series that is not exported any more.
#[must_use]
pub fn series(name: &str) -> Option<Renamed> {
    if let Some(renamed) = whole(name) {
        return Some(renamed);
    }
    let with_part = PARTS.iter().find_map(|part| {
        let Renamed { today, since } = whole(name.strip_suffix(part)?)?;
        Some(Renamed { today: today.map(|today| today + part), since })
    });
    with_part.or_else(|| {
        PREFIXES.iter().find_map(|(prefix, today, since)| {
            let rest = name.strip_prefix(prefix)?;
            Some(Renamed { today: today.map(|today| format!("{today}{rest}")), since })
        })
    })
}

fn whole(name: &str) -> Option<Renamed> {
    let (_, today, since) = SERIES.iter().find(|(old, ..)| *old == name)?;
    Some(Renamed { today: today.map(str::to_owned), since })
}

/// Returns what became of a label that the series of this name does not have any more.
#[must_use]
pub fn label(series: &str, name: &str) -> Option<Renamed> {
    let is_it =
        |(prefix, old, ..): &&(&str, &str, &str, &str)| series.starts_with(prefix) && *old == name;
    let (_, _, today, since) = LABELS.iter().find(is_it)?;
    Some(Renamed { today: Some((*today).to_owned()), since })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_of_years_ago_has_a_name_of_today() {
        let today = |name| series(name).and_then(|renamed| renamed.today);
        let table = [
            (
                "kube_hpa_status_current_replicas",
                Some("kube_horizontalpodautoscaler_status_current_replicas"),
            ),
            (
                "kube_pod_container_resource_requests_cpu_cores",
                Some(r#"kube_pod_container_resource_requests{resource="cpu"}"#),
            ),
            (
                "vllm:time_per_output_token_seconds_bucket",
                Some("vllm:inter_token_latency_seconds_bucket"),
            ),
            ("vllm:num_requests_swapped", None),
            ("up", None),
        ];
        for (name, expected) in table {
            assert_eq!(today(name).as_deref(), expected, "{name}");
        }
        assert!(series("vllm:num_requests_swapped").is_some(), "gone, and known to be");
        assert_eq!(series("up"), None);
    }

    #[test]
    fn no_name_of_today_is_one_of_yesterday() {
        for (old, today, _) in SERIES {
            let Some(today) = today else { continue };
            let name = today.split('{').next().unwrap_or_default();
            assert_eq!(series(name), None, "{old} leads to {name}, which is old itself");
        }
    }

    #[test]
    fn labels_were_renamed_too_but_only_on_their_series() {
        let today = label("kube_hpa_status_current_replicas", "hpa").unwrap().today;
        assert_eq!(today.as_deref(), Some("horizontalpodautoscaler"));
        assert_eq!(label("up", "hpa"), None);
        assert_eq!(label("container_cpu_usage_seconds_total", "pod"), None);
    }
}
