//! A station: some replicas that nobody scales, under Poisson arrivals.

use std::sync::Arc;

use upswell_engine::observation::PodResources;
use upswell_sim::exporters::Monitoring;
use upswell_sim::{
    Batch, Clients, ClusterModel, Distribution, Interruptions, Mode, OnKill, ProviderLimits,
    Scenario, ServiceTime, Sizes, Startup, Summary, Usage, WorkerModel, ZoneSpread, parse_pattern,
    run,
};
use upswell_units::{Bytes, Duration, Millicores, Replicas, Sources, Timestamp};

/// What serves: one slot a replica.
#[derive(Clone, Copy)]
pub(crate) struct Station {
    pub(crate) servers: u32,
    pub(crate) service: Distribution,
    /// Mean of the service.
    pub(crate) service_s: f64,
    /// Arrivals a second times seconds of service over servers.
    pub(crate) load: f64,
}

/// Plays about so many requests; those of the first `warm_up`, a part of the run, are in no wait.
pub(crate) fn play(station: &Station, seed: u64, requests: f64, warm_up: f64) -> Summary {
    let Station { servers, service, service_s, load } = *station;
    let per_second = load * f64::from(servers) / service_s;
    let seconds = requests / per_second;
    let mut sources = Sources::default();
    let file = sources.add("pattern", format!("{per_second}/s for {seconds:.3}s"));
    let none = Distribution::Fixed(Duration::ZERO);
    let scenario = Scenario {
        traffic: parse_pattern(&sources, file).expect("the pattern is sound"),
        sizes: Sizes::default(),
        worker: WorkerModel {
            slots: 1,
            service: ServiceTime {
                ttft: service,
                per_prompt_token: Duration::ZERO,
                tpot: Duration::ZERO,
                fixed: Duration::ZERO,
                batch: Batch::default(),
            },
            on_kill: OnKill::Requeue,
            clients: Clients::default(),
            provider: ProviderLimits::default(),
        },
        cluster: ClusterModel {
            pools: Vec::new(),
            startup: Startup { image: none, start: none, readiness: none },
            grace: Duration::ZERO,
            zone_spread: ZoneSpread::None,
            disruption_budget: None,
            interruptions: Interruptions::None,
        },
        usage: Usage {
            cpu_idle: Millicores(1),
            cpu_per_request: Millicores(1),
            memory_idle: Bytes(1),
            memory_per_request: Bytes(1),
        },
        pod_resources: Arc::new(PodResources::default()),
        queue: None,
        scripted_queue: None,
        initial_replicas: Replicas(servers),
        scaler: None,
        monitoring: Monitoring::default(),
        goal: None,
        seed,
        start: Timestamp::from_secs(1_800_000_000),
        warm_up: Duration::from_secs_f64(seconds * warm_up),
        drain: Duration::from_secs_f64(1000.0 * service_s),
    };
    run(&scenario, Mode::Stock, None, &mut |_| ()).summary
}
