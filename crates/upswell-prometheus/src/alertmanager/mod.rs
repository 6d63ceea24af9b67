//! Alerts to Alertmanagers, by their API v2.
//!
//! ```text
//! rules::Notice -> Notifier -> Queue, one for each Alertmanager -> POST /api/v2/alerts, in batches
//!                                 the newest notice of each alert     again while it may pass
//! ```
//!
//! All Alertmanagers get every notice, each at its own pace: they agree among themselves who tells
//! people. One that is down costs the others nothing, and gets the newest notice of each alert when
//! it is back. Source of the sizes: Prometheus 3, notifier/manager.go.

mod notifier;
mod queue;
mod wire;

pub use notifier::{AlertmanagerStatus, Notifier, Settings};
