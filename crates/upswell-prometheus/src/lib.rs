//! The edge of metrics: what speaks HTTP with those who ask, with targets, with Prometheus and
//! with Alertmanager.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`api`] | Prometheus's HTTP API on the embedded store |

pub mod api;

mod clock;
