//! What ServiceMonitors and PodMonitors share.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/types.go.

use upswell_units::Spanned;

use crate::decode::fields;

fields! {
    /// In which namespaces to look; the monitor's own if empty.
    pub struct NamespaceSelector {
        /// All namespaces.
        pub any: Option<Spanned<bool>> = optional("any"),
        /// These namespaces.
        pub match_names: Vec<Spanned<String>> = list("matchNames"),
    }
}
