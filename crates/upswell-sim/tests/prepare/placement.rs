//! Which nodes take the pods, and how many of them.

use proptest::prelude::*;

use crate::given::{
    container, one_zone, plain, pool, pools, prepared, refusals, with_rules, worker,
};

const TAINTED: &str = ", taint: [{key: a, value: b, effect: NO_SCHEDULE}]";

#[test]
fn a_taint_keeps_pods_without_its_toleration_away() {
    for (toleration, is_in) in [
        ("{key: a, value: b, effect: NoSchedule}", true),
        ("{key: a, operator: Equal, value: b}", true),
        ("{key: a, operator: Exists}", true),
        ("{operator: Exists}", true),
        ("{key: a, operator: Exists, effect: NoExecute}", false),
        ("{key: a, value: c}", false),
        ("{key: b, operator: Exists}", false),
        ("{value: b}", false),
    ] {
        let worker = with_rules(&format!("      tolerations: [{toleration}]\n"));
        let manifests = [worker, one_zone("pool", TAINTED)];
        let manifests: Vec<_> = manifests.iter().map(String::as_str).collect();
        if is_in {
            assert_eq!(pool(&manifests).pods_per_node, 4, "{toleration}");
        } else {
            let due = "the pods do not tolerate its taint a=b:NoSchedule";
            assert_eq!(refusals(&manifests), [due], "{toleration}");
        }
    }
    let gentle = one_zone("pool", ", taint: [{key: a, value: b, effect: PREFER_NO_SCHEDULE}]");
    assert_eq!(pool(&[&with_rules(""), &gentle]).pods_per_node, 4);
}

#[test]
fn labels_of_nodes_are_written_or_follow_from_the_pool() {
    for (selector, is_in) in [
        ("{disk: ssd}", true),
        ("{disk: hdd}", false),
        ("{cloud.google.com/gke-spot: 'true'}", true),
        ("{cloud.google.com/gke-nodepool: pool}", true),
        ("{cloud.google.com/machine-family: n2}", true),
        ("{node.kubernetes.io/instance-type: n2-standard-4}", true),
        ("{topology.kubernetes.io/zone: us-central1-a}", true),
        ("{topology.kubernetes.io/zone: us-central1-b}", false),
        ("{kubernetes.io/arch: arm64}", false),
        ("{kubernetes.io/os: linux}", true),
    ] {
        let worker = with_rules(&format!("      nodeSelector: {selector}\n"));
        let nodes = one_zone("pool", ", spot: true, labels: {disk: ssd}");
        if is_in {
            assert_eq!(pool(&[&worker, &nodes]).pods_per_node, 4, "{selector}");
        } else {
            assert_eq!(refusals(&[&worker, &nodes]).len(), 1, "{selector}");
        }
    }
}

/// A worker with a required node affinity of these terms.
fn required(terms: &str) -> String {
    with_rules(&format!(
        "      affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: \
         {{nodeSelectorTerms: [{terms}]}}}}}}\n"
    ))
}

#[test]
fn one_term_of_the_required_affinity_must_hold_whole() {
    let labels = ", labels: {disk: ssd, cores: '8'}";
    for (terms, is_in) in [
        ("{matchExpressions: [{key: disk, operator: In, values: [hdd, ssd]}]}", true),
        ("{matchExpressions: [{key: cores, operator: Gt, values: ['4']}]}", true),
        ("{matchExpressions: [{key: cores, operator: Lt, values: ['4']}]}", false),
        (
            "{matchExpressions: [{key: disk, operator: Exists}, {key: gpu, operator: Exists}]}",
            false,
        ),
        (
            "{matchExpressions: [{key: gpu, operator: Exists}]}, \
             {matchExpressions: [{key: gpu, operator: DoesNotExist}]}",
            true,
        ),
        ("{}", false),
        ("{matchFields: [{key: metadata.name, operator: In, values: [node-1]}]}", false),
        ("{matchFields: [{key: metadata.name, operator: NotIn, values: [node-1]}]}", true),
    ] {
        let (worker, nodes) = (required(terms), one_zone("pool", labels));
        if is_in {
            assert_eq!(pool(&[&worker, &nodes]).pods_per_node, 4, "{terms}");
        } else {
            assert_eq!(refusals(&[&worker, &nodes]).len(), 1, "{terms}");
        }
    }
    let gpu = "{matchExpressions: [{key: gpu, operator: Exists}]}";
    let due = "it does not meet the pods' required node affinity (gpu)";
    assert_eq!(refusals(&[&required(gpu), &one_zone("pool", labels)]), [due]);
}

