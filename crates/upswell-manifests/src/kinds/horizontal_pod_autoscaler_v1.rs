//! HorizontalPodAutoscaler, `autoscaling/v1`: a target for the CPU and no behavior.
//!
//! Source: Kubernetes 1.36, api/autoscaling/v1/types.go; conversion:
//! pkg/apis/autoscaling/v1/conversion.go.

use upswell_units::{Diagnostic, Replicas, Spanned};

use super::horizontal_pod_autoscaler::{HorizontalPodAutoscalerSpec, Metric, Target, checks};
use super::{HorizontalPodAutoscaler, Metadata, ObjectReference};
use crate::decode::{Object, fields};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// Where kubectl keeps the fields of v2 that v1 has no place for.
const V2_ANNOTATIONS: [&str; 2] =
    ["autoscaling.alpha.kubernetes.io/metrics", "autoscaling.alpha.kubernetes.io/behavior"];

fields! {
    /// Target, bounds and CPU utilization.
    pub struct SpecV1 {
        /// What is scaled.
        pub scale_target_ref: ObjectReference = required("scaleTargetRef"),
        /// Fewest replicas, 1 unless set.
        pub min_replicas: Option<Spanned<Replicas>> = optional("minReplicas"),
        /// Most replicas.
        pub max_replicas: Spanned<Replicas> = required("maxReplicas"),
        /// Percent of the CPU requests, 80 unless set.
        pub target_cpu_utilization_percentage: Option<Spanned<i32>> =
            optional("targetCPUUtilizationPercentage"),
    }
}

/// Reads `autoscaling/v1` as the `autoscaling/v2` that means the same.
///
/// The annotations in which kubectl keeps what v1 cannot say are not read; a warning says so.
pub(super) fn decode(node: &Node, problems: &mut Diagnostics) -> Option<HorizontalPodAutoscaler> {
    let mut object = Object::new(node, problems)?;
    object.known(&["apiVersion", "kind", "status"]);
    let metadata: Option<Metadata> = object.required("metadata");
    let spec: Option<SpecV1> = object.required("spec");
    object.finish();
    let (metadata, spec) = (metadata?, spec?);
    for annotation in V2_ANNOTATIONS.iter().filter_map(|key| metadata.annotations.get(*key)) {
        problems.push(
            Diagnostic::warning("annotation-not-read", "autoscaling/v1 with fields of v2")
                .at(annotation.span, "not read")
                .help("write `apiVersion: autoscaling/v2`, and the fields below `spec`"),
        );
    }
    let SpecV1 { scale_target_ref, min_replicas, max_replicas, target_cpu_utilization_percentage } =
        spec;
    let cpu = target_cpu_utilization_percentage.map(|percent| {
        let name = Spanned::new("cpu".to_owned(), percent.span);
        let target = Target::Utilization(percent);
        Spanned::new(Metric::Resource { name, target }, percent.span)
    });
    let metrics = cpu.into_iter().collect();
    let spec = HorizontalPodAutoscalerSpec {
        scale_target_ref,
        min_replicas,
        max_replicas,
        metrics,
        behavior: None,
    };
    checks::bounds(&spec, problems);
    if let Some(percent) = target_cpu_utilization_percentage {
        checks::utilization(percent, problems);
    }
    Some(HorizontalPodAutoscaler { metadata, spec })
}
