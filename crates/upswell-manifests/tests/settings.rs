//! `upswell.yaml`: every field has a default with a source, and mistakes have a mend.

use upswell_manifests::bundle::Bundle;
use upswell_manifests::settings::{
    Cloud, HostPort, Machine, OnKill, Origin, Queue, Settings, Slots, Spread, Workload,
    WorkloadTarget,
};
use upswell_units::{Bytes, Duration, Millicores};

const HEADER: &str = "apiVersion: upswell.dev/v1alpha1\nkind: Settings\n";

fn read(fields: &str) -> (Settings, Vec<String>) {
    let bundle = Bundle::from_text("upswell.yaml", &format!("{HEADER}{fields}"));
    assert!(bundle.settings_span.is_some() && bundle.items.is_empty());
    let messages = bundle.diagnostics().map(|problem| problem.message.clone()).collect();
    (bundle.settings, messages)
}

fn worker() -> WorkloadTarget {
    WorkloadTarget { kind: "Deployment".to_owned(), namespace: None, name: "llm-worker".to_owned() }
}

fn address(text: &str) -> HostPort {
    text.parse().expect("a host and a port")
}

const FULL: &str = "metadata: {name: all}\n\
    workloads:\n\
    - target: {kind: Deployment, name: llm-worker, namespace: llm}\n  \
      queue: {address: 'redis:6379', listName: jobs}\n  \
      slots: 8\n  \
      serviceTime:\n    \
        timeToFirstToken: {median: 100ms, p95: 1s}\n    \
        timePerOutputToken: 20ms\n    \
        timePerPromptToken: 10us\n    \
        fixed: 1m30s\n    \
        batch: [{requests: 16, factor: 1.1}, {requests: 64, factor: 1.6}]\n  \
      requestSize: {promptTokens: {median: 1000, p95: 8000}, outputTokens: 200}\n  \
      cpuPerRequest: 5m\n  \
      onKill: requeue\n  \
      clients: {timeout: 60s, retries: 2, backOff: {first: 2s, max: 30s}}\n  \
      providerLimits: {requestsPerMinute: 100, tokensPerMinute: 20000}\n\
    goal: {latency: 5s, share: 0.99, rate: 100}\n\
    startup: {image: 20s, start: {median: 5s, p95: 9s}, readiness: 1s}\n\
    nodes:\n\
    - {machineType: own-64, cpu: 64, memory: 256Gi, gpus: 1, pricePerHour: 2.5, spotPricePerHour: 1, provisioning: 2m, stockOut: 0.05, spotStockOut: 0.1}\n\
    spot: {interruptionsPerHour: 0.5, zoneShare: 0.25, notice: 10s}\n\
    hosts: {'redis:6379': 'localhost:16379'}\n";

#[test]
fn what_is_written_is_no_assumption() {
    let (settings, messages) = read(FULL);
    assert_eq!(messages, Vec::<String>::new());
    assert_eq!(settings.assumptions(), []);
    let workload = settings.workload(&worker());
    let list = Queue::RedisList { address: address("redis:6379"), list_name: "jobs".to_owned() };
    assert_eq!((workload.queue.value, workload.slots.value), (list, Slots::Count(8)));
    assert_eq!(workload.service_time.fixed.value, Duration::from_secs(90));
    assert_eq!(workload.service_time.time_to_first_token.value.p95, Duration::from_secs(1));
    assert_eq!(workload.cpu_per_request.value, Millicores(5));
    assert_eq!(workload.on_kill.value, OnKill::Requeue);
    assert_eq!(workload.provider_limits.tokens_per_minute.value, Some(20_000));
    let batch = &workload.service_time.batch.value;
    let points: Vec<_> = batch.0.iter().map(|at| (at.requests.value, at.factor.value)).collect();
    assert_eq!(points, [(16, 1.1), (64, 1.6)]);
    let size = &workload.request_size;
    assert_eq!(size.prompt_tokens.value, Spread { median: 1000, p95: 8000 });
    assert_eq!(size.output_tokens.value, Spread { median: 200, p95: 200 });
    let clients = &workload.clients;
    assert_eq!(clients.timeout.value, Some(Duration::from_secs(60)));
    assert_eq!(clients.retries.value, 2);
    assert_eq!(clients.back_off.first.value, Duration::from_secs(2));
    assert_eq!(clients.back_off.max.value, Duration::from_secs(30));
    let machine = settings.machine("own-64").unwrap();
    assert_eq!((machine.stock_out.value, machine.spot_stock_out.value), (0.05, 0.1));
    assert_eq!((machine.cpu.value, machine.memory.value), (Millicores(64_000), Bytes(256 << 30)));
    assert_eq!(machine.price.value.unwrap().as_micro_usd(), 2_500_000);
    let spot = &settings.spot;
    assert_eq!((spot.interruptions_per_hour.value, spot.zone_share.value), (0.5, 0.25));
    assert_eq!(spot.notice(Some(Cloud::Aws)).value, Duration::from_secs(10));
    assert_eq!(settings.resolve(&address("redis:6379")), address("localhost:16379"));
    assert_eq!(settings.resolve(&address("other:1")), address("other:1"));
}

