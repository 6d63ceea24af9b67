//! Manifests of a worker and its nodes, and what they are prepared to.

use upswell_manifests::admission::admit;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::autoscalers;
use upswell_sim::{Arrival, Interruptions, Options, Pool, Prepared, Traffic, prepare};
use upswell_units::{Diagnostic, Duration, Timestamp};

/// A Deployment whose pod spec goes on with `spec`, a line each with six spaces before it.
pub(crate) fn worker(spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: worker}}\nspec:\n  \
         selector: {{matchLabels: {{app: worker}}}}\n  template:\n    \
         metadata: {{labels: {{app: worker}}}}\n    spec:\n{spec}---\n"
    )
}

/// A container with these requests, as in `cpu: 900m, memory: 1Gi`.
pub(crate) fn container(requests: &str) -> String {
    format!(
        "      containers:\n      - name: worker\n        image: worker\n        \
         resources: {{requests: {{{requests}}}}}\n"
    )
}

/// A worker of these requests, without rules about nodes.
pub(crate) fn plain(requests: &str) -> String {
    worker(&container(requests))
}

/// A worker of 900m and 1Gi with more lines in its pod spec.
pub(crate) fn with_rules(rules: &str) -> String {
    worker(&format!("{}{rules}", container("cpu: 900m, memory: 1Gi")))
}

/// A pool of GKE whose spec goes on with `spec`, in braces.
pub(crate) fn gke(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: container.cnrm.cloud.google.com/v1beta1\nkind: ContainerNodePool\n\
         metadata: {{name: {name}}}\nspec: {{clusterRef: {{name: c}}, {spec}}}\n---\n"
    )
}

/// A pool of `n2-standard-4` in one zone, whose node config goes on with `config`.
pub(crate) fn one_zone(name: &str, config: &str) -> String {
    gke(
        name,
        &format!(
            "location: us-central1-a, autoscaling: {{minNodeCount: 1, maxNodeCount: 9}}, \
             nodeConfig: {{machineType: n2-standard-4{config}}}"
        ),
    )
}

/// A pool of Karpenter on AWS with these requirements, and more of its spec.
pub(crate) fn karpenter(requirements: &[&str], more: &str) -> String {
    let requirements: Vec<_> = requirements.iter().map(|text| format!("{{key: {text}}}")).collect();
    format!(
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {{name: pool}}\nspec:\n  \
         template:\n    spec:\n      \
         nodeClassRef: {{group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}}\n      \
         requirements: [{}]\n{more}---\n",
        requirements.join(", ")
    )
}

/// `upswell.yaml` with these lines.
pub(crate) fn settings(lines: &str) -> String {
    format!("apiVersion: upswell.dev/v1alpha1\nkind: Settings\n{lines}---\n")
}

/// Prepares manifests that are sound, and the losses that the command line names.
pub(crate) fn prepared_with(
    manifests: &[&str],
    interruptions: Option<Interruptions>,
) -> Result<Prepared, Vec<Diagnostic>> {
    let bundle = Bundle::from_text("all.yaml", &manifests.concat());
    assert_eq!(bundle.diagnostics().next(), None, "the manifests of a test are sound");
    let admitted = admit(&bundle);
    assert!(admitted.refused.is_empty(), "{:?}", admitted.refused);
    let start = Timestamp::from_secs(1_767_603_600);
    let autoscalers = autoscalers(&admitted, start);
    let arrival = Arrival { at: Duration::ZERO, prompt_tokens: 1, output_tokens: 1 };
    let traffic = Traffic::new(vec![arrival]);
    let options =
        Options { seed: 1, start, warm_up: Duration::ZERO, drain: Duration::ZERO, interruptions };
    prepare(&bundle, &admitted, autoscalers, traffic, options)
}

/// Prepares manifests whose pods some node takes.
pub(crate) fn prepared(manifests: &[&str]) -> Prepared {
    prepared_with(manifests, None).expect("some node takes the pods")
}

/// The pools of such manifests.
pub(crate) fn pools(manifests: &[&str]) -> Vec<Pool> {
    prepared(manifests).scenario.cluster.pools
}

/// The only pool of such manifests.
pub(crate) fn pool(manifests: &[&str]) -> Pool {
    let mut pools = pools(manifests);
    assert_eq!(pools.len(), 1, "{pools:?}");
    pools.remove(0)
}

/// Why no node takes the pods: the words at each pool.
pub(crate) fn refusals(manifests: &[&str]) -> Vec<String> {
    let problems = prepared_with(manifests, None).expect_err("no node takes the pods");
    let [problem] = &problems[..] else { return vec![format!("{problems:?}")] };
    assert_eq!(problem.code, "no-node-fits");
    assert!(problem.primary.is_some(), "it points at the workload");
    problem.related.iter().map(|label| label.text.clone()).collect()
}

/// What is assumed under a name.
pub(crate) fn assumed(prepared: &Prepared, what: &str) -> Option<String> {
    let mut assumptions = prepared.assumptions.iter();
    assumptions.find(|assumption| assumption.what == what).map(|found| found.value.clone())
}
