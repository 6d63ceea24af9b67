//! What the API server refuses although every field has the right type.

use upswell_units::{Diagnostic, Replicas, Span, Spanned};

use super::{HorizontalPodAutoscalerSpec, PolicyType, ScalingPolicy, ScalingRules};
use crate::diagnostics::Diagnostics;

/// Seconds that a stabilization window may have.
const WINDOW_SECONDS_MAX: i32 = 3600;

/// Seconds that the period of a policy may have.
const PERIOD_SECONDS_MAX: i32 = 1800;

pub(in crate::kinds) fn bounds(spec: &HorizontalPodAutoscalerSpec, problems: &mut Diagnostics) {
    let max = spec.max_replicas;
    if max.value == Replicas::ZERO {
        problems.push(
            Diagnostic::error("out-of-range", "`maxReplicas` must be above zero")
                .at(max.span, "not above zero")
                .help("write the most replicas that you can pay for"),
        );
    }
    let Some(min) = spec.min_replicas else { return };
    if min.value == Replicas::ZERO {
        problems.push(
            Diagnostic::error("out-of-range", "`minReplicas` must be above zero")
                .at(min.span, "Kubernetes 1.36 needs the feature gate HPAScaleToZero for this")
                .help("write 1, or use a ScaledObject with `minReplicaCount: 0`"),
        );
    }
    if min.value > max.value {
        let message = format!("`minReplicas` {} is above `maxReplicas` {}", min.value, max.value);
        problems.push(
            Diagnostic::error("min-above-max", message)
                .at(min.span, "the fewest")
                .also_at(max.span, "the most")
                .help("swap or correct them"),
        );
    }
}

pub(in crate::kinds) fn utilization(percent: Spanned<i32>, problems: &mut Diagnostics) {
    if percent.value <= 0 {
        problems.push(not_positive(percent.span));
    }
}

/// The API server refuses targets that are not above zero.
pub(super) fn not_positive(span: Span) -> Diagnostic {
    Diagnostic::error("out-of-range", "a target must be above zero")
        .at(span, "not above zero")
        .help("write what one replica should carry")
}

pub(super) fn rules(rules: &ScalingRules, problems: &mut Diagnostics) {
    if let Some(window) = rules.stabilization_window_seconds {
        within("stabilizationWindowSeconds", window, 0, WINDOW_SECONDS_MAX, problems);
    }
    if let Some(tolerance) = rules.tolerance.as_ref().filter(|t| t.value.is_negative()) {
        problems.push(
            Diagnostic::error("out-of-range", "`tolerance` must not be below zero")
                .at(tolerance.span, "below zero")
                .help("write a part of the target, e.g. 0.05 for 5 %"),
        );
    }
}

pub(super) fn policy(policy: &ScalingPolicy, problems: &mut Diagnostics) {
    if policy.value.value <= 0 {
        let unit = match policy.policy_type.value {
            PolicyType::Pods => "pods",
            PolicyType::Percent => "percent",
        };
        problems.push(
            Diagnostic::error("out-of-range", "the `value` of a policy must be above zero")
                .at(policy.value.span, format!("{} {unit}", policy.value.value))
                .help("write `selectPolicy: Disabled` to forbid a direction"),
        );
    }
    within("periodSeconds", policy.period_seconds, 1, PERIOD_SECONDS_MAX, problems);
}

fn within(name: &str, value: Spanned<i32>, min: i32, max: i32, problems: &mut Diagnostics) {
    if !(min..=max).contains(&value.value) {
        let message = format!("`{name}` {} is outside {min} to {max}", value.value);
        problems.push(
            Diagnostic::error("out-of-range", message)
                .at(value.span, "out of range")
                .help(format!("write seconds from {min} to {max}")),
        );
    }
}
