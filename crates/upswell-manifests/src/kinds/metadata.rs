//! `metadata`, and what else all kinds have.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use crate::decode::fields;

fields! {
    /// Name, namespace, labels and annotations of an object.
    ///
    /// Source: Kubernetes 1.36, meta/v1 ObjectMeta.
    pub struct Metadata {
        /// Name; missing where `generateName` stands for it.
        pub name: Option<Spanned<String>> = optional("name"),
        /// Namespace; missing where the manifest leaves it to `kubectl -n`.
        pub namespace: Option<Spanned<String>> = optional("namespace"),
        /// Labels.
        pub labels: BTreeMap<String, Spanned<String>> = map("labels"),
        /// Annotations.
        pub annotations: BTreeMap<String, Spanned<String>> = map("annotations"),
        /// Objects with which this one goes.
        pub owner_references: Vec<OwnerReference> = list("ownerReferences"),
    }
    known(
        "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
        "generateName", "generation", "managedFields", "resourceVersion", "selfLink", "uid",
    )
}

fields! {
    /// Names an owner of an object: when it goes, the object goes.
    pub struct OwnerReference {
        /// Kind of the owner.
        pub kind: Spanned<String> = required("kind"),
        /// Name of the owner, in the same namespace or cluster-wide.
        pub name: Spanned<String> = required("name"),
    }
    known("apiVersion", "blockOwnerDeletion", "controller", "uid")
}

impl Metadata {
    /// Returns the name, or nothing where the API server makes one up.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("", |name| &name.value)
    }

    /// Returns the namespace; empty where the manifest names none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.as_ref().map_or("", |namespace| &namespace.value)
    }

    /// Returns the value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(|label| label.value.as_str())
    }

    /// Returns the value of an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(|annotation| annotation.value.as_str())
    }
}
