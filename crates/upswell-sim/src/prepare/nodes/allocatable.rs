//! What pods get of a machine: its size less what the cloud keeps for the node itself.

use upswell_manifests::settings::{Cloud, Machine};
use upswell_units::{Bytes, Millicores};

/// What pods get of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allocatable {
    pub(super) cpu: Millicores,
    pub(super) memory: Bytes,
}

/// Kept free, or the kubelet evicts: `memory.available<100Mi` on all three clouds.
const EVICTION: i64 = 100 << 20;

const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;

/// Parts of an amount that are kept, from the first unit on: (up to so much, ten-thousandths).
type Tiers = [(i64, i64)];

/// GKE and EKS: 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of more.
const CPU: &Tiers = &[(1000, 600), (1000, 100), (2000, 50), (i64::MAX, 25)];

/// AKS: 60m of one core, 100m of two, 140m of four, and 10m of each one more.
const CPU_AKS: &Tiers = &[(1000, 600), (1000, 400), (2000, 200), (i64::MAX, 100)];

/// GKE: 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 %
/// of more.
const MEMORY: &Tiers =
    &[(4 * GIB, 2500), (4 * GIB, 2000), (8 * GIB, 1000), (112 * GIB, 600), (i64::MAX, 200)];

/// Returns what pods get of a machine of which at most `pods_max` are to run.
///
/// A machine of an unknown cloud is taken for one of GKE.
/// Source: GKE "Plan node sizes"; EKS: amazon-eks-ami, nodeadm's kubelet defaults; AKS "Node
/// resource reservations" (1.29 and later).
pub(super) fn allocatable(machine: &Machine, pods_max: u32) -> Allocatable {
    let (Millicores(cpu), Bytes(memory)) = (machine.cpu.value, machine.memory.value);
    let pods_max = i64::from(pods_max);
    let (cpu_kept, memory_kept) = match machine.cloud() {
        Some(Cloud::Gcp) | None => (cpu_of_gke(&machine.machine_type, cpu), memory_of_gke(memory)),
        Some(Cloud::Aws) => (kept(cpu, CPU), 255 * MIB + 11 * MIB * pods_max),
        Some(Cloud::Azure) => {
            (kept(cpu, CPU_AKS), (50 * MIB + 20 * MIB * pods_max).min(memory / 4))
        }
    };
    Allocatable {
        cpu: Millicores(cpu.saturating_sub(cpu_kept).max(0)),
        memory: Bytes(memory.saturating_sub(memory_kept).saturating_sub(EVICTION).max(0)),
    }
}

/// Where the formula comes from, for people.
pub(super) const fn source(cloud: Option<Cloud>) -> &'static str {
    match cloud {
        Some(Cloud::Gcp) => "what GKE leaves to pods",
        Some(Cloud::Aws) => "what EKS leaves to pods, at 110 of them",
        Some(Cloud::Azure) => "what AKS leaves to pods, at 110 of them",
        None => "what GKE would leave to pods: the cloud is not known",
    }
}

/// The shared-core machines lose 1060m of their two cores.
fn cpu_of_gke(machine_type: &str, cpu: i64) -> i64 {
    match machine_type {
        "e2-micro" | "e2-small" | "e2-medium" => 1060,
        _ => kept(cpu, CPU),
    }
}

fn memory_of_gke(memory: i64) -> i64 {
    if memory < GIB { 255 * MIB } else { kept(memory, MEMORY) }
}

fn kept(amount: i64, tiers: &Tiers) -> i64 {
    let (mut rest, mut kept) = (amount, 0_i64);
    for (size, part) in tiers {
        let tier = rest.clamp(0, *size);
        // Divided first where the amount is large, so that nothing overflows.
        let of_tier = if tier > GIB { tier / 10_000 * part } else { tier * part / 10_000 };
        kept = kept.saturating_add(of_tier);
        rest -= tier;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(machine_type: &str) -> (i64, i64) {
        let Allocatable { cpu, memory } = allocatable(&Machine::known(machine_type).unwrap(), 110);
        (cpu.0, memory.0 / MIB)
    }

    #[test]
    fn gke_keeps_less_and_less_of_larger_machines() {
        // 3920m and 7910m are what GKE's nodes of 4 and 8 cores report.
        assert_eq!(of("n2-standard-4").0, 3920);
        assert_eq!(of("e2-standard-8").0, 7910);
        // 16 GiB less 1, 0.8 and 0.8 GiB, less 100 MiB.
        assert_eq!(of("n2-standard-4").1, 13_621);
        // The worked example of GKE's page: of 150 GiB, 9.76 GiB and 100 MiB are kept.
        assert_eq!(memory_of_gke(150 * GIB) / MIB, 9994);
    }

    #[test]
    fn eks_and_aks_keep_memory_for_each_pod() {
        assert_eq!(of("m5.xlarge"), (3920, 16_384 - 255 - 1210 - 100));
        assert_eq!(of("Standard_D4s_v5"), (3860, 16_384 - 50 - 2200 - 100));
        // The table of AKS: 140m of 4 cores, 180m of 8, 260m of 16, 740m of 64.
        for (cores, due) in [(1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (64, 740)] {
            assert_eq!(kept(cores * 1000, CPU_AKS), due, "{cores}");
        }
    }

    #[test]
    fn a_machine_of_any_size_leaves_something_between_nothing_and_all() {
        let mut machine = Machine::known("n2-standard-4").unwrap();
        for (cpu, memory) in [(1, 1), (i64::MAX, i64::MAX), (1_000_000_000, GIB)] {
            machine.cpu.value = Millicores(cpu);
            machine.memory.value = Bytes(memory);
            for cloud_of in ["n2-x", "m5.x", "Standard_x", "own"] {
                cloud_of.clone_into(&mut machine.machine_type);
                let left = allocatable(&machine, u32::MAX);
                assert!((0..=cpu).contains(&left.cpu.0), "{left:?}");
                assert!((0..=memory).contains(&left.memory.0), "{left:?}");
            }
        }
    }
}
