//! Templates of labels and annotations: what Prometheus writes for them, and what it refuses.
//!
//! The texts on the right were written by Prometheus 3.16 (Go 1.26), unless a test says otherwise.

mod bounds;
mod faults;
mod functions;
mod given;
mod language;
mod numbers;
