//! LimitRange, `v1`: requests and limits that a namespace gives to containers that set none.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go.

use std::collections::BTreeMap;

use upswell_units::{Quantity, Spanned};

use super::Metadata;
use crate::decode::fields;

fields! {
    /// Defaults and bounds of a namespace.
    pub struct LimitRange {
        /// Name and namespace.
        pub metadata: Metadata = required("metadata"),
        /// The defaults and bounds.
        pub spec: LimitRangeSpec = required("spec"),
    }
    known("apiVersion", "kind")
}

fields! {
    /// The defaults and bounds.
    pub struct LimitRangeSpec {
        /// One entry a kind of thing.
        pub limits: Vec<LimitRangeItem> = required("limits"),
    }
}

fields! {
    /// Defaults and bounds of one kind of thing.
    pub struct LimitRangeItem {
        /// `Container`, `Pod` or `PersistentVolumeClaim`.
        pub item_type: Spanned<String> = required("type"),
        /// Limits of a container that sets none.
        pub default: BTreeMap<String, Spanned<Quantity>> = map("default"),
        /// Requests of a container that sets none.
        pub default_request: BTreeMap<String, Spanned<Quantity>> = map("defaultRequest"),
    }
    known("max", "maxLimitRequestRatio", "min")
}
