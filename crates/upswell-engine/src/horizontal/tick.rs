//! One tick: all that the controller does between reading the scale and writing it.

use upswell_units::{Replicas, Timestamp};

use super::calculator::{Basis, Inputs, MetricError, Proposal, propose};
use super::classify::PodGroups;
use super::condition::{ConditionChange, ConditionReason, ConditionType};
use super::decision::{Event, EventReason, HorizontalDecision, MetricOutcome, Rescale};
use super::history::{History, MetricStatus, Recommendation};
use super::normalize::normalize;
use super::reason::Reason;
use crate::observation::{ApiError, HorizontalObservation, Reading, Scale, SelectorError};
use crate::policy::{Controller, HorizontalPolicy, MetricSource, MetricSpec, ScalingRules};

/// Returns what one tick decides; changes nothing.
///
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, reconcileAutoscaler.
pub fn decide(
    policy: &HorizontalPolicy,
    controller: &Controller,
    history: &History,
    observation: &HorizontalObservation,
) -> HorizontalDecision {
    let tick = Tick { policy, controller, history, now: observation.now };
    let mut decision = HorizontalDecision::nothing(observation.now, controller);
    let scale = match &observation.scale {
        Ok(scale) => *scale,
        Err(error) => {
            tick.scale_unreadable(&mut decision, error);
            return decision;
        }
    };
    tick.scale_read(&mut decision, scale);
    match tick.course(scale.spec_replicas) {
        Course::Disabled => scaling_disabled(&mut decision, scale.spec_replicas),
        Course::Bound { to, reason } => {
            decision.metric_statuses = Some(Vec::new());
            let cause = reason.to_string();
            decision.reasons.push(reason);
            tick.go(&mut decision, scale.spec_replicas, to, cause);
        }
        Course::Metrics => tick.follow_metrics(&mut decision, scale, observation),
    }
    decision
}

/// What the parts of a tick share.
struct Tick<'a> {
    policy: &'a HorizontalPolicy,
    controller: &'a Controller,
    history: &'a History,
    now: Timestamp,
}

/// What the current replicas alone lead to.
enum Course {
    /// Zero replicas that the autoscaler did not ask for: hands off.
    Disabled,
    /// Out of bounds: back to them, whatever the metrics say.
    Bound { to: Replicas, reason: Reason },
    /// The metrics decide.
    Metrics,
}

/// The metric that proposes most.
#[derive(Clone, Copy)]
struct Winner<'a> {
    metric: &'a str,
    proposal: &'a Proposal,
}

/// A metric that failed.
struct Failure<'a> {
    /// Absent for a metric of unknown type.
    source: Option<MetricSource>,
    metric: &'a str,
    error: &'a MetricError,
}

impl HorizontalDecision {
    /// Decides nothing at all.
    fn nothing(now: Timestamp, controller: &Controller) -> Self {
        Self {
            at: now,
            wake_at: now + controller.sync_period,
            current: None,
            desired: None,
            rescale: None,
            metrics: Vec::new(),
            reasons: Vec::new(),
            conditions: Vec::new(),
            events: Vec::new(),
            first_recommendation: None,
            recommendation: None,
            obsolete_before: Timestamp::MIN,
            metric_statuses: None,
            has_failed: false,
        }
    }
}

