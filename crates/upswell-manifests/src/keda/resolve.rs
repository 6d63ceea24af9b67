//! What triggers read beside their metadata, as far as the objects at hand can tell: the
//! environment of the scale target's container, and the sources of a TriggerAuthentication.
//!
//! Like KEDA, a reference that leads nowhere gives no value, and the trigger then says what it
//! lacks. Source: KEDA 2.20, pkg/scaling/resolver/scale_resolvers.go.

use std::collections::BTreeMap;

use upswell_triggers::Secret as Credential;

use super::trigger::{AuthenticationKind, AuthenticationRef, ScaleTrigger};
use super::trigger_authentication::{KeySource, TriggerAuthentication};
use super::trigger_inputs::{TriggerCredentials, TriggerInputs};
use crate::kinds::container::{EnvVar, KeyRef};
use crate::kinds::{Container, Metadata, Object, PodSpec};

/// Variables that double each other grow without end; a longer value is cut short.
const EXPANSION_BYTES_MAX: usize = 64 * 1024;

/// Finds values among the objects of one namespace.
#[derive(Clone, Copy, Debug)]
pub struct Resolver<'a> {
    /// All objects at hand.
    pub objects: &'a [&'a Object],
    /// Namespace of the scaled object.
    pub namespace: &'a str,
}

impl<'a> Resolver<'a> {
    /// Resolves the inputs of triggers whose target runs `pod`; `container` names the container
    /// that they look into, the first unless set.
    #[must_use]
    pub fn inputs(
        &self,
        triggers: &[ScaleTrigger],
        pod: Option<&PodSpec>,
        container: Option<&str>,
    ) -> TriggerInputs {
        let credentials = triggers.iter().enumerate().filter_map(|(index, trigger)| {
            Some((index, self.credentials(trigger.authentication_ref.as_ref()?, pod)?))
        });
        let credentials = credentials.collect();
        let environment = pod.and_then(|pod| find_container(pod, container));
        let environment = environment.map(|found| self.environment(found)).unwrap_or_default();
        TriggerInputs { environment, credentials }
    }

    fn credentials(
        &self,
        reference: &AuthenticationRef,
        pod: Option<&PodSpec>,
    ) -> Option<TriggerCredentials> {
        let name = reference.name.value.as_str();
        let spec = &self.authentication(reference.kind, name)?.spec;
        let mut parameters = BTreeMap::new();
        for source in &spec.env {
            let container = source.container_name.as_ref().map(|name| name.value.as_str());
            let found = pod.and_then(|pod| find_container(pod, container));
            let value = found.and_then(|c| self.environment(c).remove(&source.name.value));
            insert(&mut parameters, &source.parameter.value, value);
        }
        for KeySource { parameter, name, key } in &spec.config_map_target_ref {
            insert(&mut parameters, &parameter.value, self.config(&name.value, &key.value));
        }
        for KeySource { parameter, name, key } in &spec.secret_target_ref {
            insert(&mut parameters, &parameter.value, self.secret(&name.value, &key.value));
        }
        let identity = spec.pod_identity.as_ref();
        let role = identity.and_then(|identity| identity.role_arn.as_ref());
        Some(TriggerCredentials {
            parameters,
            pod_identity: identity.map(|identity| identity.provider.value.as_str().to_owned()),
            pod_identity_role: role.map(|role| role.value.clone()),
        })
    }

