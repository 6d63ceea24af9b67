//! What the simulated cluster exports, and the Prometheus that scrapes it in virtual time.
//!
//! ```text
//! pods --------> worker, vllm            \
//! objects -----> kube_state_metrics       \    targets, relabelling
//! containers --> cadvisor                  >---> Recorder -> store <- queries of triggers,
//! the loop ----> keda, controller_manager /      (only what a selector takes)   metrics, rules
//! ```
//!
//! Each exporter is a table of families: name, type, labels, and how a value is read from the
//! simulated world. Values go to the store by handle; no text is made or parsed.
//!
//! | module | what it is for |
//! | --- | --- |
//! | `monitoring`, `objects` | the plain data of a scenario |
//! | `catalogue` | every family, and why some are not there |
//! | `family`, `recorder`, `target`, `subjects` | the form of tables, and how their values are written |
//! | `telemetry`, `workers`, `control_plane` | when what is scraped |
//! | `answers`, `adapter` | what Prometheus and prometheus-adapter answer |
//! | `alerts` | the rules, and what became of each alert |
//! | `replica`, `worker`, `vllm` | what pods export about themselves |
//! | `kube_state_metrics`, `cadvisor`, `keda`, `controller_manager` | what is exported about them |

mod adapter;
mod alerts;
mod answers;
mod cadvisor;
mod catalogue;
mod control_plane;
mod controller_manager;
mod family;
mod keda;
mod kube_state_metrics;
mod monitoring;
mod names;
mod objects;
mod recorder;
mod replica;
mod subjects;
mod target;
mod telemetry;
mod vllm;
mod worker;
mod workers;

pub use adapter::CustomMetric;
pub use alerts::{AlertHistory, Firing};
pub use catalogue::{Catalogue, Exportable, Exporter, Missing};
pub use family::Kind;
pub use monitoring::{Endpoint, Exported, Monitoring, RulePlace, ServiceObject, WatchedGroup};
pub use objects::{
    AutoscalerObject, AutoscalerRole, ContainerObject, MetricObject, Objects, ScaledObjectInfo,
    Server, TriggerInfo, WorkloadObject,
};
pub(crate) use telemetry::{Seen, Telemetry};

/// The conditions of each selector in a query.
pub(crate) fn selectors(
    query: &upswell_metrics::promql::Query,
) -> Vec<Vec<upswell_metrics::Matcher>> {
    query.selectors().map(|selector| selector.matchers().to_vec()).collect()
}
