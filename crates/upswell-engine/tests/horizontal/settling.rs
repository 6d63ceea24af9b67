//! What is remembered after the world has acted, or failed to.

use upswell_engine::horizontal::{
    ConditionReason, ConditionType, EventReason, History, MetricStatus, Outcome, Reported, settle,
};
use upswell_engine::observation::{ApiError, ConditionStatus};
use upswell_engine::policy::SubmittedRules;
use upswell_units::{Duration, MilliUnits, Replicas};

use super::build::*;

fn target() -> Target {
    let behavior = behavior(SubmittedRules::default(), SubmittedRules::default());
    Target::new(policy(vec![queue(10)], 1, 100), 10).with_behavior(behavior)
}

#[test]
fn a_written_scale_is_remembered_with_its_step() {
    let mut target = target();
    let _ = target.tick(vec![external(150)]);
    let History { recommendations, scale_events, status } = &target.history;
    let recommended: Vec<i32> =
        recommendations.iter().flatten().map(|entry| entry.replicas.0).collect();
    assert_eq!(recommended, [10, 15]);
    assert_eq!(scale_events.up[0].change, Replicas(5));
    assert_eq!((status.current_replicas, status.desired_replicas), (Replicas(10), Replicas(15)));
    assert_eq!(status.last_scale, Some(NOW));
    let metric = MetricStatus {
        metric: "external metric queue_jobs".to_owned(),
        reported: Some(Reported::AverageValue(Some(MilliUnits::from_units(15)))),
    };
    assert_eq!(status.metrics, [metric]);
}

#[test]
fn a_failed_write_keeps_the_recommendation_and_nothing_else() {
    let mut target = target();
    let decision = target.decide(vec![external(150)]);
    let outcome = Outcome::ScaleUpdateFailed(ApiError::new("conflict"));
    let settled = settle(&mut target.history, &decision, &outcome);
    assert!(settled.has_failed && settled.is_status_changed);
    assert_eq!(settled.events[0].reason, EventReason::FailedRescale);
    let History { recommendations, scale_events, status } = &target.history;
    assert_eq!(recommendations.as_ref().map(Vec::len), Some(2));
    assert!(scale_events.up.is_empty());
    assert_eq!((status.desired_replicas, status.last_scale), (Replicas(0), None));
    let able = &status.conditions[&ConditionType::AbleToScale];
    assert_eq!(able.status, ConditionStatus::False);
    assert_eq!(able.reason, ConditionReason::FailedUpdateScale);
    assert_eq!(able.message, "the scale of the target could not be written: conflict");
}

#[test]
fn a_dry_run_remembers_recommendations_and_no_step() {
    let mut target = target();
    let decision = target.decide(vec![external(150)]);
    let settled = settle(&mut target.history, &decision, &Outcome::NothingToDo);
    assert!(settled.events.is_empty() && !settled.has_failed);
    assert!(target.history.scale_events.up.is_empty());
    assert_eq!(target.history.status.last_scale, None);
}

#[test]
fn without_behavior_no_step_is_remembered() {
    let mut target = Target::new(policy(vec![queue(10)], 1, 100), 10);
    let _ = target.tick(vec![external(150)]);
    assert!(target.history.scale_events.up.is_empty());
}

#[test]
fn a_condition_keeps_its_time_while_its_status_stays() {
    let mut target = target();
    let _ = target.tick(vec![external(150)]);
    let _ = target.tick(vec![external(150)]);
    let condition = |target: &Target, kind| target.history.status.conditions[&kind].clone();
    let able = condition(&target, ConditionType::AbleToScale);
    assert_eq!(able.reason, ConditionReason::ReadyForNewScale);
    assert_eq!(able.last_transition, NOW);
    let _ = target.tick(vec![failed()]);
    let active = condition(&target, ConditionType::ScalingActive);
    assert_eq!(active.last_transition, NOW + Duration::from_secs(30));
}

#[test]
fn an_unchanged_status_need_not_be_written() {
    let mut target = target();
    let mut settled = |jobs| {
        let decision = target.decide(vec![external(jobs)]);
        settle(&mut target.history, &decision, &Outcome::NothingToDo).is_status_changed
    };
    assert_eq!([settled(100), settled(100), settled(101)], [true, false, true]);
}

#[test]
fn a_history_survives_saving_and_loading() {
    let mut target = target();
    for jobs in [100, 150, 900, 20, 0] {
        let _ = target.tick(vec![external(jobs)]);
    }
    let _ = target.tick(vec![failed()]);
    let saved = serde_json::to_string(&target.history).unwrap();
    assert_eq!(serde_json::from_str::<History>(&saved).unwrap(), target.history);
}
