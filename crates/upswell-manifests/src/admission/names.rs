//! The names of a ScaledObject and of its HorizontalPodAutoscaler become labels.
//!
//! Source: KEDA 2.20, scaledobject_webhook.go, verifyName.

use upswell_units::Diagnostic;

use super::objection::{Check, Objection};
use crate::keda::ScaledObject;

/// Bytes that the value of a label may have in Kubernetes.
const LABEL_BYTES_MAX: usize = 63;

/// Objects to names that are longer than a label.
pub(super) fn check(object: &ScaledObject) -> Option<Objection> {
    let name = object.metadata.name();
    if name.len() > LABEL_BYTES_MAX {
        let message = format!("the name has {} letters, and a label at most 63", name.len());
        let problem = Diagnostic::error("name-too-long", message);
        let problem =
            problem.at(object.name_span(), "becomes the label `scaledobject.keda.sh/name`");
        return Some(Check::NameTooLong.objects(problem.help("shorten the name")));
    }
    let autoscaler = object.autoscaler_name();
    if autoscaler.len() > LABEL_BYTES_MAX {
        let message = format!(
            "the HorizontalPodAutoscaler's name has {} letters, and a label at most 63",
            autoscaler.len()
        );
        let configured = object.configured_autoscaler_name().map(|name| name.span);
        let problem = Diagnostic::error("hpa-name-too-long", message)
            .at(configured.unwrap_or(object.name_span()), format!("makes `{autoscaler}`"))
            .help("set a shorter `advanced.horizontalPodAutoscalerConfig.name`");
        return Some(Check::HpaNameTooLong.objects(problem));
    }
    None
}
