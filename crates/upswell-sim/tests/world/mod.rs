//! From manifests to a run, as a command goes: read, admit, compile, prepare, run.

use upswell_manifests::admission::admit;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::autoscalers;
use upswell_sim::{Arrival, Mode, Options, Periods, Prepared, Run, Traffic, prepare, run};
use upswell_units::{Diagnostic, Duration, Timestamp};

/// A Monday, 09:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_767_603_600);

/// A worker that serves one request at a time, without a model in it: a pod of 500m and 256Mi.
pub(crate) const WORKER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: worker
        image: worker
        resources: {requests: {cpu: 500m, memory: 256Mi}}
---
";

/// Starts in ten seconds, takes 100 ms a token, and nothing varies.
pub(crate) const SETTINGS: &str = "\
apiVersion: upswell.dev/v1alpha1
kind: Settings
goal: {latency: 30s, share: 0.9}
startup: {image: 8s, start: 1s, readiness: 1s}
workloads:
- target: {kind: Deployment, name: worker}
  onKill: requeue
  serviceTime: {timeToFirstToken: 0s, timePerOutputToken: 100ms}
---
";

/// A ScaledObject of the worker from `min` to `max` with these triggers, indented by two.
pub(crate) fn scaled_object(min: u32, max: u32, triggers: &str) -> String {
    format!(
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: worker\nspec:\n  \
         scaleTargetRef: {{name: worker}}\n  cooldownPeriod: 60\n  minReplicaCount: {min}\n  \
         maxReplicaCount: {max}\n  triggers:\n{triggers}---\n"
    )
}

/// A trigger on the list `jobs`, two of them a replica.
pub(crate) const REDIS: &str = "  - type: redis\n    metadata: {address: \"redis:6379\", \
                                listName: jobs, listLength: \"2\"}\n";

/// Prepares texts for a rehearsal that goes on for ten minutes after its last request.
pub(crate) fn prepared(manifests: &[&str], traffic: Traffic) -> Result<Prepared, Vec<Diagnostic>> {
    let bundle = Bundle::from_text("all.yaml", &manifests.concat());
    assert_eq!(bundle.diagnostics().next(), None, "the manifests of a test are sound");
    prepared_from(&bundle, traffic)
}

/// Prepares a bundle for a rehearsal that goes on for ten minutes after its traffic.
pub(crate) fn prepared_from(
    bundle: &Bundle,
    traffic: Traffic,
) -> Result<Prepared, Vec<Diagnostic>> {
    let admitted = admit(bundle);
    let autoscalers = autoscalers(&admitted, START - Duration::from_secs(86_400));
    let drain = Duration::from_secs(600);
    let warm_up = Duration::ZERO;
    let options = Options { seed: 1, start: START, warm_up, drain, interruptions: None };
    prepare(bundle, &admitted, autoscalers, traffic, options)
}

/// Runs what was prepared.
pub(crate) fn play(prepared: &Prepared, mode: Mode) -> Run {
    let scaler = prepared.scenario.scaler.as_ref();
    let periods = scaler.map(|scaler| Periods::of(mode, &scaler.policy));
    run(&prepared.scenario, mode, periods, &mut |_| ())
}

/// Prepares and runs.
pub(crate) fn rehearsed(manifests: &[&str], traffic: Traffic, mode: Mode) -> Run {
    play(&prepared(manifests, traffic).expect("the manifests of a test have a workload"), mode)
}

/// One request every `every` milliseconds for `seconds`, each of `tokens`.
pub(crate) fn steady(seconds: i64, every: i64, tokens: u32) -> Traffic {
    let arrivals = (0..seconds * 1000 / every).map(|number| request(number * every, tokens));
    Traffic::new(arrivals.collect())
}

/// One request at a millisecond of the run.
pub(crate) fn request(at_ms: i64, output_tokens: u32) -> Arrival {
    Arrival { at: Duration::from_millis(at_ms), prompt_tokens: 0, output_tokens }
}
