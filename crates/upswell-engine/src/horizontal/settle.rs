//! Writes into the history what came of a decision.

use upswell_units::Timestamp;

use super::condition::{ConditionChange, ConditionReason, ConditionType};
use super::decision::{Event, EventReason, HorizontalDecision, Outcome, Rescale, Settled};
use super::history::{History, record_recommendation};
use crate::observation::ApiError;

/// Writes into `history` what came of `decision`; to be called once per decision.
///
/// Recommendations are remembered whatever the outcome. The scale event, the time of the last
/// scale and the desired replicas of the status change only if what was decided is now so.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, reconcileAutoscaler.
pub fn settle(history: &mut History, decision: &HorizontalDecision, outcome: &Outcome) -> Settled {
    let before = history.status.clone();
    remember_recommendations(history, decision);
    let status = &mut history.status;
    for change in &decision.conditions {
        status.apply(change, decision.at);
    }
    if let Some(current) = decision.current {
        status.current_replicas = current;
    }
    if let Some(metrics) = &decision.metric_statuses {
        status.metrics.clone_from(metrics);
    }
    let mut settled = Settled {
        events: decision.events.clone(),
        is_status_changed: false,
        has_failed: decision.has_failed,
    };
    match (&decision.rescale, outcome) {
        (Some(rescale), Outcome::ScaleWritten) => {
            settled.events.push(scale_written(history, rescale, decision.at));
        }
        (Some(rescale), Outcome::ScaleUpdateFailed(error)) => {
            settled.events.push(update_failed(history, rescale, error, decision.at));
            settled.has_failed = true;
        }
        // A write that nobody did: the status keeps what was last decided and done.
        (Some(_), Outcome::NothingToDo) => {}
        (None, _) => {
            let status = &mut history.status;
            status.desired_replicas = decision.desired.unwrap_or(status.desired_replicas);
        }
    }
    settled.is_status_changed = before != history.status;
    settled
}

fn remember_recommendations(history: &mut History, decision: &HorizontalDecision) {
    if let Some(first) = decision.first_recommendation {
        history.recommendations.get_or_insert_with(|| vec![first]);
    }
    if let Some(recommendation) = decision.recommendation {
        let recommendations = history.recommendations.get_or_insert_default();
        record_recommendation(recommendations, recommendation, decision.obsolete_before);
    }
}

fn scale_written(history: &mut History, rescale: &Rescale, at: Timestamp) -> Event {
    let Rescale { from, to, cause, longest_period, conditions } = rescale;
    let status = &mut history.status;
    let message = format!("the target was scaled to {to}");
    let written = ConditionReason::SucceededRescale;
    status.apply(&ConditionChange::set(ConditionType::AbleToScale, true, written, message), at);
    for change in conditions {
        status.apply(change, at);
    }
    status.desired_replicas = *to;
    status.last_scale = Some(at);
    if let Some(longest_period) = *longest_period {
        history.scale_events.record(*from, *to, at, longest_period);
    }
    Event::new(EventReason::SuccessfulRescale, format!("new size {to}: {cause}"))
}

fn update_failed(
    history: &mut History,
    rescale: &Rescale,
    error: &ApiError,
    at: Timestamp,
) -> Event {
    let Rescale { to, cause, .. } = rescale;
    let message = format!("the scale of the target could not be written: {error}");
    let failed = ConditionReason::FailedUpdateScale;
    let change = ConditionChange::set(ConditionType::AbleToScale, false, failed, message);
    history.status.apply(&change, at);
    Event::new(EventReason::FailedRescale, format!("new size {to}: {cause}; {error}"))
}
