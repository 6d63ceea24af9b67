//! The edge of metrics: what speaks HTTP with those who ask, with targets, with Prometheus and
//! with Alertmanager.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`alertmanager`] | alerts to Alertmanagers |
//! | [`api`] | Prometheus's HTTP API on the embedded store |
//! | [`http`] | a server and how it is spoken to: login, TLS, bounds |
//! | [`monitor`] | everything put together: targets, store, rules, API |
//! | [`remote`] | queries to a real Prometheus, or to what speaks its API |
//! | [`scrape`] | the pages of targets, fetched on time |
//! | [`state`] | what rules remember over a restart |

pub mod alertmanager;
pub mod api;
pub mod http;
pub mod monitor;
pub mod remote;
pub mod scrape;
pub mod state;

mod clock;
