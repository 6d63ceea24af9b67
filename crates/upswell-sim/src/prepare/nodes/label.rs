//! Labels that nodes have without anybody writing them.
//!
//! Source: Kubernetes 1.36, api/core/v1/well_known_labels.go; GKE "Spot VMs" and "About node
//! pools"; Karpenter 1.14, pkg/apis/v1/labels.go, and its AWS provider's labels.go.

use std::collections::BTreeMap;

use upswell_manifests::settings::{Cloud, Machine};

pub(in crate::prepare) const ZONE: &str = "topology.kubernetes.io/zone";
pub(in crate::prepare) const HOSTNAME: &str = "kubernetes.io/hostname";
pub(super) const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";
pub(super) const ARCH: &str = "kubernetes.io/arch";
pub(super) const OS: &str = "kubernetes.io/os";
pub(super) const GKE_NODE_POOL: &str = "cloud.google.com/gke-nodepool";
pub(super) const GKE_SPOT: &str = "cloud.google.com/gke-spot";
pub(super) const GKE_PREEMPTIBLE: &str = "cloud.google.com/gke-preemptible";
pub(super) const GKE_PROVISIONING: &str = "cloud.google.com/gke-provisioning";
pub(super) const GKE_ACCELERATOR: &str = "cloud.google.com/gke-accelerator";
pub(super) const GKE_MACHINE_FAMILY: &str = "cloud.google.com/machine-family";
pub(super) const KARPENTER_NODE_POOL: &str = "karpenter.sh/nodepool";
pub(super) const KARPENTER_CAPACITY_TYPE: &str = "karpenter.sh/capacity-type";

/// Labels that follow from the machine type; not every machine has each.
pub(super) const OF_MACHINE: [&str; 10] = [
    INSTANCE_TYPE,
    ARCH,
    OS,
    "karpenter.k8s.aws/instance-family",
    "karpenter.k8s.aws/instance-size",
    "karpenter.k8s.aws/instance-category",
    "karpenter.k8s.aws/instance-generation",
    "karpenter.k8s.aws/instance-cpu",
    "karpenter.k8s.aws/instance-memory",
    "karpenter.k8s.aws/instance-gpu-count",
];

/// Labels by name.
pub(super) type Labels = BTreeMap<String, String>;

/// Labels that follow from the machine type.
pub(super) fn of_machine(machine: &Machine) -> Labels {
    let machine_type = machine.machine_type.as_str();
    let mut labels = Labels::new();
    let mut add = |key: &str, value: &str| drop(labels.insert(key.to_owned(), value.to_owned()));
    add(INSTANCE_TYPE, machine_type);
    add(ARCH, if is_arm(machine_type) { "arm64" } else { "amd64" });
    add(OS, "linux");
    match machine.cloud() {
        Some(Cloud::Gcp) => {
            let family = machine_type.split('-').next().unwrap_or_default();
            add(GKE_MACHINE_FAMILY, family);
        }
        Some(Cloud::Aws) => {
            let (family, size) = machine_type.split_once('.').unwrap_or_default();
            let category: String = family.chars().take_while(char::is_ascii_lowercase).collect();
            let rest = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
            let generation: String = rest.chars().take_while(char::is_ascii_digit).collect();
            add("karpenter.k8s.aws/instance-family", family);
            add("karpenter.k8s.aws/instance-size", size);
            add("karpenter.k8s.aws/instance-category", &category);
            add("karpenter.k8s.aws/instance-generation", &generation);
            add("karpenter.k8s.aws/instance-cpu", &(machine.cpu.value.0 / 1000).to_string());
            add("karpenter.k8s.aws/instance-memory", &(machine.memory.value.0 >> 20).to_string());
            if machine.gpus.value > 0 {
                add("karpenter.k8s.aws/instance-gpu-count", &machine.gpus.value.to_string());
            }
        }
        Some(Cloud::Azure) | None => {}
    }
    labels
}

/// Whether the name is that of an Arm machine: `t2a`, `c4a`, `m7g`, `Standard_D4ps_v5`.
fn is_arm(machine_type: &str) -> bool {
    let family = machine_type.split(['.', '-']).next().unwrap_or_default();
    let after_generation = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let attributes = after_generation.trim_start_matches(|c: char| c.is_ascii_digit());
    match Cloud::of(machine_type) {
        Some(Cloud::Gcp) => matches!(family, "t2a" | "c4a" | "n4a"),
        Some(Cloud::Aws) => attributes.starts_with('g'),
        Some(Cloud::Azure) => {
            let size = machine_type.trim_start_matches("Standard_").split('_').next();
            let attributes = size
                .unwrap_or_default()
                .trim_start_matches(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
            attributes.starts_with('p')
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm_machines_are_known_by_their_names() {
        for machine_type in ["t2a-standard-4", "c4a-standard-4", "m7g.xlarge", "c6gd.large"] {
            assert!(is_arm(machine_type), "{machine_type}");
        }
        assert!(is_arm("Standard_D4ps_v5"));
        for machine_type in ["g5.xlarge", "g2-standard-4", "m5.xlarge", "n2d-standard-4", "own"] {
            assert!(!is_arm(machine_type), "{machine_type}");
        }
        assert!(!is_arm("Standard_D4s_v5") && !is_arm("Standard_NC24ads_A100_v4"));
    }

    #[test]
    fn the_name_of_an_aws_machine_says_its_family() {
        let labels = of_machine(&Machine::known("g5.2xlarge").unwrap());
        let of = |name: &str| labels[&format!("karpenter.k8s.aws/instance-{name}")].as_str();
        assert_eq!([of("category"), of("generation"), of("family")], ["g", "5", "g5"]);
        assert_eq!([of("size"), of("cpu"), of("memory")], ["2xlarge", "8", "32768"]);
        assert_eq!(of("gpu-count"), "1");
    }
}
