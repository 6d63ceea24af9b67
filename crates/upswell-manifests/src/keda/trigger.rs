//! One entry of `triggers`, the same in a ScaledObject and a ScaledJob.

use std::ops::Deref;

use upswell_triggers::Metadata;
use upswell_units::{Diagnostic, Span, Spanned};

use super::schema;
use crate::decode::{Decode, Object, fields, string_enum};
use crate::diagnostics::Diagnostics;
use crate::yaml::{Entry, Mapping, Node};

/// A trigger as written; the triggers crate gives its metadata their meaning.
///
/// Source: KEDA 2.20, scaletriggers_types.go.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleTrigger {
    /// `type`: `redis`, `prometheus`, ...
    pub kind: Spanned<String>,
    /// Name that a formula uses; unique within the object when set.
    pub name: Option<Spanned<String>>,
    /// Settings of the trigger.
    pub metadata: Metadata,
    /// Whether the HPA reads the value of the last poll instead of asking the source again; false
    /// unless set.
    pub use_cached_metrics: Option<Spanned<bool>>,
    /// Where the trigger's credentials come from.
    pub authentication_ref: Option<AuthenticationRef>,
    /// `AverageValue` unless set; `cpu` and `memory` must set it.
    pub metric_type: Option<Spanned<String>>,
    /// Its first key.
    pub span: Span,
}

/// `triggers`: at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Triggers(pub Vec<ScaleTrigger>);

fields! {
    /// Names the TriggerAuthentication of a trigger.
    pub struct AuthenticationRef {
        /// Name of the object.
        pub name: Spanned<String> = required("name"),
        /// Whether it lies in the namespace or is cluster-wide; in the namespace unless set.
        pub kind: Option<AuthenticationKind> = optional("kind"),
    }
}

string_enum! {
    /// The two kinds that hold credentials.
    pub enum AuthenticationKind {
        /// In the namespace of the scaled object.
        TriggerAuthentication = "TriggerAuthentication",
        /// Cluster-wide.
        ClusterTriggerAuthentication = "ClusterTriggerAuthentication",
    }
}

impl ScaleTrigger {
    /// Returns whether this is `cpu` or `memory`, which the HPA reads without KEDA.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        matches!(self.kind.value.as_str(), "cpu" | "memory")
    }

    /// Returns whether the HPA reads the value of the last poll.
    #[must_use]
    pub fn uses_cached_metrics(&self) -> bool {
        self.use_cached_metrics.is_some_and(|cached| cached.value)
    }

    /// Returns the name, if there is one that is not empty.
    #[must_use]
    pub fn set_name(&self) -> Option<&Spanned<String>> {
        self.name.as_ref().filter(|name| !name.value.is_empty())
    }
}

impl Decode for ScaleTrigger {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let kind = schema::required_text(&mut object, "type");
        let name = object.optional("name");
        let metadata: Option<TriggerMetadata> = object.required("metadata");
        let use_cached_metrics = object.optional("useCachedMetrics");
        let authentication_ref = object.optional("authenticationRef");
        let metric_type = object.optional("metricType");
        object.finish();
        Some(Self {
            kind: kind?,
            name,
            metadata: metadata?.0,
            use_cached_metrics,
            authentication_ref,
            metric_type,
            span: node.head(),
        })
    }
}

impl Decode for Triggers {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let triggers = Vec::decode(node, problems)?;
        if node.as_sequence().is_some_and(<[_]>::is_empty) {
            let problem = Diagnostic::error("no-triggers", "there is no trigger");
            problems.push(problem.at(node.span, "empty").help("add `- type: …`, e.g. redis"));
        }
        Some(Self(triggers))
    }
}

impl Deref for Triggers {
    type Target = [ScaleTrigger];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Reads the strings of `metadata` with the places of keys and values.
struct TriggerMetadata(Metadata);

impl Decode for TriggerMetadata {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        Object::new(node, problems)?;
        let entries = node.as_mapping().map_or(&[][..], Mapping::entries);
        let mut metadata = Metadata::default();
        for Entry { key, value } in entries {
            if let Some(text) = String::decode(value, problems) {
                metadata.insert(&*key.value, text, Some(key.span), Some(value.span));
            }
        }
        Some(Self(metadata))
    }
}

/// Returns the distinct types of triggers and the distinct names of their authentications, each
/// joined by commas in the order of the triggers: KEDA's `status.triggersTypes` and
/// `status.authenticationsTypes`.
#[must_use]
pub fn types_and_authentications(triggers: &[ScaleTrigger]) -> (String, String) {
    let types = triggers.iter().map(|trigger| trigger.kind.value.as_str());
    let references = triggers.iter().filter_map(|trigger| trigger.authentication_ref.as_ref());
    (distinct(types), distinct(references.map(|reference| reference.name.value.as_str())))
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.join(",")
}
