//! What the tests of all triggers need.

use std::collections::BTreeMap;

use crate::input::{Input, Metadata};
use crate::response::{HttpResponse, Response};
use crate::secret::Secret;
use crate::trigger::{ReadError, Trigger, TriggerMemory};
use crate::{Fault, parse};

/// Parses a trigger of index 0 in the namespace `ns`.
pub(super) fn parsed(
    kind: &str,
    metadata: &[(&str, &str)],
    auth: &[(&str, &str)],
) -> Result<Box<dyn Trigger>, Vec<Fault>> {
    parsed_with(kind, None, metadata, auth)
}

/// Parses a trigger with a `metricType`.
pub(super) fn parsed_as(
    kind: &str,
    metric_type: &str,
    metadata: &[(&str, &str)],
) -> Result<Box<dyn Trigger>, Vec<Fault>> {
    parsed_with(kind, Some(metric_type), metadata, &[])
}

fn parsed_with(
    kind: &str,
    metric_type: Option<&str>,
    metadata: &[(&str, &str)],
    auth: &[(&str, &str)],
) -> Result<Box<dyn Trigger>, Vec<Fault>> {
    let metadata = Metadata::from_iter(metadata.iter().copied());
    let auth = auth.iter().map(|(key, value)| ((*key).to_owned(), Secret::from(*value))).collect();
    let env = BTreeMap::new();
    parse(&Input { metric_type, namespace: "ns", ..Input::new(kind, &metadata, &auth, &env) })
}

/// Parses a trigger that is valid without authentication.
pub(super) fn trigger(kind: &str, metadata: &[(&str, &str)]) -> Box<dyn Trigger> {
    parsed(kind, metadata, &[]).expect("a valid trigger")
}

/// Returns the codes of a trigger's mistakes.
pub(super) fn refused(kind: &str, metadata: &[(&str, &str)]) -> Vec<&'static str> {
    let faults = parsed(kind, metadata, &[]).expect_err("mistakes");
    faults.iter().map(|fault| fault.class.code()).collect()
}

/// Returns thousandths of the trigger's one value, and whether it is active.
pub(super) fn read(trigger: &dyn Trigger, response: &Response) -> Result<(i64, bool), ReadError> {
    let reading = trigger.reading(response, &mut TriggerMemory::default())?;
    let values: Vec<i64> = reading.values.values().map(|value| value.0).collect();
    assert_eq!(values.len(), 1, "a trigger with one metric");
    Ok((values[0], reading.active))
}

/// Returns a body that came with status 200.
pub(super) fn body(text: &str) -> Response {
    Response::Http(HttpResponse { status: 200, body: text.as_bytes().to_vec() })
}