impl Tick<'_> {
    fn scale_unreadable(&self, decision: &mut HorizontalDecision, error: &ApiError) {
        let error = error.to_string();
        let reason = Reason::ScaleUnreadable { error: error.clone() };
        let (able, failed) = (ConditionType::AbleToScale, ConditionReason::FailedGetScale);
        decision.conditions.push(ConditionChange::set(able, false, failed, reason.to_string()));
        decision.events.push(Event::new(EventReason::FailedGetScale, error));
        decision.reasons.push(reason);
        decision.has_failed = true;
    }

    fn scale_read(&self, decision: &mut HorizontalDecision, scale: Scale) {
        let (able, read) = (ConditionType::AbleToScale, ConditionReason::SucceededGetScale);
        let message = "the scale of the target was read";
        decision.conditions.push(ConditionChange::set(able, true, read, message));
        if !self.controller.gates.scale_to_zero {
            decision.conditions.push(ConditionChange::Remove(ConditionType::ScaledToZero));
        }
        decision.current = Some(scale.spec_replicas);
        decision.first_recommendation =
            self.history.recommendations.is_none().then(|| self.recommend(scale.spec_replicas));
    }

    fn recommend(&self, replicas: Replicas) -> Recommendation {
        Recommendation { replicas: replicas.into(), at: self.now }
    }

    fn course(&self, current: Replicas) -> Course {
        let HorizontalPolicy { min_replicas: min, max_replicas: max, .. } = *self.policy;
        if current == Replicas::ZERO {
            return if self.may_leave_zero() { Course::Metrics } else { Course::Disabled };
        }
        if current > max {
            return Course::Bound { to: max, reason: Reason::AboveMaximum { current, max } };
        }
        if current < min {
            return Course::Bound { to: min, reason: Reason::BelowMinimum { current, min } };
        }
        Course::Metrics
    }

    /// Whether the zero replicas are the autoscaler's own, and there is something to wake it up.
    fn may_leave_zero(&self) -> bool {
        let is_own_zero = self.history.status.is_true(ConditionType::ScaledToZero);
        let has_cause =
            self.policy.min_replicas != Replicas::ZERO || self.policy.has_metric_without_pods();
        self.controller.gates.scale_to_zero && is_own_zero && has_cause
    }

    fn follow_metrics(
        &self,
        decision: &mut HorizontalDecision,
        scale: Scale,
        observation: &HorizontalObservation,
    ) {
        let current = scale.spec_replicas;
        let pods = match &observation.pods {
            Ok(pods) => pods,
            Err(error) => {
                selector_unusable(decision, error);
                return;
            }
        };
        let inputs = Inputs {
            now: self.now,
            scale,
            pods,
            tolerances: self.policy.tolerances(self.controller),
            controller: self.controller,
        };
        let outcomes = self.ask_metrics(&inputs, &observation.readings);
        decision.metric_statuses = Some(outcomes.iter().map(status_of).collect());
        let winner = winner(&outcomes);
        decision.reasons.extend(outcomes.iter().map(|outcome| reason_of(outcome, winner)));
        let failures = self.failures(&outcomes);
        decision.has_failed = !failures.is_empty();
        decision.events.extend(failures.iter().map(Failure::event));
        // A metric that failed could have asked for more: it never scales down.
        let is_usable =
            |winner: &Winner| failures.is_empty() || winner.proposal.replicas >= current.into();
        match winner.filter(is_usable) {
            Some(winner) => self.follow(decision, winner, current),
            None => hold(decision, winner, &failures, current),
        }
        decision.metrics = outcomes;
    }

    fn follow(&self, decision: &mut HorizontalDecision, winner: Winner, current: Replicas) {
        let metric = winner.metric;
        let message = format!("{metric} led to a proposal");
        let (active, valid) = (ConditionType::ScalingActive, ConditionReason::ValidMetricFound);
        decision.conditions.push(ConditionChange::set(active, true, valid, message));
        let proposal = winner.proposal.replicas.replicas();
        let desired = self.normalize(decision, current, proposal);
        let cause = if proposal > current {
            format!("{metric} above target")
        } else {
            "all metrics below target".to_owned()
        };
        self.go(decision, current, desired, cause);
    }

    fn ask_metrics(&self, inputs: &Inputs, readings: &[Reading]) -> Vec<MetricOutcome> {
        let unread = Reading::Failed(ApiError::new("the metric was not read"));
        let readings = readings.iter().chain(std::iter::repeat(&unread));
        let outcome = |(metric, reading): (&MetricSpec, &Reading)| MetricOutcome {
            metric: metric.to_string(),
            result: propose(metric, inputs, reading),
        };
        self.policy.metrics.iter().zip(readings).map(outcome).collect()
    }

    fn failures<'a>(&self, outcomes: &'a [MetricOutcome]) -> Vec<Failure<'a>> {
        let failure = |(spec, outcome): (&MetricSpec, &'a MetricOutcome)| {
            let error = outcome.result.as_ref().err()?;
            Some(Failure { source: spec.source(), metric: &outcome.metric, error })
        };
        self.policy.metrics.iter().zip(outcomes).filter_map(failure).collect()
    }

    /// Applies windows and limits, and remembers the proposal for the next windows.
    fn normalize(
        &self,
        decision: &mut HorizontalDecision,
        current: Replicas,
        proposal: Replicas,
    ) -> Replicas {
        let first = decision.first_recommendation;
        let known = self.history.recommendations.as_deref().unwrap_or(first.as_slice());
        let memory = (known, &self.history.scale_events);
        let normalized =
            normalize(self.policy, self.controller, memory, current, proposal.into(), self.now);
        decision.conditions.extend(normalized.conditions());
        decision.reasons.extend(normalized.reasons());
        decision.recommendation = Some(self.recommend(proposal));
        decision.obsolete_before = normalized.stabilized.obsolete_before;
        let desired = normalized.limited.replicas.replicas();
        let min = self.policy.min_replicas;
        // Only from zero: a rule that applies no bounds may leave fewer than the minimum there.
        if current == Replicas::ZERO && desired < min {
            decision.reasons.push(Reason::LimitedByMinimum { wanted: desired, min });
            return min;
        }
        desired
    }

    /// Decides on `to` replicas.
    fn go(&self, decision: &mut HorizontalDecision, from: Replicas, to: Replicas, cause: String) {
        decision.desired = Some(to);
        if from == to {
            return;
        }
        let rules = self
            .policy
            .behavior
            .as_ref()
            .map(|behavior| if to > from { &behavior.scale_up } else { &behavior.scale_down });
        let longest_period = rules.map(ScalingRules::longest_period);
        let conditions = self.scaled_to_zero(to).into_iter().collect();
        decision.rescale = Some(Rescale { from, to, cause, longest_period, conditions });
    }

    /// Whose the zero is, once `to` is written.
    fn scaled_to_zero(&self, to: Replicas) -> Option<ConditionChange> {
        if !self.controller.gates.scale_to_zero {
            return None;
        }
        let is_own_zero = to == Replicas::ZERO
            && self.policy.min_replicas == Replicas::ZERO
            && self.policy.has_metric_without_pods();
        let (reason, message) = if is_own_zero {
            (ConditionReason::ScaledToZero, "the autoscaler went to zero replicas")
        } else {
            (ConditionReason::NotScaledToZero, "the autoscaler did not go to zero replicas")
        };
        Some(ConditionChange::set(ConditionType::ScaledToZero, is_own_zero, reason, message))
    }
}

