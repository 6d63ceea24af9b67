//! References from one object to another of the same namespace.

use upswell_units::Spanned;

use crate::decode::fields;

fields! {
    /// The object that an autoscaler acts on.
    ///
    /// Source: Kubernetes 1.36, autoscaling/v2 CrossVersionObjectReference.
    pub struct ObjectReference {
        /// Group and version, as in `apps/v1`.
        pub api_version: Option<Spanned<String>> = optional("apiVersion"),
        /// Kind, as in `Deployment`.
        pub kind: Spanned<String> = required("kind"),
        /// Name.
        pub name: Spanned<String> = required("name"),
    }
}
