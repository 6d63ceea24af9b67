//! `ScaledObject`: keeps a scale target between zero and many replicas by its triggers.
//!
//! Fields hold what was written; the methods give what KEDA makes of it, defaults included.
//! Source: KEDA 2.20, scaledobject_types.go and the schema of its CRD.

use upswell_engine::activation::Pause;
use upswell_units::{Diagnostic, Duration, Replicas, Span, Spanned};

use super::fallback::Fallback;
use super::modifiers::ScalingModifiers;
use super::scale_target::ScaleTargetRef;
use super::schema::AtLeast;
use super::trigger::Triggers;
use crate::decode::fields;
use crate::diagnostics::Diagnostics;
use crate::kinds::Metadata;
use crate::kinds::horizontal_pod_autoscaler::Behavior;

fields! {
    /// A ScaledObject as written.
    pub struct ScaledObject {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// What is scaled, and how.
        pub spec: ScaledObjectSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// `spec`.
    pub struct ScaledObjectSpec {
        /// What is scaled.
        pub scale_target_ref: ScaleTargetRef = required("scaleTargetRef"),
        /// Seconds between two polls; 30 unless set.
        pub polling_interval: Option<Spanned<AtLeast<1>>> = optional("pollingInterval"),
        /// Seconds without activity before the target goes idle; 300 unless set.
        pub cooldown_period: Option<Spanned<AtLeast<0>>> = optional("cooldownPeriod"),
        /// Seconds after creation before the target may go idle for the first time; 0 unless set.
        pub initial_cooldown_period: Option<Spanned<AtLeast<0>>> =
            optional("initialCooldownPeriod"),
        /// Replicas while nothing is active; unless set, `minReplicaCount`.
        pub idle_replica_count: Option<Spanned<AtLeast<0>>> = optional("idleReplicaCount"),
        /// Fewest replicas while something is active; 0 unless set.
        pub min_replica_count: Option<Spanned<AtLeast<0>>> = optional("minReplicaCount"),
        /// Most replicas; 100 unless set.
        pub max_replica_count: Option<Spanned<AtLeast<1>>> = optional("maxReplicaCount"),
        /// What to do while a trigger cannot be read.
        pub fallback: Option<Fallback> = optional("fallback"),
        /// Rarely used options.
        pub advanced: Option<Advanced> = optional("advanced"),
        /// What is measured.
        pub triggers: Triggers = required("triggers"),
    }
    check(min_above_max)
}

fields! {
    /// `spec.advanced`.
    pub struct Advanced {
        /// Whether deleting the ScaledObject restores the replicas that it first found; false
        /// unless set.
        pub restore_to_original_replica_count: Option<bool> =
            optional("restoreToOriginalReplicaCount"),
        /// The generated HorizontalPodAutoscaler.
        pub horizontal_pod_autoscaler_config: Option<AutoscalerConfig> =
            optional("horizontalPodAutoscalerConfig"),
        /// A formula over the triggers.
        pub scaling_modifiers: Option<ScalingModifiers> = optional("scalingModifiers"),
    }
}

fields! {
    /// `spec.advanced.horizontalPodAutoscalerConfig`.
    pub struct AutoscalerConfig {
        /// Name of the generated HorizontalPodAutoscaler, instead of `keda-hpa-` and the name.
        pub name: Option<Spanned<String>> = optional("name"),
        /// Its behavior, passed through.
        pub behavior: Option<Behavior> = optional("behavior"),
    }
}

const POLLING_INTERVAL: Duration = Duration::from_secs(30);
const COOLDOWN_PERIOD: Duration = Duration::from_secs(300);
const MAX_REPLICAS: i32 = 100;

impl ScaledObject {
    /// Returns the time between two polls.
    #[must_use]
    pub fn polling_interval(&self) -> Duration {
        self.spec.polling_interval.map_or(POLLING_INTERVAL, seconds)
    }

    /// Returns how long the target stays up after it was last active.
    #[must_use]
    pub fn cooldown_period(&self) -> Duration {
        self.spec.cooldown_period.map_or(COOLDOWN_PERIOD, seconds)
    }

    /// Returns how long the target stays up after the ScaledObject was created.
    #[must_use]
    pub fn initial_cooldown_period(&self) -> Duration {
        self.spec.initial_cooldown_period.map_or(Duration::ZERO, seconds)
    }

    /// Returns `idleReplicaCount`, if set.
    #[must_use]
    pub fn idle_replicas(&self) -> Option<Replicas> {
        self.spec.idle_replica_count.map(|count| count.value.replicas())
    }

    /// Returns the fewest replicas of an active target.
    #[must_use]
    pub fn min_replicas(&self) -> Replicas {
        self.spec.min_replica_count.map_or(Replicas::ZERO, |count| count.value.replicas())
    }

    /// Returns the most replicas.
    #[must_use]
    pub fn max_replicas(&self) -> Replicas {
        let max = self.spec.max_replica_count.map(|count| count.value);
        max.unwrap_or(AtLeast(MAX_REPLICAS)).replicas()
    }

    /// Returns `minReplicas` of the generated HorizontalPodAutoscaler, which cannot be zero.
    #[must_use]
    pub fn autoscaler_min_replicas(&self) -> Replicas {
        self.min_replicas().max(Replicas(1))
    }

    /// Returns the name that `horizontalPodAutoscalerConfig` sets, unless it is empty.
    #[must_use]
    pub fn configured_autoscaler_name(&self) -> Option<&Spanned<String>> {
        let name = self.autoscaler_config()?.name.as_ref();
        name.filter(|name| !name.value.is_empty())
    }

    /// Returns the name of the generated HorizontalPodAutoscaler.
    #[must_use]
    pub fn autoscaler_name(&self) -> String {
        self.configured_autoscaler_name()
            .map_or_else(|| format!("keda-hpa-{}", self.metadata.name()), |name| name.value.clone())
    }

    /// Returns the behavior that the generated HorizontalPodAutoscaler should have.
    #[must_use]
    pub fn behavior(&self) -> Option<&Behavior> {
        self.autoscaler_config()?.behavior.as_ref()
    }

    /// Returns the formula over the triggers, if any field of it is set.
    #[must_use]
    pub fn modifiers(&self) -> Option<&ScalingModifiers> {
        let modifiers = self.spec.advanced.as_ref()?.scaling_modifiers.as_ref();
        modifiers.filter(|modifiers| modifiers.is_used())
    }

    /// Returns what the annotations pause or force.
    #[must_use]
    pub fn pause(&self) -> Pause {
        let annotations = self.metadata.annotations.iter();
        Pause::from_annotations(
            &annotations.map(|(key, text)| (key.clone(), text.value.clone())).collect(),
        )
    }

    /// Returns where the name was written; where the scale target's was, if the API server makes
    /// up a name.
    #[must_use]
    pub fn name_span(&self) -> Span {
        let name = self.metadata.name.as_ref();
        name.map_or(self.spec.scale_target_ref.name.span, |name| name.span)
    }

    fn autoscaler_config(&self) -> Option<&AutoscalerConfig> {
        self.spec.advanced.as_ref()?.horizontal_pod_autoscaler_config.as_ref()
    }
}

/// Reports what the one rule over two fields in the CRD's schema refuses.
fn min_above_max(spec: &ScaledObjectSpec, problems: &mut Diagnostics) {
    let (Some(min), max) = (spec.min_replica_count, spec.max_replica_count) else { return };
    let (least, most) = (min.value.0, max.map_or(MAX_REPLICAS, |max| max.value.0));
    if least <= most {
        return;
    }
    let message = format!("`minReplicaCount` is {least}, and `maxReplicaCount` only {most}");
    let problem = Diagnostic::error("min-above-max", message).at(min.span, "above the maximum");
    problems.push(match max {
        Some(max) => problem.also_at(max.span, "the maximum").help("raise the maximum"),
        None => problem.help(format!("set `maxReplicaCount`, which is {most} unless set")),
    });
}

fn seconds<const MIN: i32>(written: Spanned<AtLeast<MIN>>) -> Duration {
    Duration::from_secs(written.value.0.into())
}