    fn authentication(
        &self,
        kind: Option<AuthenticationKind>,
        name: &str,
    ) -> Option<&'a TriggerAuthentication> {
        let is_cluster_wide = kind == Some(AuthenticationKind::ClusterTriggerAuthentication);
        self.objects.iter().find_map(|object| match *object {
            Object::ClusterTriggerAuthentication(found) if is_cluster_wide => {
                (found.metadata.name() == name).then_some(found.as_ref())
            }
            Object::TriggerAuthentication(found) if !is_cluster_wide => {
                self.is_called(&found.metadata, name).then_some(found.as_ref())
            }
            _ => None,
        })
    }

    fn is_called(&self, metadata: &Metadata, name: &str) -> bool {
        metadata.name() == name && metadata.namespace() == self.namespace
    }

    /// The environment of a container; `env` wins over `envFrom`, later entries over earlier ones.
    fn environment(&self, container: &Container) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::new();
        for from in &container.env_from {
            let prefix = from.prefix.as_deref().unwrap_or_default();
            let config = from.config_map_ref.as_ref().map(|r| self.all_config(&r.name.value));
            let secret = from.secret_ref.as_ref().map(|r| self.all_secrets(&r.name.value));
            for (key, value) in config.into_iter().chain(secret).flatten() {
                environment.insert(format!("{prefix}{key}"), value);
            }
        }
        for variable in &container.env {
            if let Some(value) = self.variable(variable, &environment) {
                environment.insert(variable.name.value.clone(), value);
            }
        }
        environment
    }

    fn variable(&self, variable: &EnvVar, before: &BTreeMap<String, String>) -> Option<String> {
        if let Some(value) = &variable.value {
            return Some(expand(&value.value, before));
        }
        let source = variable.value_from.as_ref()?;
        let config = source.config_map_key_ref.as_ref();
        let secret = source.secret_key_ref.as_ref();
        config
            .and_then(|KeyRef { name, key, .. }| self.config(&name.value, &key.value))
            .or_else(|| secret.and_then(|r| self.secret(&r.name.value, &r.key.value)))
    }

    fn config(&self, name: &str, key: &str) -> Option<String> {
        self.all_config(name).remove(key)
    }

    fn secret(&self, name: &str, key: &str) -> Option<String> {
        self.all_secrets(name).remove(key)
    }

    fn all_config(&self, name: &str) -> BTreeMap<String, String> {
        let found = self.objects.iter().find_map(|object| match *object {
            Object::ConfigMap(map) if self.is_called(&map.metadata, name) => Some(map),
            _ => None,
        });
        let data = found.into_iter().flat_map(|map| &map.data);
        data.map(|(key, value)| (key.clone(), value.value.clone())).collect()
    }

    fn all_secrets(&self, name: &str) -> BTreeMap<String, String> {
        let found = self.objects.iter().find_map(|object| match *object {
            Object::Secret(secret) if self.is_called(&secret.metadata, name) => Some(secret),
            _ => None,
        });
        let values = found.into_iter().flat_map(|secret| &secret.values);
        values
            .filter_map(|(key, value)| {
                let text = String::from_utf8(value.value.reveal().to_vec()).ok()?;
                Some((key.clone(), text))
            })
            .collect()
    }
}

fn find_container<'a>(pod: &'a PodSpec, name: Option<&str>) -> Option<&'a Container> {
    let mut containers = pod.containers.iter();
    match name {
        Some(name) => containers.find(|container| container.name.value == name),
        None => containers.next(),
    }
}

fn insert(parameters: &mut BTreeMap<String, Credential>, key: &str, value: Option<String>) {
    if let Some(value) = value {
        parameters.insert(key.to_owned(), Credential::from(value));
    }
}

/// Replaces `$(NAME)` by what was defined before; `$$(NAME)` stands for the text `$(NAME)`.
///
/// Source: Kubernetes 1.36, third_party/forked/golang/expansion.
fn expand(text: &str, environment: &BTreeMap<String, String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('(').and_then(|open| open.split_once(')'));
        match name {
            Some((name, after)) => {
                match environment.get(name) {
                    Some(value) => expanded.push_str(value),
                    None => {
                        expanded.push_str("$(");
                        expanded.push_str(name);
                        expanded.push(')');
                    }
                }
                rest = after;
            }
            None => expanded.push('$'),
        }
        if expanded.len() > EXPANSION_BYTES_MAX {
            break;
        }
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_for_what_was_defined_before() {
        let environment = BTreeMap::from(
            [("HOST", "redis"), ("PORT", "6379")].map(|(k, v)| (k.into(), v.into())),
        );
        for (text, expanded) in [
            ("$(HOST):$(PORT)", "redis:6379"),
            ("$$(HOST)", "$(HOST)"),
            ("$(NONE)/$HOST", "$(NONE)/$HOST"),
            ("cost: 5$", "cost: 5$"),
            ("$(open", "$(open"),
        ] {
            assert_eq!(expand(text, &environment), expanded);
        }
    }
}
