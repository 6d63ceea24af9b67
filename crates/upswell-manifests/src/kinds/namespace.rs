//! Namespace, `v1`.

use super::Metadata;
use crate::decode::fields;

fields! {
    /// A room for names.
    pub struct Namespace {
        /// Name, labels, annotations.
        pub metadata: Metadata = required("metadata"),
    }
    known("apiVersion", "kind", "spec", "status")
}
