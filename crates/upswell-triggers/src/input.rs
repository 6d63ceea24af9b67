//! What a trigger is parsed from: its metadata and what surrounds it.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::Span;

use crate::Secret;

/// The metadata of one trigger: key to value, each with the place where it was written.
///
/// `Debug` shows the keys only: users write passwords here.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    entries: BTreeMap<String, Entry>,
}

/// One value of [`Metadata`].
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    value: String,
    key_span: Option<Span>,
    value_span: Option<Span>,
}

impl Metadata {
    /// Adds a value with its places; a second value of one key replaces the first.
    pub fn insert(
        &mut self,
        key: impl Into<String>,
        value: impl Into<String>,
        key_span: Option<Span>,
        value_span: Option<Span>,
    ) {
        self.entries.insert(key.into(), Entry { value: value.into(), key_span, value_span });
    }

    /// Returns the value of a key, as written.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(|entry| entry.value.as_str())
    }

    /// Returns where a key was written.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.get(key).and_then(|entry| entry.key_span)
    }

    /// Returns where the value of a key was written.
    #[must_use]
    pub fn value_span(&self, key: &str) -> Option<Span> {
        self.entries.get(key).and_then(|entry| entry.value_span)
    }

    /// Returns keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry.value.as_str()))
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut metadata = Self::default();
        for (key, value) in pairs {
            metadata.insert(key, value, None, None);
        }
        metadata
    }
}

/// Everything that the meaning of a trigger depends on.
///
/// `Debug` shows which trigger it is, and none of the values, any of which may be a secret.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The trigger's `type`: `redis`.
    pub kind: &'a str,
    /// The trigger's `name`, which formulas use.
    pub name: Option<&'a str>,
    /// The trigger's `metadata`.
    pub metadata: &'a Metadata,
    /// Parameters that the trigger's authentication resolved to.
    pub auth: &'a BTreeMap<String, Secret>,
    /// Environment of the scale target's container.
    pub env: &'a BTreeMap<String, String>,
    /// Provider of the authentication's pod identity: `aws`, `azure-workload`; `none` is as absent.
    pub pod_identity: Option<&'a str>,
    /// The role that the pod identity takes, where its provider has roles (`roleArn` of `aws`).
    pub pod_identity_role: Option<&'a str>,
    /// The trigger's `metricType`.
    pub metric_type: Option<&'a str>,
    /// Whether a formula (`scalingModifiers`) reads this trigger, so that it needs no target.
    pub as_metric_source: bool,
    /// Position in `triggers`, from zero.
    pub index: usize,
    /// Namespace of the object.
    pub namespace: &'a str,
    /// Where the trigger was written, for what is missing in it.
    pub span: Option<Span>,
}

impl<'a> Input<'a> {
    /// Takes a trigger that is the first of its object, without anything that may be absent.
    #[must_use]
    pub const fn new(
        kind: &'a str,
        metadata: &'a Metadata,
        auth: &'a BTreeMap<String, Secret>,
        env: &'a BTreeMap<String, String>,
    ) -> Self {
        Self {
            kind,
            name: None,
            metadata,
            auth,
            env,
            pod_identity: None,
            pod_identity_role: None,
            metric_type: None,
            as_metric_source: false,
            index: 0,
            namespace: "",
            span: None,
        }
    }
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("index", &self.index)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
