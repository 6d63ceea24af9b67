//! `ScaledJob`: starts jobs for the work that its triggers count.
//!
//! Source: KEDA 2.20, scaledjob_types.go and the schema of its CRD.

use upswell_units::{Duration, Replicas, Spanned};

use super::schema::AtLeast;
use super::trigger::Triggers;
use crate::decode::{fields, string_enum};
use crate::kinds::{Metadata, PodTemplate};

fields! {
    /// A ScaledJob as written.
    pub struct ScaledJob {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// The jobs, and when they start.
        pub spec: ScaledJobSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// `spec`.
    pub struct ScaledJobSpec {
        /// The jobs to start.
        pub job_target_ref: JobSpec = required("jobTargetRef"),
        /// Seconds between two polls; 30 unless set, at least 1.
        pub polling_interval: Option<Spanned<AtLeast<1>>> = optional("pollingInterval"),
        /// Finished jobs to keep; 100 unless set.
        pub successful_jobs_history_limit: Option<Spanned<AtLeast<0>>> = optional("successfulJobsHistoryLimit"),
        /// Failed jobs to keep; 100 unless set.
        pub failed_jobs_history_limit: Option<Spanned<AtLeast<0>>> = optional("failedJobsHistoryLimit"),
        /// The deprecated place of `rollout.strategy`.
        pub rollout_strategy: Option<Spanned<RolloutStrategy>> = optional("rolloutStrategy"),
        /// What happens to running jobs when the ScaledJob changes.
        pub rollout: Option<Rollout> = optional("rollout"),
        /// Container whose environment the triggers read; the first unless set.
        pub env_source_container_name: Option<Spanned<String>> = optional("envSourceContainerName"),
        /// Jobs that always run; 0 unless set.
        pub min_replica_count: Option<Spanned<AtLeast<0>>> = optional("minReplicaCount"),
        /// Most jobs at once; 100 unless set.
        pub max_replica_count: Option<Spanned<AtLeast<1>>> = optional("maxReplicaCount"),
        /// How many jobs the queue is worth.
        pub scaling_strategy: Option<ScalingStrategy> = optional("scalingStrategy"),
        /// What is counted; at least one.
        pub triggers: Triggers = required("triggers"),
    }
}

fields! {
    /// The spec of a Job, as far as anybody here reads it.
    pub struct JobSpec {
        /// Pods of one job at once; 1 unless set.
        pub parallelism: Option<Spanned<i32>> = optional("parallelism"),
        /// Pods that must succeed; as many as run at once unless set.
        pub completions: Option<Spanned<i32>> = optional("completions"),
        /// Failed pods before a job fails; 6 unless set.
        pub backoff_limit: Option<Spanned<i32>> = optional("backoffLimit"),
        /// Seconds that a job may take.
        pub active_deadline_seconds: Option<Spanned<i64>> = optional("activeDeadlineSeconds"),
        /// The pods.
        pub template: PodTemplate = required("template"),
    }
    known(
        "backoffLimitPerIndex", "completionMode", "managedBy", "manualSelector",
        "maxFailedIndexes", "podFailurePolicy", "podReplacementPolicy", "selector",
        "successPolicy", "suspend", "ttlSecondsAfterFinished",
    )
}

fields! {
    /// `spec.rollout`.
    pub struct Rollout {
        /// Whether running jobs of an older generation end; `immediate` unless set.
        pub strategy: Option<Spanned<RolloutStrategy>> = optional("strategy"),
        /// How their deletion proceeds; `background` unless set.
        pub propagation_policy: Option<Spanned<PropagationPolicy>> = optional("propagationPolicy"),
    }
}

string_enum! {
    /// What happens to jobs of an older generation.
    pub enum RolloutStrategy {
        /// They run to their end.
        Gradual = "gradual",
        /// They are deleted.
        Immediate = "immediate",
    }
}

string_enum! {
    /// Whether a job goes before its pods or after them.
    pub enum PropagationPolicy {
        /// The pods go first.
        Foreground = "foreground",
        /// The job goes first.
        Background = "background",
    }
}

fields! {
    /// `spec.scalingStrategy`.
    pub struct ScalingStrategy {
        /// How running jobs are counted against the queue; `default` unless set.
        pub strategy: Option<Spanned<ScalingStrategyKind>> = optional("strategy"),
        /// `custom`: jobs taken off.
        pub custom_scaling_queue_length_deduction: Option<Spanned<i32>> = optional("customScalingQueueLengthDeduction"),
        /// `custom`: share of the running jobs taken off, a number as text.
        pub custom_scaling_running_job_percentage: Option<Spanned<String>> = optional("customScalingRunningJobPercentage"),
        /// Conditions that a pod must meet before its job counts as running.
        pub pending_pod_conditions: Vec<Spanned<String>> = list("pendingPodConditions"),
        /// How several triggers become one number; `max` unless set.
        pub multiple_scalers_calculation: Option<Spanned<MultipleScalersCalculation>> = optional("multipleScalersCalculation"),
    }
}

string_enum! {
    /// How running jobs are counted against the queue.
    pub enum ScalingStrategyKind {
        /// All running jobs count.
        Default = "default",
        /// A share of the running jobs and a fixed number count.
        Custom = "custom",
        /// Only jobs that are still pending count.
        Accurate = "accurate",
        /// As many jobs start as there is room for.
        Eager = "eager",
    }
}

string_enum! {
    /// How several triggers become one number.
    pub enum MultipleScalersCalculation {
        /// The smallest.
        Min = "min",
        /// The mean.
        Avg = "avg",
        /// The sum.
        Sum = "sum",
        /// The largest.
        Max = "max",
    }
}

const POLLING_INTERVAL: Duration = Duration::from_secs(30);
const MAX_REPLICAS: Replicas = Replicas(100);

impl ScaledJob {
    /// Returns the time between two polls.
    #[must_use]
    pub fn polling_interval(&self) -> Duration {
        let written = self.spec.polling_interval;
        written.map_or(POLLING_INTERVAL, |seconds| Duration::from_secs(seconds.value.0.into()))
    }

    /// Returns how many jobs always run; a minimum above the maximum is taken as the maximum.
    #[must_use]
    pub fn min_replicas(&self) -> Replicas {
        let min = self.spec.min_replica_count.map_or(Replicas::ZERO, |min| min.value.replicas());
        self.spec.max_replica_count.map_or(min, |max| min.min(max.value.replicas()))
    }

    /// Returns `maxReplicaCount`, those that always run included.
    #[must_use]
    pub fn max_replicas(&self) -> Replicas {
        self.spec.max_replica_count.map_or(MAX_REPLICAS, |max| max.value.replicas())
    }

    /// Returns what happens to jobs of an older generation; the deprecated field wins.
    #[must_use]
    pub fn rollout_strategy(&self) -> RolloutStrategy {
        let rollout = || self.spec.rollout.as_ref()?.strategy;
        let written = self.spec.rollout_strategy.or_else(rollout);
        written.map_or(RolloutStrategy::Immediate, |strategy| strategy.value)
    }
}