#[test]
fn an_affinity_to_zones_leaves_the_others_out() {
    let zones = "{matchExpressions: [{key: topology.kubernetes.io/zone, operator: NotIn, \
                 values: [us-central1-b]}]}";
    let nodes = one_zone("pool", "").replace("us-central1-a", "us-central1");
    assert_eq!(pool(&[&required(zones), &nodes]).zones, ["us-central1-a", "us-central1-c"]);
}

#[test]
fn the_weights_of_the_preferred_terms_that_hold_add_up() {
    let rules = "      affinity:\n        nodeAffinity:\n          \
                 preferredDuringSchedulingIgnoredDuringExecution:\n          \
                 - {weight: 60, preference: {matchExpressions: [{key: cloud.google.com/gke-spot, operator: Exists}]}}\n          \
                 - {weight: 30, preference: {matchExpressions: [{key: disk, operator: In, values: [ssd]}]}}\n          \
                 - {weight: 5, preference: {}}\n";
    let nodes = [
        one_zone("a", ", spot: true, labels: {disk: ssd}"),
        one_zone("b", ""),
        one_zone("c", ", labels: {disk: ssd}"),
    ];
    let pools = pools(&[&with_rules(rules), &nodes.concat()]);
    assert_eq!(pools.iter().map(|pool| pool.preference).collect::<Vec<_>>(), [90, 0, 30]);
}

#[test]
fn pods_that_keep_away_from_their_like_have_a_node_each() {
    let rules = |topology: &str, app: &str| {
        with_rules(&format!(
            "      affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: \
             [{{topologyKey: {topology}, labelSelector: {{matchLabels: {{app: {app}}}}}}}]}}}}\n"
        ))
    };
    let nodes = one_zone("pool", "");
    let own = prepared(&[&rules("kubernetes.io/hostname", "worker"), &nodes]);
    assert_eq!(own.scenario.cluster.pools[0].pods_per_node, 1);
    assert_eq!(own.not_simulated, Vec::<String>::new());
    for (topology, app) in
        [("kubernetes.io/hostname", "other"), ("topology.kubernetes.io/zone", "worker")]
    {
        let other = prepared(&[&rules(topology, app), &nodes]);
        assert_eq!(other.scenario.cluster.pools[0].pods_per_node, 4);
        let due = "Deployment/worker: its anti-affinity, but for one pod on a node";
        assert_eq!(other.not_simulated, [due], "{topology} {app}");
    }
}

#[test]
fn the_scarcest_resource_says_how_many_pods_fit() {
    let nodes = one_zone("pool", "");
    for (requests, pods) in [
        ("cpu: 900m, memory: 1Gi", 4),
        ("cpu: 100m, memory: 4Gi", 3),
        ("cpu: 3920m", 1),
        ("memory: 13621Mi", 1),
        ("cpu: 0", 110),
    ] {
        assert_eq!(pool(&[&plain(requests), &nodes]).pods_per_node, pods, "{requests}");
    }
    for (requests, due) in [
        ("cpu: 4", "a pod asks for 4000m CPU, and its nodes have 3920m for pods: 80m short"),
        (
            "memory: 14Gi",
            "a pod asks for 14336 MiB memory, and its nodes have 13621 MiB for pods: 714 MiB short",
        ),
        ("nvidia.com/gpu: 1", "a pod asks for 1 GPUs, and its nodes have 0 for pods: 1 short"),
    ] {
        assert_eq!(refusals(&[&plain(requests), &nodes]), [due], "{requests}");
    }
}

