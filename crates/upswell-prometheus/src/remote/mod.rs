//! A client of a real Prometheus, or of what speaks its API: Mimir, Thanos, VictoriaMetrics.
//!
//! ```text
//! query, time or range -> pieces of few enough points -> GET, or POST where it is long
//!                                                               | tries again what may pass
//! promql::Value, series  <-  wire: the JSON of the HTTP API  <--+
//! ```

mod client;
mod error;
mod pieces;
mod wire;

pub use client::{Answered, Prometheus};
pub use error::RemoteError;
