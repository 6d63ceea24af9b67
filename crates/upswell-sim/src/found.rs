//! What a rehearsal found in the manifests, before any request arrived.

use serde::Serialize;
use upswell_engine::Policy;
use upswell_engine::policy::{Allowance, MetricSpec, ResourceTarget, ValueTarget};
use upswell_manifests::admission::Admitted;
use upswell_manifests::bundle::{Bundle, Content};
use upswell_units::{Diagnostic, Replicas, Sources};

use crate::scenario::Scaler;

/// What was found in the manifests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Files that were read.
    pub files: usize,
    /// Objects that the cluster took in, in their order: `Deployment/llm-worker`.
    pub admitted: Vec<String>,
    /// Objects of kinds that are not read; kept, and of no effect here.
    pub unknown: Vec<String>,
    /// Objects that the cluster refused, and why.
    pub refused: Vec<Fault>,
    /// Objects that the cluster took in and that do not work, and why.
    pub failing: Vec<Fault>,
    /// What scales the target; absent where nothing does.
    pub scaled_by: Option<ScaledBy>,
}

/// Why an object is refused or does not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The object, where it is known.
    pub object: Option<String>,
    /// `file:line:column`, where there is one.
    pub at: Option<String>,
    /// Why.
    pub message: String,
}

/// The autoscaler of the target, as far as it is simulated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScaledBy {
    /// The object.
    pub object: String,
    /// Fewest replicas.
    pub min: Replicas,
    /// Most replicas.
    pub max: Replicas,
    /// Each metric with its target.
    pub metrics: Vec<String>,
    /// How fast it may go.
    pub behavior: Vec<String>,
}

impl Found {
    /// Adds what the cluster took in and what does not work.
    pub(crate) fn fail(&mut self, sources: &Sources, failing: &[Diagnostic]) {
        self.failing.extend(failing.iter().map(|fault| Fault::new(sources, None, fault)));
    }

    /// Lists what was found; `failing` is what keeps admitted autoscalers from working.
    #[must_use]
    pub fn new(bundle: &Bundle, admitted: &Admitted<'_>, failing: &[Diagnostic]) -> Self {
        let name = |object: &upswell_manifests::kinds::Object| {
            format!("{}/{}", object.kind().name(), object.metadata().name())
        };
        let unknown = bundle.items.iter().filter(|item| matches!(item.content, Content::Unknown));
        let refused = admitted.refused.iter().flat_map(|refusal| {
            let object = refusal.object.to_string();
            refusal.objections.iter().map(move |objection| (object.clone(), objection))
        });
        let sources = &bundle.sources;
        Self {
            files: bundle.files,
            admitted: admitted.objects.iter().map(|object| name(object)).collect(),
            unknown: unknown.map(|item| item.id.to_string()).collect(),
            refused: refused
                .map(|(object, objection)| Fault::new(sources, Some(object), &objection.diagnostic))
                .collect(),
            failing: failing.iter().map(|fault| Fault::new(sources, None, fault)).collect(),
            scaled_by: None,
        }
    }

    /// Says what scales the target.
    pub fn scaled_by(&mut self, object: String, scaler: &Scaler) {
        let policy = &scaler.policy;
        let min = policy.activation.as_ref().map(|activation| activation.min);
        self.scaled_by = Some(ScaledBy {
            object,
            min: min.unwrap_or(policy.horizontal.min_replicas),
            max: policy.horizontal.max_replicas,
            metrics: policy.horizontal.metrics.iter().map(metric).collect(),
            behavior: behavior(policy),
        });
    }
}

impl Fault {
    /// Keeps what of a diagnostic matters; `object` is what it is about, where that is known.
    #[must_use]
    pub fn new(sources: &Sources, object: Option<String>, diagnostic: &Diagnostic) -> Self {
        let at = diagnostic.primary.as_ref().map(|label| sources.location(label.span));
        Self { object, at, message: diagnostic.message.clone() }
    }
}

fn metric(metric: &MetricSpec) -> String {
    match metric {
        MetricSpec::Resource { resource, target } => of_resource(&resource.to_string(), *target),
        MetricSpec::ContainerResource { resource, container, target } => {
            of_resource(&format!("{resource} of container {container}"), *target)
        }
        MetricSpec::External { metric, target: ValueTarget::AverageValue(target) } => {
            format!("{metric}: {target} per replica")
        }
        MetricSpec::External { metric, target: ValueTarget::Value(target) } => {
            format!("{metric}: {target} in all")
        }
        other => other.to_string(),
    }
}

fn of_resource(resource: &str, target: ResourceTarget) -> String {
    match target {
        ResourceTarget::Utilization(percent) => format!("{resource}: {}% of requests", percent.0),
        ResourceTarget::AverageValue(value) => format!("{resource}: {value} per replica"),
    }
}

fn behavior(policy: &Policy) -> Vec<String> {
    let Some(behavior) = &policy.horizontal.behavior else {
        return vec!["up and down by the HPA's built-in limits".to_owned()];
    };
    let default = policy.controller.downscale_stabilization;
    let rules = |direction: &str, rules: &upswell_engine::policy::ScalingRules| {
        let policies: Vec<String> = rules
            .policies
            .iter()
            .map(|policy| match policy.allowance {
                Allowance::Pods(pods) => format!("{pods} pods in {}", policy.period),
                Allowance::Percent(percent) => format!("{}% in {}", percent.0, policy.period),
            })
            .collect();
        let window = rules.stabilization_window.unwrap_or(default);
        let select = format!("{:?}", rules.select_policy).to_lowercase();
        format!("{direction}: {select} of {}; window {window}", policies.join(", "))
    };
    vec![rules("up", &behavior.scale_up), rules("down", &behavior.scale_down)]
}
