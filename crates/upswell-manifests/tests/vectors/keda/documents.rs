//! Turns the JSON of a record into objects, through the readers that manifests go through.

use serde_json::{Map, Value, json};
use upswell_manifests::decode::Decode;
use upswell_manifests::diagnostics::Diagnostics;
use upswell_manifests::yaml::{self, Node};
use upswell_units::{Diagnostic, Sources};

/// An object, if it could be read, and what was reported about it.
pub(crate) struct Read<T> {
    pub(crate) object: Option<T>,
    pub(crate) problems: Vec<Diagnostic>,
}

/// Reads a JSON document.
pub(crate) fn node(document: &Value) -> Node {
    let mut sources = Sources::default();
    let file = sources.add("record.json", document.to_string());
    let mut parsed = yaml::parse(sources.text(file), file);
    parsed.documents.remove(0).root
}

/// Reads an object.
pub(crate) fn read<T: Decode>(document: &Value) -> Read<T> {
    let mut problems = Diagnostics::default();
    let object = T::decode(&node(document), &mut problems);
    Read { object, problems: problems.into_vec() }
}

/// Reads an object that the record takes for readable, whatever its schema says.
///
/// # Panics
///
/// When it is not.
pub(crate) fn object<T: Decode>(document: &Value) -> T {
    let Read { object, problems } = read(document);
    assert!(object.is_some(), "unreadable: {document}: {problems:?}");
    object.expect("asserted just above")
}

/// A ScaledObject of name `demo` with these fields of `spec`, the required ones filled in.
pub(crate) fn scaled_object(spec: &Map<String, Value>) -> Value {
    let mut whole = json!({
        "scaleTargetRef": {"name": "app"},
        "triggers": [{"type": "prometheus", "metadata": {}}],
    });
    for (key, value) in spec {
        whole[key] = value.clone();
    }
    json!({"metadata": {"name": "demo", "namespace": "ns"}, "spec": whole})
}
