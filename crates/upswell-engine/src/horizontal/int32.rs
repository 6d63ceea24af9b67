//! Kubernetes counts replicas in 32 signed bits, and some of its answers depend on that.

use upswell_units::Replicas;

/// Takes replicas as Kubernetes holds them; an API server accepts no more than fit.
pub(super) fn from_replicas(replicas: Replicas) -> i32 {
    i32::try_from(replicas.0).unwrap_or(i32::MAX)
}

/// Takes a count back; a negative one, which only a negative metric proposes, is none.
pub(super) fn to_replicas(count: i32) -> Replicas {
    Replicas(u32::try_from(count).unwrap_or(0))
}

/// Rounds up to a count, saturating; not a number is zero.
pub(super) fn ceil(value: f64) -> i32 {
    value.ceil() as i32
}
