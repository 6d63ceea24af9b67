//! HorizontalPodAutoscaler, `autoscaling/v2`.
//!
//! Source: Kubernetes 1.36, api/autoscaling/v2/types.go; defaults: pkg/apis/autoscaling/v2,
//! SetDefaults_HorizontalPodAutoscaler; checks: pkg/apis/autoscaling/validation.

use upswell_units::{Quantity, Replicas, Spanned};

use super::{Metadata, ObjectReference};
use crate::decode::{fields, string_enum};

pub(super) mod checks;
mod metric;

pub use metric::{Metric, MetricIdentifier, MetricType, Target, TargetType};

fields! {
    /// Scales a target between bounds, so that its metrics stay at their targets.
    pub struct HorizontalPodAutoscaler {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Target, bounds, metrics, behavior.
        pub spec: HorizontalPodAutoscalerSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// Target, bounds, metrics, behavior.
    pub struct HorizontalPodAutoscalerSpec {
        /// What is scaled.
        pub scale_target_ref: ObjectReference = required("scaleTargetRef"),
        /// Fewest replicas, 1 unless set.
        pub min_replicas: Option<Spanned<Replicas>> = optional("minReplicas"),
        /// Most replicas.
        pub max_replicas: Spanned<Replicas> = required("maxReplicas"),
        /// What is measured; 80 % of the CPU requests if empty.
        pub metrics: Vec<Spanned<Metric>> = list("metrics"),
        /// Speed limits and windows.
        pub behavior: Option<Behavior> = optional("behavior"),
    }
    check(checks::bounds)
}

fields! {
    /// Speed limits and windows for both directions.
    pub struct Behavior {
        /// Up: at once, by 100 % or 4 pods in 15 s whichever is more, unless set.
        pub scale_up: Option<Spanned<ScalingRules>> = optional("scaleUp"),
        /// Down: after 300 s, by 100 % in 15 s, unless set.
        pub scale_down: Option<Spanned<ScalingRules>> = optional("scaleDown"),
    }
}

fields! {
    /// Speed limits and window for one direction.
    pub struct ScalingRules {
        /// Seconds over which the most careful recommendation wins, 0 to 3600.
        pub stabilization_window_seconds: Option<Spanned<i32>> = optional("stabilizationWindowSeconds"),
        /// Which of the policies counts, `Max` unless set.
        pub select_policy: Option<Spanned<SelectPolicy>> = optional("selectPolicy"),
        /// Limits; those of the direction's default if missing.
        pub policies: Option<Vec<Spanned<ScalingPolicy>>> = optional("policies"),
        /// Part of the target within which nothing changes; 0.1 unless set.
        pub tolerance: Option<Spanned<Quantity>> = optional("tolerance"),
    }
    check(checks::rules)
}

fields! {
    /// A limit: so many pods, or percent of them, in so many seconds.
    pub struct ScalingPolicy {
        /// What `value` counts.
        pub policy_type: Spanned<PolicyType> = required("type"),
        /// Pods or percent, above zero.
        pub value: Spanned<i32> = required("value"),
        /// Seconds in which it may happen once, 1 to 1800.
        pub period_seconds: Spanned<i32> = required("periodSeconds"),
    }
    check(checks::policy)
}

string_enum! {
    /// What a scaling policy counts.
    pub enum PolicyType {
        /// Pods.
        Pods = "Pods",
        /// Percent of the current replicas.
        Percent = "Percent",
    }
}

string_enum! {
    /// Which of several scaling policies counts.
    pub enum SelectPolicy {
        /// The one that allows the largest change.
        Max = "Max",
        /// The one that allows the smallest change.
        Min = "Min",
        /// None: no scaling in this direction.
        Disabled = "Disabled",
    }
}

impl HorizontalPodAutoscalerSpec {
    /// Returns the fewest replicas, the default applied.
    #[must_use]
    pub fn min_replicas(&self) -> Replicas {
        self.min_replicas.map_or(Replicas(1), |min| min.value)
    }
}
