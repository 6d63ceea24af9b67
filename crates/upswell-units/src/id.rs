//! Names as types, so that a pod's name cannot stand where a trigger's is due.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The object whose replicas are scaled: anything with a scale subresource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScaleTarget {
    /// Group and version, as in `apps/v1`.
    pub api_version: String,
    /// `Deployment`, `StatefulSet`, ...
    pub kind: String,
    /// Namespace; empty where a manifest leaves it to `kubectl -n`.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
}

/// An object of a bundle or a cluster, by kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Kind, as in `ScaledObject`.
    pub kind: String,
    /// Namespace; empty for cluster-wide kinds and where a manifest names none.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
}

/// Names one metric of a scale target: KEDA's `s0-redis-llm_requests`, or `cpu`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TriggerName(pub String);

/// Names a pod within its namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PodName(pub String);

impl fmt::Display for ScaleTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl fmt::Display for TriggerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for PodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