#[test]
fn a_pod_takes_what_its_largest_step_takes() {
    let init = |container: &str| {
        worker(&format!("{}      initContainers:\n{container}", container_of_one_core()))
    };
    let nodes = one_zone("pool", "");
    let setup = "      - {name: setup, image: a, resources: {requests: {cpu: 3}}}\n";
    let proxy = "      - {name: proxy, image: a, restartPolicy: Always, resources: {requests: {cpu: 900m}}}\n";
    assert_eq!(pool(&[&init(setup), &nodes]).pods_per_node, 1, "three cores at the start");
    assert_eq!(pool(&[&init(proxy), &nodes]).pods_per_node, 2, "1900m at work");
    let both = format!("{proxy}{setup}");
    assert_eq!(pool(&[&init(&both), &nodes]).pods_per_node, 1, "3900m at the start");
    let whole =
        worker(&format!("{}      resources: {{requests: {{cpu: 2}}}}\n", container_of_one_core()));
    assert_eq!(pool(&[&whole, &nodes]).pods_per_node, 1, "the pod as a whole asks for two");
}

fn container_of_one_core() -> String {
    container("cpu: 1")
}

#[test]
fn gpus_are_for_pods_that_ask_for_them() {
    let gpus = one_zone("gpus", "").replace("n2-standard-4", "g2-standard-4");
    let plain_worker = plain("cpu: 1");
    let due = "the pods do not tolerate its taint nvidia.com/gpu=present:NoSchedule";
    assert_eq!(refusals(&[&plain_worker, &gpus]), [due]);
    assert_eq!(pool(&[&plain("cpu: 1, nvidia.com/gpu: 1"), &gpus]).pods_per_node, 1);
    let added = one_zone("gpus", ", guestAccelerator: [{type: nvidia-tesla-t4, count: 2}]");
    assert_eq!(pool(&[&plain("cpu: 1, nvidia.com/gpu: 1"), &added]).pods_per_node, 2);
}

#[test]
fn a_pool_that_takes_no_pod_is_left_out_where_another_does() {
    let prepared =
        prepared(&[&with_rules(""), &one_zone("tainted", TAINTED), &one_zone("plain", "")]);
    let pools = &prepared.scenario.cluster.pools;
    assert_eq!((pools.len(), pools[0].name.as_str()), (1, "ContainerNodePool/plain"));
    let due = "ContainerNodePool/tainted: the pods do not tolerate its taint a=b:NoSchedule";
    assert_eq!(prepared.not_simulated, [due]);
}

#[test]
fn requests_that_no_machine_is_known_to_have_are_named() {
    let prepared = prepared(&[&plain("cpu: 1, ephemeral-storage: 1Gi"), &one_zone("pool", "")]);
    assert_eq!(prepared.not_simulated, ["Deployment/worker: its requests of ephemeral-storage"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn pods_never_take_more_than_the_machine_has(cpu in 0_i64..20_000, memory_mib in 0_i64..40_000) {
        let worker = plain(&format!("cpu: {cpu}m, memory: {memory_mib}Mi"));
        let nodes = one_zone("pool", "");
        let fits = cpu <= 3920 && memory_mib <= 13_621;
        if fits {
            let pods = i64::from(pool(&[&worker, &nodes]).pods_per_node);
            prop_assert!((1..=110).contains(&pods));
            prop_assert!(pods * cpu <= 3920 && pods * memory_mib <= 13_621);
            let one_more = pods + 1;
            prop_assert!(pods == 110 || one_more * cpu > 3920 || one_more * memory_mib > 13_621);
        } else {
            prop_assert_eq!(refusals(&[&worker, &nodes]).len(), 1);
        }
    }
}
