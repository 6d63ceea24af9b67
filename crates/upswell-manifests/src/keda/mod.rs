//! KEDA's kinds, `keda.sh/v1alpha1`, and the HorizontalPodAutoscaler that KEDA makes of them.
//!
//! ```text
//! ScaledObject ---- triggers + inputs ----> parsed triggers --------+
//!      |                                                            |
//!      +-- names, bounds, behavior, pause annotations --> hpa::generate --> HorizontalPodAutoscaler
//! ```
//!
//! Fields hold what was written, with spans; methods give what KEDA makes of it. The schema's
//! bounds are checked while an object is read, the webhook's rules in [`crate::admission`].

mod fallback;
mod hpa;
mod modifiers;
mod resolve;
mod scale_target;
mod scaled_job;
mod scaled_object;
mod schema;
mod trigger;
mod trigger_authentication;
mod trigger_inputs;

pub use fallback::{Fallback, FallbackBehavior};
pub use hpa::{GeneratedAutoscaler, SCALED_OBJECT_LABEL, generate, metric_specs};
pub use modifiers::ScalingModifiers;
pub use resolve::Resolver;
pub use scale_target::{GroupVersionKind, ScaleTargetRef};
pub use scaled_job::{
    JobSpec, MultipleScalersCalculation, PropagationPolicy, Rollout, RolloutStrategy, ScaledJob,
    ScaledJobSpec, ScalingStrategy, ScalingStrategyKind,
};
pub use scaled_object::{Advanced, AutoscalerConfig, ScaledObject, ScaledObjectSpec};
pub use schema::AtLeast;
pub use trigger::{
    AuthenticationKind, AuthenticationRef, ScaleTrigger, Triggers, types_and_authentications,
};
pub use trigger_authentication::{
    AuthenticationSources, EnvironmentSource, IdentityOwner, KeySource, OAuth2, PodIdentity,
    PodIdentityProvider, ServiceAccountToken, TriggerAuthentication,
};
pub use trigger_inputs::{TriggerCredentials, TriggerInputs, TriggerOwner, parse_triggers};
