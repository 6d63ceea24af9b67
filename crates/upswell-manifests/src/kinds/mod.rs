//! The kinds that Upswell reads, one file a kind.

pub mod horizontal_pod_autoscaler;
mod label_selector;
mod metadata;
mod object_reference;

pub use horizontal_pod_autoscaler::HorizontalPodAutoscaler;
pub use label_selector::{LabelOperator, LabelRequirement, LabelSelector};
pub use metadata::{Metadata, OwnerReference};
pub use object_reference::ObjectReference;
