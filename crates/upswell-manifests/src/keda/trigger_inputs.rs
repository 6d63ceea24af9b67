//! Parses the triggers of a scaled object with their credentials and the environment around them.

use std::collections::BTreeMap;
use std::fmt;

use upswell_triggers::{Fault, Input, Secret, Trigger};
use upswell_units::Diagnostic;

use super::trigger::ScaleTrigger;

/// What triggers read beside their metadata.
#[derive(Clone, Default)]
pub struct TriggerInputs {
    /// Environment of the scale target's container; `Debug` shows the names only, because values
    /// may come from Secrets.
    pub environment: BTreeMap<String, String>,
    /// By the trigger's position in `triggers`; none for those without a TriggerAuthentication.
    pub credentials: BTreeMap<usize, TriggerCredentials>,
}

impl fmt::Debug for TriggerInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, credentials } = self;
        f.debug_struct("TriggerInputs")
            .field("environment", &environment.keys())
            .field("credentials", credentials)
            .finish()
    }
}

/// What a TriggerAuthentication resolved to.
#[derive(Clone, Debug, Default)]
pub struct TriggerCredentials {
    /// Values by the trigger's parameter.
    pub parameters: BTreeMap<String, Secret>,
    /// Provider of the pod identity: `aws`, `azure-workload`.
    pub pod_identity: Option<String>,
    /// Role that the pod identity takes.
    pub pod_identity_role: Option<String>,
}

/// The object whose triggers are parsed.
#[derive(Clone, Copy, Debug)]
pub struct TriggerOwner<'a> {
    /// Namespace of the object.
    pub namespace: &'a str,
    /// Whether a formula reads the triggers, so that they need no targets of their own.
    pub has_formula: bool,
}

/// Parses triggers in their order.
///
/// # Errors
///
/// The mistakes of all triggers at once.
pub fn parse_triggers(
    triggers: &[ScaleTrigger],
    owner: TriggerOwner<'_>,
    inputs: &TriggerInputs,
) -> Result<Vec<Box<dyn Trigger>>, Vec<Diagnostic>> {
    let none = TriggerCredentials::default();
    let (mut parsed, mut problems) = (Vec::new(), Vec::new());
    for (index, trigger) in triggers.iter().enumerate() {
        let credentials = inputs.credentials.get(&index).unwrap_or(&none);
        let input = Input {
            kind: &trigger.kind.value,
            name: trigger.name.as_ref().map(|name| name.value.as_str()),
            metadata: &trigger.metadata,
            auth: &credentials.parameters,
            env: &inputs.environment,
            pod_identity: credentials.pod_identity.as_deref(),
            pod_identity_role: credentials.pod_identity_role.as_deref(),
            metric_type: trigger.metric_type.as_ref().map(|text| text.value.as_str()),
            as_metric_source: owner.has_formula,
            index,
            namespace: owner.namespace,
            span: Some(trigger.span),
        };
        match upswell_triggers::parse(&input) {
            Ok(trigger) => parsed.push(trigger),
            Err(faults) => problems.extend(faults.into_iter().map(Fault::into_diagnostic)),
        }
    }
    if problems.is_empty() { Ok(parsed) } else { Err(problems) }
}
