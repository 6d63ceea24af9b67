//! What is collected on the way: assumptions, and what plays no part.

use std::fmt;

use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::Autoscaler;
use upswell_manifests::kinds::Object;
use upswell_manifests::settings::{Origin, Setting, WorkloadTarget};
use upswell_units::ScaleTarget;

use crate::outcome::Assumption;

/// What is collected on the way.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) assumptions: Vec<Assumption>,
    pub(super) not_simulated: Vec<String>,
}

impl Notes {
    pub(super) fn leave_out(&mut self, what: String) {
        self.not_simulated.push(what);
    }

    /// Adds an assumption; pools of one machine type share theirs.
    pub(super) fn assume(&mut self, what: &str, value: impl Into<String>, source: &str) {
        let (what, source) = (what.to_owned(), source.to_owned());
        let assumption = Assumption { what, value: value.into(), source };
        if !self.assumptions.contains(&assumption) {
            self.assumptions.push(assumption);
        }
    }

    pub(super) fn assume_setting<T: fmt::Display>(&mut self, what: &str, setting: &Setting<T>) {
        self.assume(what, setting.value.to_string(), source(setting.origin));
    }

    /// A setting without which nothing happens.
    pub(super) fn assume_optional<T: fmt::Display>(
        &mut self,
        what: &str,
        setting: &Setting<Option<T>>,
    ) {
        let value = setting.value.as_ref().map_or_else(|| "none".to_owned(), T::to_string);
        self.assume(what, value, source(setting.origin));
    }

    /// What scales another target, and the other workloads of `upswell.yaml`.
    pub(super) fn leave_out_others(
        &mut self,
        bundle: &Bundle,
        autoscalers: &[Autoscaler],
        target: &ScaleTarget,
    ) {
        for other in autoscalers {
            self.leave_out(format!("{}: the traffic goes to {target}", other.object));
        }
        for other in bundle.settings.workloads.iter().skip(1) {
            let WorkloadTarget { kind, name, .. } = &other.target;
            self.leave_out(format!("{kind}/{name}: the traffic goes to {target}"));
        }
    }

    /// Kinds that are read and play no part yet.
    pub(super) fn leave_out_kinds(&mut self, objects: &[&Object]) {
        for object in objects {
            let why = match object {
                Object::VerticalPodAutoscaler(_) => "requests keep their size in this version",
                Object::ScaledJob(_) => "Jobs are not simulated yet",
                _ => continue,
            };
            self.leave_out(format!("{}: {why}", name(object)));
        }
    }
}

/// Names an object, as in `Deployment/llm-worker`.
pub(super) fn name(object: &Object) -> String {
    format!("{}/{}", object.kind().name(), object.metadata().name())
}

/// Where a setting comes from, for people.
pub(super) const fn source(origin: Origin) -> &'static str {
    match origin {
        Origin::Written(_) => "upswell.yaml",
        Origin::Assumed(source) => source,
    }
}
