//! ConfigMap, `v1`.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use super::Metadata;
use crate::decode::{Untyped, fields};

fields! {
    /// Texts that pods read.
    pub struct ConfigMap {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// Texts.
        pub data: BTreeMap<String, Spanned<String>> = map("data"),
        /// Bytes in base64.
        pub binary_data: BTreeMap<String, Untyped> = map("binaryData"),
    }
    known("apiVersion", "kind", "immutable")
}
