//! Kubernetes quantities, exact.

/// A Kubernetes quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity(());
