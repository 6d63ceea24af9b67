//! The selector of a workload cannot change once it exists.
//!
//! Source: Kubernetes 1.36, pkg/apis/apps/validation, ValidateDeploymentUpdate and
//! ValidateStatefulSetUpdate.

use std::collections::BTreeSet;

use upswell_units::{Diagnostic, Spanned};

use super::cluster::Workload;
use super::objection::{Check, Objection};
use crate::kinds::{LabelRequirement, LabelSelector, Object};

/// Objects to a second version of a Deployment or StatefulSet with another selector.
pub(super) fn check(object: &Object, former: &Object) -> Option<Objection> {
    let (workload, former) = (Workload::of(object)?, Workload::of(former)?);
    if means_the_same(workload.selector, former.selector) {
        return None;
    }
    let name = workload.metadata.name();
    let message = format!("the selector of {} `{name}` cannot change", workload.kind);
    let mut problem = Diagnostic::error("selector-immutable", message)
        .help("keep the selector, or give this one a name of its own");
    if let Some(name) = &workload.metadata.name {
        problem = problem.at(name.span, "has another selector");
    }
    if let Some(name) = &former.metadata.name {
        problem = problem.also_at(name.span, "applied before, and stays as it is");
    }
    Some(Check::Immutable.objects(problem))
}

/// Whether two selectors say the same, wherever they are written.
fn means_the_same(one: &LabelSelector, two: &LabelSelector) -> bool {
    let labels = |selector: &LabelSelector| -> BTreeSet<(String, String)> {
        let labels = selector.match_labels.iter();
        labels.map(|(key, value)| (key.clone(), value.value.clone())).collect()
    };
    let requirements = |selector: &LabelSelector| -> BTreeSet<_> {
        selector.match_expressions.iter().map(plain).collect()
    };
    labels(one) == labels(two) && requirements(one) == requirements(two)
}

/// A requirement without the places of its parts.
fn plain(requirement: &LabelRequirement) -> (String, &'static str, BTreeSet<String>) {
    let LabelRequirement { key, operator, values } = requirement;
    let values = values.iter().map(|Spanned { value, .. }| value.clone()).collect();
    (key.value.clone(), operator.as_str(), values)
}
