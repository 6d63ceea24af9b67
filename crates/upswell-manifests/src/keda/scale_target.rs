//! `scaleTargetRef`: which object a ScaledObject scales.

use std::fmt;

use upswell_units::{ScaleTarget, Spanned};

use super::schema;
use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// A reference to the scale target, as written. Source: KEDA 2.20, scaledobject_types.go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleTargetRef {
    /// Name of the target.
    pub name: Spanned<String>,
    /// Group and version; `apps/v1` unless set.
    pub api_version: Option<Spanned<String>>,
    /// Kind; `Deployment` unless set.
    pub kind: Option<Spanned<String>>,
    /// Container whose environment the triggers read; the first unless set.
    pub env_source_container_name: Option<Spanned<String>>,
}

/// Group, version and kind of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupVersionKind {
    /// API group; empty for the core group.
    pub group: String,
    /// Version within the group.
    pub version: String,
    /// Kind.
    pub kind: String,
}

const DEFAULT_API_VERSION: &str = "apps/v1";
const DEFAULT_KIND: &str = "Deployment";

impl ScaleTargetRef {
    /// Returns group, version and kind with KEDA's defaults: a Deployment of `apps/v1`.
    #[must_use]
    pub fn group_version_kind(&self) -> GroupVersionKind {
        let api_version = self.api_version.as_ref().map(|text| text.value.as_str());
        let kind = self.kind.as_ref().map(|text| text.value.as_str());
        GroupVersionKind::parse(api_version.unwrap_or_default(), kind.unwrap_or_default())
    }

    /// Names the target for the engine; `namespace` is the ScaledObject's.
    #[must_use]
    pub fn scale_target(&self, namespace: &str) -> ScaleTarget {
        let target = self.group_version_kind();
        ScaleTarget {
            api_version: target.api_version(),
            kind: target.kind,
            namespace: namespace.to_owned(),
            name: self.name.value.clone(),
        }
    }
}

impl Decode for ScaleTargetRef {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let name = schema::required_text(&mut object, "name");
        let (api_version, kind) = (object.optional("apiVersion"), object.optional("kind"));
        let env_source_container_name = object.optional("envSourceContainerName");
        object.finish();
        Some(Self { name: name?, api_version, kind, env_source_container_name })
    }
}

impl GroupVersionKind {
    /// Takes an `apiVersion` and a `kind`; an empty one means `apps/v1` or `Deployment`.
    ///
    /// Source: KEDA 2.20, gvkr.go, ParseGVKR. KEDA also asks the cluster whether such a kind
    /// exists; a bundle cannot tell, so every kind is taken to exist.
    #[must_use]
    pub fn parse(api_version: &str, kind: &str) -> Self {
        let api_version = if api_version.is_empty() { DEFAULT_API_VERSION } else { api_version };
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let kind = if kind.is_empty() { DEFAULT_KIND } else { kind };
        Self { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
    }

    /// Returns `group/version`, or only the version for the core group.
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }
}

impl fmt::Display for GroupVersionKind {
    /// As KEDA prints it in messages and status: `apps/v1.Deployment`; `/v1.Pod` in the core group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.{}", self.group, self.version, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reference_leaves_out_is_a_deployment_of_apps_v1() {
        for (api_version, kind, text) in [
            ("", "", "apps/v1.Deployment"),
            ("", "StatefulSet", "apps/v1.StatefulSet"),
            ("argoproj.io/v1alpha1", "Rollout", "argoproj.io/v1alpha1.Rollout"),
            ("v1", "ReplicationController", "/v1.ReplicationController"),
        ] {
            assert_eq!(GroupVersionKind::parse(api_version, kind).to_string(), text);
        }
    }
}
