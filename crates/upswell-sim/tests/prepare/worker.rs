//! How workers serve and clients wait.

use upswell_sim::{BackOff, Batch, Clients, ProviderLimits};
use upswell_units::Duration;

use crate::given::{assumed, plain, prepared, settings};

#[test]
fn batch_clients_and_provider_come_from_the_settings() {
    let settings = settings(
        "workloads:\n- target: {name: worker}\n  \
         serviceTime: {batch: [{requests: 16, factor: 1.1}, {requests: 64, factor: 1.6}]}\n  \
         clients: {timeout: 60s, retries: 2, backOff: {first: 2s, max: 30s}}\n  \
         providerLimits: {requestsPerMinute: 500}\n",
    );
    let prepared = prepared(&[&plain("cpu: 1"), &settings]);
    let worker = &prepared.scenario.worker;
    assert_eq!(worker.service.batch, Batch(vec![(16, 1.1), (64, 1.6)]));
    let back_off = BackOff { first: Duration::from_secs(2), max: Duration::from_secs(30) };
    let timeout = Some(Duration::from_secs(60));
    assert_eq!(worker.clients, Clients { timeout, retries: 2, back_off });
    let limits = ProviderLimits { requests_per_minute: Some(500), tokens_per_minute: None };
    assert_eq!(worker.provider, limits);
    for (what, value) in [
        ("a token in a full batch", "1.1 times with 16 requests, 1.6 times with 64 requests"),
        ("timeout of a client", "1m"),
        ("retries of a client", "2"),
        ("longest wait before the first retry", "2s"),
        ("provider's requests a minute", "500"),
        ("provider's tokens a minute", "none"),
    ] {
        assert_eq!(assumed(&prepared, what).as_deref(), Some(value), "{what}");
    }
}

#[test]
fn without_settings_tokens_are_as_fast_as_alone_and_clients_wait_for_ever() {
    let prepared = prepared(&[&plain("cpu: 1")]);
    let worker = &prepared.scenario.worker;
    assert_eq!(worker.service.batch, Batch::default());
    assert_eq!((worker.clients.timeout, worker.clients.retries), (None, 0));
    assert_eq!(worker.provider, ProviderLimits::default());
    assert_eq!(assumed(&prepared, "timeout of a client").as_deref(), Some("none"));
}

#[test]
fn no_more_retries_are_taken_than_a_request_can_count() {
    assert_eq!(upswell_manifests::settings::RETRIES_MAX, Clients::RETRIES_MAX);
}
