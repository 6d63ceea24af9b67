//! What the schemas of KEDA's CRDs refuse.

use serde_json::{Value, json};
use upswell_manifests::keda::{ScaledJob, ScaledObject};
use upswell_manifests::yaml::{Node, Value as NodeValue};
use upswell_units::{Diagnostic, Span};
use upswell_vectors::Verdict;

use super::documents::{self, read};

/// `crd-schema`: whether an object is accepted, and else which field is at fault.
pub(crate) fn verdict(record: &Value) -> Verdict {
    let (input, expect) = (&record["input"], &record["expect"]);
    let document = json!({"metadata": {"name": "demo"}, "spec": input["spec"]});
    let problems = match input["kind"].as_str() {
        Some("ScaledObject") => read::<ScaledObject>(&document).problems,
        Some("ScaledJob") => read::<ScaledJob>(&document).problems,
        kind => return Verdict::UnknownKind(format!("crd-schema of {kind:?}")),
    };
    let errors: Vec<&Diagnostic> = problems.iter().filter(|problem| problem.is_error()).collect();
    if expect["accepted"] == true {
        return Verdict::equal("errors", &errors, &Vec::new());
    }
    let root = documents::node(&document);
    let fields: Vec<String> = errors.iter().map(|error| field_of(error, &root)).collect();
    let due = format!("spec.{}", expect["field"].as_str().unwrap_or_default());
    if fields.contains(&due) {
        return Verdict::Passed;
    }
    Verdict::Failed(format!("fields at fault: ours {fields:?}, recorded {due}"))
}

/// The path of the field that an error is about, as in `spec.triggers[].type`.
fn field_of(error: &Diagnostic, root: &Node) -> String {
    let span = error.primary.as_ref().map(|label| label.span);
    let place = span.and_then(|span| path_to(root, span, error.code)).unwrap_or_default();
    let path = match missing_field(error) {
        Some(field) => format!("{place}.{field}"),
        None => place,
    };
    path.trim_start_matches('.').to_owned()
}

/// The name that stands in the message about a missing field.
fn missing_field(error: &Diagnostic) -> Option<&str> {
    (error.code == "missing-field").then(|| error.message.split('`').nth(1)).flatten()
}

/// The path of the node with this span; of the object that starts with it, if a field is missing.
fn path_to(node: &Node, span: Span, code: &str) -> Option<String> {
    let children: Vec<(String, &Node)> = match &node.value {
        NodeValue::Scalar(_) => Vec::new(),
        NodeValue::Sequence(items) => items.iter().map(|item| ("[]".to_owned(), item)).collect(),
        NodeValue::Mapping(mapping) => mapping
            .entries()
            .iter()
            .map(|entry| (format!(".{}", entry.key.value), &entry.value))
            .collect(),
    };
    if code == "missing-field" && node.head() == span && node.as_mapping().is_some() {
        return Some(String::new());
    }
    if code != "missing-field" && node.span == span {
        return Some(String::new());
    }
    children.into_iter().find_map(|(step, child)| Some(step + &path_to(child, span, code)?))
}
