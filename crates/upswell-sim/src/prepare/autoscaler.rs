//! What scales the target, and what it reads: as far as the simulated world can answer.

use upswell_engine::policy::{MetricSpec, ResourceName, TriggerSource};
use upswell_manifests::compile::Autoscaler;
use upswell_manifests::settings::{self, Queue};
use upswell_triggers::{RedisQuery, Request};
use upswell_units::Replicas;

use super::notes::Notes;
use crate::scenario::Scaler;
use crate::sight::unanswered;

/// At rest: what the autoscaler leaves when there is nothing to do. A paused one leaves everything.
pub(super) fn initial_replicas(scaler: Option<&Scaler>, written: Replicas) -> Replicas {
    let Some(Scaler { policy, .. }) = scaler else { return written };
    match &policy.activation {
        Some(activation) if activation.pause.stops_scaling() => {
            activation.pause.target().unwrap_or(written)
        }
        Some(activation) => activation.idle.unwrap_or(activation.min),
        None => policy.horizontal.min_replicas,
    }
}

/// The Redis list into which the traffic goes.
pub(super) fn queue(
    workload: &settings::Workload,
    autoscaler: Option<&Autoscaler>,
) -> Option<String> {
    if let Queue::RedisList { list_name, .. } = &workload.queue.value {
        return Some(list_name.clone());
    }
    let Autoscaler { policy, triggers, .. } = autoscaler?;
    let named =
        policy.triggers.iter().zip(triggers).filter(|(trigger, _)| match &workload.queue.value {
            Queue::Trigger(name) => trigger.name == *name,
            _ => true,
        });
    let mut lists = named.filter_map(|(_, trigger)| match trigger.request() {
        Request::Redis(redis) => match redis.query {
            RedisQuery::Length { key } => Some(key),
            _ => None,
        },
        _ => None,
    });
    lists.next()
}

/// Keeps what the simulated world can answer, and names the rest.
pub(super) fn scaler(own: Autoscaler, queue: Option<&str>, notes: &mut Notes) -> Option<Scaler> {
    let Autoscaler { object, mut policy, triggers, .. } = own;
    let (mut kept, mut kept_policies, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (trigger, trigger_policy) in triggers.into_iter().zip(std::mem::take(&mut policy.triggers))
    {
        let Some(why) = unanswered(&trigger.request(), queue) else {
            kept.push(trigger);
            kept_policies.push(trigger_policy);
            continue;
        };
        let name = match trigger_policy.name.as_str() {
            "" => trigger.kind().to_owned(),
            name => format!("{name} ({})", trigger.kind()),
        };
        notes.leave_out(format!("{object}, trigger {name}: {why}"));
        if let TriggerSource::External(metrics) = &trigger_policy.source {
            left_out.extend(metrics.iter().map(|metric| metric.name.0.clone()));
        }
    }
    policy.triggers = kept_policies;
    if policy.composite.is_some() && !left_out.is_empty() {
        notes.leave_out(format!("{object}: its formula needs a trigger that is left out"));
        return None;
    }
    let is_read_by_trigger = |metric: &str| {
        policy.composite.is_some()
            || policy.triggers.iter().any(|trigger| match &trigger.source {
                TriggerSource::External(metrics) => metrics.iter().any(|m| m.name.0 == metric),
                TriggerSource::Resource => false,
            })
    };
    let mut metrics = std::mem::take(&mut policy.horizontal.metrics);
    metrics.retain(|metric| match metric {
        MetricSpec::Resource { resource, .. } | MetricSpec::ContainerResource { resource, .. } => {
            let is_known = !matches!(resource, ResourceName::Other(_));
            if !is_known {
                notes.leave_out(format!("{object}, {metric}: only cpu and memory are simulated"));
            }
            is_known
        }
        MetricSpec::External { metric: name, .. } if is_read_by_trigger(name) => true,
        MetricSpec::External { metric: name, .. } if left_out.contains(name) => false,
        MetricSpec::Pods { .. } | MetricSpec::Object { .. } | MetricSpec::External { .. } => true,
        MetricSpec::Invalid(_) => {
            notes.leave_out(format!("{object}, {metric}: its controller cannot use it"));
            false
        }
    });
    policy.horizontal.metrics = metrics;
    if policy.horizontal.metrics.is_empty() {
        notes.leave_out(format!("{object}: none of its metrics is simulated, so nothing scales"));
        return None;
    }
    Some(Scaler { policy, triggers: kept })
}
