//! The edge of metrics: what speaks HTTP with those who ask, with targets, with Prometheus and
//! with Alertmanager.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`alertmanager`] | alerts to Alertmanagers |
//! | [`http`] | a server and how it is spoken to: login, TLS, bounds |
//! | [`remote`] | queries to a real Prometheus, or to what speaks its API |
//! | [`state`] | what rules remember over a restart |

pub mod alertmanager;
pub mod http;
pub mod remote;
pub mod state;
