//! How the workers serve, from the settings and the pod's environment.

use upswell_manifests::kinds;
use upswell_manifests::settings::{self, BatchPoint, Slots};

use super::notes::Notes;
use crate::random::Distribution;
use crate::serve::{BackOff, Clients, OnKill, ProviderLimits, WorkerModel};
use crate::service::{Batch, ServiceTime};
use crate::traffic::{Sizes, TokenSpread, Traffic};

/// Makes the model of the workers, and notes where each part comes from.
pub(super) fn worker(
    workload: &settings::Workload,
    containers: &[kinds::Container],
    notes: &mut Notes,
) -> WorkerModel {
    let (slots, source) = slots(workload, containers);
    notes.assume("slots of a replica", slots.to_string(), source);
    let service = service_time(&workload.service_time, notes);
    let on_kill = &workload.on_kill;
    let is_requeued = on_kill.value == settings::OnKill::Requeue;
    let on_kill_name = on_kill.value.as_str();
    notes.assume("requests of a killed pod", on_kill_name, super::notes::source(on_kill.origin));
    WorkerModel {
        slots,
        service,
        on_kill: if is_requeued { OnKill::Requeue } else { OnKill::Lost },
        clients: clients(&workload.clients, notes),
        provider: provider(&workload.provider_limits, notes),
    }
}

/// Requests that a replica serves at once, and where that is said.
fn slots(workload: &settings::Workload, containers: &[kinds::Container]) -> (u32, &'static str) {
    match &workload.slots.value {
        Slots::Count(count) => (*count, "slots of upswell.yaml"),
        Slots::FromEnv(name) => {
            let mut env = containers.iter().flat_map(|container| &container.env);
            let value = env.find(|variable| variable.name.value == *name);
            let text = value.and_then(|variable| variable.value.as_ref());
            match text.and_then(|text| text.value.parse().ok()).filter(|slots| *slots > 0) {
                Some(slots) => (slots, "the pool size in the pod's environment"),
                None => (1, "neither upswell.yaml nor the pod's environment says more"),
            }
        }
    }
}

fn service_time(time: &settings::ServiceTime, notes: &mut Notes) -> ServiceTime {
    let settings::ServiceTime {
        time_to_first_token,
        time_per_output_token,
        time_per_prompt_token,
        fixed,
        batch,
    } = time;
    notes.assume_setting("time to first token", time_to_first_token);
    notes.assume_setting("time per output token", time_per_output_token);
    notes.assume_setting("a token in a full batch", batch);
    notes.assume_setting("time per prompt token", time_per_prompt_token);
    notes.assume_setting("other time of a request", fixed);
    let points = batch.value.0.iter();
    let points = points.map(|BatchPoint { requests, factor }| (requests.value, factor.value));
    ServiceTime {
        ttft: distribution(time_to_first_token.value),
        per_prompt_token: time_per_prompt_token.value,
        tpot: time_per_output_token.value,
        fixed: fixed.value,
        batch: Batch(points.collect()),
    }
}

fn clients(clients: &settings::Clients, notes: &mut Notes) -> Clients {
    let settings::Clients { timeout, retries, back_off } = clients;
    let settings::BackOff { first, max } = back_off;
    notes.assume_optional("timeout of a client", timeout);
    notes.assume_setting("retries of a client", retries);
    if retries.value > 0 {
        notes.assume_setting("longest wait before the first retry", first);
        notes.assume_setting("longest wait before a retry", max);
    }
    Clients {
        timeout: timeout.value,
        retries: retries.value.min(Clients::RETRIES_MAX),
        back_off: BackOff { first: first.value, max: max.value },
    }
}

fn provider(limits: &settings::ProviderLimits, notes: &mut Notes) -> ProviderLimits {
    let settings::ProviderLimits { requests_per_minute, tokens_per_minute } = limits;
    notes.assume_optional("provider's requests a minute", requests_per_minute);
    notes.assume_optional("provider's tokens a minute", tokens_per_minute);
    ProviderLimits {
        requests_per_minute: requests_per_minute.value,
        tokens_per_minute: tokens_per_minute.value,
    }
}

/// Sizes of requests; they matter only where the traffic does not say them.
pub(super) fn sizes(size: &settings::RequestSize, traffic: &Traffic, notes: &mut Notes) -> Sizes {
    let settings::RequestSize { prompt_tokens, output_tokens } = size;
    if !traffic.says_sizes() {
        notes.assume_setting("tokens of a prompt", prompt_tokens);
        notes.assume_setting("tokens of an answer", output_tokens);
    }
    let spread =
        |spread: &settings::Spread<u32>| TokenSpread { median: spread.median, p95: spread.p95 };
    Sizes { prompt: spread(&prompt_tokens.value), output: spread(&output_tokens.value) }
}

/// Takes a spread of times for a distribution.
pub(super) fn distribution(spread: settings::Spread) -> Distribution {
    let settings::Spread { median, p95 } = spread;
    if median == p95 {
        Distribution::Fixed(median)
    } else {
        Distribution::LogNormal { median, p95 }
    }
}