#[test]
fn what_is_missing_is_assumed_with_a_source() {
    let (settings, messages) =
        read("workloads: [{target: {name: llm-worker}}]\nnodes: [{machineType: n2-standard-4}]\n");
    assert_eq!(messages, Vec::<String>::new());
    let lines: Vec<_> = settings.assumptions().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_bundle_without_settings_has_the_same_defaults() {
    let bundle = Bundle::from_text("a.yaml", "");
    let (empty, _) = read("");
    assert_eq!(bundle.settings, empty);
    let assumed = empty.workload(&worker());
    let (listed, _) = read("workloads: [{target: {name: llm-worker}}]\n");
    assert_eq!(assumed.assumptions(), listed.workload(&worker()).assumptions());
}

#[test]
fn the_schema_in_the_documentation_holds_the_defaults() {
    // The fields of the module's documentation, with the defaults that it states.
    let (stated, messages) = read(
        "workloads:\n- target: {kind: Deployment, name: llm-worker}\n  slotsFrom: WORKER_POOL_SIZE\n  \
         serviceTime: {timeToFirstToken: {median: 250ms, p95: 700ms}, timePerOutputToken: 30ms, timePerPromptToken: 0s, fixed: 0s}\n  \
         requestSize: {promptTokens: {median: 500, p95: 2000}, outputTokens: {median: 150, p95: 500}}\n  \
         cpuPerRequest: 10m\n  onKill: lost\n  clients: {retries: 0, backOff: {first: 1s, max: 60s}}\n\
         spot: {interruptionsPerHour: 0.02, zoneShare: 0.5}\n\
         goal: {latency: 30s, share: 0.95}\nstartup: {image: {median: 10s, p95: 30s}, start: {median: 3s, p95: 6s}, readiness: 0s}\n",
    );
    assert_eq!(messages, Vec::<String>::new());
    let default = Settings::default();
    let (stated_worker, default_worker) = (stated.workload(&worker()), default.workload(&worker()));
    assert_eq!(stated.goal.latency.value, default.goal.latency.value);
    assert_eq!(stated.goal.share.value.to_bits(), default.goal.share.value.to_bits());
    assert_eq!(stated.startup.image.value, default.startup.image.value);
    assert_eq!(stated.startup.start.value, default.startup.start.value);
    assert_eq!(stated_worker.slots.value, default_worker.slots.value);
    assert_eq!(stated_worker.cpu_per_request.value, default_worker.cpu_per_request.value);
    assert_eq!(stated_worker.on_kill.value, default_worker.on_kill.value);
    let times = |worker: &Workload| {
        let time = &worker.service_time;
        (time.time_to_first_token.value, time.time_per_output_token.value, time.fixed.value)
    };
    assert_eq!(times(&stated_worker), times(&default_worker));
    let asks = |worker: &Workload| {
        let Workload { request_size: size, clients, .. } = worker;
        let back_off = (clients.back_off.first.value, clients.back_off.max.value);
        let retries = (clients.timeout.value, clients.retries.value, back_off);
        (size.prompt_tokens.value, size.output_tokens.value, retries)
    };
    assert_eq!(asks(&stated_worker), asks(&default_worker));
    let rates = |settings: &Settings| {
        let spot = &settings.spot;
        [spot.interruptions_per_hour.value, spot.zone_share.value].map(f64::to_bits)
    };
    assert_eq!(rates(&stated), rates(&default));
    assert!(matches!(stated.goal.latency.origin, Origin::Written(_)));
    assert!(matches!(default.goal.latency.origin, Origin::Assumed(_)));
}

#[test]
fn machines_of_the_table_have_sizes_prices_and_lags() {
    let cpu = Machine::known("n2-standard-4").unwrap();
    assert_eq!((cpu.cpu.value, cpu.memory.value), (Millicores(4_000), Bytes(16 << 30)));
    assert_eq!(cpu.spot_price.value.unwrap().to_string(), "$0.0921/h");
    assert_eq!(cpu.provisioning.value.median, Duration::from_secs(75));
    let gpu = Machine::known("g2-standard-4").unwrap();
    assert_eq!((gpu.gpus.value, gpu.provisioning.value.median), (1, Duration::from_secs(180)));
    assert_eq!(Machine::known("Standard_D4s_v5").unwrap().spot_price.value, None);
    assert!(Machine::known("n2-standard-5").is_none());
}

#[test]
fn a_spot_node_has_the_notice_of_its_cloud() {
    let spot = Settings::default().spot;
    for (cloud, seconds) in
        [(Some(Cloud::Gcp), 15), (Some(Cloud::Aws), 120), (Some(Cloud::Azure), 30), (None, 30)]
    {
        assert_eq!(spot.notice(cloud).value, Duration::from_secs(seconds), "{cloud:?}");
    }
}

#[test]
fn mistakes_are_all_reported_with_their_mend() {
    let bundle = Bundle::from_text(
        "upswell.yaml",
        &format!(
            "{HEADER}workload: []\nworkloads:\n- target: {{nmae: a}}\n  slots: 0\n  onKill: drop\n- target: {{name: b}}\n  \
             queue: {{address: 'redis://redis:6379', listName: jobs}}\n  slots: 4\n  slotsFrom: N\n  \
             serviceTime: {{timeToFirstToken: {{median: 2s, p95: 1s}}, timePerOutputToken: 30, fixed: -1s}}\n- target: {{name: b}}\n\
             - target: {{name: c}}\n  serviceTime: {{batch: [{{requests: 8, factor: 0.9}}, {{requests: 8, factor: 2}}]}}\n  \
             requestSize: {{promptTokens: {{median: 9, p95: 8}}, outputTokens: -1}}\n  \
             clients: {{retries: 1, backOff: {{first: 2m}}}}\n- target: {{name: d}}\n  \
             clients: {{timeout: 0s, retries: 15, backOff: {{first: 2s, max: 1s}}}}\n\
             spot: {{interruptionsPerHour: 61, zoneShare: -0.1, notice: -1s, price: 1}}\n\
             goal: {{latency: 0s, share: 99, rate: -1}}\n\
             startup: {{image: {{median: 0s, p95: 1s}}}}\nnodes: [{{machineType: own}}, {{machineType: n2-standard-4, cpu: 0, pricePerHour: -1, stockOut: 1.5}}]\nhosts: {{redis: 'a:1', 'b:1': c}}\n"
        ),
    );
    let rendered: Vec<_> =
        bundle.diagnostics().map(|problem| problem.render(&bundle.sources, false)).collect();
    insta::assert_snapshot!(rendered.join("\n\n"));
}

#[test]
fn two_settings_in_one_bundle_are_refused() {
    let bundle = Bundle::from_texts([("a.yaml", HEADER), ("b.yaml", HEADER)]);
    let messages: Vec<_> = bundle.diagnostics().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["two settings in one bundle"]);
}

#[test]
fn addresses_have_a_host_and_a_port() {
    for (text, good) in [
        ("redis:6379", true),
        ("10.0.0.1:80", true),
        ("[::1]:80", true),
        ("::1:80", false),
        ("redis", false),
        (":80", false),
        ("redis:", false),
        ("redis:70000", false),
        ("http://redis:80", false),
        ("user@redis:80", false),
    ] {
        assert_eq!(text.parse::<HostPort>().is_ok(), good, "{text}");
        if good {
            assert_eq!(address(text).to_string(), text);
        }
    }
}
