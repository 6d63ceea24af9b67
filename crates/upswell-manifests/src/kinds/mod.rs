//! The kinds that Upswell reads, one file a kind; [`Kind`] and [`Object`] list them.
//!
//! A struct has upstream's fields; what nobody here reads is kept as a node or only known by name.
//! A field that the manifest leaves out is `None`, which tells a default from a written value;
//! methods apply the default.

pub mod affinity;
mod config_map;
pub mod container;
pub mod container_node_pool;
pub mod deployment;
pub mod horizontal_pod_autoscaler;
pub mod horizontal_pod_autoscaler_v1;
mod label_selector;
pub mod limit_range;
mod metadata;
mod monitor_endpoint;
mod namespace;
pub mod node_pool;
mod object_reference;
pub mod pod;
pub mod pod_disruption_budget;
pub mod pod_monitor;
mod priority_class;
pub mod prometheus_rule;
mod registry;
pub mod relabeling;
pub mod secret;
pub mod service;
pub mod service_monitor;
pub mod stateful_set;
pub mod vertical_pod_autoscaler;

pub use affinity::Affinity;
pub use config_map::ConfigMap;
pub use container::{Container, Resources};
pub use container_node_pool::ContainerNodePool;
pub use deployment::Deployment;
pub use horizontal_pod_autoscaler::HorizontalPodAutoscaler;
pub use label_selector::{LabelOperator, LabelRequirement, LabelSelector};
pub use limit_range::LimitRange;
pub use metadata::{Metadata, OwnerReference};
pub use monitor_endpoint::{ByteSize, NamespaceSelector};
pub use namespace::Namespace;
pub use node_pool::NodePool;
pub use object_reference::ObjectReference;
pub use pod::{PodSpec, PodTemplate};
pub use pod_disruption_budget::PodDisruptionBudget;
pub use pod_monitor::PodMonitor;
pub use priority_class::PriorityClass;
pub use prometheus_rule::PrometheusRule;
pub use registry::{Kind, Lookup, Object, Scope};
pub use relabeling::Relabeling;
pub use secret::Secret;
pub use service::Service;
pub use service_monitor::ServiceMonitor;
pub use stateful_set::StatefulSet;
pub use vertical_pod_autoscaler::VerticalPodAutoscaler;
