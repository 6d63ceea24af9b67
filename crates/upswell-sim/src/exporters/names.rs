//! The names that a cluster makes up: of pods, nodes and addresses. The same in every run.

use upswell_engine::nodes::NodeId;

use crate::cluster::PodId;

/// The letters of generated names: no vowels, so that no words come up.
///
/// Source: Kubernetes 1.36, apimachinery/pkg/util/rand/rand.go.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Pods whose names differ: 27 letters in five places.
const SUFFIXES: u64 = 27 * 27 * 27 * 27 * 27;

/// Coprime to [`SUFFIXES`], so that neighbours in time get unlike names and none comes twice.
const STRIDE: u64 = 8_675_309;

/// Names a pod as the ReplicaSet of a Deployment would; others get their number.
pub(super) fn pod(kind: &str, workload: &str, id: PodId) -> String {
    if kind != "Deployment" {
        return format!("{workload}-{}", id.number());
    }
    format!("{}-{}", replica_set(workload), suffix(id.number()))
}

/// Names the ReplicaSet of a Deployment.
pub(super) fn replica_set(workload: &str) -> String {
    let hash = hash(workload);
    let letters = (0..9).map(|place| letter(hash >> (place * 6)));
    format!("{workload}-{}", letters.collect::<String>())
}

fn suffix(number: u64) -> String {
    let mut rest = (number % SUFFIXES) * STRIDE % SUFFIXES;
    let mut text = String::with_capacity(5);
    for _ in 0..5 {
        text.push(letter(rest % 27));
        rest /= 27;
    }
    text
}

fn letter(number: u64) -> char {
    char::from(ALPHABET[(number % 27) as usize])
}

/// A uid in the form of version 4.
pub(super) fn uid(id: PodId) -> String {
    let number = id.number();
    format!("{:08x}-0000-4000-8000-{:012x}", hash("pod") as u32, number & 0xffff_ffff_ffff)
}

/// An address in 10.0.0.0/8.
pub(super) fn pod_ip(id: PodId) -> String {
    let number = id.number() + 2;
    format!("10.{}.{}.{}", number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff)
}

/// The address of a node, in 172.16.0.0/12.
pub(super) fn node_ip(id: NodeId) -> String {
    let number = id.0 + 2;
    format!("172.{}.{}.{}", 16 + (number >> 16 & 0xf), number >> 8 & 0xff, number & 0xff)
}

/// Names a node by its pool.
pub(super) fn node(pool: &str, id: NodeId) -> String {
    let pool = pool.rsplit('/').next().unwrap_or(pool);
    format!("{pool}-{}", suffix(id.0))
}

/// Spreads what is scraped over its interval; FNV-1a.
pub(super) fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_long_as_kubernetes_makes_them_and_differ() {
        let names: BTreeSet<_> =
            (0..10_000).map(|number| pod("Deployment", "w", PodId::of(number))).collect();
        assert_eq!(names.len(), 10_000);
        assert!(names.iter().all(|name| name.len() == "w-xxxxxxxxx-xxxxx".len()));
        assert_eq!(pod("StatefulSet", "w", PodId::of(7)), "w-7");
    }
}