fn scaling_disabled(decision: &mut HorizontalDecision, current: Replicas) {
    let reason = Reason::ScalingDisabled;
    let (active, disabled) = (ConditionType::ScalingActive, ConditionReason::ScalingDisabled);
    decision.conditions.push(ConditionChange::set(active, false, disabled, reason.to_string()));
    decision.reasons.push(reason);
    decision.metric_statuses = Some(Vec::new());
    decision.desired = Some(current);
}

/// Leaves everything as it is because it is not clear which pods to look at.
fn selector_unusable(decision: &mut HorizontalDecision, error: &SelectorError) {
    let (event, condition) = match error {
        SelectorError::Missing => (EventReason::SelectorRequired, ConditionReason::InvalidSelector),
        SelectorError::Invalid(_) => {
            (EventReason::InvalidSelector, ConditionReason::InvalidSelector)
        }
        SelectorError::Ambiguous { .. } => {
            (EventReason::AmbiguousSelector, ConditionReason::AmbiguousSelector)
        }
    };
    let (active, error) = (ConditionType::ScalingActive, error.to_string());
    decision.conditions.push(ConditionChange::set(active, false, condition, error.clone()));
    decision.metric_statuses = Some(Vec::new());
    decision.events.push(Event::new(event, error.clone()));
    decision.events.push(Event::new(EventReason::FailedComputeMetricsReplicas, error.clone()));
    decision.reasons.push(Reason::SelectorUnusable { error });
    decision.has_failed = true;
}

/// Leaves everything as it is because metrics failed.
fn hold(
    decision: &mut HorizontalDecision,
    winner: Option<Winner>,
    failures: &[Failure],
    current: Replicas,
) {
    let reason = match winner {
        None => Reason::NoMetricReadable,
        Some(Winner { proposal, .. }) => {
            let proposed = proposal.replicas.replicas();
            Reason::ScaleDownRefused { proposed, current, failed: failures.len() }
        }
    };
    // None at all only where a policy has no metrics, which no API server lets pass.
    if let Some(first) = failures.first() {
        decision.conditions.push(first.condition());
    }
    let failed = EventReason::FailedComputeMetricsReplicas;
    decision.events.push(Event::new(failed, reason.to_string()));
    decision.reasons.push(reason);
    decision.has_failed = true;
}

/// The metric that proposes most; of two that propose the same, the first.
fn winner(outcomes: &[MetricOutcome]) -> Option<Winner<'_>> {
    let proposals = outcomes.iter().filter_map(|outcome| {
        let proposal = outcome.result.as_ref().ok()?;
        Some(Winner { metric: &outcome.metric, proposal })
    });
    proposals.reduce(
        |best, next| {
            if next.proposal.replicas > best.proposal.replicas { next } else { best }
        },
    )
}

fn status_of(outcome: &MetricOutcome) -> MetricStatus {
    let reported = outcome.result.as_ref().ok().map(|proposal| proposal.reported);
    MetricStatus { metric: outcome.metric.clone(), reported }
}

fn reason_of(outcome: &MetricOutcome, winner: Option<Winner>) -> Reason {
    let metric = outcome.metric.clone();
    let proposal = match &outcome.result {
        Ok(proposal) => proposal,
        Err(error) => return Reason::MetricFailed { metric, error: error.to_string() },
    };
    let proposed = proposal.replicas.replicas();
    match proposal.basis {
        Basis::WithinTolerance => Reason::WithinTolerance { metric, current: proposed },
        Basis::HeldByPods(PodGroups { unready, missing, .. }) => {
            Reason::HeldByPods { metric, current: proposed, unready, missing }
        }
        Basis::Ratio if winner.is_some_and(|winner| std::ptr::eq(winner.proposal, proposal)) => {
            Reason::MetricWon { metric, proposed }
        }
        Basis::Ratio => Reason::MetricOutbid { metric, proposed },
    }
}

impl Failure<'_> {
    fn message(&self) -> String {
        format!("{}: {}", self.metric, self.error)
    }

    fn event(&self) -> Event {
        let reason = self.source.map(EventReason::FailedGetMetric);
        Event::new(reason.unwrap_or(EventReason::InvalidMetricSourceType), self.message())
    }

    fn condition(&self) -> ConditionChange {
        let reason = self.source.map(ConditionReason::FailedGetMetric);
        let reason = reason.unwrap_or(ConditionReason::InvalidMetricSourceType);
        ConditionChange::set(ConditionType::ScalingActive, false, reason, self.message())
    }
}
