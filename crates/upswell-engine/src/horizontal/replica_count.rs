//! Kubernetes counts replicas in 32 signed bits, and some of its answers depend on that.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::Replicas;

/// A count of replicas as Kubernetes reckons with it; a negative metric proposes one below zero.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ReplicaCount(pub i32);

impl ReplicaCount {
    /// No replica.
    pub const ZERO: Self = Self(0);

    /// Returns the replicas to have: none where the count is below zero.
    #[must_use]
    pub fn replicas(self) -> Replicas {
        Replicas(u32::try_from(self.0).unwrap_or(0))
    }

    /// Rounds up, saturating; not a number is zero.
    pub(super) fn ceil(value: f64) -> Self {
        Self(value.ceil() as i32)
    }

    /// Cuts the fraction off, saturating; not a number is zero.
    pub(super) fn trunc(value: f64) -> Self {
        Self(value as i32)
    }

    pub(super) fn as_f64(self) -> f64 {
        f64::from(self.0)
    }
}

impl From<Replicas> for ReplicaCount {
    /// Saturates; an API server accepts no more than fit.
    fn from(replicas: Replicas) -> Self {
        Self(i32::try_from(replicas.0).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for ReplicaCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
