//! Prometheus's HTTP API, version 1, over the embedded store: Grafana and `promtool query` work on
//! it unchanged.
//!
//! ```text
//! request -> parameters -> query, series, rules, targets, status -> answer (JSON in its envelope)
//!                             |
//!                          execute: off the async threads, few at a time, with a deadline
//! ```
//!
//! Shapes, status codes and the words of errors that clients look at are those of Prometheus 3
//! (web/api/v1). What it leaves out: everything that changes the server (`admin`, reload), remote
//! write and read, and what is about its files (`status/tsdb`).

mod answer;
mod encode;
mod execute;
mod parameters;
mod query;
mod routes;
mod rules;
mod series;
mod status;
mod targets;

pub use routes::{Api, Options, router};
pub use rules::{GroupStatus, RuleStatus, RulesView};
pub use targets::TargetsView;
